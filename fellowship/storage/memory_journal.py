"""A journal in memory that keeps the messages of one conversation, and has nothing recorded."""

from collections.abc import Mapping, Sequence
from typing import Any

from fellowship.protocols.completions import AskKey, Attempt, Request
from fellowship.protocols.errors import ReplyError
from fellowship.protocols.interfaces import Ending, MessageRecord
from fellowship.protocols.items import Item


class MemoryJournal:
    """Implements `Journal`; `messages` are those of the conversation by id, in their order of commit."""

    def __init__(self) -> None:
        self.messages: dict[str, MessageRecord] = {}

    def start(self, conversation: str, position: int, item: Item, tries: int, at: float) -> None:
        """Does nothing: items are not kept."""

    async def recorded(self, conversation: str) -> Mapping[AskKey, Sequence[Attempt]]:
        """Always empty."""
        return {}

    async def sent(self, key: AskKey, number: int) -> Mapping[str, Any]:
        """KeyError: requests are not kept."""
        raise KeyError(key)

    async def commit(self, request: Request, attempt: Attempt, reply: MessageRecord | ReplyError) -> None:
        """Keep the message; an unreadable reply is not kept."""
        if isinstance(reply, MessageRecord):
            self.note(request.key.conversation, reply)

    def note(self, conversation: str, record: MessageRecord) -> None:
        """Keep a message."""
        self.messages[record.message.id] = record

    async def finish(self, conversation: str, ending: Ending, at: float) -> None:
        """Does nothing: endings are not kept."""
