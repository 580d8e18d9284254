"""Seat bias and length bias."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.statistics.bias import SeatBias, longer_wins_rate, seat_bias
from fellowship.statistics.estimate import Bounds, Estimate
from fellowship.statistics.proportion import paired_proportion, wilson

ORDERS = st.lists(
    st.tuples(st.sampled_from(["A", "B", "tie", "failed"]), st.sampled_from(["A", "B", "tie", "failed"])), max_size=30
)


def test_an_evaluator_that_always_takes_the_first_seat_flips_every_item() -> None:
    """Its first-seat rate is 1."""
    found = seat_bias(["A"] * 20, ["B"] * 20)

    assert found == SeatBias(
        flip_rate=wilson(20, 20),
        first_seat_rate=paired_proportion([2] * 20, [2] * 20),
        flip_bounds=Bounds(1, 1),
        first_seat_bounds=Bounds(1, 1),
        n_items=20,
        n_failed=0,
        n_decided=40,
    )
    assert found.first_seat_rate.value == 1


@given(st.lists(st.sampled_from(["A", "B", "tie"])))
def test_an_evaluator_that_never_flips_prefers_no_seat(verdicts: list[str]) -> None:
    """Whatever it prefers, half of its verdicts go to the first seat."""
    found = seat_bias(verdicts, verdicts)

    assert found.flip_rate == wilson(0, len(verdicts))
    assert not found.first_seat_rate.is_defined or found.first_seat_rate.value == 0.5


def test_a_win_against_a_tie_is_a_flip_but_only_one_decided_verdict() -> None:
    """Ties are left out of the first-seat rate, and not of the flip rate."""
    found = seat_bias(["A", "tie", "tie"], ["tie", "A", "tie"])

    assert (found.flip_rate.value, found.flip_rate.n) == (2 / 3, 3)
    assert (found.first_seat_rate.value, found.first_seat_rate.n, found.n_decided) == (0.5, 2, 2)


def test_a_failed_order_leaves_the_flip_rate_and_its_other_order_stays_in_the_first_seat_rate() -> None:
    """Each rate uses what was answered; the bounds say what the rest could do."""
    found = seat_bias(["A", "A", "failed"], ["A", "failed", "failed"])

    assert (found.flip_rate.value, found.flip_rate.n, found.n_failed) == (0, 1, 2)
    assert found.flip_bounds == (0, 2 / 3)
    assert (found.first_seat_rate.value, found.n_decided) == (2 / 3, 3)
    assert found.first_seat_bounds == (2 / 6, 5 / 6)


@given(ORDERS)
def test_renaming_the_responses_leaves_the_seat_bias_alone(orders: list[tuple[str, str]]) -> None:
    """A and B exchanged, and with them the two orders."""
    renamed = {"A": "B", "B": "A", "tie": "tie", "failed": "failed"}
    a_first, b_first = [first for first, _ in orders], [second for _, second in orders]

    found = seat_bias(a_first, b_first)

    assert found == seat_bias([renamed[verdict] for verdict in b_first], [renamed[verdict] for verdict in a_first])


def test_without_items_there_is_no_bias() -> None:
    """NaN, and no zero."""
    nothing, open_ = Estimate.undefined(n=0), Bounds(math.nan, math.nan)

    assert seat_bias([], []) == SeatBias(nothing, nothing, open_, open_, n_items=0, n_failed=0, n_decided=0)
    assert longer_wins_rate([], [], []) == nothing


def test_nineteen_in_twenty_first_seat_intervals_hold_the_true_rate() -> None:
    """Simulated coverage, 400 samples of 80 items of which some are judged by their seat only, and some are ties."""
    rng = np.random.default_rng(0)
    orders = np.array([("A", "A"), ("B", "B"), ("A", "B"), ("B", "A"), ("tie", "A"), ("tie", "B"), ("tie", "tie")])
    shares = np.array([0.3, 0.2, 0.2, 0.1, 0.05, 0.05, 0.1])
    rate = (0.3 + 0.2 + 2 * 0.2 + 0.05) / (2 * 0.8 + 0.1)

    intervals = [seat_bias(*orders[rng.choice(7, size=80, p=shares)].T).first_seat_rate for _ in range(400)]

    assert 0.92 <= np.mean([interval.low <= rate <= interval.high for interval in intervals]) <= 0.985


def test_only_decided_verdicts_on_unequal_lengths_count_for_length() -> None:
    """Two of three: the tie, the flip, the failure and the equal lengths leave n."""
    verdicts = ["A", "B", "A", "tie", "inconsistent", "failed", "B"]

    rate = longer_wins_rate(verdicts, [9, 1, 1, 9, 9, 9, 5], [1, 9, 9, 1, 1, 1, 5])

    assert rate == wilson(2, 3)


@pytest.mark.parametrize(
    ("verdicts", "len_a", "len_b", "message"),
    [
        (["A", "C"], [1, 2], [2, 1], "verdicts[1] is 'C'; expected one of 'A', 'B', 'tie', 'inconsistent', 'failed'"),
        (["A", "B"], [1, 2], [2], "len_b has 1 items and verdicts has 2; expected the same number"),
    ],
)
def test_lengths_that_do_not_fit_the_verdicts_are_refused(
    verdicts: list[str], len_a: list[int], len_b: list[int], message: str
) -> None:
    """Nothing is cut off or broadcast in silence."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is compared as a whole
        longer_wins_rate(verdicts, len_a, len_b)

    assert str(refused.value) == message


def test_an_inconsistent_verdict_is_no_verdict_of_one_order() -> None:
    """Flips are found here, and not handed in."""
    with pytest.raises(
        ValueError, match=r"^b_first\[0\] is 'inconsistent'; expected one of 'A', 'B', 'tie', 'failed'$"
    ):
        seat_bias(["A"], ["inconsistent"])
