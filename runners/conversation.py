"""A conversation under way: what a scenario speaks through. Keys, ids and the order of messages come from its steps."""

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from fellowship.protocols.completions import AskKey, Attempt
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.digests import text_digest
from fellowship.protocols.errors import STOPPING
from fellowship.protocols.interfaces import ContentT, MessageRecord, ReplyT, Role
from fellowship.protocols.items import CANDIDATE, Item
from fellowship.protocols.messages import DraftMessage, Message, PromptMessage, message_type
from fellowship.runners.ask import AskContext, execute_ask

LANE = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(slots=True)
class Progress:
    """How far a conversation has come: shared by its lanes."""

    occurrences: dict[tuple[str, str], int] = field(default_factory=dict)
    notes: dict[tuple[str, str], int] = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)
    context: set[tuple[str, str]] = field(default_factory=set)
    halted: Exception | None = None


class LiveConversation:
    """Implements `protocols.interfaces.Conversation` over an ask function and a journal."""

    __slots__ = ("_asking", "_lane", "_progress", "id", "seed")

    def __init__(
        self,
        conversation_id: str,
        seed: int,
        context: AskContext,
        *,
        lane: str = "",
        progress: Progress | None = None,
    ) -> None:
        self.id = conversation_id
        self.seed = seed
        self._asking = context
        self._lane = lane
        self._progress = progress or Progress()

    async def ask(self, agent: Role[ReplyT], *messages: Message[Any]) -> Message[ReplyT]:
        """See `Conversation.ask`. ValueError when the same agent is asked twice at once in one lane."""
        _refuse_what_is_no_message(agent.name, messages)
        asked = (self._lane, agent.name)
        if asked in self._progress.context:
            msg = (
                f"agent '{agent.name}' is asked twice at once in lane '{self._lane}' of {self.id}: which comes first "
                f"would depend on latency; open a lane for each, such as talk.lane('first')"
            )
            raise ValueError(msg)
        key = AskKey(self.id, self._lane, agent.name, self._occurrence(agent.name))

        def record_reply(content: ReplyT, attempt: Attempt) -> MessageRecord:
            return self._placed(agent.message_type, content, messages, key, attempt.at)

        self._progress.context.add(asked)
        try:
            reply = await execute_ask(self._asking, agent, messages, key, record_reply)
        except STOPPING as error:
            self._progress.halted = error
            raise
        finally:
            self._progress.context.discard(asked)
        return cast("Message[ReplyT]", self._told(reply))

    def lane(self, name: str) -> "LiveConversation":
        """See `Conversation.lane`. ValueError for a name that is not made of letters, digits, `_`, `.` and `-`."""
        if not LANE.fullmatch(name):
            msg = f"lane {name!r}; expected letters, digits, '_', '.' or '-'"
            raise ValueError(msg)
        lane = f"{self._lane}/{name}" if self._lane else name
        return LiveConversation(self.id, self.seed, self._asking, lane=lane, progress=self._progress)

    def record(self, content: ContentT, *inputs: Message[Any], author: str) -> Message[ContentT]:
        """See `Conversation.record`."""
        key = AskKey(self.id, self._lane, author, self._note(author))
        record_reply = self._placed(message_type(type(content)), content, inputs, key, self._asking.now())
        self._asking.journal.note(self.id, record_reply)
        return cast("Message[ContentT]", self._told(record_reply))

    @property
    def halted(self) -> Exception | None:
        """An error that ends the whole run, if an ask has met one; the scenario may have caught it."""
        return self._progress.halted

    @property
    def n_messages(self) -> int:
        """How many messages have been put down so far, in all lanes."""
        return len(self._progress.depths)

    def pose(self, item: Item) -> tuple[PromptMessage, tuple[DraftMessage, ...]]:
        """The item as the first messages of the conversation: the prompt, and the candidates by seat."""
        prompt = self._given(PromptMessage, item.prompt, "user")
        return prompt, tuple(
            self._given(DraftMessage, draft, f"{CANDIDATE}{index}") for index, draft in enumerate(item.candidates, 1)
        )

    def _given(self, kind: type[Any], content: Prompt | Draft, source: str) -> Any:
        key = AskKey(self.id, "", source, self._occurrence(source))
        record_reply = self._placed(kind, content, (), key, self._asking.now())
        self._asking.journal.note(self.id, record_reply)
        return self._told(record_reply)

    def _occurrence(self, source: str) -> int:
        place = (self._lane, source)
        number = self._progress.occurrences.get(place, 0)
        if not number and place in self._progress.notes:
            msg = f"agent '{source}' is asked in lane '{self._lane}' after a record of that author; rename one of them"
            raise ValueError(msg)
        self._progress.occurrences[place] = number + 1
        return number

    def _note(self, author: str) -> int:
        """A record's number among its author's: from 0 on, from -1 down if it is an agent asked in this lane.

        Notes do not count as asks: the key of an ask must not depend on what was put down about a failed one.
        """
        place = (self._lane, author)
        number = self._progress.notes.get(place, 0)
        self._progress.notes[place] = number + 1
        return -1 - number if place in self._progress.occurrences else number

    def _placed(
        self, kind: type[Message[Any]], content: Any, inputs: Sequence[Message[Any]], key: AskKey, at: float
    ) -> MessageRecord:
        message = kind(
            id=message_id(key),
            source=key.agent,
            content=content,
            inputs=tuple([message.id for message in inputs]),
            created_at=datetime.fromtimestamp(at, UTC),
        )
        depth = 1 + max([self._progress.depths.get(message.id, 0) for message in inputs], default=-1)
        return MessageRecord(message, key.lane, key.occurrence, depth)

    def _told(self, record_reply: MessageRecord) -> Any:
        self._progress.depths[record_reply.message.id] = record_reply.depth
        return record_reply.message


def _refuse_what_is_no_message(agent: str, messages: Sequence[Any]) -> None:
    for given in messages:
        if not isinstance(given, Message):
            hint = "; is an `await` missing?" if inspect.isawaitable(given) else ""
            raise TypeError(f"agent '{agent}' was asked about {type(given).__name__}; expected messages{hint}")


def message_id(key: AskKey) -> str:
    """Unique within a conversation, and the same in every run of it."""
    lane = f"{key.lane}/" if key.lane else ""
    number = key.occurrence if key.occurrence >= 0 else f"note{-key.occurrence}"
    return f"{lane}{key.agent}.{number}"


def seed_of(run_seed: int, conversation_id: str) -> int:
    """A conversation's own seed, from the run's."""
    return int.from_bytes(text_digest(f"{run_seed}/{conversation_id}")[:4])
