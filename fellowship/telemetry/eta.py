"""Estimates the remaining time from the completions so far, with an interval."""

import math
from itertools import pairwise
from typing import NamedTuple

N_BINS = 256
FIRST_BIN_S = 0.1
N_BLOCKS = 6
MIN_COMPLETIONS = 10
MAX_RELATIVE_ERROR = 0.75


class RemainingTime(NamedTuple):
    """Seconds until the end, with bounds that hold in about 19 of 20 cases."""

    expected_s: float
    low_s: float
    high_s: float


class EtaEstimator:
    """A histogram of completions over time, whose bins double in length as needed. Times are seconds of any clock.

    The rate is that of the later half of the elapsed time, because a run starts slowly; with fewer than 10 completions
    in it, that of all the elapsed time.
    """

    def __init__(self, begun: float) -> None:
        self.begun, self.n = begun, 0
        self._bin_s = FIRST_BIN_S
        self._completions = [0] * N_BINS

    def ended(self, now: float) -> None:
        """Count a completion at time `now`."""
        self.n += 1
        while (position := int((now - self.begun) / self._bin_s)) >= N_BINS:
            pairs = zip(self._completions[::2], self._completions[1::2], strict=True)
            self._completions = [*map(sum, pairs), *[0] * (N_BINS // 2)]
            self._bin_s *= 2
        self._completions[position] += 1

    def per_s(self, now: float) -> float:
        """Completions per second."""
        since, n = self._window(now)
        return n / (now - since) if now > since else 0.0

    def remaining(self, n_left: int, now: float) -> RemainingTime | None:
        """The time for `n_left` more; None with fewer than 10 completions, a too uneven rate, or nothing left."""
        since, n = self._window(now)
        if not n_left or n < MIN_COMPLETIONS or now <= since:
            return None
        expected_s, spread = n_left * (now - since) / n, 2.0 * self._relative_error(since, now, n)
        if spread > MAX_RELATIVE_ERROR:
            return None
        ahead = math.exp(spread * math.sqrt(1.0 + n / n_left))  # the remaining ones vary as the past ones do
        return RemainingTime(expected_s, expected_s / ahead, expected_s * ahead)

    def _window(self, now: float) -> tuple[float, float]:
        since = self.begun + (now - self.begun) / 2.0
        n = self.n - self._n_at(since, now)
        return (since, n) if n >= MIN_COMPLETIONS else (self.begun, float(self.n))

    def _relative_error(self, since: float, now: float, n: float) -> float:
        """The relative standard error of the rate, by batch means over six blocks; at least that of a Poisson count."""
        edges = [self._n_at(since + (now - since) * block / N_BLOCKS, now) for block in range(N_BLOCKS + 1)]
        in_blocks = [later - earlier for earlier, later in pairwise(edges)]
        mean = n / N_BLOCKS
        variance = sum((each - mean) ** 2 for each in in_blocks) / (N_BLOCKS - 1)
        return max(math.sqrt(variance / N_BLOCKS) / mean, 1.0 / math.sqrt(n))

    def _n_at(self, moment: float, now: float) -> float:
        """Completions up to a moment, interpolated evenly within a bin."""
        bins = (moment - self.begun) / self._bin_s
        if moment >= now or bins >= N_BINS:
            return float(self.n)
        return sum(self._completions[: int(bins)]) + self._completions[int(bins)] * (bins % 1.0)
