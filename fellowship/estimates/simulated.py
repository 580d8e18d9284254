"""Conversations of dry runs: how often each agent is asked about an item, and how long its requests and replies are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from fellowship.estimates.ask_counts import AgentModel, by_conversation
from fellowship.estimates.item_sample import ItemTraits
from fellowship.protocols.tokens import LONGEST_REPLY_TOKENS, count_tokens, frame_tokens
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.records import RecordedAsk
from fellowship.storage.run_stats import agent_usage


class AskLength(NamedTuple):
    """Tokens of a request and its reply. `growth`: those that longer replies may add to what the request quotes."""

    fewest: float
    expected: float
    most: float
    reply: float
    longest_reply: float
    growth: float


@dataclass(frozen=True, slots=True)
class SimulatedConversation:
    """The asks about one item by agent, and their lengths.

    lengths  of the readable ones, by the attempt that was read
    unread   of first attempts that could not be read, where the conversation failed
    """

    item: ItemTraits
    asks: Mapping[AgentModel, int]
    lengths: Mapping[AgentModel, Sequence[AskLength]]
    unread: Mapping[AgentModel, Sequence[AskLength]] = field(default_factory=dict)


def simulated_conversations(run: RecordedRun, items: Mapping[str, ItemTraits]) -> list[SimulatedConversation]:
    """The conversations of a dry run about these items, by id."""
    usages = (used for used in agent_usage(run) if used.conversation in items)
    asks = by_conversation(items, usages)
    failed = {each.id for each in run if each.status == "failed"}
    return [
        SimulatedConversation(
            item,
            counts,
            lengths=_grouped(_ask_lengths(run, id)),
            unread=_grouped(_unread_lengths(run, id)) if id in failed else {},
        )
        for (id, item), counts in zip(items.items(), asks, strict=True)
    ]


def _grouped(lengths: Iterable[tuple[AgentModel, AskLength]]) -> Mapping[AgentModel, Sequence[AskLength]]:
    found: defaultdict[AgentModel, list[AskLength]] = defaultdict(list)
    for key, length in lengths:
        found[key].append(length)
    return found


def _ask_lengths(run: RecordedRun, conversation: str) -> Iterator[tuple[AgentModel, AskLength]]:
    messages = run.messages_with_asks(conversation)
    read = {each.id: each.asks[-1] for each in messages if each.asks}
    for each in messages:
        if ask := read.get(each.id):
            growth = sum(_slack(read[id]) for id in each.inputs if id in read)
            yield AgentModel(ask.key.agent, ask.model), _ask_length(ask, growth)


def _unread_lengths(run: RecordedRun, conversation: str) -> Iterator[tuple[AgentModel, AskLength]]:
    for ask in run.asks(conversation):
        if ask.error is not None and ask.attempt.number == 1:
            yield AgentModel(ask.key.agent, ask.model), _ask_length(ask, 0.0)


def _ask_length(ask: RecordedAsk, growth: float) -> AskLength:
    sent = ask.request["messages"]
    prompt = count_tokens("\n".join(message["content"] for message in sent)).plus(frame_tokens(len(sent)))
    return AskLength(*prompt, count_tokens(ask.completion.text).expected, _longest_reply(ask), growth)


def _slack(ask: RecordedAsk) -> float:
    """Tokens by which a reply might have been longer."""
    return max(0.0, _longest_reply(ask) - count_tokens(ask.completion.text).fewest)


def _longest_reply(ask: RecordedAsk) -> int:
    return int(ask.request["sampling"].get("max_tokens") or LONGEST_REPLY_TOKENS)
