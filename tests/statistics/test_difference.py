"""Paired differences to the best: the error rate among equal candidates, few items, failures, corrections."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from fellowship.statistics.difference import PairedDifference, corrected_difference, n_pairs
from fellowship.statistics.estimate import Estimate
from fellowship.statistics.kappa import cohen_kappa
from fellowship.statistics.kappa_difference import kappa_difference
from fellowship.statistics.score_difference import mean_score, mean_score_difference

CATEGORIES = np.array(["A", "B", "tie"])


def equal_evaluators(rng: np.random.Generator, n_evaluators: int, n: int) -> tuple[list[list[str]], list[str]]:
    """Evaluators that know the label of 6 items in 10, and labels."""
    labels = rng.choice(CATEGORIES, n, p=[0.4, 0.4, 0.2])
    others = [rng.choice(CATEGORIES, n, p=[0.4, 0.4, 0.2]) for _ in range(n_evaluators)]
    return [np.where(rng.random(n) < 0.6, labels, each).tolist() for each in others], labels.tolist()


def separated_evaluators(rng: np.random.Generator, n_evaluators: int, n: int) -> bool:
    """Whether a study of equal evaluators declares one of them different from the best."""
    verdicts, labels = equal_evaluators(rng, n_evaluators, n)
    best = max(verdicts, key=lambda each: cohen_kappa(each, labels))
    pairs = n_pairs(n_evaluators)
    found = [kappa_difference(best, each, labels, rng=rng, pairs=pairs, draws=500) for each in verdicts]
    return any(each.is_significant for each in found)


def separated_pairings(rng: np.random.Generator, n_pairings: int, n: int) -> bool:
    """Whether a tournament of equal pairings declares one of them different from the best."""
    scores = [rng.choice([0, 0.5, 1], size=(n, 3), p=[0.3, 0.2, 0.5]) for _ in range(n_pairings)]
    best = max(scores, key=lambda each: float(each.mean()))
    pairs = n_pairs(n_pairings)
    return any(mean_score_difference(best, each, rng=rng, pairs=pairs, draws=500).is_significant for each in scores)


@pytest.mark.parametrize(("n_candidates", "n"), [(2, 60), (6, 40)])
def test_equal_candidates_are_rarely_separated_however_many_they_are(n_candidates: int, n: int) -> None:
    """At most 5 in 100 studies, and what chance adds to that; before it were 16 of two and 70 of six evaluators."""
    rng = np.random.default_rng(n_candidates)

    evaluators = sum(separated_evaluators(rng, n_candidates, n) for _ in range(100))
    pairings = sum(separated_pairings(rng, n_candidates, n) for _ in range(100))

    assert evaluators <= 8
    assert pairings <= 8


def test_a_better_evaluator_is_found_on_enough_items() -> None:
    """The correction leaves the power to see a large difference."""
    rng = np.random.default_rng(0)
    (one, *_), labels = equal_evaluators(rng, 1, 150)

    found = kappa_difference(labels, one, labels, rng=rng, pairs=15)

    assert found.is_significant
    assert 0 < found.p <= 0.05
    assert found.estimate.low > 0


def test_two_evaluators_of_the_same_verdicts_differ_by_zero_with_a_width() -> None:
    """That no verdict of three items differs does not show that none would."""
    verdicts = ["A", "B", "tie"]

    found = kappa_difference(verdicts, verdicts, ["A", "B", "A"], rng=np.random.default_rng(0), draws=500)

    assert (found.estimate.value, found.p, found.is_significant) == (0, 1, False)
    assert found.estimate.low < -0.1 < 0.1 < found.estimate.high


def test_only_items_that_both_answered_are_compared() -> None:
    """A failed verdict is no tie; it leaves the n of the pair."""
    first, second = ["A", "failed", "B", "tie"], ["A", "B", "failed", "inconsistent"]

    found = kappa_difference(first, second, ["A", "B", "B", "tie"], rng=np.random.default_rng(0), draws=100)

    assert (found.estimate.n, found.estimate.value) == (2, 0)


@pytest.mark.parametrize("verdicts", [["failed", "failed"], ["A", "A"]], ids=["none in common", "kappa undefined"])
def test_an_undefined_difference_is_not_significant(verdicts: list[str]) -> None:
    found = kappa_difference(verdicts, ["A", "A"], ["A", "A"], rng=np.random.default_rng(0))

    assert (found.estimate.is_defined, found.p, found.is_significant) == (False, 1, False)


def test_a_test_that_finds_nothing_widens_the_interval_to_zero() -> None:
    """One statement, and not an interval that says more than the test beside it."""
    estimate = Estimate(0.3, 0.1, 0.5, n=10, confidence=0.995)

    found = corrected_difference(estimate, 0.02, pairs=10, confidence=0.95)

    assert found == PairedDifference(Estimate(0.3, 0.0, 0.5, n=10, confidence=0.95), 0.2)


def test_all_pairs_of_candidates_are_corrected_for() -> None:
    assert [n_pairs(n) for n in (1, 2, 6, 20)] == [1, 1, 15, 190]


def test_a_mean_score_weights_opponents_equally_and_leaves_failures_out() -> None:
    """Two wins of two against one, one win of three against the other."""
    scores_io: NDArray[np.float64] = np.array([[1, 1], [1, 0], [math.nan, 0], [math.nan, math.nan]])

    found = mean_score(scores_io)

    assert found.value == pytest.approx((1 + 1 / 3) / 2)
    assert found.n == 3
    assert found.low < found.value < found.high


def test_five_prompts_cannot_distinguish_two_pairings() -> None:
    """Five wins in five prompts are p = 2 / 2**5."""
    found = mean_score_difference(np.ones((5, 1)), np.zeros((5, 1)), rng=np.random.default_rng(0))

    assert found.p == pytest.approx(1 / 16, abs=0.01)
    assert not found.is_significant
    assert (found.estimate.value, found.estimate.low, found.estimate.n) == (1, 0, 5)
