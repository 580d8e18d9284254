"""What the configuration of a run records of a fork: its origin, and what it does not take over."""

from collections.abc import Mapping
from typing import Any


def fork_origin_of(config: Mapping[str, Any]) -> str | None:
    """RUN/CONV@N of the message from which a run is a fork; None for any other run."""
    fork = config.get("fork")
    return str(fork["of"]) if isinstance(fork, dict) and "of" in fork else None


def left_out_of(config: Mapping[str, Any]) -> str | None:
    """A line about what people said of the texts that a fork replaced; None where it replaced none of them."""
    fork = config.get("fork")
    names = fork.get("without", ()) if isinstance(fork, dict) else ()
    named = " and ".join(map(str, names))
    return f"the fork is without the original's {named}: they are about the text that it replaced" if named else None
