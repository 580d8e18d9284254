"""Tokens estimated from the lengths of texts in a dry run, and from the lengths that replies may have.

Real models write longer or shorter replies than simulated ones, so the intervals are wide. A request grows with the
replies that it quotes, at most to the longest that their authors may write.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class AskLength:
    """A request of a dry run. `growth`: tokens that longer replies may add to what it quotes."""

    agent_model: AgentModel
    prompt_chars: int
    reply_chars: int
    longest_reply: int
    growth: float


@dataclass(frozen=True, slots=True)
class TokensPerAsk:
    """The tokens of one ask of an agent. The highest completion is the longest that `max_tokens` allows."""

    prompt: Interval
    completion: Interval


def sampled_lengths(run: RecordedRun) -> Iterator[AskLength]:
    """Every readable ask of a dry run, by the attempt that was read."""
    for conversation in run:
        messages = run.messages_with_asks(conversation.id)
        read = {each.id: each.asks[-1] for each in messages if each.asks}
        for each in messages:
            if ask := read.get(each.id):
                prompt_chars = sum(len(message["content"]) for message in ask.request["messages"])
                growth = sum(_slack(read[id]) for id in each.inputs if id in read)
                key = AgentModel(ask.key.agent, ask.model)
                yield AskLength(key, prompt_chars, len(ask.completion.text), _longest_reply(ask), growth)


def tokens_per_ask(lengths: Iterator[AskLength]) -> Mapping[AgentModel, TokensPerAsk]:
    """The mean over each agent's requests."""
    grouped: defaultdict[AgentModel, list[AskLength]] = defaultdict(list)
    for length in lengths:
        grouped[length.agent_model].append(length)
    return {key: _mean_tokens(found) for key, found in grouped.items()}


def _mean_tokens(found: list[AskLength]) -> TokensPerAsk:
    n = len(found)
    prompt, reply = sum(each.prompt_chars for each in found) / n, sum(each.reply_chars for each in found) / n
    growth, longest = sum(each.growth for each in found) / n, sum(each.longest_reply for each in found) / n
    written = min(max(1.0, reply / CHARS_PER_TOKEN), longest)
    most = prompt / FEWEST_CHARS_PER_TOKEN + growth
    return TokensPerAsk(
        prompt=Interval(prompt / MOST_CHARS_PER_TOKEN, prompt / CHARS_PER_TOKEN, most),
        completion=Interval(written * SHORTEST_REPLY, math.sqrt(written * longest), longest),
    )


def _slack(ask: RecordedAsk) -> float:
    """Tokens by which a reply might have been longer."""
    return max(0.0, _longest_reply(ask) - len(ask.completion.text) / FEWEST_CHARS_PER_TOKEN)


def _longest_reply(ask: RecordedAsk) -> int:
    return int(ask.request["sampling"].get("max_tokens") or LONGEST_REPLY_TOKENS)
