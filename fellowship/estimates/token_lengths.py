"""Tokens estimated from the lengths of texts in a dry run, and from the lengths that replies may have.

The requests about an item that was not simulated are those about the nearest one in size, longer or shorter by the
slope of requests on sizes. Real models write longer or shorter replies than simulated ones, so the intervals are wide.
A request grows with the replies that it quotes, at most to the longest that their authors may write.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from fellowship.estimates.ask_counts import AgentModel
from fellowship.estimates.interval import Interval
from fellowship.estimates.item_sample import ItemTraits, by_nearest_size
from fellowship.estimates.simulated import AskLength, SimulatedConversation
from fellowship.settings.settings import Price

SHORTEST_REPLY = 0.5


class WeightedLength(NamedTuple):
    """The length of one of the expected requests, and for how many of them it stands."""

    weight: float
    length: AskLength


class TokensPerAsk(NamedTuple):
    """The tokens of one ask of an agent. The highest completion is the longest that `max_tokens` allows.

    `prompts` are those of the requests behind the mean, each with its weight.
    """

    prompt: Interval
    completion: Interval
    prompts: Sequence[tuple[float, Interval]]

    def cost(self, price: Price) -> Interval:
        """The mean US dollars of one ask. Each request is charged by its own length, which decides its tier."""
        if not price.tiers:
            prompts: Sequence[tuple[float, Interval]] = [(1.0, self.prompt)]
        else:
            prompts = self.prompts
        total = math.fsum(weight for weight, _ in prompts)
        ends = zip(*(self._costs(prompt, price) for _, prompt in prompts), strict=True)
        weights = [weight / total for weight, _ in prompts]
        return Interval(*(math.fsum(w * cost for w, cost in zip(weights, end, strict=True)) for end in ends))

    def _costs(self, prompt: Interval, price: Price) -> Iterator[float]:
        for n_prompt, n_reply in zip(prompt, self.completion, strict=True):
            rates = price.rates(n_prompt)
            yield (n_prompt * float(rates.input) + n_reply * float(rates.output)) / 1e6


def tokens_per_ask(
    simulated: Sequence[SimulatedConversation], pending: Sequence[ItemTraits]
) -> Mapping[AgentModel, TokensPerAsk]:
    """The mean over the asks of each agent that are expected of the pending items.

    Of an agent without any readable ask, over its first attempts.
    """
    sizes: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
    for item in pending:
        sizes[item.shape].append(item.size)
    read = {key for each in simulated for key in each.lengths}
    simulated = [_with_unread(each, read) for each in simulated]
    keys = dict.fromkeys(key for each in simulated for key in each.lengths)
    return {key: _mean_tokens(_expected_lengths(key, simulated, sizes)) for key in keys}


def _with_unread(each: SimulatedConversation, read: Collection[AgentModel]) -> SimulatedConversation:
    """The conversation with the unreadable first attempts of agents of which no ask was `read`."""
    return replace(each, lengths={**{key: n for key, n in each.unread.items() if key not in read}, **each.lengths})


def _expected_lengths(
    key: AgentModel, simulated: Sequence[SimulatedConversation], sizes: Mapping[tuple[int, int], Sequence[float]]
) -> list[WeightedLength]:
    slope = _slope([(each.item.size, length.expected) for each in simulated for length in each.lengths.get(key, ())])
    found: list[WeightedLength] = []
    for shape, of_shape in sizes.items():
        like = [each for each in simulated if each.item.shape == shape] or simulated
        by_size: defaultdict[float, list[SimulatedConversation]] = defaultdict(list)
        for each in like:
            by_size[each.item.size].append(each)
        for known, nearest in by_nearest_size(by_size, of_shape).items():
            lengths = [length for each in by_size[known] for length in each.lengths.get(key, ())]
            weight = 1 / len(by_size[known])
            found += [
                WeightedLength(weight, _longer(one, slope * (size - known))) for size in nearest for one in lengths
            ]
    return found or [WeightedLength(1.0, one) for each in simulated for one in each.lengths.get(key, ())]


def _slope(points: Sequence[tuple[float, float]]) -> float:
    """The tokens of a request for each token of its item: least squares with errors in proportion to the size."""
    mean = math.fsum(size for size, _ in points) / len(points) or 1.0
    weights = [(size + mean) ** -2 for size, _ in points]
    total = math.fsum(weights)
    x = math.fsum(w * size for w, (size, _) in zip(weights, points, strict=True)) / total
    y = math.fsum(w * length for w, (_, length) in zip(weights, points, strict=True)) / total
    spread = math.fsum(w * (size - x) ** 2 for w, (size, _) in zip(weights, points, strict=True))
    if spread <= 1e-9 * total * mean**2:
        return 0.0
    return math.fsum(w * (size - x) * (n - y) for w, (size, n) in zip(weights, points, strict=True)) / spread


def _longer(length: AskLength, tokens: float) -> AskLength:
    factor = max(1.0, length.expected + tokens) / max(1.0, length.expected)
    return length._replace(fewest=length.fewest * factor, expected=length.expected * factor, most=length.most * factor)


def _mean_tokens(found: Sequence[WeightedLength]) -> TokensPerAsk:
    total = math.fsum(each.weight for each in found)
    values = zip(*(each.length for each in found), strict=True)
    mean = AskLength(
        *(math.fsum(each.weight * one for each, one in zip(found, part, strict=True)) / total for part in values)
    )
    written = min(max(1.0, mean.reply), mean.longest_reply)
    return TokensPerAsk(
        prompt=Interval(mean.fewest, mean.expected, mean.most + mean.growth),
        completion=Interval(written * SHORTEST_REPLY, math.sqrt(written * mean.longest_reply), mean.longest_reply),
        prompts=[(each.weight, _prompt(each.length)) for each in found],
    )


def _prompt(length: AskLength) -> Interval:
    return Interval(length.fewest, length.expected, length.most + length.growth)
