"""How an estimate is built, compared and printed."""

import math

import pytest

from fellowship.statistics.estimate import Estimate


def test_an_estimate_prints_value_and_interval() -> None:
    """Two decimals and square brackets, and no minus in front of a rounded zero."""
    estimate = Estimate(0.5801, -0.001, 0.6559, n=300)

    printed = str(estimate)

    assert printed == "0.58 [0.00, 0.66]"


def test_a_format_applies_to_each_number() -> None:
    """A given format is used for the value and for both ends."""
    estimate = Estimate(0.38214, 0.3, 0.456, n=300)

    printed = f"{estimate:.3f}"

    assert printed == "0.382 [0.300, 0.456]"


def test_an_undefined_estimate_prints_no_number() -> None:
    """Nobody should read a number where there is none."""
    estimate = Estimate.undefined(n=0)

    printed = f"{estimate} {estimate:.3f}"

    assert printed == "n/a n/a"
    assert not estimate.is_defined
    assert math.isnan(estimate.low)


def test_an_estimate_without_an_interval_still_prints_its_value() -> None:
    """A value may be defined where its interval is not."""
    estimate = Estimate(1.0, math.nan, math.nan, n=2)

    printed = str(estimate)

    assert printed == "1.00 [n/a, n/a]"


def test_undefined_estimates_of_as_many_items_are_equal() -> None:
    """Records that hold them can be compared as a whole."""
    estimate = Estimate.undefined(n=3)

    same = Estimate.undefined(n=3)

    assert estimate == same
    assert estimate != Estimate.undefined(n=4)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, math.nan])
def test_a_confidence_outside_zero_to_one_is_refused(confidence: float) -> None:
    """95 per cent is written 0.95."""
    with pytest.raises(ValueError, match=r"^confidence is .*; expected a number above 0 and below 1, such as 0.95$"):
        Estimate(0.5, 0.4, 0.6, n=10, confidence=confidence)
