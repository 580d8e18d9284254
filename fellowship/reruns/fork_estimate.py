"""Estimates the new calls of a fork and their cost by a dry run.

The dry run answers every call with the recorded reply. A call is new if its request differs from the recorded one, and
also if it depends on a new reply: its request is then expected to differ too.
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
    """Of one fork: ids of calls that are certainly new, of those that depend on them, and the number of reused ones.

    `cost` is in US dollars for all new calls, with the recorded numbers of tokens; None if a price is unknown.
    """

    new: tuple[str, ...]
    following: tuple[str, ...]
    n_reused: int
    cost: Decimal | None


async def estimate_fork(spec: RunSpec) -> ForkEstimate:
    """The estimate for one conversation of a run made by `fork.forked_run`; NotRecorded if a reply is missing."""
    branch = spec.branch
    assert branch is not None
    asked: dict[str, Request] = {}
    models_by_id: dict[str, str] = {}

    async def recorded_reply(request: Request) -> Completion:
        asked[message_id(request.key)] = request
        recorded = _last(branch.attempts, request.key)
        if recorded is None:
            raise NotRecorded(
                f"the run has no reply for {request.key}, so the calls that depend on it cannot be estimated"
            )
        return recorded

    def agent_for(agent: Role[Any], key: AskKey) -> Role[Any]:
        forked = branch.agent_for(agent, key)
        models_by_id[message_id(key)] = forked.model_name if isinstance(forked, Agent) else ""
        return forked

    journal = MemoryJournal()
    before = branch.before(ESTIMATE_RUN_NAME, NO_ATTEMPTS, "refuse")
    context = AskContext(journal, recorded_reply, lambda: 0.0, known=before, agent_for=agent_for)
    async with SqliteJournal(None) as nothing:
        session = spec.session(nothing, StopSignal())
        (item, *_) = spec.items
        await session.ending(LiveConversation(ESTIMATE_RUN_NAME, branch.seed, context), item)
    following = [
        id for id in _dependents(journal.messages, set(asked)) if _is_ask(branch.attempts, journal.messages[id])
    ]
    models = {id: models_by_id[id] for id in (*asked, *following)}
    usages = {id: _recorded_usage(branch.attempts, asked.get(id), journal.messages.get(id)) for id in models}
    n_asks = sum(_is_ask(branch.attempts, record) for record in journal.messages.values())
    return ForkEstimate(
        new=tuple(asked),
        following=tuple(following),
        n_reused=n_asks - len([id for id in asked if id in journal.messages]) - len(following),
        cost=_cost(spec, models, usages),
    )


async def refuse_unreadable(spec: RunSpec) -> None:
    """ConfigurationError for an edit that its author's role cannot read, before anything is written."""
    if spec.branch is not None and spec.branch.edits:
        await estimate_fork(spec)


def _dependents(messages: Mapping[str, MessageRecord], new: set[str]) -> list[str]:
    """The messages that depend on new ones, directly or indirectly."""
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


def _recorded_usage(attempts: Attempts, request: Request | None, record: MessageRecord | None) -> Usage:
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
