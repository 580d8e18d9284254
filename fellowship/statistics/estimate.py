"""An estimate with its interval and its number of items; bounds over all possible outcomes of failed items."""

import math
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value, its confidence interval and its number of items.

    value: NaN where it is undefined, for instance without any item.
    low, high: the ends of the interval, in the unit of the value; NaN where no interval exists.
    n: the independent items that were counted, without those that failed or were left out.
    confidence: the share of such intervals that would hold the true value, above 0 and below 1.

    >>> print(Estimate(0.5801, 0.4991, 0.6559, n=300))
    0.58 [0.50, 0.66]
    >>> f"{Estimate(0.718, 0.677, 0.756, n=500):.1%}"
    '71.8% [67.7%, 75.6%]'
    >>> print(Estimate.undefined(n=0))
    n/a
    """

    value: float
    low: float
    high: float
    n: int
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence is {self.confidence!r}; expected a number above 0 and below 1, such as 0.95")

    @classmethod
    def undefined(cls, n: int, confidence: float = 0.95) -> "Estimate":
        """An undefined estimate of n items. Two of them are equal, because math.nan is one object."""
        return cls(math.nan, math.nan, math.nan, n, confidence)

    @property
    def is_defined(self) -> bool:
        """Whether the value is defined."""
        return not math.isnan(self.value)

    def __format__(self, spec: str) -> str:
        """Value and interval, each number by the given format; two decimals where none is given."""
        if not self.is_defined:
            return "n/a"
        numbers = (self.value, self.low, self.high)
        value, low, high = ("n/a" if math.isnan(x) else format(x, spec or "z.2f") for x in numbers)
        return f"{value} [{low}, {high}]"

    def __str__(self) -> str:
        return format(self, "")


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
