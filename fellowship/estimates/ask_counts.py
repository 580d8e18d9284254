"""The number of asks that a run still makes, by agent: an interval, unless all conversations seen make equally many.

An ask is a key (lane, agent, occurrence); its repairs are further attempts of it.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from fellowship.estimates.extrapolation import CONFIDENCE, Extrapolation
from fellowship.estimates.interval import Interval, sum_intervals
from fellowship.estimates.item_sample import ItemTraits, by_nearest_size
from fellowship.statistics.further_total import binomial_bound
from fellowship.storage.run_stats import AgentUsage

FEW = 5
"""Conversations that differ from the rest: below so many, the t quantile is no bound for how many further ones do."""


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


class SeenConversation(NamedTuple):
    """The asks about one item, in a finished conversation or in one of a dry run; `id` is that of a finished one."""

    item: ItemTraits
    asks: Mapping[AgentModel, int]
    id: str = ""


class AskBounds(NamedTuple):
    """The fewest and the most asks of an agent in a conversation that the scenario allows; None: those seen.

    fewest_unseen  the fewest in conversations that end earlier than all that were seen; None: there are none
    """

    fewest: int | None = None
    most: int | None = None
    fewest_unseen: int | None = None


def expected_asks(
    seen: Sequence[SeenConversation], pending: Sequence[ItemTraits], measured: Extrapolation, bounds: AskBounds
) -> dict[AgentModel, Interval]:
    """The asks about the pending items: of each shape as in the conversations seen about items of that shape.

    Those of a shape that was not seen are as in all conversations.
    """
    sizes: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
    for item in pending:
        sizes[item.shape].append(item.size)
    found: list[Mapping[AgentModel, Interval]] = []
    for shape, of_shape in sizes.items():
        like = [each for each in seen if each.item.shape == shape] or seen
        ids = {each.id for each in like}
        usages = [used for used in measured.usages if used.conversation in ids]
        finished = {id: size for id, size in measured.finished.items() if id in ids}
        weights = _weights([each.item.size for each in like], of_shape)
        asks = _within(bounds, pending_asks([each.asks for each in like], len(of_shape), weights), len(of_shape))
        found.append(measured_asks(asks, Extrapolation(finished, usages, of_shape), bounds.fewest_unseen))
    keys = dict.fromkeys(key for each in found for key in each)
    return {key: sum_intervals(each[key] for each in found if key in each) for key in keys}


def pending_asks(
    seen: Sequence[Mapping[AgentModel, int]], n_pending: int, weights: Sequence[float] | None = None
) -> dict[AgentModel, Interval]:
    """The asks of `n_pending` conversations like those seen, each of which stands for its weight; by default equal.

    Certain for an agent that all conversations seen ask equally often; else between the fewest and the most.
    """
    counted: dict[AgentModel, Interval] = {}
    weights = [1.0] * len(seen) if weights is None else weights
    total = sum(weights) or 1.0
    for key in dict.fromkeys(key for counts in seen for key in counts):
        each = [counts.get(key, 0) for counts in seen]
        mean = sum(weight * n for weight, n in zip(weights, each, strict=True)) / total
        mean = min(max(mean, min(each)), max(each))  # rounding
        counted[key] = Interval(min(each), mean, max(each)).scaled(n_pending)
    return counted


def measured_asks(
    asks: Mapping[AgentModel, Interval], measured: Extrapolation, fewest_unseen: int | None = None
) -> dict[AgentModel, Interval]:
    """The asks of pending conversations as finished ones predict them, within the bounds of all that were seen.

    Where all that were seen agree, further ones may be as few as `fewest_unseen`; None: they agree, too.
    """
    n = len(measured.pending)
    if not measured.is_enough or not n:
        return dict(asks)
    found: dict[AgentModel, Interval] = {}
    for key, bounds in asks.items():
        if bounds.is_sure and fewest_unseen is not None:
            bounds = bounds._replace(low=min(bounds.low, float(n * fewest_unseen)))
        found[key] = bounds if bounds.is_sure else _measured(key, bounds, measured)
    return found


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
    counted = {used.conversation: used.n_asks for used in own.usages}
    counts, n = [counted.get(id, 0) for id in measured.finished], len(measured.pending)
    low = max(counts) * n - _most_short([max(counts) - each for each in counts], max(counts) - bounds.low / n, n)
    high = min(counts) * n + _most_short([each - min(counts) for each in counts], bounds.high / n - min(counts), n)
    expected = found.expected if min(counts) < max(counts) else min(counts) * n  # equal counts follow no size
    ends = min(found.low, low), expected, max(found.high, high)
    return Interval(*(min(max(end, bounds.low), bounds.high) for end in ends))


def _most_short(differences: Sequence[float], largest: float, n_pending: int) -> float:
    """The most by which further conversations in total may differ from the end that most of those seen share.

    The exact bound for how many differ, each by the mean of the differences seen and one of the `largest`. 0 where
    enough differ for the t quantile to hold.
    """
    n_different = sum(each > 0 for each in differences)
    if n_different >= FEW or largest <= 0:
        return 0.0
    share = binomial_bound(n_different, len(differences), confidence=CONFIDENCE)
    n_more = min(n_pending, math.ceil(share * n_pending))
    return n_more * (sum(differences) + largest) / (n_different + 1)


def _weights(sampled: Sequence[float], pending: Sequence[float]) -> list[float]:
    """How many pending sizes each of the sampled ones stands for."""
    counts, nearest = Counter(sampled), by_nearest_size(sampled, pending)
    return [len(nearest[size]) / counts[size] for size in sampled]


def _within(bounds: AskBounds, asks: Mapping[AgentModel, Interval], n: int) -> dict[AgentModel, Interval]:
    """The asks of `n` conversations with the ends that the scenario allows."""
    return {
        key: Interval(
            each.low if bounds.fewest is None else min(each.low, float(n * bounds.fewest)),
            each.expected,
            each.high if bounds.most is None else max(each.high, float(n * bounds.most)),
        )
        for key, each in asks.items()
    }
