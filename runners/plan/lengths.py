"""Tokens guessed from lengths: what rehearsed requests came to in characters, and how long replies may get.

Real models write longer or shorter than simulated ones, so the guess is wide. A request grows with the replies that
it quotes: at most to what their authors may write.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fellowship.runners.plan.asks import Who
from fellowship.runners.plan.ranges import Range
from fellowship.storage.recorded_run import RecordedAsk, RecordedMessage, RecordedRun

CHARS_PER_TOKEN = 3.6
CHARS_AT_MOST, CHARS_AT_LEAST = 4.5, 3.0  # a token's, by language and vocabulary
UNKNOWN_OUTPUT = 2048
SHORTEST = 0.5


@dataclass(frozen=True, slots=True)
class Length:
    """One rehearsed request. `room`: the most tokens of its reply; `growth`: tokens that quoted replies may add."""

    who: Who
    prompt_chars: int
    reply_chars: int
    room: int
    growth: float


@dataclass(frozen=True, slots=True)
class TokensPerAsk:
    """What one ask of somebody is thought to take. `room` is what servers are charged that count max_tokens."""

    prompt: Range
    completion: Range
    room: float


def lengths(run: RecordedRun) -> Iterator[Length]:
    """Every readable ask of a rehearsed run, by the attempt that was read."""
    for conversation in run:
        told = run.told(conversation.id)
        replies = {each.message.id: _slack(each) for each in told if each.asks}
        for each in told:
            if each.asks:
                growth = sum(replies.get(id, 0.0) for id in each.message.inputs)
                yield _length(each.asks[-1], growth)


def tokens_per_ask(rehearsed: Iterator[Length]) -> Mapping[Who, TokensPerAsk]:
    """The mean over each agent's requests."""
    grouped: defaultdict[Who, list[Length]] = defaultdict(list)
    for length in rehearsed:
        grouped[length.who].append(length)
    return {who: _mean(found) for who, found in grouped.items()}


def _mean(found: list[Length]) -> TokensPerAsk:
    n = len(found)
    prompt, reply = sum(each.prompt_chars for each in found) / n, sum(each.reply_chars for each in found) / n
    growth, room = sum(each.growth for each in found) / n, sum(each.room for each in found) / n
    written = min(max(1.0, reply / CHARS_PER_TOKEN), room)
    return TokensPerAsk(
        prompt=Range(prompt / CHARS_AT_MOST, prompt / CHARS_PER_TOKEN, prompt / CHARS_AT_LEAST + growth),
        completion=Range(written * SHORTEST, math.sqrt(written * room), room),
        room=room,
    )


def _length(ask: RecordedAsk, growth: float) -> Length:
    prompt_chars = sum(len(message["content"]) for message in ask.request["messages"])
    return Length(Who(ask.agent, ask.model), prompt_chars, len(ask.completion), _room(ask), growth)


def _slack(told: RecordedMessage) -> float:
    """Tokens by which a reply might have been longer."""
    ask = told.asks[-1]
    return max(0.0, _room(ask) - len(ask.completion) / CHARS_AT_LEAST)


def _room(ask: RecordedAsk) -> int:
    return int(ask.request["sampling"].get("max_tokens") or UNKNOWN_OUTPUT)
