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
from fellowship.runners.endings import Endings
from fellowship.runners.known_replies import AskPlace, AttemptsByPlace
from fellowship.runners.resume import plan_conversation
from fellowship.runners.run_spec import RunSpec
from fellowship.storage.journal import MemoryJournal
from fellowship.telemetry.metrics import Metrics

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
        recorded = _last(branch.attempts, request.key[1:])
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
    known = plan_conversation({}, fork=branch)
    context = AskContext(journal, recorded_reply, lambda: 0.0, known=known, agent_for=agent_for)
    (item, *_) = spec.items
    await Endings(spec, Metrics()).of(LiveConversation(ESTIMATE_RUN_NAME, branch.seed, context), item)
    places = {id: _place(record) for id, record in journal.messages.items()}
    answered = [id for id, place in places.items() if place in branch.attempts]
    following = [id for id in _dependents(journal.messages, set(asked)) if id in answered]
    new_places = {id: places[id] for id in following} | {id: request.key[1:] for id, request in asked.items()}
    replies = {id: _last(branch.attempts, place) for id, place in new_places.items()}
    usages = {id: reply.usage if reply else Usage() for id, reply in replies.items()}
    costs = [spec.prices.of(models_by_id[id]).cost(usage) for id, usage in usages.items()]
    return ForkEstimate(
        new=tuple(asked),
        following=tuple(following),
        n_reused=len(answered) - sum(id in places for id in asked) - len(following),
        cost=None if None in costs else sum(filter(None, costs), Decimal(0)),
    )


def _dependents(messages: Mapping[str, MessageRecord], new: set[str]) -> list[str]:
    """The messages that depend on new ones, directly or indirectly."""
    touched, found = set(new), list[str]()
    for id, each in sorted(messages.items(), key=lambda pair: pair[1].depth):
        if id not in touched and touched.intersection(each.message.inputs):
            touched.add(id)
            found.append(id)
    return found


def _place(record: MessageRecord) -> AskPlace:
    return record.lane, record.message.source, record.occurrence


def _last(attempts: AttemptsByPlace, place: AskPlace) -> Completion | None:
    recorded = attempts.get(place)
    return recorded[-1].completion if recorded else None
