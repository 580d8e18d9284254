"""Mean: the higher mean score wins; equal means are a tie (the paper's debate). Means are exact, not rounded."""

from collections.abc import Sequence
from fractions import Fraction

from fellowship.protocols.content import Decision, Verdict
from fellowship.protocols.exact import exact_mean
from fellowship.scenarios.aggregation import AggregationRule
from fellowship.scenarios.possible_verdicts import ABSTENTION, PossibleVerdicts, decisions_between

NEEDS_SCORES = "the rule 'mean' needs votes with scores on one scale"


def _decide(votes: Sequence[Verdict]) -> Verdict:
    """ValueError for votes without scores, or on several scales."""
    scores = [(vote.score_a, vote.score_b) for vote in votes]
    scored = [(a, b) for a, b in scores if a is not None and b is not None]
    out_of, *others = {vote.out_of for vote in votes}
    if len(scored) < len(votes) or others:
        raise ValueError(NEEDS_SCORES)
    mean_a, mean_b = exact_mean(a for a, _ in scored), exact_mean(b for _, b in scored)
    return Verdict.from_scores(mean_a, mean_b, out_of=out_of or 0.0)


def _outcomes(votes: Sequence[PossibleVerdicts]) -> frozenset[Decision]:
    """By the sign of the summed differences, which is that of the difference of the means.

    No reply on the scale moves the sum below `low` or above `high`, and some replies reach them.
    """
    low = high = Fraction()
    for vote in votes:
        if vote.low is None or vote.high is None:
            raise ValueError(NEEDS_SCORES)
        low, high = low + vote.low, high + vote.high
    may_abstain = all("inconsistent" in vote.decisions for vote in votes)
    must_abstain = all(vote.decisions == ABSTENTION for vote in votes)
    if must_abstain:
        return ABSTENTION
    return decisions_between(low, high) | (ABSTENTION if may_abstain else frozenset[Decision]())


mean_rule = AggregationRule(_decide, outcomes=_outcomes, needs_scores=True)
