"""The cost of further requests at a price with tiers, by the length of each request.

A price that jumps at a length is no line over sizes, so only the tokens are extrapolated, and each expected request is
charged by its own length.
"""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from fellowship.estimates.extrapolation import Extrapolation
from fellowship.estimates.interval import Interval
from fellowship.settings.settings import Price
from fellowship.storage.run_stats import RequestUsage

NEAREST = 10
"""Finished conversations whose requests stand for those of an item: the nearest in size."""


class _Predicted(NamedTuple):
    """A request expected of a pending item, and for how many it stands."""

    weight: float
    prompt: float
    completion: float
    cached_share: float


def tiered_cost(measured: Extrapolation, price: Price, prompt: Interval, completion: Interval) -> Interval | None:
    """The dollars of an agent's expected tokens; None where all requests lie in one tier, so that a line is right.

    Requests are those of the finished conversations nearest in size, longer or shorter as the lines of tokens say. The
    ends have longer or shorter requests, but at least as much more or less as the tokens.
    """
    expected = list(_predicted(measured))
    raw = [math.fsum(each.weight * part(each) for each in expected) for part in (_prompt, _completion)]
    if not price.tiers or not raw[0] or not prompt.expected:
        return None
    scales = [(low / prompt.expected) for low in prompt]
    lengths = [each.prompt * scale for each in expected for scale in scales]
    lengths += [used.prompt_tokens for used in measured.requests]
    if len({sum(n > tier.above for tier in price.tiers) for n in lengths}) == 1:
        return None
    share = completion.expected / raw[1] if raw[1] else 0.0
    factors = zip(scales, (end / (completion.expected or 1.0) for end in completion), strict=True)
    costs = [_cost(expected, price, by, (prompt.expected / raw[0], share)) for by in factors]
    parts = costs[1]
    low = min(sum(costs[0]), parts[0] * scales[0] + parts[1] * completion.low / (completion.expected or 1.0))
    high = max(sum(costs[2]), parts[0] * scales[2] + parts[1] * completion.high / (completion.expected or 1.0))
    return Interval(low, sum(parts), high)


def _predicted(measured: Extrapolation) -> Iterator[_Predicted]:
    by_conversation: defaultdict[str, list[RequestUsage]] = defaultdict(list)
    for used in measured.requests:
        by_conversation[used.conversation].append(used)
    prompt, completion = measured.line("prompt"), measured.line("completion")
    known = sorted((size, name) for name, size in measured.finished.items())
    for size, n in Counter(measured.pending).items():
        place = bisect_left(known, (size, ""))
        window = known[max(0, place - NEAREST) : place + NEAREST]
        nearest = sorted(window, key=lambda each: abs(each[0] - size))[:NEAREST]
        for near, name in nearest:
            for used in by_conversation[name]:
                yield _Predicted(
                    n / len(nearest),
                    used.prompt_tokens * _factor(prompt, near, size),
                    used.completion_tokens * _factor(completion, near, size),
                    min(1.0, used.cached_tokens / used.prompt_tokens),
                )


def _factor(at: Callable[[float], float], known: float, size: float) -> float:
    return at(size) / at(known) if at(known) else 1.0


def _cost(
    expected: Sequence[_Predicted], price: Price, by: tuple[float, float], counts: tuple[float, float]
) -> tuple[float, float]:
    """The dollars of prompts and of replies, with lengths multiplied by `by` and numbers of requests by `counts`."""
    of_prompts: list[float] = []
    of_replies: list[float] = []
    for each in expected:
        rates = price.rates(each.prompt * by[0])
        cached = float(rates.input if rates.cached is None else rates.cached)
        rate = (1 - each.cached_share) * float(rates.input) + each.cached_share * cached
        of_prompts.append(each.weight * each.prompt * by[0] * rate)
        of_replies.append(each.weight * each.completion * by[1] * float(rates.output))
    return math.fsum(of_prompts) * counts[0] / 1e6, math.fsum(of_replies) * counts[1] / 1e6


def _prompt(each: _Predicted) -> float:
    return each.prompt


def _completion(each: _Predicted) -> float:
    return each.completion
