"""The number of asks that a run still makes, by agent: exact where the scenario fixes it, else an interval.

An ask is a key (lane, agent, occurrence); its repairs are further attempts of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from fellowship.estimates.interval import Interval
from fellowship.storage.run_stats import AgentUsage


class AgentModel(NamedTuple):
    """An agent on its model."""

    agent: str
    model: str

    @classmethod
    def of(cls, used: AgentUsage) -> "AgentModel":
        """The agent and model of a record of usage."""
        return cls(used.agent, used.model)


def by_conversation(conversations: Iterable[str], usages: Iterable[AgentUsage]) -> list[dict[AgentModel, int]]:
    """The asks of each of these conversations by agent; empty for a conversation without asks."""
    counted: dict[str, dict[AgentModel, int]] = {name: {} for name in conversations}
    for used in usages:
        counted[used.conversation][AgentModel.of(used)] = used.n_asks
    return list(counted.values())


def remaining_asks(
    seen: Sequence[Mapping[AgentModel, int]], n_pending: int, recorded: Mapping[AgentModel, int]
) -> dict[AgentModel, Interval]:
    """The asks of `n_pending` conversations like those seen, less the asks of them that are `recorded` already.

    Certain for an agent that all conversations seen ask equally often; else between the fewest and the most.
    """
    remaining: dict[AgentModel, Interval] = {}
    for key in dict.fromkeys(key for counts in seen for key in counts):
        each = [counts.get(key, 0) for counts in seen]
        whole = Interval(min(each), sum(each) / len(each), max(each)).scaled(n_pending)
        remaining[key] = Interval(*(max(0.0, end - recorded.get(key, 0)) for end in whole))
    return remaining
