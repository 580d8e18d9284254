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
from fellowship.protocols.items import Item
from fellowship.protocols.tokens import LONGEST_REPLY_TOKENS, count_tokens, frame_tokens
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.records import RecordedAsk

SHORTEST_REPLY = 0.5


class AskLength(NamedTuple):
    """Tokens of a request and its reply. `growth`: those that longer replies may add to what the request quotes."""

    fewest: float
    expected: float
    most: float
    reply: float
    longest_reply: float
    growth: float


class TokensPerAsk(NamedTuple):
    """The tokens of one ask of an agent. The highest completion is the longest that `max_tokens` allows."""

    prompt: Interval
    completion: Interval


def tokens_per_ask(runs: Iterable[RecordedRun]) -> Mapping[AgentModel, TokensPerAsk]:
    """The mean over each agent's readable asks in dry runs, by the attempt that was read.

    Of an agent without any, over its first attempts.
    """
    runs = list(runs)
    grouped: defaultdict[AgentModel, list[AskLength]] = defaultdict(list)
    for key, length in chain.from_iterable(map(_ask_lengths, runs)):
        grouped[key].append(length)
    known = set(grouped)
    for key, length in chain.from_iterable(map(_first_attempts, runs)):
        if key not in known:
            grouped[key].append(length)
    return {key: _mean_tokens(found) for key, found in grouped.items()}


def item_size(item: Item) -> float:
    """The expected tokens of all texts of an item."""
    prompt = item.prompt
    texts = [
        *(message["content"] for message in prompt.chat),
        prompt.reference or "",
        *(c.text for c in item.candidates),
    ]
    return count_tokens("\n".join(texts)).expected


def _ask_lengths(run: RecordedRun) -> Iterator[tuple[AgentModel, AskLength]]:
    for conversation in run:
        messages = run.messages_with_asks(conversation.id)
        read = {each.id: each.asks[-1] for each in messages if each.asks}
        for each in messages:
            if ask := read.get(each.id):
                growth = sum(_slack(read[id]) for id in each.inputs if id in read)
                yield AgentModel(ask.key.agent, ask.model), _ask_length(ask, growth)


def _first_attempts(run: RecordedRun) -> Iterator[tuple[AgentModel, AskLength]]:
    for conversation in run:
        for ask in run.asks(conversation.id) if conversation.status == "failed" else ():
            if ask.error is not None and ask.attempt.number == 1:
                yield AgentModel(ask.key.agent, ask.model), _ask_length(ask, 0.0)


def _ask_length(ask: RecordedAsk, growth: float) -> AskLength:
    sent = ask.request["messages"]
    prompt = count_tokens("\n".join(message["content"] for message in sent)).plus(frame_tokens(len(sent)))
    return AskLength(*prompt, count_tokens(ask.completion.text).expected, _longest_reply(ask), growth)


def _mean_tokens(found: list[AskLength]) -> TokensPerAsk:
    mean = AskLength(*(sum(values) / len(found) for values in zip(*found, strict=True)))
    written = min(max(1.0, mean.reply), mean.longest_reply)
    return TokensPerAsk(
        prompt=Interval(mean.fewest, mean.expected, mean.most + mean.growth),
        completion=Interval(written * SHORTEST_REPLY, math.sqrt(written * mean.longest_reply), mean.longest_reply),
    )


def _slack(ask: RecordedAsk) -> float:
    """Tokens by which a reply might have been longer."""
    return max(0.0, _longest_reply(ask) - count_tokens(ask.completion.text).fewest)


def _longest_reply(ask: RecordedAsk) -> int:
    return int(ask.request["sampling"].get("max_tokens") or LONGEST_REPLY_TOKENS)
