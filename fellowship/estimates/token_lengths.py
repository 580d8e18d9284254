"""Tokens estimated from the lengths of texts in a dry run, and from the lengths that replies may have.

Real models write longer or shorter replies than simulated ones, so the intervals are wide. A request grows with the
replies that it quotes, at most to the longest that their authors may write.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from fellowship.estimates.ask_counts import AgentModel
from fellowship.estimates.interval import Interval
from fellowship.protocols.tokens import (
    CHARS_PER_TOKEN,
    FEWEST_CHARS_PER_TOKEN,
    LONGEST_REPLY_TOKENS,
    MOST_CHARS_PER_TOKEN,
)
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.records import RecordedAsk

SHORTEST_REPLY = 0.5


class AskLength(NamedTuple):
    """Of a request and its reply. `growth`: tokens that longer replies may add to what the request quotes."""

    prompt_chars: float
    reply_chars: float
    longest_reply: float
    growth: float


class TokensPerAsk(NamedTuple):
    """The tokens of one ask of an agent. The highest completion is the longest that `max_tokens` allows."""

    prompt: Interval
    completion: Interval


def tokens_per_ask(runs: Iterable[RecordedRun]) -> Mapping[AgentModel, TokensPerAsk]:
    """The mean over each agent's readable asks in dry runs, by the attempt that was read."""
    grouped: defaultdict[AgentModel, list[AskLength]] = defaultdict(list)
    for key, length in chain.from_iterable(map(_ask_lengths, runs)):
        grouped[key].append(length)
    return {key: _mean_tokens(found) for key, found in grouped.items()}


def _ask_lengths(run: RecordedRun) -> Iterator[tuple[AgentModel, AskLength]]:
    for conversation in run:
        messages = run.messages_with_asks(conversation.id)
        read = {each.id: each.asks[-1] for each in messages if each.asks}
        for each in messages:
            if ask := read.get(each.id):
                prompt_chars = sum(len(message["content"]) for message in ask.request["messages"])
                growth = sum(_slack(read[id]) for id in each.inputs if id in read)
                length = AskLength(prompt_chars, len(ask.completion.text), _longest_reply(ask), growth)
                yield AgentModel(ask.key.agent, ask.model), length


def _mean_tokens(found: list[AskLength]) -> TokensPerAsk:
    mean = AskLength(*(sum(values) / len(found) for values in zip(*found, strict=True)))
    written = min(max(1.0, mean.reply_chars / CHARS_PER_TOKEN), mean.longest_reply)
    prompt, most = mean.prompt_chars, mean.prompt_chars / FEWEST_CHARS_PER_TOKEN + mean.growth
    return TokensPerAsk(
        prompt=Interval(prompt / MOST_CHARS_PER_TOKEN, prompt / CHARS_PER_TOKEN, most),
        completion=Interval(written * SHORTEST_REPLY, math.sqrt(written * mean.longest_reply), mean.longest_reply),
    )


def _slack(ask: RecordedAsk) -> float:
    """Tokens by which a reply might have been longer."""
    return max(0.0, _longest_reply(ask) - len(ask.completion.text) / FEWEST_CHARS_PER_TOKEN)


def _longest_reply(ask: RecordedAsk) -> int:
    return int(ask.request["sampling"].get("max_tokens") or LONGEST_REPLY_TOKENS)
