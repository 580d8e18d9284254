"""Mean scores of candidates that meet the same opponents on the same items, and their paired differences."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fellowship.statistics.difference import (
    PairedDifference,
    corrected_difference,
    enough_draws,
    monte_carlo_p,
    pair_confidence,
)
from fellowship.statistics.estimate import Estimate
from fellowship.statistics.proportion import bounded_mean


def mean_score(scores_io: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """The mean over opponents of the mean score against each; items are independent, an item's scores are not.

    scores_io: the score in [0, 1] on item i against opponent o, NaN where that comparison failed. An opponent without
    a score leaves the mean; n is the items with a score. Undefined without any. Interval: `bounded_mean`.
    """
    return bounded_mean(_item_values(np.asarray(scores_io, dtype=np.float64)), (0.0, 1.0), confidence)


def mean_score_difference(
    first_io: ArrayLike,
    second_io: ArrayLike,
    *,
    rng: np.random.Generator,
    pairs: int = 1,
    draws: int = 10_000,
    confidence: float = 0.95,
) -> PairedDifference:
    """The mean score of the first candidate minus that of the second, over the comparisons that failed for neither.

    first_io, second_io: as in `mean_score`, of one shape. pairs: of how many comparisons this is one (see `n_pairs`).
    Undefined, with p = 1, where no comparison is left. The test exchanges the two candidates on an item, with all their
    opponents, with probability 1/2, which changes the sign of the item's difference (Fisher 1935, "The Design of
    Experiments", section 21). Interval: `bounded_mean` of the items' differences in [-1, 1].

    >>> wins, losses = np.ones((20, 1)), np.zeros((20, 1))
    >>> found = mean_score_difference(wins, np.vstack([losses[:10], wins[:10]]), rng=np.random.default_rng(0))
    >>> print(found.estimate, found.estimate.n, round(found.p, 4), found.is_significant)
    0.50 [0.21, 0.70] 20 0.0016 True
    """
    differences_io = np.asarray(first_io, dtype=np.float64) - np.asarray(second_io, dtype=np.float64)
    values_i = _item_values(differences_io)
    if not values_i.size:
        return PairedDifference(Estimate.undefined(0, confidence), 1.0)
    interval = bounded_mean(values_i, (-1.0, 1.0), pair_confidence(confidence, pairs))
    p = _sign_change_p(values_i, rng, enough_draws(draws, pairs))
    return corrected_difference(interval, p, pairs=pairs, confidence=confidence)


def _item_values(scores_io: NDArray[np.float64]) -> NDArray[np.float64]:
    """One value per item with a score; their mean is the mean over opponents of the mean over items."""
    known_io = ~np.isnan(scores_io)
    n_o = known_io.sum(axis=0)
    n_opponents, n = np.count_nonzero(n_o), int(known_io.any(axis=1).sum())
    if not n:
        return np.zeros(0)
    weights_o = n / (np.maximum(n_o, 1) * n_opponents)
    values_i: NDArray[np.float64] = (np.where(known_io, scores_io, 0.0) * weights_o).sum(axis=1)
    return values_i[known_io.any(axis=1)]


def _sign_change_p(values_i: NDArray[np.float64], rng: np.random.Generator, draws: int) -> float:
    """The p-value of the test that changes signs; the items of one size are changed by one binomial draw."""
    sizes, n_of_size = np.unique(np.round(np.abs(values_i), 12), return_counts=True)
    if not sizes.any():
        return 1.0
    sums_d = np.zeros(draws)
    for size, n in zip(sizes, n_of_size, strict=True):
        sums_d += size * (2.0 * rng.binomial(n, 0.5, size=draws) - n)
    return monte_carlo_p(math.fsum(values_i), sums_d)
