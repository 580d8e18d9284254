"""Win rates: what ties, inconsistency and failures do to them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.statistics.estimate import Bounds, Estimate
from fellowship.statistics.proportion import wilson
from fellowship.statistics.win_rate import WinRate, win_rate, win_rate_strict

OUTCOMES = st.lists(st.sampled_from(["win", "loss", "tie", "inconsistent", "failed"]), max_size=60)
MIXED = ["win"] * 5 + ["loss"] * 2 + ["tie"] * 2 + ["inconsistent"] + ["failed"] * 2


def swapped(outcomes: list[str]) -> list[str]:
    """The same comparisons seen by the other side."""
    return [{"win": "loss", "loss": "win"}.get(outcome, outcome) for outcome in outcomes]


def test_ties_and_inconsistent_comparisons_count_half() -> None:
    """Five wins and three halves of ten; two failures are in the bounds only."""
    found = win_rate(MIXED)

    assert found == WinRate(
        found.rate, bounds=Bounds(6.5 / 12, 8.5 / 12), wins=5, losses=2, ties=2, inconsistent=1, failed=2
    )
    assert (found.rate.value, found.rate.n) == (0.65, 10)


def test_ties_and_inconsistent_comparisons_count_as_not_won_in_the_strict_rate() -> None:
    """Five wins of ten, as in the paper."""
    found = win_rate_strict(MIXED)

    assert found == WinRate(wilson(5, 10), Bounds(5 / 12, 7 / 12), wins=5, losses=2, ties=2, inconsistent=1, failed=2)


@given(OUTCOMES)
def test_win_rates_of_both_sides_sum_to_one(outcomes: list[str]) -> None:
    """And their intervals and bounds mirror each other."""
    ours, theirs = win_rate(outcomes), win_rate(swapped(outcomes))

    if ours.rate.is_defined:
        assert ours.rate.value + theirs.rate.value == pytest.approx(1)
        assert (1 - theirs.rate.high, 1 - theirs.rate.low) == pytest.approx((ours.rate.low, ours.rate.high))
        assert (1 - theirs.bounds.high, 1 - theirs.bounds.low) == pytest.approx(ours.bounds)


@given(OUTCOMES, st.integers(0, 10))
def test_failed_comparisons_leave_the_rate_alone(outcomes: list[str], n_failed: int) -> None:
    """They widen the bounds, and nothing else."""
    more = [*outcomes, *["failed"] * n_failed]

    found, strict = win_rate(more), win_rate_strict(more)

    assert found.rate == win_rate(outcomes).rate
    assert strict.rate == win_rate_strict(outcomes).rate
    assert found.failed == outcomes.count("failed") + n_failed


@given(OUTCOMES)
def test_bounds_hold_the_rate(outcomes: list[str]) -> None:
    """Without failures they are the rate."""
    for found in (win_rate(outcomes), win_rate_strict(outcomes)):
        value = found.rate.value
        if found.rate.is_defined:
            assert found.bounds.low <= value <= found.bounds.high
            assert found.failed or found.bounds == (value, value)


def test_the_interval_is_that_of_bonett_and_price() -> None:
    """Their difference of paired proportions (26 and 4 of 48): 0.2548067 to 0.6251933."""
    outcomes = ["win"] * 26 + ["loss"] * 4 + ["tie"] * 18

    rate = win_rate(outcomes).rate

    assert (2 * rate.low - 1, 2 * rate.high - 1) == pytest.approx((0.2548067, 0.6251933), abs=1e-7)


@pytest.mark.parametrize("outcome", ["win", "tie", "loss"])
def test_twenty_equal_outcomes_do_not_make_a_certainty(outcome: str) -> None:
    """The interval keeps a width where a bootstrap would have none."""
    rate = win_rate([outcome] * 20).rate

    assert rate.high - rate.low > 0.1
    assert rate.low <= rate.value <= rate.high


def test_without_comparisons_there_is_no_rate() -> None:
    """NaN, and no zero."""
    nothing = WinRate(Estimate.undefined(n=0), Bounds(math.nan, math.nan), 0, 0, 0, 0, 0)

    assert win_rate([]) == nothing
    assert win_rate_strict([]) == nothing


def test_an_unknown_outcome_is_named_with_its_position() -> None:
    """Verdicts are not outcomes."""
    with pytest.raises(
        ValueError, match=r"^outcomes\[1\] is 'A'; expected one of 'win', 'loss', 'tie', 'inconsistent', 'failed'$"
    ):
        win_rate(["win", "A"])
