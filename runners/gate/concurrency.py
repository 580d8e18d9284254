"""How many requests may be open at once: a fixed number, or one that is found out.

A server without limits of its own gets slower, and at last overloaded, when too much is open. What can be watched from
outside is the work it gets done: while that grows with what is open, more is opened.
"""

from typing import Protocol

FIRST = 8
MOST = 1024
CUT = 0.8
CUT_AT_MOST_EVERY_S = 5.0


class Concurrency(Protocol):
    """The number of requests that may be open, and what it learns from."""

    limit: int

    def answered(self, now: float, work: float, *, n_open: int) -> None:
        """A request was answered; `work` is what it took the server, such as tokens written."""

    def overloaded(self, now: float, *, sent_at: float) -> None:
        """A request that was sent at `sent_at` was turned away, because the server has too much to do."""


class Fixed:
    """Always the same number."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def answered(self, now: float, work: float, *, n_open: int) -> None:
        """Nothing is learned."""

    def overloaded(self, now: float, *, sent_at: float) -> None:
        """Nothing is learned."""


class Adaptive:
    """Slow start: doubled after every round in which the work done per second grew by a tenth; then a twentieth more
    a round while it does not fall; four fifths, at most every five seconds, when the server is overloaded.

    A round is as many answers as requests may be open. It counts only if four fifths of these were open.
    """

    def __init__(self, *, first: int = FIRST, most: int = MOST) -> None:
        self.limit = min(first, most)
        self._most = most
        self._slow_start = True
        self._cut_at = float("-inf")
        self._best = 0.0
        self._round_began: float | None = None
        self._n_answered = 0
        self._most_open = 0
        self._work = 0.0

    def answered(self, now: float, work: float, *, n_open: int) -> None:
        """See `Concurrency.answered`."""
        if self._round_began is None:
            self._round_began = now
        self._n_answered += 1
        self._work += work
        self._most_open = max(self._most_open, n_open)
        if self._n_answered >= self.limit and now > self._round_began:
            self._end_round(self._work / (now - self._round_began))
            self._begin_round(now)

    def overloaded(self, now: float, *, sent_at: float) -> None:
        """See `Concurrency.overloaded`. Only what was sent after the last cut is news."""
        if sent_at < self._cut_at or now - self._cut_at < CUT_AT_MOST_EVERY_S:
            return
        self.limit = max(1, int(self.limit * CUT))
        self._slow_start, self._cut_at, self._best = False, now, 0.0
        self._begin_round(now)

    def _end_round(self, work_per_s: float) -> None:
        if self._most_open < 0.8 * self.limit:
            return
        grew, fell = work_per_s >= 1.1 * self._best, work_per_s < 0.9 * self._best
        self._best = max(work_per_s, 0.95 * self._best)
        if self._slow_start and grew:
            self.limit = min(self._most, 2 * self.limit)
            return
        self._slow_start = False
        step = max(1, self.limit // 20)
        self.limit = max(1, self.limit - step) if fell else min(self._most, self.limit + step)

    def _begin_round(self, now: float) -> None:
        self._round_began, self._n_answered, self._work, self._most_open = now, 0, 0.0, 0
