"""Intervals of statistics of a table of counts, by Dirichlet draws of the probabilities of its cells.

A bootstrap over items never fills an empty cell: a table without a disagreement gives an interval of width 0, whatever
its n. A Dirichlet draw gives every possible cell a probability.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fellowship.statistics.estimate import Estimate

Statistics: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From tables of shape (m, *cells), not normalised, to values of shape (..., m)."""
CELLS_AT_ONCE = 1_000_000


def statistic_draws(
    statistics: Statistics,
    counts: NDArray[np.int64],
    *priors: NDArray[np.float64],
    rng: np.random.Generator,
    draws: int,
) -> NDArray[np.float64]:
    """The statistics of tables drawn from Dirichlet(counts * n / (n + 3) + prior): shape (..., draws).

    counts: n items by cell. priors: of the same shape, each with the same share of the draws (the first ones have one
    more); 1 in all over the cells that can occur (Perks 1947, "Some observations on inverse probability"), and 0 in
    cells that cannot. The factor n / (n + 3) widens the intervals of few items, whose coverage is below the nominal one
    without it: simulations in docs/decisions/0016.

    A drawn table is gamma variates that are not divided by their sum, so the statistics must not depend on the sum.
    Memory is bounded. Fewer than one draw raises ValueError.
    """
    if draws < 1:
        raise ValueError(f"draws is {draws}; expected at least 1")
    n = int(counts.sum())
    step = max(1, CELLS_AT_ONCE // counts.size)
    blocks = []
    for number, prior in enumerate(priors):
        shapes, of_prior = counts * (n / (n + 3)) + prior, len(range(number, draws, len(priors)))
        for start in range(0, of_prior, step):
            size = (min(step, of_prior - start), *counts.shape)
            blocks.append(statistics(rng.standard_gamma(shapes, size=size)))
    return np.concatenate(blocks, axis=-1)


def percentile_interval(value: float, values_d: NDArray[np.float64], *, n: int, confidence: float) -> Estimate:
    """The interval between percentiles of the drawn values, shape (draws,), widened to hold the value.

    Draws in which the statistic is undefined (NaN) are left out. An undefined value has no interval.
    """
    if math.isnan(value):
        return Estimate.undefined(n, confidence)
    defined = values_d[~np.isnan(values_d)]
    if not defined.size:
        return Estimate(value, math.nan, math.nan, n, confidence)
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(value, min(value, float(low)), max(value, float(high)), n, confidence)
