"""Intervals of rates, against scipy, published numbers and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, multinomial

from fellowship.statistics.estimate import Estimate
from fellowship.statistics.proportion import paired_proportion, wilson, z_score

ITEMS = st.lists(st.sampled_from([(0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2)]), max_size=40)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.8, 0.95]))
def test_the_wilson_interval_is_that_of_scipy(counts: tuple[int, int], confidence: float) -> None:
    """At the ends too, where it must be 0 or 1 and nothing close to it."""
    successes, n = counts

    estimate = wilson(successes, n, confidence)

    expected = binomtest(successes, n).proportion_ci(confidence, method="wilson")
    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_a_rate_without_trials_is_undefined() -> None:
    """NaN, and no zero."""
    assert wilson(0, 0) == Estimate.undefined(n=0)
    assert paired_proportion([], []) == Estimate.undefined(n=0)
    assert paired_proportion([0, 0], [0, 0]) == Estimate.undefined(n=0)


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, -1)])
def test_more_successes_than_trials_are_refused(successes: int, n: int) -> None:
    """So are fewer than none."""
    with pytest.raises(ValueError, match=rf"^successes is {successes} of n = {n}; expected 0 to n$"):
        wilson(successes, n)


@pytest.mark.parametrize(("hits", "trials"), [([-1], [1]), ([2], [1]), ([1], [3])])
def test_items_with_impossible_trials_are_refused(hits: list[int], trials: list[int]) -> None:
    """An item has two trials at most, and no more hits than trials."""
    with pytest.raises(ValueError, match="expected 0 <= hits <= trials <= 2 for every item"):
        paired_proportion(hits, trials)


@pytest.mark.parametrize("confidence", [0, 1, 95, math.nan])
def test_a_confidence_outside_zero_to_one_has_no_quantile(confidence: float) -> None:
    """95 per cent is written 0.95."""
    with pytest.raises(ValueError, match="expected a number above 0 and below 1"):
        z_score(confidence)


@given(ITEMS, st.sampled_from([0.1, 0.5, 0.95]))
def test_a_paired_interval_holds_its_value_and_mirrors(items: list[tuple[int, int]], confidence: float) -> None:
    """Counting misses instead of hits turns the interval round."""
    hits, trials = np.array(items, dtype=int).reshape(-1, 2).T

    estimate = paired_proportion(hits, trials, confidence)

    mirrored = paired_proportion(trials - hits, trials, confidence)
    if estimate.is_defined:
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
        assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((estimate.low, estimate.high))


def test_items_without_a_trial_leave_n() -> None:
    """They say nothing about the rate."""
    estimate = paired_proportion([1, 2, 0], [2, 2, 0])

    assert estimate == paired_proportion([1, 2], [2, 2])
    assert estimate.n == 2


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.7])
def test_nineteen_in_twenty_wilson_intervals_hold_the_true_rate(rate: float) -> None:
    """Simulated coverage, 2000 samples of 60 trials."""
    successes = np.random.default_rng(0).binomial(60, rate, size=2000)

    intervals = [wilson(int(k), 60) for k in successes]

    assert 0.92 <= np.mean([interval.low <= rate <= interval.high for interval in intervals]) <= 0.985


@pytest.mark.parametrize(
    ("two_hits", "one_hit", "no_hit"),
    [
        pytest.param(0.5, 0.0, 0.5, id="trials of an item always alike"),
        pytest.param(0.25, 0.5, 0.25, id="trials independent"),
        pytest.param(0.05, 0.9, 0.05, id="trials mostly opposed"),
        pytest.param(0.7, 0.2, 0.1, id="a high rate"),
    ],
)
def test_nineteen_in_twenty_paired_intervals_hold_the_true_rate(two_hits: float, one_hit: float, no_hit: float) -> None:
    """Exact coverage over all outcomes of 40 items, however the two trials of an item hang together."""
    n, rate = 40, two_hits + one_hit / 2
    outcomes = [(two, one, n - two - one) for two in range(n + 1) for one in range(n + 1 - two)]

    intervals = [paired_proportion(np.repeat([2, 1, 0], outcome), np.full(n, 2)) for outcome in outcomes]

    held = [interval.low <= rate <= interval.high for interval in intervals]
    probabilities = multinomial.pmf(outcomes, n, [two_hits, one_hit, no_hit])
    assert probabilities.sum() == pytest.approx(1)
    assert 0.94 <= probabilities[held].sum() <= 0.99
