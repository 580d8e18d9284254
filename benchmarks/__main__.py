"""`make bench`: everything timed, in one table, within six minutes on two cores.

python -m benchmarks
"""

from benchmarks import journal, limits, opened, parked, starting, waiters
from benchmarks.calls import compared
from benchmarks.table import show

if __name__ == "__main__":
    show(
        [
            compared(n=512, in_flight=64, pairs=11, budget=2.3),
            compared(n=1024, in_flight=512, pairs=7, budget=1.8),
            compared(n=512, in_flight=64, pairs=11, budget=2.5, side="limited"),
            *limits.rows(),
            *waiters.rows(n=10_000, times=3, seconds=8.0),
            *parked.rows(n=10_000, n_open=1000, times=2),
            *opened.rows(n=10_000, n_queued=100_000, times=1),
            *journal.rows(seconds=5.0, times=3),
            *starting.rows(times=7),
        ]
    )
