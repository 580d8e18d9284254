"""What a fork would ask anew, and what that would cost, without asking anything.

The conversation is gone through with the recorded replies in the place of new ones. An ask goes live if its request is
another, and also if it builds on a reply that will be: its request is then expected to be another too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fellowship.agents.agent import Agent
from fellowship.protocols.completions import AskKey, Completion, Request, Usage
from fellowship.protocols.errors import NotRecorded
from fellowship.protocols.interfaces import Placed, Role
from fellowship.runners.asking import Asking
from fellowship.runners.call import Call
from fellowship.runners.conversation import LiveConversation, message_id
from fellowship.runners.otherwise.listener import Listener
from fellowship.runners.record import NOTHING, Attempts
from fellowship.runners.settings import Price
from fellowship.runners.workers import Stop
from fellowship.storage.journal import SqliteJournal

NAME = "forecast"


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of one fork: ids of asks that are sure to be new, of those that follow from them, and how many are reused.

    `cost` in US dollars for all of the new ones, with as many tokens as were recorded; None where a price is unknown.
    """

    new: tuple[str, ...]
    following: tuple[str, ...]
    n_reused: int
    cost: Decimal | None


async def forecast(call: Call) -> Forecast:
    """What each of the forks of a call would ask; see `fork.forked`."""
    branch = call.branch
    assert branch is not None
    asked: dict[str, Request] = {}
    players: dict[str, str] = {}

    async def stand_in(request: Request) -> Completion:
        asked[message_id(request.key)] = request
        recorded = _last(branch.attempts, request.key)
        if recorded is None:
            raise NotRecorded(f"the run has no reply for {request.key}, so what follows from it cannot be foreseen")
        return recorded

    def recast(agent: Role[Any], key: AskKey) -> Role[Any]:
        player = branch.recast(agent, key)
        players[message_id(key)] = player.model_name if isinstance(player, Agent) else ""
        return player

    heard = Listener()
    before = branch.before(NAME, NOTHING, "refuse")
    asking = Asking(heard, stand_in, lambda: 0.0, before=before, recast=recast)
    async with SqliteJournal(None) as nothing:
        session = call.session(nothing, Stop())
        (item, *_) = call.items
        await session.ending(LiveConversation(NAME, branch.seed, asking), item)
    following = [id for id in _built_on(heard.placed, set(asked)) if _is_ask(branch.attempts, heard.placed[id])]
    models = {id: players[id] for id in (*asked, *following)}
    usages = {id: _usage(branch.attempts, asked.get(id), heard.placed.get(id)) for id in models}
    n_asks = sum(_is_ask(branch.attempts, placed) for placed in heard.placed.values())
    return Forecast(
        new=tuple(asked),
        following=tuple(following),
        n_reused=n_asks - len([id for id in asked if id in heard.placed]) - len(following),
        cost=_cost(call, models, usages),
    )


async def refuse_unreadable(call: Call) -> None:
    """ConfigurationError for an edit that its author's role cannot read; so that nothing is written down for it."""
    if call.branch is not None and call.branch.edits:
        await forecast(call)


def _built_on(placed: Mapping[str, Placed], new: set[str]) -> list[str]:
    """The messages that build on new ones, at any remove."""
    touched, found = set(new), list[str]()
    for id, each in sorted(placed.items(), key=lambda pair: pair[1].depth):
        if id not in touched and touched.intersection(each.message.inputs):
            touched.add(id)
            found.append(id)
    return found


def _is_ask(attempts: Attempts, placed: Placed) -> bool:
    return any(key[1:] == (placed.lane, placed.message.source, placed.occurrence) for key in attempts)


def _last(attempts: Attempts, key: AskKey) -> Completion | None:
    recorded = [each for place, all in attempts.items() if place[1:] == key[1:] for each in all]
    return recorded[-1].completion if recorded else None


def _usage(attempts: Attempts, request: Request | None, placed: Placed | None) -> Usage:
    if request is not None:
        key = request.key
    else:
        assert placed is not None
        key = AskKey("", placed.lane, placed.message.source, placed.occurrence)
    recorded = _last(attempts, key)
    return recorded.usage if recorded else Usage()


def _cost(call: Call, models: Mapping[str, str], usages: Mapping[str, Usage]) -> Decimal | None:
    total = Decimal(0)
    for id, model in models.items():
        price = call.prices.of(model)
        if price is None:
            return None
        total += price.cost(usages[id]) if isinstance(price, Price) else price
    return total
