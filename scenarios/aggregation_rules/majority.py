"""Majority: the commonest of A, B and tie; a tie when two are equally common (the paper's jury)."""

from collections import Counter
from collections.abc import Sequence

from fellowship.protocols.content import Decision, Verdict
from fellowship.scenarios.aggregation import AggregationRule
from fellowship.scenarios.possible_verdicts import PossibleVerdicts

CHOICES: tuple[Decision, ...] = ("A", "B", "tie")


def _decide(votes: Sequence[Verdict]) -> Verdict:
    counts = Counter(vote.decision for vote in votes)
    return Verdict(decision=_unique_mode(tuple(counts[choice] for choice in CHOICES)))


def _outcomes(votes: Sequence[PossibleVerdicts]) -> frozenset[Decision]:
    """Every tally of A, B and tie that the votes can have gives one; an inconsistent vote is not counted."""
    tallies = {(0, 0, 0)}
    for vote in votes:
        added = [tuple(int(choice == decision) for choice in CHOICES) for decision in vote.decisions]
        tallies = {(a + to_a, b + to_b, tie + to_tie) for a, b, tie in tallies for to_a, to_b, to_tie in added}
    return frozenset(_unique_mode(tally) for tally in tallies)


def _unique_mode(tally: tuple[int, ...]) -> Decision:
    most = max(tally)
    if not most:
        return "inconsistent"
    return "tie" if tally.count(most) > 1 else CHOICES[tally.index(most)]


majority_rule = AggregationRule(_decide, outcomes=_outcomes)
