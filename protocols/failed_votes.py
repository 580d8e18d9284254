"""The reason of a verdict that failed because votes that failed could have decided it."""

import re

FOR_VOTES = re.compile(r"(?:(?:.*; )?(?:given|exchanged) order: )?\d+ of \d+ votes failed: ", re.DOTALL)


def votes_failed(n_failed: int, n_votes: int, reasons: str) -> str:
    """The reason, with those of the votes."""
    return f"{n_failed} of {n_votes} votes failed: {reasons}"


def failed_for_votes(reason: str) -> bool:
    """Whether this is such a reason, of a jury or of one order of a debate.

    >>> failed_for_votes("exchanged order: 1 of 3 votes failed: critic_ballot: score A: expected a number")
    True
    """
    return FOR_VOTES.match(reason) is not None
