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
from fellowship.protocols.interfaces import MessageRecord, Role
from fellowship.runners.ask import AskContext
from fellowship.runners.conversation import LiveConversation, message_id
from fellowship.runners.known_replies import NO_ATTEMPTS, Attempts
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.workers import StopSignal
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.memory_journal import MemoryJournal

ESTIMATE_RUN_NAME = "forecast"


@dataclass(frozen=True, slots=True)
class ForkEstimate:
    """Of one fork: ids of asks that are sure to be new, of those that follow from them, and how many are reused.

    `cost` in US dollars for all of the new ones, with as many tokens as were recorded; None where a price is unknown.
    """

    new: tuple[str, ...]
    following: tuple[str, ...]
    n_reused: int
    cost: Decimal | None


async def estimate_fork(spec: RunSpec) -> ForkEstimate:
    """What each of the forks of a call would ask; see `fork.forked`."""
    branch = spec.branch
    assert branch is not None
    asked: dict[str, Request] = {}
    players: dict[str, str] = {}

    async def stand_in(request: Request) -> Completion:
        asked[message_id(request.key)] = request
        recorded = _last(branch.attempts, request.key)
        if recorded is None:
            raise NotRecorded(f"the run has no reply for {request.key}, so what follows from it cannot be foreseen")
        return recorded

    def agent_for(agent: Role[Any], key: AskKey) -> Role[Any]:
        player = branch.agent_for(agent, key)
        players[message_id(key)] = player.model_name if isinstance(player, Agent) else ""
        return player

    journal = MemoryJournal()
    before = branch.before(ESTIMATE_RUN_NAME, NO_ATTEMPTS, "refuse")
    context = AskContext(journal, stand_in, lambda: 0.0, before=before, agent_for=agent_for)
    async with SqliteJournal(None) as nothing:
        session = spec.session(nothing, StopSignal())
        (item, *_) = spec.items
        await session.ending(LiveConversation(ESTIMATE_RUN_NAME, branch.seed, context), item)
    following = [id for id in _built_on(journal.messages, set(asked)) if _is_ask(branch.attempts, journal.messages[id])]
    models = {id: players[id] for id in (*asked, *following)}
    usages = {id: _usage(branch.attempts, asked.get(id), journal.messages.get(id)) for id in models}
    n_asks = sum(_is_ask(branch.attempts, record) for record in journal.messages.values())
    return ForkEstimate(
        new=tuple(asked),
        following=tuple(following),
        n_reused=n_asks - len([id for id in asked if id in journal.messages]) - len(following),
        cost=_cost(spec, models, usages),
    )


async def refuse_unreadable(spec: RunSpec) -> None:
    """ConfigurationError for an edit that its author's role cannot read; so that nothing is written down for it."""
    if spec.branch is not None and spec.branch.edits:
        await estimate_fork(spec)


def _built_on(messages: Mapping[str, MessageRecord], new: set[str]) -> list[str]:
    """The messages that build on new ones, at any remove."""
    touched, found = set(new), list[str]()
    for id, each in sorted(messages.items(), key=lambda pair: pair[1].depth):
        if id not in touched and touched.intersection(each.message.inputs):
            touched.add(id)
            found.append(id)
    return found


def _is_ask(attempts: Attempts, record: MessageRecord) -> bool:
    return any(key[1:] == (record.lane, record.message.source, record.occurrence) for key in attempts)


def _last(attempts: Attempts, key: AskKey) -> Completion | None:
    recorded = [each for place, all in attempts.items() if place[1:] == key[1:] for each in all]
    return recorded[-1].completion if recorded else None


def _usage(attempts: Attempts, request: Request | None, record: MessageRecord | None) -> Usage:
    if request is not None:
        key = request.key
    else:
        assert record is not None
        key = AskKey("", record.lane, record.message.source, record.occurrence)
    recorded = _last(attempts, key)
    return recorded.usage if recorded else Usage()


def _cost(spec: RunSpec, models: Mapping[str, str], usages: Mapping[str, Usage]) -> Decimal | None:
    total = Decimal(0)
    for id, model in models.items():
        cost = spec.prices.of(model).cost(usages[id])
        if cost is None:
            return None
        total += cost
    return total
