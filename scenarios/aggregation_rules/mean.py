"""Mean: the higher mean score wins; equal means are a tie (the paper's debate)."""

from collections.abc import Sequence
from statistics import fmean

from fellowship.protocols.content import Verdict
from fellowship.scenarios.aggregation import AggregationRule


def _decide(votes: Sequence[Verdict]) -> Verdict:
    """ValueError for votes without scores, or on several scales."""
    scores = [(vote.score_a, vote.score_b) for vote in votes]
    scored = [(a, b) for a, b in scores if a is not None and b is not None]
    out_of, *others = {vote.out_of for vote in votes}
    if len(scored) < len(votes) or others:
        raise ValueError("the rule 'mean' needs votes with scores on one scale")
    return Verdict.from_scores(fmean(a for a, _ in scored), fmean(b for _, b in scored), out_of=out_of or 0.0)


mean_rule = AggregationRule(_decide, needs_scores=True)
