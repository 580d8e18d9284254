"""A number that is not known yet: what to expect, and the two ends it should lie between."""

from dataclasses import dataclass

from fellowship.statistics.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Interval:
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
        """An estimate of what cannot be negative."""
        return cls(max(0.0, estimate.low), estimate.value, max(0.0, estimate.high))

    @property
    def is_sure(self) -> bool:
        """Whether its ends meet."""
        return self.low == self.high

    def plus(self, other: "Interval") -> "Interval":
        """The sum, as wide as if both went the same way."""
        return Interval(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def times(self, other: "Interval") -> "Interval":
        """The product of two numbers that are not negative."""
        return Interval(self.low * other.low, self.expected * other.expected, self.high * other.high)

    def scaled(self, factor: float) -> "Interval":
        """The number in another unit."""
        return self.times(Interval.sure(factor))


ZERO_INTERVAL = Interval.sure(0.0)


def sum_intervals(ranges: "list[Interval]") -> Interval:
    """The sum of several."""
    added = ZERO_INTERVAL
    for each in ranges:
        added = added.plus(each)
    return added
