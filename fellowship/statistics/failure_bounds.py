"""Bounds of a statistic over all possible outcomes of the failed items."""

import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fellowship.statistics.kappa import kappa_of_tables


class Bounds(NamedTuple):
    """The lowest and the highest value over all resolutions of the failed items; NaN if it is never defined."""

    low: float
    high: float


def rate_bounds(successes: float, n: int, n_failed: int) -> Bounds:
    """The rate if every failed item were a miss, and if every one were a success.

    successes: the sum of the n scores in [0, 1]. Without failures both bounds are the rate itself.

    >>> rate_bounds(60, 90, 10)
    Bounds(low=0.6, high=0.7)
    """
    total = n + n_failed
    if total == 0:
        return Bounds(math.nan, math.nan)
    return Bounds(successes / total, (successes + n_failed) / total)


def kappa_bounds(counts_ij: NDArray[np.int64], failed_j: NDArray[np.int64]) -> Bounds:
    """The lowest and the highest Cohen's kappa that any resolution of the failed items gives, exactly.

    counts_ij: answered items with verdict i and label j, shape (k, k). failed_j: failed items with label j, shape (k,).

    Why k**k tables are enough, however many items failed. Say x_ij failed items of label j get verdict i. The labels'
    marginals stay as they are, so the agreed items D and the chance term S (the sum of products of the marginals) are
    both linear in x, and kappa = (n D - S) / (n**2 - S) is a ratio of linear functions with a positive denominator.
    Such a ratio is monotone along every line, hence takes both extremes at corners of the region of x (Boyd and
    Vandenberghe 2004, "Convex Optimization", section 3.4, linear-fractional functions); and at a corner each label
    sends all its failed items to one verdict. (Where the denominator can be zero, all labels are one category, and
    kappa is 0 or undefined everywhere.)

    Resolutions whose kappa is undefined do not count; both bounds are NaN if there is no other.
    The highest is never below the kappa of the answered items. The lowest is never above it if that kappa is 0 or
    more; a kappa below 0 can lie beneath both, as any answer at all may bring it nearer to 0.

    >>> kappa_bounds(np.array([[40, 10], [10, 40]]), np.array([0, 10]))
    Bounds(low=0.45901639344262296, high=0.6333333333333333)
    """
    k = len(failed_j)
    verdicts_cj = np.array(list(itertools.product(range(k), repeat=k)))
    tables = np.repeat(counts_ij[np.newaxis], len(verdicts_cj), axis=0)
    tables[np.arange(len(verdicts_cj))[:, np.newaxis], verdicts_cj, np.arange(k)] += failed_j
    kappas_c = kappa_of_tables(tables)
    defined = kappas_c[~np.isnan(kappas_c)]
    if not defined.size:
        return Bounds(math.nan, math.nan)
    return Bounds(float(defined.min()), float(defined.max()))
