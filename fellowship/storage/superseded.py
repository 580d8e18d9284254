"""Which recorded attempts the present outcomes of conversations are made of, after changes were accepted.

An accepted change leaves the earlier replies in the journal. Of an ask, the attempt from which its message was read is
in use, and the unreadable ones before it that it repairs; of an ask without a message, the unreadable ones at its end:
an ask whose last reply could be read, and which has no message, is one that the conversation does not make any more.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from fellowship.storage import queries
from fellowship.storage.recorded_run import RecordedRun


class _Recorded(NamedTuple):
    """An attempt: the row of its ask, whether it was unreadable, when it was answered, and when its message was."""

    id: int
    failed: bool
    at: float
    read_at: float | None


def attempts_in_use(run: RecordedRun) -> Mapping[int, int] | None:
    """By row, the place of each attempt in use among those of its ask, from 1; None where all attempts are in use."""
    if "accepts_changes" not in run.settings():
        return None
    changed_at = [float(at) for (at,) in run.rows(queries.CHANGES_ACCEPTED)]
    used: dict[int, int] = {}
    for _, rows in groupby(run.rows(queries.ATTEMPTS_AND_MESSAGES), key=lambda row: row[:4]):
        attempts = [_Recorded(*row[4:]) for row in rows]
        used |= {each.id: place for place, each in enumerate(_in_use(attempts, changed_at), start=1)}
    return used


def _in_use(attempts: Sequence[_Recorded], changed_at: Sequence[float]) -> Sequence[_Recorded]:
    """The attempts of one ask that are in use, in their order."""
    read_at = attempts[-1].read_at
    readable = [number for number, each in enumerate(attempts) if not each.failed]
    if read_at is None:
        last = len(attempts) - 1 if attempts[-1].failed else -1
    else:
        last = min(readable, key=lambda number: abs(attempts[number].at - read_at), default=-1)
    first = last
    while first > 0 and attempts[first - 1].failed:
        if any(attempts[first - 1].at < at <= attempts[first].at for at in changed_at):
            break
        first -= 1
    return attempts[first : last + 1] if last >= 0 else ()
