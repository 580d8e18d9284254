"""Tokens guessed from lengths: what rehearsed requests came to in characters, and how long replies may get.

Real models write longer or shorter than simulated ones, so the guess is wide. A request grows with the replies that
it quotes: at most to what their authors may write.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fellowship.estimates.ask_counts import AgentModel
from fellowship.estimates.interval import Interval
from fellowship.protocols.token_estimates import (
    CHARS_PER_TOKEN,
    FEWEST_CHARS_PER_TOKEN,
    LONGEST_REPLY_TOKENS,
    MOST_CHARS_PER_TOKEN,
)
from fellowship.storage.recorded_run import RecordedAsk, RecordedMessage, RecordedRun

SHORTEST_REPLY = 0.5


@dataclass(frozen=True, slots=True)
class AskLength:
    """One rehearsed request. `room`: the most tokens of its reply; `growth`: tokens that quoted replies may add."""

    who: AgentModel
    prompt_chars: int
    reply_chars: int
    room: int
    growth: float


@dataclass(frozen=True, slots=True)
class TokensPerAsk:
    """What one ask of somebody is thought to take. `room` is what servers are charged that count max_tokens."""

    prompt: Interval
    completion: Interval
    room: float


def sampled_lengths(run: RecordedRun) -> Iterator[AskLength]:
    """Every readable ask of a rehearsed run, by the attempt that was read."""
    for conversation in run:
        told = run.messages_with_asks(conversation.id)
        replies = {each.id: _slack(each) for each in told if each.asks}
        for each in told:
            if each.asks:
                growth = sum(replies.get(id, 0.0) for id in each.inputs)
                yield _length(each.asks[-1], growth)


def tokens_per_ask(rehearsed: Iterator[AskLength]) -> Mapping[AgentModel, TokensPerAsk]:
    """The mean over each agent's requests."""
    grouped: defaultdict[AgentModel, list[AskLength]] = defaultdict(list)
    for length in rehearsed:
        grouped[length.who].append(length)
    return {who: _mean(found) for who, found in grouped.items()}


def _mean(found: list[AskLength]) -> TokensPerAsk:
    n = len(found)
    prompt, reply = sum(each.prompt_chars for each in found) / n, sum(each.reply_chars for each in found) / n
    growth, room = sum(each.growth for each in found) / n, sum(each.room for each in found) / n
    written = min(max(1.0, reply / CHARS_PER_TOKEN), room)
    return TokensPerAsk(
        prompt=Interval(
            prompt / MOST_CHARS_PER_TOKEN, prompt / CHARS_PER_TOKEN, prompt / FEWEST_CHARS_PER_TOKEN + growth
        ),
        completion=Interval(written * SHORTEST_REPLY, math.sqrt(written * room), room),
        room=room,
    )


def _length(ask: RecordedAsk, growth: float) -> AskLength:
    prompt_chars = sum(len(message["content"]) for message in ask.request["messages"])
    return AskLength(AgentModel(ask.agent, ask.model), prompt_chars, len(ask.completion), _room(ask), growth)


def _slack(told: RecordedMessage) -> float:
    """Tokens by which a reply might have been longer."""
    ask = told.asks[-1]
    return max(0.0, _room(ask) - len(ask.completion) / FEWEST_CHARS_PER_TOKEN)


def _room(ask: RecordedAsk) -> int:
    return int(ask.request["sampling"].get("max_tokens") or LONGEST_REPLY_TOKENS)
