"""An uncertain number: its expected value, and the ends it should lie between."""

from collections.abc import Iterable
from functools import reduce
from operator import add, mul
from typing import NamedTuple

from fellowship.statistics.estimate import Estimate


class Interval(NamedTuple):
    """Low, expected and high; equal where the number is certain."""

    low: float
    expected: float
    high: float

    @classmethod
    def sure(cls, value: float) -> "Interval":
        """A number that is certain."""
        return cls(value, value, value)

    @classmethod
    def of(cls, estimate: Estimate) -> "Interval":
        """A statistical estimate of a number that cannot be negative."""
        return cls(max(0.0, estimate.low), estimate.value, max(0.0, estimate.high))

    @property
    def is_sure(self) -> bool:
        """Whether both ends are equal."""
        return self.low == self.high

    @property
    def relative_width(self) -> float:
        """Half of the interval's width as a share of the expected value; 0 for an expected value of 0."""
        return (self.high - self.low) / 2 / self.expected if self.expected else 0.0

    def plus(self, other: "Interval") -> "Interval":
        """The sum of two numbers that are fully correlated, which is the widest."""
        return Interval(*map(add, self, other))

    def times(self, other: "Interval") -> "Interval":
        """The product of two numbers that are not negative."""
        return Interval(*map(mul, self, other))

    def scaled(self, factor: float) -> "Interval":
        """The number times a factor that is certain and not negative."""
        return self.times(Interval.sure(factor))

    def spread_as(self, other: "Interval") -> "Interval":
        """The number with ends that are, as shares of it, at least as far away as those of `other`."""
        if not other.expected:
            return self
        low, high = (self.expected * end / other.expected for end in (other.low, other.high))
        return Interval(min(self.low, low), self.expected, max(self.high, high))


ZERO_INTERVAL = Interval.sure(0.0)


def sum_intervals(intervals: Iterable[Interval]) -> Interval:
    """The sum, as with `plus`; ZERO_INTERVAL for none."""
    return reduce(Interval.plus, intervals, ZERO_INTERVAL)
