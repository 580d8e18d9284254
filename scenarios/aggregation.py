"""From votes to one verdict. An inconsistent juror abstains; a jury of which half or more failed has failed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any, Literal, TypeAlias

from fellowship.agents.evaluator import Evaluator
from fellowship.protocols.content import Decision, Verdict

Rule: TypeAlias = Literal["majority", "mean"]


def aggregate(votes: Sequence[Verdict], rule: Rule = "majority") -> Verdict:
    """The verdict of these votes. ValueError without votes, for an unknown rule, or for `mean` without scores.

    majority    the commonest of A, B and tie; when none is alone at the top, a tie (the paper's jury)
    mean        the higher mean score wins; equal means are a tie (the paper's debate)
    """
    if rule not in ("majority", "mean"):
        msg = f"unknown rule {rule!r}; expected 'majority' or 'mean'"
        raise ValueError(msg)
    if not votes:
        msg = "a verdict needs at least one vote"
        raise ValueError(msg)
    n_failed = sum(vote.decision == "failed" for vote in votes)
    if 2 * n_failed >= len(votes):
        return Verdict.failure(f"{n_failed} of {len(votes)} votes failed: {_reasons(votes)}")
    voting = [vote for vote in votes if vote.decision in ("A", "B", "tie")]
    if not voting:
        return Verdict(decision="inconsistent", explanation="every vote that could be read was inconsistent")
    tally = _tally(votes)
    if rule == "mean":
        return _by_mean_score(voting).model_copy(update={"explanation": tally})
    return Verdict(decision=_unique_mode([vote.decision for vote in voting]), explanation=tally)


def refuse_without_scores(evaluators: Iterable[Evaluator[Any]]) -> None:
    """ValueError naming an evaluator whose votes the rule `mean` could not count, before it is asked."""
    for evaluator in evaluators:
        if evaluator.strategy.out_of is None:
            msg = f"the rule 'mean' needs votes with scores, but {evaluator.name} has the strategy {evaluator.strategy}"
            raise ValueError(msg)


def _unique_mode(decisions: Sequence[Decision]) -> Decision:
    (first, n_first), *others = Counter(decisions).most_common()
    return "tie" if others and others[0][1] == n_first else first


def _by_mean_score(voting: Sequence[Verdict]) -> Verdict:
    scores = [(vote.score_a, vote.score_b) for vote in voting]
    scored = [(a, b) for a, b in scores if a is not None and b is not None]
    scales = {vote.out_of for vote in voting}
    if len(scored) < len(scores) or len(scales) != 1:
        msg = "the rule 'mean' needs votes with scores on one scale"
        raise ValueError(msg)
    (out_of,) = scales
    return Verdict.from_scores(fmean(a for a, _ in scored), fmean(b for _, b in scored), out_of=out_of or 0.0)


def _tally(votes: Sequence[Verdict]) -> str:
    return ", ".join(f"{n} {decision}" for decision, n in Counter(vote.decision for vote in votes).most_common())


def _reasons(votes: Sequence[Verdict]) -> str:
    return "; ".join(vote.reason for vote in votes if vote.reason is not None)
