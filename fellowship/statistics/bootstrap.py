"""The bootstrap over items, drawn as tables of counts.

Drawing n items with replacement and counting them is one multinomial draw over the table's cells, whose cost depends on
the number of non-empty cells and not of items.
"""

import math

import numpy as np
from numpy.typing import NDArray

from fellowship.statistics.estimate import Estimate


def resampled_tables(counts: NDArray[np.int64], *, rng: np.random.Generator, draws: int) -> NDArray[np.int64]:
    """Tables of as many items, drawn with replacement: shape (draws, *counts.shape), each with the sum of `counts`.

    Empty cells stay empty and take nothing from `rng`. Fewer than one draw raises ValueError.
    """
    if draws < 1:
        raise ValueError(f"draws is {draws}; expected at least 1")
    cells = counts.reshape(-1)
    filled = np.flatnonzero(cells)
    tables = np.zeros((draws, cells.size), dtype=np.int64)
    if filled.size:
        n = int(cells.sum())
        tables[:, filled] = rng.multinomial(n, cells[filled] / n, size=draws)
    return tables.reshape(draws, *counts.shape)


def percentile_interval(value: float, values_d: NDArray[np.float64], *, n: int, confidence: float) -> Estimate:
    """The percentile interval of a value from its bootstrap draws (Efron and Tibshirani 1993, chapter 13).

    values_d: the value in each draw, shape (draws,). Draws in which it is undefined (NaN) are left out and counted.
    An undefined value has no interval; one that is the same in every draw has an interval of width 0.
    """
    if math.isnan(value):
        return Estimate.undefined(n, confidence)
    defined = values_d[~np.isnan(values_d)]
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(defined, ends) if defined.size else (math.nan, math.nan)
    return Estimate(value, float(low), float(high), n, confidence, values_d.size - defined.size)
