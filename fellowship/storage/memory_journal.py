"""A journal that keeps nothing but the messages it hears: for going through a conversation without a record of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from fellowship.protocols.completions import AskKey, Attempt, Request
from fellowship.protocols.errors import ReplyError
from fellowship.protocols.interfaces import Ending, MessageRecord
from fellowship.protocols.items import Item


class Listener:
    """Implements `Journal`; `record_reply` are the messages by id, in the order in which they were heard."""

    def __init__(self) -> None:
        self.record_reply: dict[str, MessageRecord] = {}

    def start(self, conversation: str, position: int, item: Item, tries: int, at: float) -> None:
        """Nothing."""

    async def recorded(self, conversation: str) -> Mapping[AskKey, Sequence[Attempt]]:
        """Nothing."""
        return {}

    async def sent(self, key: AskKey, number: int) -> Mapping[str, Any]:
        """Nothing is compared here."""
        raise KeyError(key)

    async def commit(self, request: Request, attempt: Attempt, reply: MessageRecord | ReplyError) -> None:
        """A message is heard."""
        if isinstance(reply, MessageRecord):
            self.note(request.key.conversation, reply)

    def note(self, conversation: str, record_reply: MessageRecord) -> None:
        """A message is heard."""
        self.record_reply[record_reply.message.id] = record_reply

    async def finish(self, conversation: str, ending: Ending, at: float) -> None:
        """Nothing."""
