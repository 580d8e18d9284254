"""`make bench`: everything timed, in one table, within three minutes on two cores.

    python -m benchmarks [--tiny]

--tiny runs all of it at sizes that say nothing, to see that it runs.
"""

import sys
from dataclasses import dataclass

from benchmarks import parked, starting
from benchmarks.calls import compared
from benchmarks.table import Row, show


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: `loops` are (requests in flight, conversations, budget) for the comparison of calls."""

    loops: tuple[tuple[int, int, float], ...]
    pairs: int
    n_parked: int
    times_parked: int
    times_started: int


USUAL = Size(((64, 512, 1.5), (512, 1024, 2.0)), 7, 10_000, 2, 7)
TINY = Size(((4, 8, 1.5),), 1, 40, 1, 1)


def rows(size: Size) -> list[Row]:
    """All measurements."""
    calls = [compared(n=n, in_flight=in_flight, pairs=size.pairs, budget=budget) for in_flight, n, budget in size.loops]
    return [
        *calls,
        *parked.rows(n=size.n_parked, times=size.times_parked),
        *starting.rows(times=size.times_started),
    ]


if __name__ == "__main__":
    show(rows(TINY if sys.argv[1:] == ["--tiny"] else USUAL))
