"""LLM debate: personas read each other for some rounds, then each scores both answers (paper, section 3).

Within a round they speak in order, each reading all earlier arguments. The ballots are cast concurrently: no persona
sees another's scores. The mean score decides. Differs from the paper: the whole debate is held in both seat orders; an
unreadable ballot abstains instead of counting 0 and 0, or makes the verdict failed where it could decide.
"""

from collections.abc import Sequence
from typing import Any, Unpack

from fellowship.agents.agent import AgentOptions
from fellowship.agents.debater import PERSONAS, Ballot, Debater
from fellowship.agents.strategy import Strategy
from fellowship.protocols.autogen import ChatCompletionClient
from fellowship.protocols.content import Draft, Prompt, Verdict, Vote
from fellowship.protocols.errors import InvalidArgument, ReplyError
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.scenarios.aggregation import aggregate_possible, refuse_without_scores
from fellowship.scenarios.concurrency import gather_in_order
from fellowship.scenarios.possible_verdicts import of_unreadable
from fellowship.scenarios.seat_orders import Judged, Seats, in_both_orders


async def debate(
    talk: Conversation,
    prompt: Message[Prompt],
    a: Message[Draft],
    b: Message[Draft],
    *,
    debaters: Sequence[Debater],
    rounds: int = 2,
    seats: Seats = "both",
) -> Message[Verdict]:
    """The debate's verdict, after `rounds` rounds (0 is a jury of personas). ValueError for ballots without scores."""
    refuse_without_scores((debater.ballot for debater in debaters), of="a debate")

    out_of = next((debater.ballot.strategy.out_of for debater in debaters), None)

    async def discussed(lane: Conversation, first: Message[Draft], second: Message[Draft]) -> Judged[Verdict]:
        seen: list[Message[Any]] = [prompt, first, second]
        for _ in range(rounds):
            for debater in debaters:
                seen.append(await lane.ask(debater, *seen))
        votes = await gather_in_order(*(_vote(lane, debater.ballot, seen) for debater in debaters))
        found = aggregate_possible([vote.message.content for vote in votes], [vote.possible for vote in votes], "mean")
        return Judged(lane.record(found.verdict, *(vote.message for vote in votes), author="debate"), found.possible)

    judged = await in_both_orders(
        talk, discussed, a, b, prompt, seats=seats, author="debate", kind=Verdict, out_of=out_of
    )
    return judged.message


def panel(
    model: str | ChatCompletionClient | Sequence[str | ChatCompletionClient] | None = None,
    *,
    strategy: str | Strategy = "combined-10",
    **options: Unpack[AgentOptions],
) -> list[Debater]:
    """The paper's three personas - general public, psychologist, critic - with the personas' names.

    On one model, or on a list of three models, one for each; InvalidArgument for another number of models.
    """
    options.pop("name", None)
    several = list(model) if isinstance(model, Sequence) and not isinstance(model, str) else [model]
    models = several * len(PERSONAS) if len(several) == 1 else several
    if len(models) != len(PERSONAS):
        names = ", ".join(persona.name for persona in PERSONAS)
        msg = (
            f"{len(models)} models for {len(PERSONAS)} personas ({names}); expected one model, or one for each persona"
        )
        raise InvalidArgument(msg)
    pairs = zip(models, PERSONAS, strict=True)
    return [Debater(each, persona=persona, strategy=strategy, **options) for each, persona in pairs]


async def _vote(lane: Conversation, ballot: Ballot, seen: Sequence[Message[Any]]) -> Judged[Vote]:
    try:
        return Judged(await lane.ask(ballot, *seen))
    except ReplyError as error:
        failure = lane.record(Vote.failure(str(error)), *seen, author=ballot.name)
        return Judged(failure, of_unreadable(error, out_of=ballot.strategy.out_of))
