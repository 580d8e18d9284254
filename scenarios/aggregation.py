"""Aggregation of votes into one verdict. An inconsistent juror abstains; a failed vote is never counted as a vote.

The rules are in `aggregation_rules/`. A rule of your own is an AggregationRule, or a function from votes to a verdict.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from fellowship.agents.evaluator import Evaluator
from fellowship.extensions import EntryTable
from fellowship.protocols.content import Verdict

VoteAggregation: TypeAlias = Callable[[Sequence[Verdict]], Verdict]


def half_failed(votes: Sequence[Verdict]) -> bool:
    """Whether half of the votes or more failed."""
    return 2 * sum(vote.decision == "failed" for vote in votes) >= len(votes)


@dataclass(frozen=True, slots=True)
class AggregationRule:
    """How votes make a verdict.

    decide        the verdict, given the votes for A, B or tie (at least one)
    is_open       whether too many of all votes failed for a verdict
    needs_scores  whether votes without scores, or on different scales, cannot be counted
    """

    decide: VoteAggregation
    is_open: Callable[[Sequence[Verdict]], bool] = half_failed
    needs_scores: bool = False


RULES: EntryTable[AggregationRule | VoteAggregation] = EntryTable(
    "rule", "fellowship.scenarios.aggregation_rules", "rule", (AggregationRule, Callable), "a function of votes"
)
Rule: TypeAlias = Annotated[str, RULES]
"""The name of a rule, or `module:name`."""


def find_rule(name: str) -> AggregationRule:
    """The rule of that name; UnknownEntry, a ValueError, if it does not exist."""
    rule = RULES.find(name)
    return rule if isinstance(rule, AggregationRule) else AggregationRule(rule)


def aggregate(votes: Sequence[Verdict], rule: Rule = "majority") -> Verdict:
    """The verdict of these votes by the rule. Its explanation is the tally of the votes, unless the rule gives one.

    Failed if too many votes failed for the rule; inconsistent if every vote that did not fail is inconsistent.
    ValueError without votes, for an unknown rule, or for votes that the rule cannot count.
    """
    found = find_rule(rule)
    if not votes:
        raise ValueError("a verdict needs at least one vote")
    if found.is_open(votes):
        failed = [vote for vote in votes if vote.decision == "failed"]
        reasons = "; ".join(vote.reason for vote in failed if vote.reason is not None)
        return Verdict.failure(f"{len(failed)} of {len(votes)} votes failed: {reasons}")
    voting = [vote for vote in votes if vote.decision in ("A", "B", "tie")]
    if not voting:
        return Verdict(decision="inconsistent", explanation="every vote was inconsistent")
    verdict = found.decide(voting)
    if not isinstance(verdict, Verdict):
        raise TypeError(f"the rule '{rule}' returned a {type(verdict).__name__}; expected a Verdict")
    return Verdict(**{**dict(verdict), "explanation": verdict.explanation or _tally(votes)})


def refuse_without_scores(evaluators: Iterable[Evaluator[Any]], rule: Rule = "mean") -> None:
    """ValueError for evaluators whose votes the rule cannot count, as it needs scores; called before they are asked."""
    if not find_rule(rule).needs_scores:
        return
    scales: dict[float, Evaluator[Any]] = {}
    for evaluator in evaluators:
        if evaluator.strategy.out_of is None:
            strategy = f"{evaluator.name} has the strategy {evaluator.strategy}"
            raise ValueError(f"the rule '{rule}' needs votes with scores, but {strategy}")
        scales.setdefault(evaluator.strategy.out_of, evaluator)
    if len(scales) > 1:
        (low, one), (high, other), *_ = sorted(scales.items())
        names = f"{one.name} scores out of {low:g}, {other.name} out of {high:g}"
        raise ValueError(f"the rule '{rule}' needs votes with scores on one scale, but {names}")


def _tally(votes: Sequence[Verdict]) -> str:
    return ", ".join(f"{n} {decision}" for decision, n in Counter(vote.decision for vote in votes).most_common())
