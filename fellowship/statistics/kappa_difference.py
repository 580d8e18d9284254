"""Whether two evaluators agree equally well with the labels of the same items."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fellowship.statistics.agreement import LABEL_CATEGORIES, VERDICT_CATEGORIES
from fellowship.statistics.categories import check_same_length, encode
from fellowship.statistics.difference import (
    PairedDifference,
    corrected_difference,
    enough_draws,
    monte_carlo_p,
    pair_confidence,
)
from fellowship.statistics.dirichlet import percentile_interval, statistic_draws
from fellowship.statistics.estimate import Estimate
from fellowship.statistics.kappa import kappa_of_tables

K = len(LABEL_CATEGORIES)
PRIOR_ABL = np.full((K, K, K), 1 / K**3)
AS_TIE = np.array([0, 1, 2, 2])
"""The code of each verdict but "failed", with an inconsistent one as a tie."""
DRAWS_AT_ONCE = 10_000


def kappa_difference(
    first: Sequence[str],
    second: Sequence[str],
    labels: Sequence[str],
    *,
    rng: np.random.Generator,
    pairs: int = 1,
    draws: int = 10_000,
    confidence: float = 0.95,
) -> PairedDifference:
    """The headline kappa of the first evaluator minus that of the second, on the items that both answered.

    first, second: A, B, tie, inconsistent or failed per item; labels: A, B or tie; all of shape (n,). pairs: of how
    many comparisons this is one (see `n_pairs`). Undefined, with p = 1, where one of the two kappas is.

    The test exchanges the two verdicts of an item with probability 1/2. Its statistic is the difference divided by its
    standard error by the delta method, so that the test is exact if the two evaluators are exchangeable, and
    asymptotically valid if only their kappas are equal (Janssen 1997, "Studentized permutation tests for non-iid
    hypotheses"; Chung and Romano 2013, "Exact and asymptotically robust permutation tests"). The interval is the
    percentiles of Dirichlet draws (see `statistic_draws`) of the cells of both verdicts and the label.

    >>> labels = ["A", "B"] * 50
    >>> found = kappa_difference(labels, ["A"] * 50 + labels[50:], labels, rng=np.random.default_rng(0))
    >>> print(found.estimate, found.estimate.n, round(found.p, 4), found.is_significant)
    0.50 [0.35, 0.64] 100 0.0001 True
    """
    check_same_length(first=first, second=second, labels=labels)
    counts_abl = _counts(first, second, labels)
    n = int(counts_abl.sum())
    value = float(_differences(counts_abl))
    if math.isnan(value):
        return PairedDifference(Estimate.undefined(n, confidence), 1.0)
    draws = enough_draws(draws, pairs)
    drawn = statistic_draws(_differences, counts_abl, PRIOR_ABL, rng=rng, draws=draws)
    interval = percentile_interval(value, drawn, n=n, confidence=pair_confidence(confidence, pairs))
    return corrected_difference(interval, _exchange_p(counts_abl, rng, draws), pairs=pairs, confidence=confidence)


def _counts(first: Sequence[str], second: Sequence[str], labels: Sequence[str]) -> NDArray[np.int64]:
    """The items by both verdicts and the label, shape (K, K, K), without those that one of the two failed."""
    a, b = (
        encode(verdicts, VERDICT_CATEGORIES, name=name) for verdicts, name in ((first, "first"), (second, "second"))
    )
    answered = (a < len(AS_TIE)) & (b < len(AS_TIE))
    counts_abl = np.zeros((K, K, K), dtype=np.int64)
    cells = (AS_TIE[a[answered]], AS_TIE[b[answered]], encode(labels, LABEL_CATEGORIES, name="labels")[answered])
    np.add.at(counts_abl, cells, 1)
    return counts_abl


def _differences(tables: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.float64]:
    """From tables of shape (..., K, K, K) to differences of kappas of shape (...)."""
    return kappa_of_tables(tables.sum(axis=-2)) - kappa_of_tables(tables.sum(axis=-3))


def _exchange_p(counts_abl: NDArray[np.int64], rng: np.random.Generator, draws: int) -> float:
    """The p-value of the test that exchanges verdicts; the items of one cell are exchanged by one binomial draw."""
    above_ab1 = np.triu(np.ones((K, K), dtype=np.int64), k=1)[:, :, np.newaxis]
    same_abl = counts_abl * np.eye(K, dtype=np.int64)[:, :, np.newaxis]
    differing_abl = (counts_abl + counts_abl.swapaxes(0, 1)) * above_ab1
    if not differing_abl.any():
        return 1.0
    drawn: list[NDArray[np.float64]] = []
    for start in range(0, draws, DRAWS_AT_ONCE):
        kept = rng.binomial(differing_abl, 0.5, size=(min(DRAWS_AT_ONCE, draws - start), K, K, K))
        drawn.append(_studentized(same_abl + kept + (differing_abl - kept).swapaxes(1, 2)))
    return monte_carlo_p(float(_studentized(counts_abl)), np.concatenate(drawn))


def _studentized(tables: NDArray[np.int64]) -> NDArray[np.float64]:
    """The difference of kappas divided by its standard error, of each table of shape (..., K, K, K)."""
    first, second = tables.sum(axis=-2), tables.sum(axis=-3)
    n = tables.sum(axis=(-3, -2, -1))
    effects = _influences(first)[..., :, np.newaxis, :] - _influences(second)[..., np.newaxis, :, :]
    error = np.sqrt((tables * effects**2).sum(axis=(-3, -2, -1))) / n
    difference = np.nan_to_num(kappa_of_tables(first) - kappa_of_tables(second))
    beyond = np.where(np.abs(difference) < 1e-12, 0.0, np.copysign(np.inf, difference))
    studentized: NDArray[np.float64] = np.divide(difference, error, out=beyond, where=error > 1e-12)
    return studentized


def _influences(tables: NDArray[np.int64]) -> NDArray[np.float64]:
    """The influence of an item in cell (verdict, label) on the kappa of its table, shape (..., K, K).

    With p_o and p_e as in `cohen_kappa` and the shares r of verdicts and s of labels, the derivative of kappa is
    (d p_o) / (1 - p_e) - (1 - p_o) (d p_e) / (1 - p_e)**2, where an item of (v, l) moves p_o by [v = l] - p_o and p_e
    by s_v + r_l - 2 p_e (the delta method of Fleiss, Cohen and Everitt 1969, "Large sample standard errors of kappa and
    weighted kappa"). NaN where kappa is undefined.
    """
    shares = tables / tables.sum(axis=(-2, -1), keepdims=True)
    r_v, s_l = shares.sum(axis=-1), shares.sum(axis=-2)
    agreed = np.trace(shares, axis1=-2, axis2=-1)[..., np.newaxis, np.newaxis]
    chance = (r_v * s_l).sum(axis=-1)[..., np.newaxis, np.newaxis]
    beyond_chance = np.where(chance < 1 - 1e-12, 1 - chance, math.nan)
    moved = s_l[..., :, np.newaxis] + r_v[..., np.newaxis, :] - 2 * chance
    influences: NDArray[np.float64] = (np.eye(K) - agreed) / beyond_chance - (1 - agreed) * moved / beyond_chance**2
    return influences
