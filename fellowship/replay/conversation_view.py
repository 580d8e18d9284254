"""A recorded conversation as steps: one per message, in the canonical order, each with all that is known about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from fellowship.protocols.completions import AskKey
from fellowship.protocols.content import Draft
from fellowship.protocols.errors import ConversationNotFound
from fellowship.replay.message_summary import headline, message_decision
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.records import RecordedAsk, RecordedConversation, RecordedMessage

AskAttempts: TypeAlias = tuple[RecordedAsk, ...]
Messages: TypeAlias = Mapping[str, RecordedMessage]


@dataclass(frozen=True, slots=True)
class Step:
    """A message with its lane, its author's attempts and, for a verdict, who sat in seat A and who in B.

    Without a message: an ask whose reply stayed unreadable, and which the scenario recorded nothing in place of.
    """

    author: str
    lane: str
    message: RecordedMessage | None
    asks: AskAttempts
    seats: tuple[str, str] | None = None

    @property
    def id(self) -> str:
        """The message's id."""
        return self.message.id if self.message else "(no message)"

    @property
    def kind(self) -> str:
        """Draft, Critique, Vote, or whatever the content is called."""
        return (self.message.type.removesuffix("Message") or "Message") if self.message else "Unreadable"

    @property
    def inputs(self) -> tuple[str, ...]:
        """The ids of the messages its author saw."""
        return self.message.inputs if self.message else ()

    @property
    def decision(self) -> str | None:
        """The decision of a verdict or a vote."""
        return message_decision(self.message.content) if self.message else None

    @property
    def headline(self) -> str | None:
        """Its decision or score, with the names of the seats."""
        return headline(self.message.content, self.seats) if self.message else "no readable reply"

    @property
    def attempt_in_use(self) -> RecordedAsk | None:
        """The attempt that the message is read from; the last one where there is no message of it."""
        read = self.message.attempt_in_use if self.message else None
        return read or (self.asks[-1] if self.asks else None)

    def reading_of(self, ask: RecordedAsk) -> str | None:
        """How the reply of an attempt was read, and whether it is in use; None for the common case, a reply in use.

        The record has the reading of its arrival. After a change of the code an earlier attempt may be in use.
        """
        used = self.message.attempt_in_use if self.message else None
        error = f"could not be read: {ask.error}" if ask.error else None
        if used is None:
            return error
        number, at_arrival = used.attempt.number, f"; when it arrived, it {error}" if error else ""
        if ask is used:
            has_changed = error or ask is not self.asks[-1]
            return f"in use, as the code reads it now{at_arrival}" if has_changed else None
        if ask.attempt.number > number:
            return f"not in use: attempt {number} is, as the code reads it now{at_arrival}"
        return error or f"not in use: attempt {number} is"

    @property
    def failed(self) -> bool:
        """Whether it has no usable result."""
        return self.message is None or self.decision == "failed"


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation and its steps. Messages come first, so that step k is message k; leftover asks come last."""

    conversation: RecordedConversation
    steps: tuple[Step, ...]

    @property
    def simulated(self) -> bool:
        """Whether any of its replies was simulated."""
        return any(ask.completion.simulated for step in self.steps for ask in step.asks)

    def numbered(self, number: int) -> Step:
        """Step 1 is the first; ConversationNotFound says how many there are."""
        if 1 <= number <= len(self.steps):
            return self.steps[number - 1]
        id, n = self.conversation.id, len(self.steps)
        there = f"it has {id}@1 to {id}@{n}" if n else "nothing was said in it yet"
        raise ConversationNotFound(f"the conversation {id} has no message {number}; {there}")


def conversation_view(recorded: RecordedRun, conversation_id: str) -> ConversationView:
    """A conversation with its steps; ConversationNotFound for an unknown id."""
    conversation = recorded.conversation(conversation_id)
    asks = recorded.asks(conversation_id)
    recorded_messages = recorded.messages_with_asks(conversation_id, asks)
    messages = {each.id: each for each in recorded_messages}
    used = {ask.key for each in recorded_messages for ask in each.asks}
    leftover: dict[AskKey, AskAttempts] = {}
    for ask in asks:
        if ask.key not in used:
            leftover[ask.key] = (*leftover.get(ask.key, ()), ask)
    steps = [_step(each, leftover, messages) for each in recorded_messages]
    unread = [Step(key.agent, key.lane, None, unreadable) for key, unreadable in leftover.items()]
    return ConversationView(conversation, (*steps, *unread))


def _step(message: RecordedMessage, leftover: dict[AskKey, AskAttempts], messages: Messages) -> Step:
    """A failed verdict that was recorded instead of an unreadable reply gets the attempts of that reply."""
    asks = message.asks
    if not asks and message_decision(message.content) == "failed":
        replaced = next((key for key in leftover if (key.lane, key.agent) == (message.lane, message.source)), None)
        asks = leftover.pop(replaced) if replaced else ()
    return Step(message.source, message.lane, message, asks, _seats(message, messages))


def _seats(message: RecordedMessage, messages: Messages) -> tuple[str, str] | None:
    if message_decision(message.content) is None:
        return None
    drafts = list(dict.fromkeys(_drafts(message, messages, set())))
    if len(drafts) != 2:
        return None
    first, second = (messages[each] for each in drafts)
    return (first.source, second.source) if first.source != second.source else (first.id, second.id)


def _drafts(message: RecordedMessage, messages: Messages, seen: set[str]) -> list[str]:
    """The ids of the drafts a verdict rests on, in the order its author, or the first author behind it, saw them."""
    inputs = [messages[each] for each in message.inputs if each in messages]
    direct = [each.id for each in inputs if isinstance(each.content, Draft)]
    if direct:
        return direct
    new = [each for each in inputs if each.id not in seen]
    seen.update(each.id for each in new)
    return [draft for each in new for draft in _drafts(each, messages, seen)]
