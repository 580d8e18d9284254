"""Agreement beyond chance: Cohen's kappa for two raters, Fleiss' kappa for a fixed number of them."""

import itertools
import math
from collections.abc import Hashable, Sequence
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fellowship.statistics.categories import Values, check_same_length, cross_table, encode
from fellowship.statistics.dirichlet import percentile_interval, statistic_draws
from fellowship.statistics.estimate import Bounds, Estimate

LIKELY_STEPS = 11
AGREEMENT_OF_PRIOR = 0.9
"""The share of agreed items in the second prior: see `kappa_priors`."""


def cohen_kappa(a: Values, b: Values, *, labels: Sequence[Hashable] | None = None) -> float:
    """Cohen's unweighted kappa of two raters, in [-1, 1].

    kappa = (p_o - p_e) / (1 - p_e) with p_o the share of items both put into the same category, p_e the sum over
    categories of the product of both raters' shares (Cohen 1960, "A coefficient of agreement for nominal scales", 1).

    a, b: one category per item, shape (n,). labels: the categories that may occur; any other raises ValueError.
    NaN without items, and where both raters use one and the same category throughout; 0 where only one is constant.

    Fleiss, Levin and Paik (2003), "Statistical Methods for Rates and Proportions", Table 18.1:

    >>> a, b = "p" * 80 + "n" * 10 + "o" * 10, "p" * 75 + "n" + "o" * 4 + "p" * 5 + "n" * 4 + "o" * 11
    >>> round(cohen_kappa(a, b), 3)
    0.676
    """
    return float(kappa_of_tables(contingency_table(a, b, labels=labels)))


def cohen_kappa_interval(
    a: Values,
    b: Values,
    *,
    rng: np.random.Generator,
    labels: Sequence[Hashable] | None = None,
    draws: int = 10_000,
    confidence: float = 0.95,
) -> Estimate:
    """Cohen's kappa with an interval of Dirichlet draws: see `kappa_interval`.

    a, b, labels: as in `cohen_kappa`; each of the k categories, used or not, counts in the priors. Undefined where
    `cohen_kappa` is. The order of the items does not matter. Time grows with draws times k**2, not with the items.

    >>> judge, people = ["A", "A", "B", "tie"] * 50, ["A", "B", "B", "tie"] * 50
    >>> print(cohen_kappa_interval(judge, people, rng=np.random.default_rng(0)))
    0.64 [0.55, 0.71]
    >>> print(cohen_kappa_interval(["A", "B"], ["A", "B"], rng=np.random.default_rng(0)))
    1.00 [-0.22, 1.00]
    """
    return kappa_interval(contingency_table(a, b, labels=labels), rng=rng, draws=draws, confidence=confidence)


def kappa_interval(
    counts_ij: NDArray[np.int64], *, rng: np.random.Generator, draws: int = 10_000, confidence: float = 0.95
) -> Estimate:
    """Cohen's kappa of a table, shape (k, k), with the percentiles of Dirichlet draws of its cells as interval.

    The draws are of two priors in equal parts (see `kappa_priors`). The interval has a width also where the raters
    never disagree, and always holds the value. One that holds kappas below 0 reaches down to `lowest_likely_kappa`.
    """
    if math.isnan(float(kappa_of_tables(counts_ij))):
        return Estimate.undefined(int(counts_ij.sum()), confidence)
    values_d = statistic_draws(kappa_of_tables, counts_ij, *kappa_priors(len(counts_ij)), rng=rng, draws=draws)
    return interval_of_draws(counts_ij, values_d, confidence=confidence)


def interval_of_draws(
    counts_ij: NDArray[np.int64],
    values_d: NDArray[np.float64],
    *,
    confidence: float,
    possible_ij: NDArray[np.bool_] | None = None,
) -> Estimate:
    """The interval of `kappa_interval`, given drawn kappas. possible_ij: the cells that can occur; all if None."""
    value, n = float(kappa_of_tables(counts_ij)), int(counts_ij.sum())
    estimate = percentile_interval(value, values_d, n=n, confidence=confidence)
    if not estimate.low < 0 or value == 1:
        return estimate
    possible = np.ones(counts_ij.shape, dtype=np.bool_) if possible_ij is None else possible_ij
    return replace(estimate, low=min(estimate.low, lowest_likely_kappa(counts_ij, possible, confidence=confidence)))


def lowest_likely_kappa(
    counts_ij: NDArray[np.int64], possible_ij: NDArray[np.bool_], *, confidence: float = 0.95
) -> float:
    """The lowest kappa of probabilities that a likelihood ratio test does not reject; the counts have a disagreement.

    Kappa is lowest where two raters exchange two categories, equally often each way. Few items rarely show both ways
    equally often, and draws around their table then miss the kappas near that extreme (kappa is quadratic there). The
    searched probabilities are the table with less agreement, with more equal disagreements, and mixed with an exchange
    of the two categories that are confused most; they contain the table itself. The test is the chi-square one with one
    degree of freedom (Wilks 1938), of the counts times n / (n + 3) as in `statistic_draws`.
    """
    n = int(counts_ij.sum())
    agreed = np.diag(np.diag(counts_ij)).astype(float)
    apart = counts_ij - agreed
    both_ways = possible_ij & possible_ij.T
    equal = np.where(both_ways, (apart + apart.T) / 2, apart)
    i, j = np.unravel_index(int(np.argmax(np.where(both_ways, equal, -1.0))), equal.shape)
    exchange = np.zeros(equal.shape)
    exchange[i, j] = exchange[j, i] = 0.5
    steps = np.linspace(0, 1, LIKELY_STEPS)
    less, more = (each.reshape(-1, 1, 1) for each in np.meshgrid(steps, steps))
    unmixed = less * agreed + (1 - more) * apart + more * equal
    unmixed /= unmixed.sum(axis=(1, 2), keepdims=True)
    seen, most = counts_ij > 0, NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    lowest = 1.0
    for mixed in 1 - steps**3:
        tables = (1 - mixed) * unmixed + mixed * exchange
        with np.errstate(divide="ignore"):
            lost = np.log(counts_ij[seen] / n) - np.log(tables[:, seen])
        ratios = 2 * n / (n + 3) * (counts_ij[seen] * lost).sum(axis=1)
        lowest = min(lowest, kappa_of_tables(tables)[ratios <= most].min(initial=1.0))
    return float(lowest)


def kappa_priors(k: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two priors of the cells of a table of k categories, 1 in all each: of unknown, and of good agreement.

    The first has 1 / k**2 in each cell. The second has 0.9 in all on the diagonal. Few items with one disagreement may
    come from raters who hardly ever disagree, and the first alone gives a kappa near 1 too little weight then.
    """
    diagonal = np.eye(k) / k
    apart = np.full((k, k), 1 / k**2) if k == 1 else (1 - np.eye(k)) / (k * (k - 1))
    return np.full((k, k), 1 / k**2), AGREEMENT_OF_PRIOR * diagonal + (1 - AGREEMENT_OF_PRIOR) * apart


def contingency_table(a: Values, b: Values, *, labels: Sequence[Hashable] | None = None) -> NDArray[np.int64]:
    """How often rater a said category i while rater b said j: shape (k, k), in the order of `labels`.

    Without labels the categories are those that occur, in the order of their text.
    """
    check_same_length(a=a, b=b)
    categories = sorted({*a, *b}, key=str) if labels is None else labels
    k = len(categories)
    return cross_table((encode(a, categories, name="a"), encode(b, categories, name="b")), shape=(k, k))


def kappa_of_tables(tables: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Cohen's kappa of each table: from shape (..., k, k) to shape (...). NaN where it is undefined.

    Counts stay whole numbers until the one division, (n * agreed - chance) / (n**2 - chance), so that full agreement
    gives exactly 1 and exchanging the raters changes no bit.
    """
    n = tables.sum(axis=(-2, -1))
    agreed = np.trace(tables, axis1=-2, axis2=-1)
    chance = (tables.sum(axis=-1) * tables.sum(axis=-2)).sum(axis=-1)
    beyond_chance, at_most = n * agreed - chance, n * n - chance
    kappas = np.full(np.shape(n), math.nan)
    np.divide(beyond_chance, at_most, out=kappas, where=at_most > 0)
    return kappas


def kappa_bounds(counts_ij: NDArray[np.int64], failed_j: NDArray[np.int64]) -> Bounds:
    """The range kappa*: the lowest and highest Cohen's kappa that any resolution of the failed items gives, exactly.

    counts_ij: answered items with verdict i and label j, shape (k, k). failed_j: failed items with label j, shape (k,).

    Why k**k tables are enough. Let x_ij failed items of label j get verdict i. The labels' marginals are fixed, so the
    agreed items D and the chance term S (the sum of products of the marginals) are linear in x, and
    kappa = (n D - S) / (n**2 - S) is monotone along every line and takes both extremes at corners of the region of x
    (Boyd and Vandenberghe 2004, "Convex Optimization", section 3.4, linear-fractional functions), where each label
    sends all its failed items to one verdict. (Where the denominator can be zero, all labels are one category, and
    kappa is 0 or undefined everywhere.)

    Undefined resolutions do not count; both bounds are NaN if there is no other. The highest is never below the kappa
    of the answered items. The lowest is never above it if that is 0 or more; a kappa below 0 can lie beneath both.

    >>> kappa_bounds(np.array([[40, 10], [10, 40]]), np.array([0, 10]))
    Bounds(low=0.45901639344262296, high=0.6333333333333333)
    """
    k = len(failed_j)
    verdicts_cj = np.array(list(itertools.product(range(k), repeat=k)))
    tables = np.repeat(counts_ij[np.newaxis], len(verdicts_cj), axis=0)
    tables[np.arange(len(verdicts_cj))[:, np.newaxis], verdicts_cj, np.arange(k)] += failed_j
    kappas_c = kappa_of_tables(tables)
    defined = kappas_c[~np.isnan(kappas_c)]
    return Bounds(float(defined.min()), float(defined.max())) if defined.size else Bounds(math.nan, math.nan)


def fleiss_kappa(counts_ij: ArrayLike) -> float:
    """Fleiss' kappa of m raters per item, in [-1 / (m - 1), 1].

    kappa = (P - P_e) / (1 - P_e), where P is the mean over items of the share of pairs of raters that agree, and P_e
    the sum over categories of the square of their overall share (Fleiss 1971, "Measuring nominal scale agreement
    among many raters").

    counts_ij: how many raters put item i into category j, shape (n, k); ValueError unless every item has the same
    number of raters, at least two. NaN without items, and where one category is used throughout. A description of these
    items: it has no interval, and no table shows it.

    The worked example that textbooks print, 0.210:

    >>> round(fleiss_kappa([[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    ...                     [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]]), 3)
    0.21
    """
    counts = np.asarray(counts_ij)
    if counts.shape[:1] == (0,):
        return math.nan
    ratings_ij = _checked_ratings(counts)
    n = len(ratings_ij)
    m = int(ratings_ij[0].sum())
    agreeing_pairs = int((ratings_ij * (ratings_ij - 1)).sum())
    chance = int((ratings_ij.sum(axis=0) ** 2).sum())
    if chance == (n * m) ** 2:
        return math.nan
    expected = chance / (n * m) ** 2
    return (agreeing_pairs / (n * m * (m - 1)) - expected) / (1 - expected)


def _checked_ratings(counts_ij: NDArray[Any]) -> NDArray[np.int64]:
    if counts_ij.ndim != 2:
        raise ValueError(f"counts_ij has {counts_ij.ndim} dimension(s); expected 2: item and category")
    if not np.isfinite(counts_ij).all() or (counts_ij < 0).any() or (counts_ij % 1 != 0).any():
        raise ValueError("counts_ij holds a number that is no count; expected how many raters chose each category")
    ratings_ij = counts_ij.astype(np.int64)
    raters_i = ratings_ij.sum(axis=1)
    outliers = np.flatnonzero(raters_i != raters_i[0])
    if outliers.size:
        i = outliers[0]
        raise ValueError(f"item {i} has {raters_i[i]} raters and item 0 has {raters_i[0]}; expected the same number")
    if raters_i[0] < 2:
        raise ValueError(f"items have {raters_i[0]} rater(s); expected at least 2")
    return ratings_ij
