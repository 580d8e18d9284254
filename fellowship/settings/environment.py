"""The FELLOWSHIP_* environment variables. A blank value counts as not set."""

import difflib
import os
from collections.abc import Collection

from fellowship.protocols.errors import ConfigurationError
from fellowship.providers.catalog import read_variable

VARIABLE_PREFIX = "FELLOWSHIP_"
VARIABLES = {
    "FELLOWSHIP_MODEL": "replaces every model",
    "FELLOWSHIP_CONCURRENCY": "conversations at once, at most",
    "FELLOWSHIP_CONFIG": "the settings file",
}


def whole_number(variable: str) -> int | None:
    """The value as a whole number of at least 1, None where it is not set; ConfigurationError for other values."""
    given = read_variable(variable)
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 10 and int(given) > 0):
        raise ConfigurationError(f"{variable} is {given!r}; expected a whole number of at least 1")
    return int(given)


def unknown_variables(others: Collection[str] = ()) -> list[str]:
    """A line for each FELLOWSHIP_* variable that is neither known nor in `others`, without its value."""
    lines = []
    for variable in sorted(os.environ):
        if variable.startswith(VARIABLE_PREFIX) and variable not in VARIABLES and variable not in others:
            endings = [known.removeprefix(VARIABLE_PREFIX) for known in VARIABLES]
            near = difflib.get_close_matches(variable.removeprefix(VARIABLE_PREFIX), endings, n=1)
            hint = f"did you mean {VARIABLE_PREFIX}{near[0]}?" if near else f"the known ones are {', '.join(VARIABLES)}"
            lines.append(f"the environment variable {variable} has no effect; {hint}")
    return lines
