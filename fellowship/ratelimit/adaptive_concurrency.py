"""How many requests may be open at once: a fixed number, or one that is found out.

A server without limits of its own gets slower, and at last overloaded, when too much is open. What can be watched from
outside is the work it gets done: while that grows with what is open, more is opened.
"""

from typing import Protocol

FIRST_LIMIT = 8
LARGEST_LIMIT = 1024
OVERLOAD_CUT = 0.8
CUT_AT_MOST_EVERY_S = 5.0
TRY_AGAIN_S, LONGEST_S = 30.0, 600.0
ROUNDS_BETWEEN_TRIES = 10


class Concurrency(Protocol):
    """The number of requests that may be open, and what it learns from."""

    limit: int

    def answered(self, now: float, work: float, *, sent_at: float, n_open: int) -> None:
        """A request that was sent at `sent_at` was answered; `work` is what it took, such as tokens written."""

    def overloaded(self, now: float, *, sent_at: float) -> None:
        """A request that was sent at `sent_at` was turned away, because the server has too much to do."""


class FixedConcurrency:
    """Always the same number."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def answered(self, now: float, work: float, *, sent_at: float, n_open: int) -> None:
        """Nothing is learned."""

    def overloaded(self, now: float, *, sent_at: float) -> None:
        """Nothing is learned."""


class AdaptiveConcurrency:
    """Doubled after every round in which the work done per second grew by a tenth, from eight on; once it did not, back
    to where it was best, with a try of a twentieth more now and then. Four fifths when the server is overloaded, and
    for a while, longer every time, not again to where that happened.

    A round is as many answers to requests sent in it as requests may be open, four fifths of which were open.
    """

    def __init__(self, *, first: int = FIRST_LIMIT, most: int = LARGEST_LIMIT) -> None:
        self.limit = self._best_limit = min(first, most)
        self._most = self._highest = most
        self._doubling = True
        self._best = 0.0
        self._cut_at = self._round_began = float("-inf")
        self._again_at, self._patience_s = 0.0, TRY_AGAIN_S
        self._n_answered = self._most_open = self._n_tries = 0
        self._work = 0.0

    def answered(self, now: float, work: float, *, sent_at: float, n_open: int) -> None:
        """See `Concurrency.answered`."""
        if sent_at < self._round_began:
            return
        if self._round_began < 0:
            self._round_began = sent_at
        self._n_answered += 1
        self._work += work
        self._most_open = max(self._most_open, n_open)
        if self._n_answered >= self.limit and now > self._round_began:
            if self._most_open >= 0.8 * self.limit:
                self._move(self._work / (now - self._round_began), now)
            self._begin_round(now)

    def overloaded(self, now: float, *, sent_at: float) -> None:
        """See `Concurrency.overloaded`. Only what was sent after the last cut is news."""
        if sent_at < self._cut_at or now - self._cut_at < CUT_AT_MOST_EVERY_S:
            return
        self._again_at = now + self._patience_s
        self._patience_s = min(LONGEST_S, 2 * self._patience_s)
        self._most = max(1, min(self._most, self.limit - 1))
        self.limit = self._best_limit = max(1, int(self.limit * OVERLOAD_CUT))
        self._doubling, self._cut_at, self._best = False, now, 0.0
        self._begin_round(now)

    def _move(self, work_per_s: float, now: float) -> None:
        if now > self._again_at > 0:
            self._most, self._again_at = self._highest, 0.0
        grew = work_per_s >= (1.1 if self._doubling else 1.02) * self._best
        if grew:
            self._best, self._best_limit, self._n_tries = work_per_s, self.limit, 0
            self._go(2 * self.limit if self._doubling else self.limit + self._step)
        elif self.limit > self._best_limit:  # it was tried, and brought nothing
            self._doubling = False
            self._go(self._best_limit)
        else:
            self._best = max(0.95 * self._best, work_per_s)
            self._n_tries += 1
            if self._n_tries % ROUNDS_BETWEEN_TRIES == 0:
                self._go(self.limit + self._step)

    @property
    def _step(self) -> int:
        return max(1, self.limit // 20)

    def _go(self, limit: int) -> None:
        self.limit = max(1, min(self._most, limit))

    def _begin_round(self, now: float) -> None:
        self._round_began, self._n_answered, self._work, self._most_open = now, 0, 0.0, 0
