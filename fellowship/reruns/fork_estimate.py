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
from fellowship.runners.known_replies import AskPlace
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
    """The estimate for one conversation of a run made by `fork.forked_run`."""
    branch = spec.branch
    assert branch is not None
    asked: dict[AskPlace, str] = {}  # ids of messages
    models: dict[AskPlace, str] = {}

    async def recorded_reply(request: Request) -> Completion:
        place = request.key[1:]
        asked[place] = message_id(request.key)
        if place not in branch.attempts:
            raise NotRecorded(
                f"the run has no reply for {request.key}, so the calls that depend on it cannot be estimated"
            )
        return branch.attempts[place][-1].completion

    def agent_for(agent: Role[Any], key: AskKey) -> Role[Any]:
        forked = branch.agent_for(agent, key)
        models[key[1:]] = forked.model_name if isinstance(forked, Agent) else ""
        return forked

    def cost(place: AskPlace) -> Decimal | None:
        recorded = branch.attempts.get(place)
        return spec.prices.of(models[place]).cost(recorded[-1].completion.usage if recorded else Usage())

    journal, known = MemoryJournal(), plan_conversation({}, fork=branch)
    context = AskContext(journal, recorded_reply, lambda: 0.0, known=known, agent_for=agent_for)
    (item, *_) = spec.items
    await Endings(spec, Metrics()).of(LiveConversation(ESTIMATE_RUN_NAME, branch.seed, context), item)
    messages = journal.messages
    places = {id: (record.lane, record.message.source, record.occurrence) for id, record in messages.items()}
    answered = {id: place for id, place in places.items() if place in branch.attempts}
    following = [id for id in _dependents(messages, set(asked.values())) if id in answered]
    costs = [cost(place) for place in (*asked, *(answered[id] for id in following))]
    return ForkEstimate(
        new=tuple(asked.values()),
        following=tuple(following),
        n_reused=len(answered.keys() - {*asked.values(), *following}),
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
