"""Cohen's and Fleiss' kappa against published numbers, scikit-learn and simulation."""

import itertools
import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

from fellowship.statistics.dirichlet import percentile_interval, statistic_draws
from fellowship.statistics.estimate import Estimate
from fellowship.statistics.kappa import (
    cohen_kappa,
    cohen_kappa_interval,
    contingency_table,
    fleiss_kappa,
    kappa_interval,
    kappa_of_tables,
    kappa_priors,
)

RATINGS = st.lists(st.tuples(st.sampled_from("ABt"), st.sampled_from("ABt")), max_size=40)
TEXTBOOK_RATINGS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


def columns(ratings: list[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """The two raters' categories."""
    return [a for a, _ in ratings], [b for _, b in ratings]


def two_raters(rng: np.random.Generator, n: int, agreeing: float) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Two raters with marginals 0.5, 0.3, 0.2, of whom b copies a with the given probability: it is their kappa."""
    a, other = (rng.choice(["A", "B", "tie"], size=n, p=[0.5, 0.3, 0.2]) for _ in range(2))
    return a, np.where(rng.random(n) < agreeing, a, other)


def test_kappa_of_fifty_grant_proposals_is_two_fifths() -> None:
    """The 2 x 2 table that textbooks work out by hand: 20, 5, 10, 15."""
    a = ["yes"] * 25 + ["no"] * 25
    b = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15

    kappa = cohen_kappa(a, b)

    assert kappa == 0.4


@given(RATINGS.filter(lambda ratings: len({*sum(ratings, ())}) > 1))
def test_kappa_is_that_of_scikit_learn(ratings: list[tuple[str, str]]) -> None:
    """Wherever kappa is defined."""
    a, b = columns(ratings)

    kappa = cohen_kappa(a, b)

    assert kappa == pytest.approx(cohen_kappa_score(a, b), abs=1e-12)


@given(RATINGS)
def test_kappa_is_symmetric_and_within_its_range(ratings: list[tuple[str, str]]) -> None:
    """Exchanging the raters changes no bit of it."""
    a, b = columns(ratings)

    kappa = cohen_kappa(a, b)

    assert math.isnan(kappa) or -1 <= kappa <= 1
    assert kappa == cohen_kappa(b, a) or (math.isnan(kappa) and math.isnan(cohen_kappa(b, a)))


@given(st.lists(st.sampled_from("ABt"), min_size=2).filter(lambda a: len(set(a)) > 1))
def test_kappa_of_a_varying_rater_with_itself_is_exactly_one(a: list[str]) -> None:
    """No rounding stands in the way."""
    assert cohen_kappa(a, a) == 1


@pytest.mark.parametrize(
    ("a", "b"), [pytest.param([], [], id="no items"), pytest.param(["A"] * 3, ["A"] * 3, id="one category")]
)
def test_kappa_is_undefined_where_chance_agreement_is(a: list[str], b: list[str]) -> None:
    """NaN instead of a division by zero, and an estimate that says so."""
    kappa = cohen_kappa(a, b)

    assert math.isnan(kappa)
    assert cohen_kappa_interval(a, b, rng=np.random.default_rng(0), draws=10) == Estimate.undefined(n=len(a))


def test_kappa_of_a_constant_rater_with_a_varying_one_is_zero() -> None:
    """A constant rater agrees as often as chance would have it."""
    assert cohen_kappa(["A", "A", "A"], ["A", "B", "A"]) == 0


def test_unused_labels_do_not_change_kappa() -> None:
    """A category that nobody used adds nothing."""
    a, b = ["A", "B", "A", "B"], ["A", "B", "B", "B"]

    kappa = cohen_kappa(a, b, labels=["tie", "B", "A"])

    assert kappa == cohen_kappa(a, b)


def test_a_value_that_is_no_label_is_named_with_its_position() -> None:
    """The first stranger is enough to find the column that was mistaken."""
    with pytest.raises(ValueError, match=r"^b\[1\] is 'C'; expected one of 'A', 'B'$"):
        cohen_kappa(["A", "B"], ["A", "C"], labels=["A", "B"])


def test_raters_with_different_numbers_of_items_are_refused() -> None:
    """Nothing is cut off in silence."""
    with pytest.raises(ValueError, match=r"^b has 1 items and a has 2; expected the same number$"):
        cohen_kappa(["A", "B"], ["A"])


def test_the_contingency_table_has_rater_a_in_rows() -> None:
    """Rows and columns are in the order of the labels, or of the categories' text."""
    counts_ij = contingency_table(["A", "A", "B"], ["B", "B", "A"])

    assert counts_ij.tolist() == [[0, 2], [1, 0]]
    assert contingency_table(["A"], ["B"], labels=["B", "A"]).tolist() == [[0, 0], [1, 0]]


def test_the_interval_is_the_same_for_the_same_generator_and_any_order_of_items() -> None:
    """A number can be had again."""
    a, b = two_raters(np.random.default_rng(1), 100, agreeing=0.5)

    estimate = cohen_kappa_interval(a, b, rng=np.random.default_rng(2), draws=200)

    assert estimate == cohen_kappa_interval(a[::-1], b[::-1], rng=np.random.default_rng(2), draws=200)
    assert estimate.low < estimate.value < estimate.high
    assert estimate.n == 100


def test_the_interval_is_near_that_of_a_bootstrap_over_items() -> None:
    """Where no cell is empty it is close to resampled items, by scikit-learn's kappa."""
    rng = np.random.default_rng(3)
    a, b = two_raters(rng, 60, agreeing=0.5)
    samples = rng.integers(60, size=(400, 60))
    kappas = [cohen_kappa_score(a[sample], b[sample]) for sample in samples]

    estimate = cohen_kappa_interval(a, b, rng=rng)

    assert [estimate.low, estimate.high] == pytest.approx(np.quantile(kappas, [0.025, 0.975]).tolist(), abs=0.05)


@pytest.mark.parametrize(("n", "lowest", "highest"), [(1, -0.6, 0.0), (5, 0.3, 0.6), (250, 0.97, 0.995)])
def test_full_agreement_has_an_interval_with_a_width_that_depends_on_n(n: int, lowest: float, highest: float) -> None:
    """Two items that agree say next to nothing, and five hundred a lot; neither says that kappa is 1."""
    a = ["A", "B"] * n

    estimate = cohen_kappa_interval(a, a, rng=np.random.default_rng(0), draws=2000)

    assert (estimate.value, estimate.high, estimate.n) == (1, 1, 2 * n)
    assert lowest < estimate.low < highest


def test_full_disagreement_has_an_interval_with_a_width() -> None:
    """The other end of kappa is as uncertain."""
    estimate = cohen_kappa_interval(["A", "B"], ["B", "A"], rng=np.random.default_rng(0), draws=2000)

    assert (estimate.value, estimate.low) == (-1, -1)
    assert estimate.high > 0.2


@pytest.mark.parametrize(
    ("n", "k", "kappa", "n_covered"),
    [
        (2, 3, 0.9, 100),
        (5, 2, 0.9, 132),
        (10, 2, 0.95, 180),
        (20, 3, 0.9, 197),
        (20, 2, 0.6, 192),
        (50, 3, 0.95, 198),
        (138, 3, 0.98, 197),
    ],
)
def test_intervals_hold_the_true_kappa_also_near_one_and_of_few_items(
    n: int, k: int, kappa: float, n_covered: int
) -> None:
    """Simulated coverage of 200 tables with the skewed marginals .7, .2, .1 (.8, .2 of two categories); seeded."""
    rng = np.random.default_rng(n)
    marginal = np.array([0.7, 0.2, 0.1] if k == 3 else [0.8, 0.2])
    cells = kappa * np.diag(marginal) + (1 - kappa) * np.outer(marginal, marginal)
    tables = rng.multinomial(n, cells.ravel(), size=200).reshape(-1, k, k)

    found = [kappa_interval(table, rng=rng, draws=300) for table in tables]

    defined = [each for each in found if each.is_defined]
    covered = sum(each.low <= kappa <= each.high for each in defined)
    assert covered == n_covered
    assert covered / len(defined) >= 0.9


def test_an_interval_needs_a_draw() -> None:
    """Zero draws would be an interval from nothing."""
    with pytest.raises(ValueError, match=r"^draws is 0; expected at least 1$"):
        cohen_kappa_interval(["A"], ["B"], rng=np.random.default_rng(0), draws=0)


def test_nineteen_in_twenty_intervals_hold_the_true_kappa() -> None:
    """Simulated coverage of the 95 % interval, 300 samples of 150 items."""
    rng = np.random.default_rng(4)

    intervals = [cohen_kappa_interval(*two_raters(rng, 150, agreeing=0.5), rng=rng, draws=400) for _ in range(300)]

    covered = np.mean([interval.low <= 0.5 <= interval.high for interval in intervals])
    assert 0.91 <= covered <= 0.98


@pytest.mark.slow
def test_ninety_nine_intervals_of_ten_thousand_draws_take_seconds_at_most() -> None:
    """The paper's tables hold 99 kappas; five seconds is the budget for all, in CPU time."""
    rng = np.random.default_rng(5)
    a, b = two_raters(rng, 3000, agreeing=0.5)
    started = time.process_time()

    for _ in range(99):
        cohen_kappa_interval(a, b, rng=rng)

    assert time.process_time() - started < 5


def test_fleiss_kappa_of_the_textbook_example() -> None:
    """Ten items, fourteen raters, five categories: 0.210."""
    kappa = fleiss_kappa(TEXTBOOK_RATINGS)

    assert round(kappa, 3) == 0.210


def test_fleiss_kappa_of_raters_that_always_agree_is_one() -> None:
    """As long as not all items are in one category."""
    assert fleiss_kappa([[3, 0], [0, 3], [3, 0]]) == 1


def test_fleiss_kappa_of_two_raters_that_never_agree_is_at_its_minimum() -> None:
    """-1 / (m - 1) with m = 2 raters."""
    assert fleiss_kappa([[1, 1], [1, 1]]) == -1


@pytest.mark.parametrize(
    "counts_ij",
    [
        pytest.param([], id="no items"),
        pytest.param(np.zeros((0, 3)), id="no items of three categories"),
        pytest.param([[4, 0], [4, 0]], id="one category"),
    ],
)
def test_fleiss_kappa_is_undefined_where_chance_agreement_is(counts_ij: list[list[int]]) -> None:
    """NaN instead of a division by zero."""
    assert math.isnan(fleiss_kappa(counts_ij))


@pytest.mark.parametrize(
    ("counts_ij", "message"),
    [
        ([1, 2], "counts_ij has 1 dimension(s); expected 2: item and category"),
        ([[2, -1]], "counts_ij holds a number that is no count; expected how many raters chose each category"),
        ([[0.5, 1.5]], "counts_ij holds a number that is no count; expected how many raters chose each category"),
        ([[math.nan, 1]], "counts_ij holds a number that is no count; expected how many raters chose each category"),
        ([[2, 1], [2, 2]], "item 1 has 4 raters and item 0 has 3; expected the same number"),
        ([[1, 0], [0, 1]], "items have 1 rater(s); expected at least 2"),
    ],
)
def test_ratings_that_are_no_counts_of_equal_juries_are_refused(counts_ij: list[list[float]], message: str) -> None:
    """The message says what is wrong with them."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is compared as a whole
        fleiss_kappa(counts_ij)

    assert str(refused.value) == message


def covered(probabilities: list[list[float]], n: int) -> float:
    """The probability that the interval of n items holds the true kappa, over all tables where kappa is defined."""
    shares_ij = np.array(probabilities)
    k, true = len(shares_ij), float(kappa_of_tables(shares_ij))
    total = held = 0.0
    for cells in itertools.combinations_with_replacement(range(k * k), n):
        counts = np.bincount(cells, minlength=k * k)
        repeated = math.prod(math.factorial(int(count)) for count in counts)
        probability = math.factorial(n) / repeated * math.prod(float(shares_ij.flat[cell]) for cell in cells)
        if probability > 0 and not math.isnan(float(kappa_of_tables(counts.reshape(k, k)))):
            found = kappa_interval(counts.reshape(k, k), rng=np.random.default_rng(0), draws=400)
            total += probability
            held += probability * (found.low <= true + 1e-9 and true <= found.high + 1e-9)
    return held / total


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize(
    "probabilities",
    [
        [[0.1, 0.4, 0], [0.4, 0.1, 0], [0, 0, 0]],
        [[0, 0.5], [0.5, 0]],
        [[0.2, 0.3], [0.3, 0.2]],
        [[0, 0.9], [0.1, 0]],
        [[0.1, 0.1], [0.1, 0.7]],
    ],
    ids=["seats reversed", "all reversed", "below chance", "reversed and skewed", "above chance"],
)
def test_the_interval_covers_also_a_kappa_below_0(probabilities: list[list[float]], n: int) -> None:
    assert covered(probabilities, n) >= 0.9


def test_an_interval_above_0_is_that_of_the_draws() -> None:
    """A clear agreement does not become less clear."""
    counts_ij = np.array([[40, 6], [5, 30]])
    drawn = statistic_draws(kappa_of_tables, counts_ij, *kappa_priors(2), rng=np.random.default_rng(0), draws=500)

    found = kappa_interval(counts_ij, rng=np.random.default_rng(0), draws=500)

    assert found == percentile_interval(found.value, drawn, n=81, confidence=0.95)
    assert found.low > 0
