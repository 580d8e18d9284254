"""Agreement of an evaluator with labels, with inconsistent and failed verdicts reported separately."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fellowship.statistics.categories import check_same_length, cross_table, encode
from fellowship.statistics.dirichlet import statistic_draws
from fellowship.statistics.estimate import Bounds, Estimate, rate_bounds
from fellowship.statistics.kappa import interval_of_draws, kappa_bounds, kappa_of_tables, kappa_priors
from fellowship.statistics.proportion import wilson

LABEL_CATEGORIES = ("A", "B", "tie")
VERDICT_CATEGORIES = (*LABEL_CATEGORIES, "inconsistent", "failed")
Tables: TypeAlias = NDArray[Any]
PRIORS_IJ = [np.vstack([prior, np.zeros(3)]) for prior in kappa_priors(3)]
"""The priors of a table whose last row is the inconsistent verdicts: as a tie such a verdict needs none of its own."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement of an evaluator's verdicts with labels, over the items it answered.

    kappa: Cohen's, with an inconsistent verdict counted as a tie: the headline, as MT-Bench counts.
    kappa_dropped: without the inconsistent items; its n is smaller by them.
    kappa_as_disagreement: "inconsistent" is a fourth category, which no label has: such an item disagrees with every
        label and adds nothing to chance agreement.
    accuracy: the share of verdicts that equal their label, an inconsistent one counted as a tie.
    constant_accuracy: the accuracy of always giving the commonest label of the same items; NaN without any.
    bounds, accuracy_bounds: the lowest and highest headline kappa (see `kappa_bounds`), and accuracy, that any
        resolution of the failed items into A, B and tie gives; the value itself without failures.
    n_items: all items; n_failed of them have left every n above.
    """

    kappa: Estimate
    kappa_dropped: Estimate
    kappa_as_disagreement: Estimate
    accuracy: Estimate
    constant_accuracy: float
    bounds: Bounds
    accuracy_bounds: Bounds
    n_items: int
    n_failed: int
    n_inconsistent: int

    @property
    def has_equal_labels(self) -> bool:
        """Whether all labels of the items it answered are equal: kappa is then 0 or undefined, whatever it answered."""
        return self.constant_accuracy == 1.0


def agreement(
    verdicts: Sequence[str],
    labels: Sequence[str],
    *,
    rng: np.random.Generator,
    draws: int = 10_000,
    confidence: float = 0.95,
) -> Agreement:
    """The agreement of an evaluator's verdicts with labels, item by item.

    verdicts: A, B, tie, inconsistent or failed per item. labels: A, B or tie per item. Both of shape (n,); an unknown
    value raises ValueError with its position.
    The intervals of the three kappas are percentiles of the same Dirichlet draws (see `kappa_interval`), whose priors
    are over the cells of A, B and tie; that of the accuracy is Wilson's. Failed items change neither. Without answered
    items all estimates are undefined.

    >>> verdicts = ["A", "A", "B", "tie", "inconsistent", "failed"] * 40
    >>> labels = ["A", "A", "B", "tie", "A", "B"] * 40
    >>> found = agreement(verdicts, labels, rng=np.random.default_rng(0))
    >>> print(found.kappa, found.kappa.n, found.n_failed, "bounds %.2f to %.2f" % found.bounds)
    0.69 [0.60, 0.77] 200 40 bounds 0.48 to 0.75
    """
    check_same_length(verdicts=verdicts, labels=labels)
    rows = encode(verdicts, VERDICT_CATEGORIES, name="verdicts")
    counts_ij = cross_table((rows, encode(labels, LABEL_CATEGORIES, name="labels")), shape=(5, 3))
    answered_ij, failed_j = counts_ij[:4], counts_ij[4]
    headline_ij = _as_tie(answered_ij)
    values_sd = statistic_draws(_three_kappas, answered_ij, *PRIORS_IJ, rng=rng, draws=draws)
    kappas = [
        interval_of_draws(table, values_d, confidence=confidence, possible_ij=possible_ij)
        for table, values_d, possible_ij in zip(_readings(answered_ij), values_sd, POSSIBLE, strict=True)
    ]
    n, n_failed, n_inconsistent = int(headline_ij.sum()), int(failed_j.sum()), int(answered_ij[3].sum())
    n_agreed = int(np.trace(headline_ij))
    return Agreement(
        kappa=kappas[0],
        kappa_dropped=kappas[1],
        kappa_as_disagreement=kappas[2],
        accuracy=wilson(n_agreed, n, confidence),
        constant_accuracy=int(headline_ij.sum(axis=0).max()) / n if n else math.nan,
        bounds=kappa_bounds(headline_ij, failed_j),
        accuracy_bounds=rate_bounds(n_agreed, n, n_failed),
        n_items=n + n_failed,
        n_failed=n_failed,
        n_inconsistent=n_inconsistent,
    )


def _readings(tables: Tables) -> tuple[Tables, Tables, Tables]:
    """Square tables of those of shape (..., 4, 3): an inconsistent verdict as a tie, dropped, and as a disagreement."""
    return _as_tie(tables), tables[..., :3, :], np.insert(tables, 3, 0, axis=-1)


def _three_kappas(tables: Tables) -> NDArray[np.float64]:
    return np.stack([kappa_of_tables(table) for table in _readings(tables)])


def _as_tie(tables: Tables) -> Tables:
    square = tables[..., :3, :].copy()
    square[..., 2, :] += tables[..., 3, :]
    return square


POSSIBLE = [table > 0 for table in _readings(np.ones((4, 3)))]
"""The cells that can occur in the table of each kappa: no label is "inconsistent"."""
