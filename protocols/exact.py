"""Exact arithmetic on numbers as they were read, so that no decision depends on the rounding of a float."""

import math
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

AnyNumber: TypeAlias = int | float | Decimal | Fraction


def exact(number: AnyNumber) -> Fraction:
    """The number by its shortest decimal digits: the float 0.1 is 1/10. ValueError unless it is finite.

    >>> exact(7.1) + exact(0.2) == exact(7.3)
    True
    """
    if not math.isfinite(number):
        raise ValueError(f"{number!r} has no exact value; expected a finite number")
    return Fraction(float.__repr__(number)) if isinstance(number, float) else Fraction(number)


def exact_mean(numbers: Iterable[AnyNumber]) -> Fraction:
    """The exact mean. ValueError without numbers, and for one that is not finite."""
    values = [exact(number) for number in numbers]
    if not values:
        raise ValueError("a mean needs at least one number")
    return sum(values, Fraction()) / len(values)
