"""The FELLOWSHIP_* environment variables; one that is set to nothing is not set."""

import difflib
import os
from collections.abc import Collection

from fellowship.protocols.errors import ConfigurationError

VARIABLE_PREFIX = "FELLOWSHIP_"
VARIABLES = {
    "FELLOWSHIP_MODEL": "replaces every model",
    "FELLOWSHIP_CONCURRENCY": "conversations at once, at most",
    "FELLOWSHIP_CONFIG": "the settings file",
}


def read_variable(variable: str) -> str | None:
    """What the variable is set to."""
    return os.environ.get(variable, "").strip() or None


def whole_number(variable: str) -> int | None:
    """Its value, from 1; ConfigurationError for any other."""
    given = read_variable(variable)
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 10 and int(given) > 0):
        raise ConfigurationError(f"{variable} is {given!r}; expected a whole number of at least 1")
    return int(given)


def unknown_variable(others: Collection[str] = ()) -> list[str]:
    """A line for each FELLOWSHIP_* variable that nothing reads; `others` are read, too. No values."""
    told = []
    for variable in sorted(os.environ):
        if variable.startswith(VARIABLE_PREFIX) and variable not in VARIABLES and variable not in others:
            endings = [known.removeprefix(VARIABLE_PREFIX) for known in VARIABLES]
            near = difflib.get_close_matches(variable.removeprefix(VARIABLE_PREFIX), endings, n=1)
            hint = f"did you mean {VARIABLE_PREFIX}{near[0]}?" if near else f"the known ones are {', '.join(VARIABLES)}"
            told.append(f"the environment variable {variable} has no effect; {hint}")
    return told
