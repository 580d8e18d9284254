"""From votes to one verdict. An inconsistent juror abstains; a failed vote never counts as if it had been cast."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations_with_replacement
from statistics import fmean
from typing import Any, Literal, TypeAlias

from fellowship.agents.evaluator import Evaluator
from fellowship.protocols.content import Decision, Verdict

Rule: TypeAlias = Literal["majority", "mean"]


def aggregate(votes: Sequence[Verdict], rule: Rule = "majority") -> Verdict:
    """The verdict of these votes. ValueError without votes, for an unknown rule, or for `mean` without scores.

    majority    the commonest of A, B and tie; when none is alone at the top, a tie (the paper's jury);
                failed if the votes that failed could have changed it
    mean        the higher mean score wins; equal means are a tie (the paper's debate);
                failed if half of the votes or more failed
    """
    if rule not in ("majority", "mean"):
        msg = f"unknown rule {rule!r}; expected 'majority' or 'mean'"
        raise ValueError(msg)
    if not votes:
        msg = "a verdict needs at least one vote"
        raise ValueError(msg)
    failed = [vote for vote in votes if vote.decision == "failed"]
    voting = [vote for vote in votes if vote.decision in ("A", "B", "tie")]
    cast: list[Decision] = [vote.decision for vote in voting]
    undecided = 2 * len(failed) >= len(votes) if rule == "mean" else _could_change(cast, len(failed))
    if undecided:
        reasons = "; ".join(vote.reason for vote in failed if vote.reason is not None)
        return Verdict.failure(f"{len(failed)} of {len(votes)} votes failed: {reasons}")
    if not voting:
        return Verdict(decision="inconsistent", explanation="every vote was inconsistent")
    if rule == "mean":
        return _by_mean_score(voting).model_copy(update={"explanation": _tally(votes)})
    return Verdict(decision=_unique_mode(cast), explanation=_tally(votes))


def _could_change(cast: Sequence[Decision], n_failed: int) -> bool:
    """Whether any way in which the failed votes might have gone, abstaining included, gives another majority."""
    ways: Sequence[Decision | None] = ("A", "B", "tie", None)
    resolved = combinations_with_replacement(ways, n_failed)
    return len({_unique_mode([*cast, *(way for way in way_out if way)]) for way_out in resolved}) > 1


def refuse_without_scores(evaluators: Iterable[Evaluator[Any]]) -> None:
    """ValueError naming evaluators whose votes the rule `mean` could not count, before they are asked."""
    scales: dict[float, Evaluator[Any]] = {}
    for evaluator in evaluators:
        if evaluator.strategy.out_of is None:
            msg = f"the rule 'mean' needs votes with scores, but {evaluator.name} has the strategy {evaluator.strategy}"
            raise ValueError(msg)
        scales.setdefault(evaluator.strategy.out_of, evaluator)
    if len(scales) > 1:
        (low, one), (high, other), *_ = sorted(scales.items())
        names = f"{one.name} scores out of {low:g}, {other.name} out of {high:g}"
        raise ValueError(f"the rule 'mean' needs votes with scores on one scale, but {names}")


def _unique_mode(decisions: Sequence[Decision]) -> Decision:
    if not decisions:
        return "inconsistent"
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
