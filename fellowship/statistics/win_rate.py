"""Win rates, with ties counted as half or as not won."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fellowship.statistics.categories import encode
from fellowship.statistics.estimate import Bounds, Estimate, rate_bounds
from fellowship.statistics.proportion import paired_proportion, wilson

WIN_OUTCOMES = ("win", "loss", "tie", "inconsistent", "failed")


@dataclass(frozen=True, slots=True)
class WinRate:
    """A win rate over the n comparisons that did not fail, in [0, 1], and the counts behind it.

    bounds: the rate if every failed comparison were a loss, and if every one were a win.
    """

    rate: Estimate
    bounds: Bounds
    wins: int
    losses: int
    ties: int
    inconsistent: int
    failed: int

    @property
    def exact_rate(self) -> Fraction:
        """The rate with ties and inconsistent comparisons counted half, for comparisons; ValueError where n is 0."""
        n = self.wins + self.losses + self.ties + self.inconsistent
        if not n:
            raise ValueError("a win rate needs at least one comparison that did not fail")
        return Fraction(2 * self.wins + self.ties + self.inconsistent, 2 * n)


def win_rate(outcomes: Sequence[str], *, confidence: float = 0.95) -> WinRate:
    """The share of comparisons won, where a tie, and so an inconsistent one, counts half; failed ones leave n.

    outcomes: win, loss, tie, inconsistent or failed per comparison, shape (n,); any other raises ValueError with its
    position. Undefined without answered comparisons. The two sides' rates sum to 1.

    Since rate = (1 + share won - share lost) / 2, the interval is that of Bonett and Price (2012) for a difference of
    paired proportions: see `paired_proportion`. Bonett's R package statpsych has 0.2548 to 0.6252 for the difference
    below; halved and moved up by one half:

    >>> print(format(win_rate(["win"] * 26 + ["loss"] * 4 + ["tie"] * 18).rate, ".4f"))
    0.7292 [0.6274, 0.8126]
    """
    wins, losses, ties, inconsistent, failed = _outcome_counts(outcomes)
    half = ties + inconsistent
    scores = np.repeat([2, 1, 0], [wins, half, losses])
    rate = paired_proportion(scores, np.full(len(scores), 2), confidence)
    return WinRate(rate, rate_bounds(wins + half / 2, rate.n, failed), wins, losses, ties, inconsistent, failed)


def win_rate_strict(outcomes: Sequence[str], *, confidence: float = 0.95) -> WinRate:
    """The share of comparisons won, where a tie or an inconsistent one counts as not won; failed ones leave n.

    As in "The Fellowship of the LLMs" (arXiv 2408.08688), there in per cent. The two sides' rates sum to less than 1
    if there are ties. The interval is Wilson's. Else as `win_rate`.

    >>> print(format(win_rate_strict(["win"] * 359 + ["loss"] * 141).rate, ".1%"))
    71.8% [67.7%, 75.6%]
    """
    wins, losses, ties, inconsistent, failed = _outcome_counts(outcomes)
    rate = wilson(wins, wins + losses + ties + inconsistent, confidence)
    return WinRate(rate, rate_bounds(wins, rate.n, failed), wins, losses, ties, inconsistent, failed)


def _outcome_counts(outcomes: Sequence[str]) -> list[int]:
    codes = encode(outcomes, WIN_OUTCOMES, name="outcomes")
    return [int(n) for n in np.bincount(codes, minlength=len(WIN_OUTCOMES))]
