"""A number that is not known yet: what to expect, and the two ends it should lie between."""

from dataclasses import dataclass

from fellowship.statistics.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Range:
    """Low, expected and high; equal where the number is certain."""

    low: float
    expected: float
    high: float

    @classmethod
    def sure(cls, value: float) -> "Range":
        """A number that is certain."""
        return cls(value, value, value)

    @classmethod
    def of(cls, estimate: Estimate) -> "Range":
        """An estimate of what cannot be negative."""
        return cls(max(0.0, estimate.low), estimate.value, max(0.0, estimate.high))

    @property
    def is_sure(self) -> bool:
        """Whether its ends meet."""
        return self.low == self.high

    def plus(self, other: "Range") -> "Range":
        """The sum, as wide as if both went the same way."""
        return Range(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def times(self, other: "Range") -> "Range":
        """The product of two numbers that are not negative."""
        return Range(self.low * other.low, self.expected * other.expected, self.high * other.high)

    def scaled(self, factor: float) -> "Range":
        """The number in another unit."""
        return self.times(Range.sure(factor))


NOTHING = Range.sure(0.0)


def total(ranges: "list[Range]") -> Range:
    """The sum of several."""
    added = NOTHING
    for each in ranges:
        added = added.plus(each)
    return added
