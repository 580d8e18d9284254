"""The best of several evaluators or pairings, and its paired differences to the others on the data it was chosen on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fellowship.statistics.difference import PairedDifference, n_pairs
from fellowship.statistics.estimate import Estimate
from fellowship.statistics.kappa_difference import kappa_difference
from fellowship.statistics.score_difference import mean_score, mean_score_difference
from fellowship.studies.meta_evaluation import EvaluatorResult, best_evaluator, decisions_and_labels
from fellowship.studies.tournament import DuelResult, Tournament

SCORES = {"win": 1.0, "loss": 0.0, "tie": 0.5, "inconsistent": 0.5, "failed": np.nan}


@dataclass(frozen=True, slots=True)
class CandidateChoice:
    """The candidate with the highest figure, chosen and compared on the same items, so that its figure is optimistic.

    figures: of each candidate, on the comparisons on which it did not fail. n_failed: the others, of n_comparisons for
    each candidate. differences: the best one's figure minus that of each other candidate, paired by item and corrected
    for all pairs (see `statistics/difference.py`).
    """

    best: str
    figures: dict[str, Estimate]
    differences: dict[str, PairedDifference]
    n_failed: dict[str, int]
    n_comparisons: int

    @property
    def n_pairs(self) -> int:
        """The number of pairs that the differences are corrected for."""
        return n_pairs(len(self.figures))

    @property
    def indistinguishable(self) -> list[str]:
        """The candidates that these items cannot distinguish from the best."""
        return [name for name, each in self.differences.items() if not each.is_significant]


def choose_evaluator(results: Sequence[EvaluatorResult], *, seed: int = 0) -> CandidateChoice:
    """The evaluator with the highest headline kappa: see `best_evaluator`. All results are of the same comparisons."""
    given = {each.name: decisions_and_labels(each.run) for each in results}
    best = best_evaluator(results).name
    decisions, labels = given[best]

    def compare(name: str, rng: np.random.Generator, pairs: int) -> PairedDifference:
        return kappa_difference(decisions, given[name][0], labels, rng=rng, pairs=pairs)

    figures = {each.name: each.agreement.kappa for each in results}
    return _choice(best, figures, compare, seed, {each.name: each.agreement.n_failed for each in results}, len(labels))


def choose_pairing(played: Tournament, *, seed: int = 0) -> CandidateChoice:
    """The pairing with the highest mean win rate over its opponents: see `Tournament.best_pairing`."""
    scores = {
        pairing: _scores_io([match for match in played.matches if match.pairing == pairing])
        for pairing in dict.fromkeys(match.pairing for match in played.matches)
    }
    best = played.best_pairing()

    def compare(name: str, rng: np.random.Generator, pairs: int) -> PairedDifference:
        return mean_score_difference(scores[best], scores[name], rng=rng, pairs=pairs)

    n_failed = {name: int(np.isnan(each).sum()) for name, each in scores.items()}
    figures = {name: mean_score(each) for name, each in scores.items()}
    return _choice(best, figures, compare, seed, n_failed, scores[best].size)


def _choice(
    best: str,
    figures: dict[str, Estimate],
    compare: Callable[[str, np.random.Generator, int], PairedDifference],
    seed: int,
    n_failed: dict[str, int],
    n_comparisons: int,
) -> CandidateChoice:
    """The comparisons with the best; each has a generator of its own, so that it does not depend on the others."""
    others = [name for name in figures if name != best]
    pairs = n_pairs(len(figures))
    differences = {name: compare(name, np.random.default_rng(seed), pairs) for name in others}
    return CandidateChoice(best, figures, differences, n_failed, n_comparisons)


def _scores_io(matches: Sequence[DuelResult]) -> NDArray[np.float64]:
    """The scores of one pairing by prompt and opponent, NaN where the comparison failed."""
    return np.array([[SCORES[outcome] for outcome in match.outcomes] for match in matches], dtype=np.float64).T
