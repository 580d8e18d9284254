"""The journal of a team's conversation: messages are streamed to AutoGen as they are committed."""

import asyncio
from collections import defaultdict
from typing import Any

from fellowship.protocols.autogen import RequestUsage
from fellowship.protocols.completions import AskKey, Attempt, Request
from fellowship.protocols.errors import ReplyError
from fellowship.protocols.interfaces import MessageRecord
from fellowship.protocols.messages import Message
from fellowship.storage.journal import MemoryJournal


class StreamingJournal(MemoryJournal):
    """`stream` gives the messages, each with the tokens it took; None ends it.

    AutoGen wants ids that are unique beyond a conversation, so the conversation's name is put before each.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.stream: asyncio.Queue[Message[Any] | None] = asyncio.Queue()
        self.simulated = False
        self._name = name
        self._used: defaultdict[AskKey, RequestUsage] = defaultdict(lambda: RequestUsage(0, 0))

    async def commit(self, request: Request, attempt: Attempt, reply: MessageRecord | ReplyError) -> None:
        """Stream a reply. Its tokens include those of earlier attempts that could not be read."""
        used, usage = self._used[request.key], attempt.completion.usage
        used.prompt_tokens += usage.prompt_tokens
        used.completion_tokens += usage.completion_tokens
        self.simulated = self.simulated or attempt.completion.simulated
        if isinstance(reply, MessageRecord):
            self.stream.put_nowait(self.renamed(reply.message).model_copy(update={"models_usage": used}))

    def note(self, conversation: str, record: MessageRecord) -> None:
        """Stream a message that no model wrote."""
        self.stream.put_nowait(self.renamed(record.message))

    def end(self, task: "asyncio.Future[Message[Any]]") -> None:
        """End the stream, as the done callback of the conversation's task; its error counts as retrieved."""
        if not task.cancelled():
            task.exception()
        self.stream.put_nowait(None)

    def renamed(self, message: Message[Any]) -> Message[Any]:
        """The message with ids that are unique beyond the conversation."""
        inputs = tuple(f"{self._name}/{id}" for id in message.inputs)
        return message.model_copy(update={"id": f"{self._name}/{message.id}", "inputs": inputs})
