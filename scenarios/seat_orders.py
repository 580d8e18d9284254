"""Both seat orders, so that a verdict does not depend on the position of an answer. The paper judged one order only.

A decision is made twice: in lane `ab` with the first draft in seat A, and in lane `ba` with the drafts exchanged. Equal
decisions give the verdict; different ones make it `inconsistent`. Where replies are missing, the verdict has failed
unless it is the same whatever they could have said.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from fellowship.agents.evaluator import Evaluator, Rater
from fellowship.protocols.content import Draft, Prompt, Score, Verdict
from fellowship.protocols.errors import ReplyError
from fellowship.protocols.exact import exact_mean
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.scenarios.concurrency import gather_in_order
from fellowship.scenarios.possible_verdicts import (
    PossibleVerdicts,
    of_both_orders,
    of_unreadable,
    one_score_missing,
    possible_verdicts,
)

VerdictT = TypeVar("VerdictT", bound=Verdict)
Seats: TypeAlias = Literal["both", "as given"]


@dataclass(frozen=True, slots=True)
class Judged(Generic[VerdictT]):
    """A recorded verdict, and what it could have been if no reply were missing; None where none is."""

    message: Message[VerdictT]
    possible: PossibleVerdicts | None = None

    def possible_verdicts(self) -> PossibleVerdicts:
        """What the verdict could have been; itself where no reply is missing."""
        return self.possible or possible_verdicts(self.message.content)


async def in_both_orders(
    talk: Conversation,
    decide: Callable[[Conversation, Message[Draft], Message[Draft]], Awaitable[Judged[VerdictT]]],
    a: Message[Draft],
    b: Message[Draft],
    prompt: Message[Prompt],
    *,
    seats: Seats,
    author: str,
    kind: type[VerdictT],
    out_of: float | None,
) -> Judged[VerdictT]:
    """The verdict of both seat orders, or of the order given. A reply that stays unreadable makes a failed verdict.

    `decide` gives the verdict of one order, from its lane and the drafts in seat A and B. `out_of`: the top of the
    scale, None without scores.
    """

    async def one_order(lane: Conversation, first: Message[Draft], second: Message[Draft]) -> Judged[VerdictT]:
        try:
            return await decide(lane, first, second)
        except ReplyError as error:
            failure = lane.record(kind.failure(str(error)), prompt, first, second, author=author)
            return Judged(failure, of_unreadable(error, out_of=out_of))

    if seats == "as given":
        return await one_order(talk.lane("ab"), a, b)
    given, exchanged = await gather_in_order(one_order(talk.lane("ab"), a, b), one_order(talk.lane("ba"), b, a))
    possible: PossibleVerdicts | None = None
    if given.possible is not None or exchanged.possible is not None:
        possible = of_both_orders(given.possible_verdicts(), exchanged.possible_verdicts().with_seats_swapped())
    verdict = reconcile(given.message.content, exchanged.message.content.with_seats_swapped(), possible)
    return Judged(talk.record(verdict, given.message, exchanged.message, author=author), possible)


def reconcile(given: VerdictT, exchanged: VerdictT, possible: PossibleVerdicts | None) -> VerdictT:
    """One verdict from both orders, both in the seats of the first; scores are averaged where both orders have them.

    `possible`: what the verdict could be, whatever the missing replies say; None where no reply is missing.
    """
    if possible is not None:
        orders = (("given", given), ("exchanged", exchanged))
        reasons = "; ".join(f"{order} order: {each.reason}" for order, each in orders if each.reason is not None)
        if len(possible.decisions) > 1:
            return type(given).failure(reasons)
        (decision,) = possible.decisions
        return type(given)(decision=decision, explanation=f"whatever the missing replies say: {reasons}")
    return given.model_copy(
        update={
            "decision": given.decision if given.decision == exchanged.decision else "inconsistent",
            "score_a": _mean_score(given.score_a, exchanged.score_a),
            "score_b": _mean_score(given.score_b, exchanged.score_b),
            "explanation": "",
        }
    )


async def judge_pair(
    talk: Conversation,
    evaluator: Evaluator[VerdictT],
    prompt: Message[Prompt],
    a: Message[Draft],
    b: Message[Draft],
    *,
    seats: Seats,
) -> Message[VerdictT]:
    """One evaluator's decision between two drafts, by its strategy. Independent scores do not depend on seats."""
    return (await judge_pair_possible(talk, evaluator, prompt, a, b, seats=seats)).message


async def judge_pair_possible(
    talk: Conversation,
    evaluator: Evaluator[VerdictT],
    prompt: Message[Prompt],
    a: Message[Draft],
    b: Message[Draft],
    *,
    seats: Seats,
) -> Judged[VerdictT]:
    """As `judge_pair`, with what the decision could have been where replies are missing."""
    kind: Any = evaluator.reply

    async def decide(lane: Conversation, first: Message[Draft], second: Message[Draft]) -> Judged[VerdictT]:
        return Judged(await lane.ask(evaluator, prompt, first, second))

    if not evaluator.strategy.one_at_a_time:
        return await in_both_orders(
            talk, decide, a, b, prompt, seats=seats, author=evaluator.name, kind=kind, out_of=evaluator.strategy.out_of
        )
    rater, on_a, on_b = evaluator.rater, talk.lane("a"), talk.lane("b")
    of_a, of_b = await gather_in_order(_score(on_a, rater, prompt, a), _score(on_b, rater, prompt, b))
    if of_a.message is None or of_b.message is None:
        failure = talk.record(kind.failure(of_a.error or of_b.error), prompt, a, b, author=evaluator.name)
        scale = rater.strategy.out_of or 10.0
        return Judged(failure, one_score_missing(of_a.score, of_b.score, out_of=scale))
    score_a, score_b = of_a.message, of_b.message
    verdict = kind.from_scores(score_a.content.score, score_b.content.score, out_of=score_a.content.out_of)
    return Judged(talk.record(verdict, score_a, score_b, author=evaluator.name))


@dataclass(frozen=True, slots=True)
class _Rated:
    """A rater's score of one draft, or the error of its unreadable reply."""

    message: Message[Score] | None
    error: str = ""

    @property
    def score(self) -> float | None:
        return None if self.message is None else self.message.content.score


async def _score(lane: Conversation, rater: Rater, prompt: Message[Prompt], draft: Message[Draft]) -> _Rated:
    try:
        return _Rated(await lane.ask(rater, prompt, draft))
    except ReplyError as error:
        return _Rated(None, str(error))


def _mean_score(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else float(exact_mean((first, second)))
