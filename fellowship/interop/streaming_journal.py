"""The record of a conversation that nobody keeps: what is said is handed on as it comes about."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from fellowship.protocols.autogen import RequestUsage
from fellowship.protocols.completions import AskKey, Attempt, Request
from fellowship.protocols.errors import ReplyError
from fellowship.protocols.interfaces import Ending, MessageRecord
from fellowship.protocols.items import Item
from fellowship.protocols.messages import Message


class StreamingJournal:
    """A journal in memory: `told` gives the messages, with the tokens each took; None is the end.

    Ids are made unique beyond the conversation, as AutoGen wants them: the conversation's name stands before them.
    """

    def __init__(self, name: str) -> None:
        self.told: asyncio.Queue[Message[Any] | None] = asyncio.Queue()
        self.simulated = False
        self._name = name
        self._used: defaultdict[AskKey, RequestUsage] = defaultdict(lambda: RequestUsage(0, 0))

    def start(self, conversation: str, position: int, item: Item, tries: int, at: float) -> None:
        """Nothing: only messages are told."""

    async def recorded(self, conversation: str) -> Mapping[AskKey, Sequence[Attempt]]:
        """Nothing."""
        return {}

    async def sent(self, key: AskKey, number: int) -> Mapping[str, Any]:
        """Nothing is kept, so nothing can be asked for."""
        raise NotImplementedError(f"{key} was not recorded")

    async def commit(self, request: Request, attempt: Attempt, reply: MessageRecord | ReplyError) -> None:
        """Tell a reply, with the tokens of the attempts that could not be read; those are told with it only."""
        used, usage = self._used[request.key], attempt.completion.usage
        used.prompt_tokens += usage.prompt_tokens
        used.completion_tokens += usage.completion_tokens
        self.simulated = self.simulated or attempt.completion.simulated
        if isinstance(reply, MessageRecord):
            self.told.put_nowait(self.seen(reply.message).model_copy(update={"models_usage": used}))

    def note(self, conversation: str, record_reply: MessageRecord) -> None:
        """Tell a message that no model wrote."""
        self.told.put_nowait(self.seen(record_reply.message))

    async def finish(self, conversation: str, ending: Ending, at: float) -> None:
        """Nothing: the end is told by whoever carries the conversation out."""

    def ended(self, carried: "asyncio.Future[Message[Any]]") -> None:
        """Tell the end of the task that carries the conversation out; its error counts as seen, if nobody waits."""
        if not carried.cancelled():
            carried.exception()
        self.told.put_nowait(None)

    def seen(self, message: Message[Any]) -> Message[Any]:
        """The message as it is seen from outside."""
        inputs = tuple(f"{self._name}/{id}" for id in message.inputs)
        return message.model_copy(update={"id": f"{self._name}/{message.id}", "inputs": inputs})
