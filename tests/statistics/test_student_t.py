"""Student's t: quantiles against an independent library, and the interval of a sum that is still to come."""

import math
from random import Random

import pytest
from scipy.stats import t

from fellowship.statistics.student_t import further_sum, t_quantile


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 10, 19, 200])
@pytest.mark.parametrize("probability", [0.005, 0.5, 0.9, 0.975, 0.995])
def test_quantiles_are_those_of_scipy(probability: float, degrees: int) -> None:
    """Within one per cent for few degrees of freedom, as documented."""
    assert t_quantile(probability, degrees) == pytest.approx(t.ppf(probability, degrees), rel=0.01, abs=1e-12)


@pytest.mark.parametrize(("probability", "degrees"), [(0.0, 3), (1.0, 3), (0.5, 0)], ids=["none", "all", "degrees"])
def test_quantile_of_nothing_is_refused(probability: float, degrees: int) -> None:
    """A probability inside (0, 1), and a degree of freedom."""
    with pytest.raises(ValueError, match="expected above 0 and below 1, and at least 1"):
        t_quantile(probability, degrees)


def test_sum_to_come_is_the_mean_times_their_number() -> None:
    """By hand: values 1 and 3, four more; t = 63.657 for 99 % and one degree of freedom."""
    estimate = further_sum([1.0, 3.0], 4, confidence=0.99)

    half = 63.657 * math.sqrt(2) * math.sqrt(16 / 2 + 4)
    assert (estimate.value, estimate.n) == (8.0, 2)
    assert (estimate.low, estimate.high) == pytest.approx((8 - half, 8 + half), rel=1e-4)


def test_nothing_more_is_certain_and_one_value_has_no_interval() -> None:
    """The two ends of what can be known."""
    assert further_sum([1.0, 2.0], 0, confidence=0.99).high == 0.0
    assert math.isnan(further_sum([1.0], 5, confidence=0.99).low)


def test_interval_holds_the_sum_about_as_often_as_it_says() -> None:
    """2,000 samples of twenty normal values, and a hundred more of each: 95 % within two standard errors."""
    rng = Random(1)
    held = 0
    for _ in range(2000):
        values = [rng.gauss(10, 3) for _ in range(120)]
        estimate = further_sum(values[:20], 100, confidence=0.95)
        held += estimate.low <= sum(values[20:]) <= estimate.high

    assert held / 2000 == pytest.approx(0.95, abs=0.01)
