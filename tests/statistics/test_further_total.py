"""Predicted totals: by hand, and against an independent library."""

import math

import numpy as np
import pytest
from scipy.stats import chi2, t

from fellowship.statistics.further_total import further_total, poisson_bounds


def test_a_line_is_extended_to_the_further_sizes() -> None:
    """Value = 100 + size without error: the total is exact, and its interval is one in five wide."""
    found = further_total([110.0, 120.0, 130.0, 140.0, 150.0], [10, 20, 30, 40, 50], [60, 70], confidence=0.98)

    assert found.line == pytest.approx((100, 1))
    assert (found.total.value, found.total.low, found.total.high) == pytest.approx((330, 264, 396))


def test_prediction_is_that_of_weighted_least_squares() -> None:
    """With numpy's solver, in matrices."""
    sizes, values = np.array([10.0, 15, 40, 90, 200, 260]), np.array([30.0, 31, 80, 60, 210, 300])
    further = np.array([20.0, 120, 300])
    weights = np.concatenate([sizes, further]).mean() + sizes
    design = np.stack([1 / weights, sizes / weights], axis=1)
    coefficients, (squares,), _, _ = np.linalg.lstsq(design, values / weights, rcond=None)
    sums = np.array([3, further.sum()])
    spread = ((further + np.concatenate([sizes, further]).mean()) ** 2).sum()
    variance = squares / 4 * (sums @ np.linalg.inv(design.T @ design) @ sums + spread)
    u = t.ppf(0.99, 4) * math.sqrt(variance) / (sums @ coefficients)

    total = further_total(list(values), list(sizes), list(further), confidence=0.98).total

    assert total.value == pytest.approx(sums @ coefficients)
    assert total.high / total.value == pytest.approx(1 + u + u * u / 2, rel=0.01)
    assert total.low / total.value == pytest.approx(1 / (1 + u + u * u / 2), rel=0.01)


@pytest.mark.parametrize(
    ("longest", "share"),
    [(1.0, 1.0), (9.0, math.sqrt(0.7)), (40.0, math.sqrt(0.7))],
    ids=["without", "long", "very long"],
)
def test_one_long_value_widens_the_interval_less_than_its_square(longest: float, share: float) -> None:
    """Of equal sizes: the half width by Student's t is reduced to sqrt(0.7) of it at most."""
    values = [0.8, 1.2] * 9 + [1.0, longest]

    total = further_total(values, [10.0] * 20, [10.0] * 50, confidence=0.98).total

    mean, deviation = np.mean(values), np.std(values, ddof=1)
    u = t.ppf(0.99, 19) * deviation * math.sqrt(50**2 / 20 + 50) / (50 * mean) * share
    assert total.high / total.value == pytest.approx(1 + u + u * u / 2, rel=0.01)


@pytest.mark.parametrize(
    ("values", "sizes", "expected"),
    [
        ([30.0, 30.0], [10, 10], 60.0),
        ([4.0, 8.0, 6.0, 5.0, 7.0], [10, 10, 10, 10, 10], 12.0),
        ([0.0, 0.0, 0.0], [1, 2, 3], 0.0),
        ([1.0, 3.0], [0, 0], 4.0),
    ],
    ids=["two", "equal sizes", "nothing", "no sizes"],
)
def test_without_a_slope_the_total_is_proportional(values: list[float], sizes: list[float], expected: float) -> None:
    """For two further items of the same mean size."""
    assert further_total(values, sizes, [sizes[0]] * 2, confidence=0.98).total.value == pytest.approx(expected, rel=0.2)


def test_no_further_value_is_certain_and_one_value_has_no_interval() -> None:
    """The two ends of what can be known."""
    assert further_total([1.0, 2.0], [1, 1], [], confidence=0.98).total.high == 0.0
    assert math.isnan(further_total([1.0], [1], [1, 1], confidence=0.98).total.low)
    assert math.isnan(further_total([], [], [1], confidence=0.98).total.value)


def test_prediction_below_zero_is_not_extended() -> None:
    """The five longest were measured, and the line through them falls below 0 for short ones."""
    found = further_total([10.0, 200.0, 400.0, 600.0, 800.0], [100, 110, 120, 130, 140], [1, 2, 3], confidence=0.98)

    assert 0 < found.total.low < found.total.value < found.total.high


@pytest.mark.parametrize("n", [2, 3, 5, 10])
def test_few_values_have_wide_intervals(n: int) -> None:
    """Also where they are equal by chance."""
    equal = further_total([7.0] * n, [3] * n, [3] * 100, confidence=0.98).total
    unequal = further_total([7.0 + i % 2 for i in range(n)], [3] * n, [3] * 100, confidence=0.98).total

    assert equal.high - equal.low >= equal.value * 2 / n * 0.999
    assert unequal.high - unequal.low >= equal.high - equal.low


@pytest.mark.parametrize("n", [0, 1, 2, 5, 40])
def test_poisson_bounds_are_those_of_chi_squared(n: int) -> None:
    """The upper one within one per cent, the lower one never above."""
    low, high = poisson_bounds(n, confidence=0.98)

    assert high == pytest.approx(chi2.ppf(0.99, 2 * n + 2) / 2, rel=0.01)
    assert 0 <= low <= (chi2.ppf(0.01, 2 * n) / 2 if n else 0)
