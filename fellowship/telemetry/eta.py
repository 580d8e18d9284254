"""How fast things end, and when the last one will: with the spread that the past leaves open."""

import math
from itertools import pairwise
from typing import NamedTuple

AVERAGING_SPANS_S = 256
FINEST_S = 0.1
N_BLOCKS = 6
ENOUGH_COMPLETIONS = 10
WIDEST_INTERVAL = 0.75


class RemainingTime(NamedTuple):
    """Seconds until the end, and between which bounds they lie in about 19 of 20 cases."""

    expected_s: float
    low_s: float
    high_s: float


class EtaEstimator:
    """Counts what ends by spans of time, which get longer as time goes on. Moments are seconds of any steady clock.

    The rate is that of the later half of the time so far, as a run begins slowly; where too little ended in it, that
    of all the time.
    """

    def __init__(self, begun: float) -> None:
        self.begun, self.n = begun, 0
        self._span_s = FINEST_S
        self._ended = [0] * AVERAGING_SPANS_S

    def ended(self, now: float) -> None:
        """One more has ended."""
        self.n += 1
        while (place := int((now - self.begun) / self._span_s)) >= AVERAGING_SPANS_S:
            self._ended = [
                *map(sum, zip(self._ended[::2], self._ended[1::2], strict=True)),
                *[0] * (AVERAGING_SPANS_S // 2),
            ]
            self._span_s *= 2
        self._ended[place] += 1

    def per_s(self, now: float) -> float:
        """How many end in a second."""
        since, n = self._window(now)
        return n / (now - since) if now > since else 0.0

    def remaining(self, n_left: int, now: float) -> RemainingTime | None:
        """How long the others will take; None before there is enough to go by, and where none is left."""
        since, n = self._window(now)
        if not n_left or n < ENOUGH_COMPLETIONS or now <= since:
            return None
        expected_s, spread = n_left * (now - since) / n, 2.0 * self._relative_error(since, now, n)
        if spread > WIDEST_INTERVAL:
            return None
        ahead = math.exp(spread * math.sqrt(1.0 + n / n_left))  # what is to come scatters as what has been
        return RemainingTime(expected_s, expected_s / ahead, expected_s * ahead)

    def _window(self, now: float) -> tuple[float, float]:
        since = self.begun + (now - self.begun) / 2.0
        n = self.n - self._n_at(since, now)
        return (since, n) if n >= ENOUGH_COMPLETIONS else (self.begun, float(self.n))

    def _relative_error(self, since: float, now: float, n: float) -> float:
        """The standard error of the rate over the rate, from blocks of equal length; at least that of a count."""
        edges = [self._n_at(since + (now - since) * block / N_BLOCKS, now) for block in range(N_BLOCKS + 1)]
        in_blocks = [later - earlier for earlier, later in pairwise(edges)]
        mean = n / N_BLOCKS
        variance = sum((each - mean) ** 2 for each in in_blocks) / (N_BLOCKS - 1)
        return max(math.sqrt(variance / N_BLOCKS) / mean, 1.0 / math.sqrt(n))

    def _n_at(self, moment: float, now: float) -> float:
        """How many had ended at a moment up to now, evenly within a span."""
        spans = (moment - self.begun) / self._span_s
        if moment >= now or spans >= AVERAGING_SPANS_S:
            return float(self.n)
        return sum(self._ended[: int(spans)]) + self._ended[int(spans)] * (spans % 1.0)
