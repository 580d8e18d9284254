"""Aggregation of votes into one verdict. An inconsistent juror abstains; a failed vote is never counted as a vote.

The rules are in `aggregation_rules/`. A rule of your own is an AggregationRule, or a function from votes to a verdict.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from fellowship.agents.evaluator import Evaluator
from fellowship.extensions import EntryTable
from fellowship.protocols.content import Decision, Verdict
from fellowship.protocols.failed_votes import votes_failed
from fellowship.scenarios.possible_verdicts import ABSTENTION, ANY_LABEL, PossibleVerdicts, possible_verdicts

VoteAggregation: TypeAlias = Callable[[Sequence[Verdict]], Verdict]


def any_failed(votes: Sequence[Verdict]) -> bool:
    """Whether a vote failed: of a rule that is an unknown function, any vote may change the decision."""
    return any(vote.decision == "failed" for vote in votes)


@dataclass(frozen=True, slots=True)
class AggregationRule:
    """How votes make a verdict.

    decide        the verdict, given the votes for A, B or tie (at least one)
    is_open       whether the votes that failed could change the decision, given all votes; without it, whenever one
                  failed. Return False only where no decision and no scores of the missing votes could
    needs_scores  whether votes without scores, or on different scales, cannot be counted
    outcomes      every decision that the possible votes can give, exactly. A rule that has it needs no `is_open`: its
                  verdict has failed where there are two or more
    """

    decide: VoteAggregation
    is_open: Callable[[Sequence[Verdict]], bool] = any_failed
    needs_scores: bool = False
    outcomes: Callable[[Sequence[PossibleVerdicts]], frozenset[Decision]] | None = None


RULES: EntryTable[AggregationRule | VoteAggregation] = EntryTable(
    "rule", "fellowship.scenarios.aggregation_rules", "rule", (AggregationRule, Callable), "a function of votes"
)
Rule: TypeAlias = Annotated[str, RULES]
"""The name of a rule, or `module:name`."""


def find_rule(name: str) -> AggregationRule:
    """The rule of that name; UnknownEntry, a ValueError, if it does not exist."""
    rule = RULES.find(name)
    return rule if isinstance(rule, AggregationRule) else AggregationRule(rule)


@dataclass(frozen=True, slots=True)
class Aggregated:
    """The verdict of votes, and what it could have been if the votes that failed decide; None where they do not."""

    verdict: Verdict
    possible: PossibleVerdicts | None = None


def aggregate(votes: Sequence[Verdict], rule: Rule = "majority") -> Verdict:
    """The verdict of these votes by the rule. Its explanation is the tally of the votes, unless the rule gives one.

    Failed if the votes that failed could change the decision; inconsistent if every vote is inconsistent. A vote of
    which one score was read may allow one decision only, not that of the votes without it: then that is the verdict.
    ValueError without votes, for an unknown rule, or for votes that the rule cannot count.
    """
    return aggregate_possible(votes, [None] * len(votes), rule).verdict


def aggregate_possible(votes: Sequence[Verdict], possible: Sequence[PossibleVerdicts | None], rule: Rule) -> Aggregated:
    """As `aggregate`, where it is known what a vote could have been; None: anything if it failed, else itself."""
    found = find_rule(rule)
    if not votes:
        raise ValueError("a verdict needs at least one vote")
    voting = [vote for vote in votes if vote.decision in ANY_LABEL]
    decisions: frozenset[Decision] = frozenset()
    if any_failed(votes):
        is_known = bool(voting) or (found.outcomes is not None and None not in possible)
        decisions = _decisions(found, votes, possible) if is_known else ANY_LABEL
        if len(decisions) > 1:
            failed = [vote for vote in votes if vote.decision == "failed"]
            reasons = "; ".join(vote.reason for vote in failed if vote.reason is not None)
            failure = Verdict.failure(votes_failed(len(failed), len(votes), reasons))
            return Aggregated(failure, PossibleVerdicts(decisions))
    if decisions == ABSTENTION or not (voting or decisions):
        return Aggregated(Verdict(decision="inconsistent", explanation="every vote was inconsistent"))
    if not voting:
        return Aggregated(Verdict(decision=next(iter(decisions)), explanation=_tally(votes)))
    verdict = found.decide(voting)
    if not isinstance(verdict, Verdict):
        raise TypeError(f"the rule '{rule}' returned a {type(verdict).__name__}; expected a Verdict")
    explanation = verdict.explanation or _tally(votes)
    if decisions and verdict.decision not in decisions:  # a vote that failed decides, whatever its missing score is
        return Aggregated(Verdict(decision=next(iter(decisions)), explanation=explanation))
    return Aggregated(Verdict(**{**dict(verdict), "explanation": explanation}))


def _decisions(
    rule: AggregationRule, votes: Sequence[Verdict], possible: Sequence[PossibleVerdicts | None]
) -> frozenset[Decision]:
    """More than one exactly if the votes that failed could change the decision."""
    if rule.outcomes is None:
        return ANY_LABEL if rule.is_open(votes) else frozenset()
    out_of = next((vote.out_of for vote in votes if vote.out_of is not None), None)
    known = zip(votes, possible, strict=True)
    return rule.outcomes([each or possible_verdicts(vote, out_of=out_of) for vote, each in known])


def refuse_without_scores(evaluators: Iterable[Evaluator[Any]], rule: Rule = "mean", *, of: str = "") -> None:
    """ValueError for evaluators whose votes the rule cannot count, as it needs scores; called before they are asked.

    `of` names in the error what has no rule to choose, such as a debate.
    """
    if not find_rule(rule).needs_scores:
        return
    needs = f"{of or f'the rule {rule!r}'} needs votes with scores"
    scales: dict[float, Evaluator[Any]] = {}
    for evaluator in evaluators:
        if evaluator.strategy.out_of is None:
            advice = "; expected one with scores, such as combined-10 or independent-10" if of else ""
            raise ValueError(f"{needs}, but {evaluator.name} has the strategy {evaluator.strategy}{advice}")
        scales.setdefault(evaluator.strategy.out_of, evaluator)
    if len(scales) > 1:
        (low, one), (high, other), *_ = sorted(scales.items())
        names = f"{one.name} scores out of {low:g}, {other.name} out of {high:g}"
        raise ValueError(f"{needs} on one scale, but {names}")


def _tally(votes: Sequence[Verdict]) -> str:
    return ", ".join(f"{n} {decision}" for decision, n in Counter(vote.decision for vote in votes).most_common())
