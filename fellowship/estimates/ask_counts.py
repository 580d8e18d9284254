"""The number of asks that a run still makes, by agent: an interval, unless all conversations seen make equally many.

An ask is a key (lane, agent, occurrence); its repairs are further attempts of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from fellowship.estimates.extrapolation import Extrapolation
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


def pending_asks(seen: Sequence[Mapping[AgentModel, int]], n_pending: int) -> dict[AgentModel, Interval]:
    """The asks of `n_pending` conversations like those seen.

    Certain for an agent that all conversations seen ask equally often; else between the fewest and the most.
    """
    counted: dict[AgentModel, Interval] = {}
    for key in dict.fromkeys(key for counts in seen for key in counts):
        each = [counts.get(key, 0) for counts in seen]
        counted[key] = Interval(min(each), sum(each) / len(each), max(each)).scaled(n_pending)
    return counted


def measured_asks(asks: Mapping[AgentModel, Interval], measured: Extrapolation) -> dict[AgentModel, Interval]:
    """The asks of pending conversations as finished ones predict them, within the bounds of all that were seen."""
    if not measured.is_enough:
        return dict(asks)
    return {key: bounds if bounds.is_sure else _measured(key, bounds, measured) for key, bounds in asks.items()}


def without_recorded(asks: Mapping[AgentModel, Interval], usages: Iterable[AgentUsage]) -> dict[AgentModel, Interval]:
    """The asks without those that pending conversations have made already."""
    recorded: Counter[AgentModel] = Counter()
    for used in usages:
        recorded[AgentModel.of(used)] += used.n_asks
    return {key: Interval(*(max(0.0, end - recorded[key]) for end in bounds)) for key, bounds in asks.items()}


def _measured(key: AgentModel, bounds: Interval, measured: Extrapolation) -> Interval:
    own = replace(measured, usages=[used for used in measured.usages if AgentModel.of(used) == key])
    found = own.total(lambda used: used.n_asks)
    if not own.usages:  # the finished conversations have not asked this agent, which is no proof
        return bounds
    return Interval(*(min(max(end, bounds.low), bounds.high) for end in found))
