"""Bounds of a statistic over all possible outcomes of the failed items."""

import math
from typing import NamedTuple


class Bounds(NamedTuple):
    """The lowest and the highest value over all resolutions of the failed items; NaN if it is never defined."""

    low: float
    high: float


def rate_bounds(successes: float, n: int, n_failed: int) -> Bounds:
    """The rate if every failed item were a miss, and if every one were a success.

    successes: the sum of the n scores in [0, 1]. Without failures both bounds are the rate itself.

    >>> rate_bounds(60, 90, 10)
    Bounds(low=0.6, high=0.7)
    """
    total = n + n_failed
    if total == 0:
        return Bounds(math.nan, math.nan)
    return Bounds(successes / total, (successes + n_failed) / total)
