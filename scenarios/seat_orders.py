"""Both seat orders, so that a verdict does not depend on the position of an answer. The paper judged one order only.

A decision is made twice: in lane `ab` with the first draft in seat A, and in lane `ba` with the drafts exchanged. Equal
decisions give the verdict; different ones make it `inconsistent`; if either order failed, the verdict has failed.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeAlias, TypeVar

from fellowship.agents.evaluator import Evaluator
from fellowship.protocols.content import Draft, Prompt, Verdict
from fellowship.protocols.errors import ReplyError
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.scenarios.concurrency import gather_in_order

VerdictT = TypeVar("VerdictT", bound=Verdict)
Seats: TypeAlias = Literal["both", "as given"]


async def in_both_orders(
    talk: Conversation,
    decide: Callable[[Conversation, Message[Draft], Message[Draft]], Awaitable[Message[VerdictT]]],
    a: Message[Draft],
    b: Message[Draft],
    prompt: Message[Prompt],
    *,
    seats: Seats,
    author: str,
    kind: type[VerdictT],
) -> Message[VerdictT]:
    """The verdict of both seat orders, or of the order given. A reply that stays unreadable makes a failed verdict.

    `decide` gives the verdict of one order, from its lane and the drafts in seat A and B.
    """

    async def one_order(lane: Conversation, first: Message[Draft], second: Message[Draft]) -> Message[VerdictT]:
        try:
            return await decide(lane, first, second)
        except ReplyError as error:
            return lane.record(kind.failure(str(error)), prompt, first, second, author=author)

    if seats == "as given":
        return await one_order(talk.lane("ab"), a, b)
    given, exchanged = await gather_in_order(one_order(talk.lane("ab"), a, b), one_order(talk.lane("ba"), b, a))
    verdict = reconcile(given.content, exchanged.content.with_seats_swapped())
    return talk.record(verdict, given, exchanged, author=author)


def reconcile(given: VerdictT, exchanged: VerdictT) -> VerdictT:
    """One verdict from both orders, both in the seats of the first; scores are averaged where both orders have them."""
    failures = [
        f"{order} order: {verdict.reason}"
        for order, verdict in (("given", given), ("exchanged", exchanged))
        if verdict.decision == "failed"
    ]
    if failures:
        return type(given).failure("; ".join(failures))
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
    kind: Any = evaluator.reply

    async def decide(lane: Conversation, first: Message[Draft], second: Message[Draft]) -> Message[VerdictT]:
        return await lane.ask(evaluator, prompt, first, second)

    if not evaluator.strategy.one_at_a_time:
        return await in_both_orders(talk, decide, a, b, prompt, seats=seats, author=evaluator.name, kind=kind)
    try:
        score_a, score_b = await gather_in_order(
            talk.lane("a").ask(evaluator.rater, prompt, a), talk.lane("b").ask(evaluator.rater, prompt, b)
        )
    except ReplyError as error:
        return talk.record(kind.failure(str(error)), prompt, a, b, author=evaluator.name)
    verdict = kind.from_scores(score_a.content.score, score_b.content.score, out_of=score_a.content.out_of)
    return talk.record(verdict, score_a, score_b, author=evaluator.name)


def _mean_score(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else (first + second) / 2
