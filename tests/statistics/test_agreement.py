"""The agreement of an evaluator with labels: its three readings, its failures, its bounds."""

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from fellowship.statistics.agreement import Agreement, agreement
from fellowship.statistics.estimate import Bounds, Estimate
from fellowship.statistics.kappa import cohen_kappa_interval
from fellowship.statistics.proportion import wilson

VERDICTS = ["A", "A", "B", "B", "tie", "A", "inconsistent", "inconsistent", "B", "inconsistent"]
LABELS = ["A", "B", "B", "B", "tie", "A", "tie", "A", "A", "B"]
ITEMS = st.lists(
    st.tuples(st.sampled_from(["A", "B", "tie", "inconsistent", "failed"]), st.sampled_from(["A", "B", "tie"])),
    max_size=30,
)


def agree(verdicts: list[str], labels: list[str], draws: int = 50) -> Agreement:
    """The agreement with few draws from a fixed generator."""
    return agreement(verdicts, labels, rng=np.random.default_rng(0), draws=draws)


def test_an_inconsistent_verdict_counts_as_a_tie_in_the_headline() -> None:
    """In kappa as in accuracy."""
    as_ties = [verdict.replace("inconsistent", "tie") for verdict in VERDICTS]

    found = agree(VERDICTS, LABELS)

    assert found.kappa.value == pytest.approx(cohen_kappa_score(as_ties, LABELS))
    assert found.accuracy == wilson(6, 10)
    assert found.n_inconsistent == 3


def test_inconsistent_verdicts_are_dropped_beside_the_headline() -> None:
    """Their items leave n."""
    kept = [(verdict, label) for verdict, label in zip(VERDICTS, LABELS, strict=True) if verdict != "inconsistent"]

    found = agree(VERDICTS, LABELS)

    assert found.kappa_dropped.value == pytest.approx(cohen_kappa_score(*zip(*kept, strict=True)))
    assert found.kappa_dropped.n == 7


def test_an_inconsistent_verdict_disagrees_with_any_label_beside_the_headline() -> None:
    """It is a category of its own, even where the label is a tie."""
    found = agree(VERDICTS, LABELS)

    assert found.kappa_as_disagreement.value == pytest.approx(cohen_kappa_score(VERDICTS, LABELS))
    assert found.kappa_as_disagreement.n == 10
    assert found.kappa_as_disagreement.value < found.kappa.value


def test_without_inconsistent_verdicts_the_three_kappas_are_one() -> None:
    """The same value and the same interval, which is that of the plain function."""
    verdicts, labels = ["A", "B", "tie", "A", "B"] * 8, ["A", "B", "tie", "B", "tie"] * 8

    found = agree(verdicts, labels)

    fourth = found.kappa_as_disagreement
    assert found.kappa == found.kappa_dropped
    assert (fourth.value, fourth.n) == (found.kappa.value, 40)
    assert (fourth.low, fourth.high) == pytest.approx((found.kappa.low, found.kappa.high))
    assert found.kappa == cohen_kappa_interval(verdicts, labels, rng=np.random.default_rng(0), draws=50)


@given(ITEMS, st.lists(st.sampled_from(["A", "B", "tie"]), max_size=10))
def test_failed_items_change_nothing_but_bounds_and_counts(items: list[tuple[str, str]], failed: list[str]) -> None:
    """A failure is never a tie, a loss or a zero in silence."""
    answered = [item for item in items if item[0] != "failed"]
    verdicts, labels = [verdict for verdict, _ in answered], [label for _, label in answered]

    found = agree([*verdicts, *["failed"] * len(failed)], [*labels, *failed])

    without = agree(verdicts, labels)
    assert found == replace(
        without,
        bounds=found.bounds,
        accuracy_bounds=found.accuracy_bounds,
        n_items=len(answered) + len(failed),
        n_failed=len(failed),
    )


@given(ITEMS, st.randoms(use_true_random=False))
def test_bounds_hold_any_resolution_of_the_failed_items(items: list[tuple[str, str]], random: Random) -> None:
    """Resolve each by chance, and both kappa and accuracy stay inside."""
    verdicts, labels = [verdict for verdict, _ in items], [label for _, label in items]
    resolved = [random.choice(["A", "B", "tie"]) if verdict == "failed" else verdict for verdict in verdicts]

    found = agree(verdicts, labels)

    then = agree(resolved, labels)
    assert not then.kappa.is_defined or found.bounds.low <= then.kappa.value <= found.bounds.high
    low, high = found.accuracy_bounds
    assert not then.accuracy.is_defined or low <= then.accuracy.value <= high


def test_without_failures_the_bounds_are_the_headline() -> None:
    """Nothing is open."""
    found = agree(VERDICTS, LABELS)

    assert found.bounds == (found.kappa.value, found.kappa.value)
    assert found.accuracy_bounds == (0.6, 0.6)


def test_constant_accuracy_is_the_share_of_the_commonest_label_of_answered_items() -> None:
    """The failed item's label does not count, as it does not in the accuracy."""
    found = agree(["A", "B", "tie", "failed"], ["B", "B", "A", "A"])

    assert found.constant_accuracy == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("labels", "bounds", "accuracy_bounds"),
    [
        pytest.param([], Bounds(math.nan, math.nan), Bounds(math.nan, math.nan), id="no items"),
        pytest.param(["A", "B"], Bounds(-1, 1), Bounds(0, 1), id="only failed items"),
    ],
)
def test_without_answered_items_nothing_is_estimated(
    labels: list[str], bounds: Bounds, accuracy_bounds: Bounds
) -> None:
    """Undefined, and no zero."""
    nothing = Estimate.undefined(n=0)

    found = agree(["failed"] * len(labels), labels)

    n = len(labels)
    assert found == Agreement(
        nothing, nothing, nothing, nothing, math.nan, bounds, accuracy_bounds, n_items=n, n_failed=n, n_inconsistent=0
    )


@pytest.mark.parametrize(
    ("verdicts", "labels", "message"),
    [
        (
            ["A", "C"],
            ["A", "B"],
            "verdicts[1] is 'C'; expected one of 'A', 'B', 'tie', 'inconsistent', 'failed'",
        ),
        (["A", "B"], ["failed", "B"], "labels[0] is 'failed'; expected one of 'A', 'B', 'tie'"),
        (["A", "B"], ["A"], "labels has 1 items and verdicts has 2; expected the same number"),
    ],
)
def test_an_unknown_value_is_named_with_its_position(verdicts: list[str], labels: list[str], message: str) -> None:
    """A mistaken column is found by its first stranger."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is compared as a whole
        agree(verdicts, labels)

    assert str(refused.value) == message
