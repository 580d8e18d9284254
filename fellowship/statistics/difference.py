"""Paired differences of several candidates to the one that looks best, corrected for its choice among them.

The best of k candidates is chosen on the same items on which it is compared, so any two of them can become a compared
pair. Each comparison is therefore corrected for all k (k - 1) / 2 pairs (Bonferroni): among equal candidates one is
declared different in at most 5 % of studies, however many there are (Hsu 1996, "Multiple Comparisons", chapter 5,
compares all pairs for the same reason).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fellowship.statistics.estimate import Estimate


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The figure of the first candidate minus that of the second, on the n items that both have.

    estimate: its intervals hold the true differences of all pairs at once, with the given confidence. The interval
        leaves 0 out only where the test also finds a difference (`p` at most 1 - confidence); a small `p` alone is not
        enough, as the interval can hold 0 nevertheless.
    p: of the paired test, times the number of pairs, at most 1.
    """

    estimate: Estimate
    p: float

    @property
    def is_significant(self) -> bool:
        """Whether both the test and the interval find a difference; if not, these items cannot distinguish the two."""
        return self.estimate.low > 0 or self.estimate.high < 0


def n_pairs(n_candidates: int) -> int:
    """The number of pairs of so many candidates; at least 1."""
    return max(1, n_candidates * (n_candidates - 1) // 2)


def pair_confidence(confidence: float, pairs: int) -> float:
    """The confidence of each interval, so that those of all pairs hold at once."""
    return 1 - (1 - confidence) / pairs


def enough_draws(draws: int, pairs: int) -> int:
    """At least `draws`, and so many that a corrected p-value and the ends of a corrected interval can be resolved."""
    return max(draws, 100 * pairs)


def corrected_difference(estimate: Estimate, p: float, *, pairs: int, confidence: float) -> PairedDifference:
    """The difference with its p-value times the number of pairs.

    estimate: its interval has the confidence of `pair_confidence`. Where the test does not find a difference the
    interval is widened to hold 0.
    """
    corrected = min(1.0, p * pairs)
    low, high = estimate.low, estimate.high
    if corrected > 1 - confidence:
        low, high = min(0.0, low), max(0.0, high)
    return PairedDifference(replace(estimate, low=low, high=high, confidence=confidence), corrected)


def monte_carlo_p(observed: float, drawn_d: NDArray[np.float64]) -> float:
    """The share of drawn absolute statistics that reach the observed one, which counts as a draw itself.

    So the p-value is valid for any number of draws (Phipson and Smyth 2010, "Permutation p-values should never be
    zero", equation 2).
    """
    reached = int(np.count_nonzero(np.abs(drawn_d) >= abs(observed) - 1e-9))
    return (1 + reached) / (1 + drawn_d.size)
