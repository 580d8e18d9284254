"""The verdicts that remain possible where replies are missing: exact bounds over all values on the scale.

A reply that stayed unreadable could have stated any decision, and any two scores from 0 to the top of the scale.
"""

from dataclasses import dataclass
from fractions import Fraction

from fellowship.protocols.content import Decision, Verdict
from fellowship.protocols.errors import ReplyError
from fellowship.protocols.exact import exact

ABSTENTION: frozenset[Decision] = frozenset({"inconsistent"})
ANY_LABEL: frozenset[Decision] = frozenset({"A", "B", "tie"})
SWAPPED: dict[Decision, Decision] = {"A": "B", "B": "A"}


@dataclass(frozen=True, slots=True)
class PossibleVerdicts:
    """Every decision that a verdict could have been; one decision where no reply is missing.

    low, high: the lowest and the highest possible score of A minus that of B, in points; both occur. An inconsistent
    verdict abstains and counts as 0. None where the scale is unknown or there are no scores.
    """

    decisions: frozenset[Decision]
    low: Fraction | None = None
    high: Fraction | None = None

    def with_seats_swapped(self) -> "PossibleVerdicts":
        """The same verdicts with the names of the seats exchanged."""
        decisions: list[Decision] = [SWAPPED.get(each, each) for each in self.decisions]
        low, high = (None if end is None else -end for end in (self.high, self.low))
        return PossibleVerdicts(frozenset(decisions), low, high)


def possible_verdicts(verdict: Verdict, *, out_of: float | None = None) -> PossibleVerdicts:
    """The verdict itself; anything on the scale, an abstention included, if it failed."""
    if verdict.decision == "failed":
        return PossibleVerdicts(ANY_LABEL | ABSTENTION, *_whole_scale(out_of))
    if verdict.decision == "inconsistent":
        return PossibleVerdicts(ABSTENTION, Fraction(), Fraction())
    if verdict.score_a is None or verdict.score_b is None:
        return PossibleVerdicts(frozenset([verdict.decision]))
    difference = exact(verdict.score_a) - exact(verdict.score_b)
    return PossibleVerdicts(frozenset([verdict.decision]), difference, difference)


def of_unreadable(error: ReplyError, *, out_of: float | None) -> PossibleVerdicts:
    """The verdicts of a reply about both answers, of which at most one score was read; it cannot abstain."""
    return PossibleVerdicts(ANY_LABEL) if out_of is None else one_score_missing(*error.scores, out_of=out_of)


def one_score_missing(score_a: float | None, score_b: float | None, *, out_of: float) -> PossibleVerdicts:
    """The verdicts of two scores, of which at least one is missing (None)."""
    top = exact(out_of)
    lowest_a, highest_a = (Fraction(), top) if score_a is None else (exact(score_a), exact(score_a))
    lowest_b, highest_b = (Fraction(), top) if score_b is None else (exact(score_b), exact(score_b))
    low, high = lowest_a - highest_b, highest_a - lowest_b
    return PossibleVerdicts(decisions_between(low, high), low, high)


def decisions_between(low: Fraction, high: Fraction) -> frozenset[Decision]:
    """The decisions that a score of A minus a score of B from `low` to `high` gives."""
    holds: dict[Decision, bool] = {"A": high > 0, "B": low < 0, "tie": low <= 0 <= high}
    return frozenset(decision for decision, occurs in holds.items() if occurs)


def of_both_orders(given: PossibleVerdicts, exchanged: PossibleVerdicts) -> PossibleVerdicts:
    """The verdicts of two seat orders, both in the seats of the first: equal decisions, or `inconsistent`."""
    agreed = given.decisions & exchanged.decisions
    may_differ = len(given.decisions | exchanged.decisions) > 1
    decisions = agreed | (ABSTENTION if may_differ else frozenset[Decision]())
    if given.low is None or given.high is None or exchanged.low is None or exchanged.high is None:
        return PossibleVerdicts(decisions)
    ends = [Fraction()] * (may_differ or "tie" in agreed)
    if "A" in agreed:
        ends += [max(given.low, Fraction()) + max(exchanged.low, Fraction()), given.high + exchanged.high]
    if "B" in agreed:
        ends += [given.low + exchanged.low, min(given.high, Fraction()) + min(exchanged.high, Fraction())]
    return PossibleVerdicts(decisions, min(ends) / 2, max(ends) / 2)


def _whole_scale(out_of: float | None) -> tuple[Fraction | None, Fraction | None]:
    return (None, None) if out_of is None else (-exact(out_of), exact(out_of))
