"""A conversation in progress, as its scenario sees it. Keys, ids and the order of messages follow from its steps."""

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, cast

from fellowship.protocols.completions import AskKey
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.digests import text_digest
from fellowship.protocols.errors import STOPPING
from fellowship.protocols.interfaces import ContentT, MessageRecord, ReplyT, Role
from fellowship.protocols.items import CANDIDATE, Item
from fellowship.protocols.messages import BUILT_IN, DraftMessage, Message, PromptMessage, message_type
from fellowship.runners.ask import AskContext, execute_ask

LANE = re.compile(r"[A-Za-z0-9_.-]+")
MESSAGE_TYPES = frozenset(BUILT_IN.values())  # recognised by identity, without a look at their base classes


@dataclass(slots=True)
class Progress:
    """The state of a conversation in progress, shared by its lanes. Few are in flight: a list takes half of a set."""

    occurrences: dict[tuple[str, str], int] = field(default_factory=dict)
    notes: dict[tuple[str, str], int] = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)
    in_flight: list[tuple[str, str]] = field(default_factory=list)
    halted: Exception | None = None


class LiveConversation:
    """Implements `protocols.interfaces.Conversation` over `execute_ask` and a journal."""

    __slots__ = ("_context", "_lane", "_progress", "id", "seed")

    def __init__(
        self, conversation_id: str, seed: int, context: AskContext, *, lane: str = "", progress: Progress | None = None
    ) -> None:
        self.id = conversation_id
        self.seed = seed
        self._context = context
        self._lane = lane
        self._progress = progress or Progress()

    async def ask(self, agent: Role[ReplyT], *messages: Message[Any]) -> Message[ReplyT]:
        """See `Conversation.ask`. ValueError when the same agent is asked twice at once in one lane."""
        name, lane, progress = agent.name, self._lane, self._progress
        inputs = _ids(name, messages)
        place = (lane, name)
        if place in progress.in_flight:
            msg = (
                f"agent '{name}' is asked twice at once in lane '{lane}' of {self.id}: which comes first "
                f"would depend on latency; open a lane for each, such as talk.lane('first')"
            )
            raise ValueError(msg)
        key = AskKey(self.id, lane, name, self._occurrence(place))
        record_of = partial(self._record_of, agent.message_type, inputs, key)
        progress.in_flight.append(place)
        try:
            record = await execute_ask(self._context, agent, messages, key, record_of)
        except STOPPING as error:
            progress.halted = error
            raise
        finally:
            progress.in_flight.remove(place)
        progress.depths[record.message.id] = record.depth
        return record.message

    def lane(self, name: str) -> "LiveConversation":
        """See `Conversation.lane`. ValueError for a name that is not made of letters, digits, `_`, `.` and `-`."""
        if not LANE.fullmatch(name):
            msg = f"lane {name!r}; expected letters, digits, '_', '.' or '-'"
            raise ValueError(msg)
        lane = f"{self._lane}/{name}" if self._lane else name
        return LiveConversation(self.id, self.seed, self._context, lane=lane, progress=self._progress)

    def record(self, content: ContentT, *inputs: Message[Any], author: str) -> Message[ContentT]:
        """See `Conversation.record`."""
        key = AskKey(self.id, self._lane, author, self._note(author))
        message = self._note_record(message_type(type(content)), content, _ids(author, inputs), key)
        return cast("Message[ContentT]", message)

    @property
    def halted(self) -> Exception | None:
        """An error that ends the whole run, if an ask has met one; the scenario may have caught it."""
        return self._progress.halted

    @property
    def n_messages(self) -> int:
        """The number of recorded messages in all lanes."""
        return len(self._progress.depths)

    def pose(self, item: Item) -> tuple[PromptMessage, tuple[DraftMessage, ...]]:
        """The item as the first messages of the conversation: the prompt, and the candidates by seat."""
        prompt = self._given(PromptMessage, item.prompt, "user")
        return prompt, tuple(
            self._given(DraftMessage, draft, f"{CANDIDATE}{index}") for index, draft in enumerate(item.candidates, 1)
        )

    def _given(self, kind: type[Any], content: Prompt | Draft, source: str) -> Any:
        return self._note_record(kind, content, (), AskKey(self.id, "", source, self._occurrence(("", source))))

    def _note_record(
        self, kind: type[Message[Any]], content: Any, inputs: tuple[str, ...], key: AskKey
    ) -> Message[Any]:
        """Record a message that no model wrote; it is committed with the next reply."""
        record = self._record_of(kind, inputs, key, content, self._context.now())
        self._context.journal.note(self.id, record)
        self._progress.depths[record.message.id] = record.depth
        return record.message

    def _occurrence(self, place: tuple[str, str]) -> int:
        progress = self._progress
        number = progress.occurrences.get(place, 0)
        if not number and place in progress.notes:
            lane, source = place
            msg = f"agent '{source}' is asked in lane '{lane}' after a record of that author; rename one of them"
            raise ValueError(msg)
        progress.occurrences[place] = number + 1
        return number

    def _note(self, author: str) -> int:
        """The number of a record among those of its author: 0, 1, ...; -1, -2, ... if the author is asked in this lane.

        Notes do not count as asks: the key of an ask must not depend on the records about a failed one.
        """
        place = (self._lane, author)
        number = self._progress.notes.get(place, 0)
        self._progress.notes[place] = number + 1
        return -1 - number if place in self._progress.occurrences else number

    def _record_of(
        self, kind: type[Message[Any]], inputs: tuple[str, ...], key: AskKey, content: Any, at: float
    ) -> MessageRecord:
        id = _id_of(key.lane, key.agent, key.occurrence)
        message = kind.of_parts(id, key.agent, content, inputs, datetime.fromtimestamp(at, UTC))
        depth, depths = 0, self._progress.depths
        for each in inputs:
            below = depths.get(each, 0)
            if below >= depth:
                depth = below + 1
        return MessageRecord(message, key.lane, key.occurrence, depth)


def _ids(agent: str, messages: Sequence[Message[Any]]) -> tuple[str, ...]:
    """The ids of the messages; TypeError for anything else among them."""
    ids: list[str] = []
    for message in messages:
        if type(message) not in MESSAGE_TYPES and not isinstance(message, Message):
            hint = "; is an `await` missing?" if inspect.isawaitable(message) else ""
            raise TypeError(f"agent '{agent}' was asked about {type(message).__name__}; expected messages{hint}")
        ids.append(message.id)
    return tuple(ids)


def message_id(key: AskKey) -> str:
    """Unique within a conversation, and the same in every run of it."""
    return _id_of(key.lane, key.agent, key.occurrence)


@lru_cache(maxsize=4096)
def _id_of(lane: str, author: str, occurrence: int) -> str:
    """Conversations in progress share the texts of their ids."""
    number = occurrence if occurrence >= 0 else f"note{-occurrence}"
    return f"{lane}/{author}.{number}" if lane else f"{author}.{number}"


def seed_of(run_seed: int, conversation_id: str) -> int:
    """A conversation's own seed, from the run's."""
    return int.from_bytes(text_digest(f"{run_seed}/{conversation_id}")[:4])
