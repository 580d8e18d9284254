"""An agent's own memory of an AutoGen chat. Scenarios never use it: there, every ask names what the agent sees."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fellowship.agents.ask_and_repair import ask_and_repair
from fellowship.agents.open_model import OpenModel
from fellowship.protocols.autogen import (
    BaseChatMessage,
    CancellationToken,
    RequestUsage,
    Response,
)
from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.content import Argument, Draft, Prompt
from fellowship.protocols.errors import ReplyError
from fellowship.protocols.interfaces import Role
from fellowship.protocols.messages import ArgumentMessage, DraftMessage, Message, PromptMessage, load_message


class AgentThread:
    """The messages an agent has received and written in one AutoGen chat, and the turns it has taken."""

    def __init__(self) -> None:
        self._messages: list[Message[Any]] = []
        self._turns = 0

    async def respond(
        self, agent: Role[Any], model: OpenModel, messages: Sequence[BaseChatMessage], token: CancellationToken
    ) -> Response:
        """The agent's reply to the whole chat; a failed turn leaves the thread as it was."""
        received = [*self._messages]
        for message in messages:
            if message.to_text().strip():
                received.append(understood(message, received, listener=agent.name))
        request = agent.request(received, AskKey("autogen", "", agent.name, self._turns), 1)
        steps = _Turn(model)
        answering = asyncio.ensure_future(ask_and_repair(agent, request, steps))  # AutoGen cancels through a future
        token.link_future(answering)
        content = await answering
        reply = agent.message_type(
            id=str(uuid.uuid4()),
            created_at=datetime.now(UTC),
            source=agent.name,
            content=content,
            inputs=tuple(message.id for message in received),
            models_usage=_used(steps.completions),
        )
        self._messages = [*received, reply]
        self._turns += 1
        return Response(chat_message=reply)

    def dump(self) -> dict[str, Any]:
        """The thread as JSON."""
        return {"messages": [dict(message.dump()) for message in self._messages], "turns": self._turns}

    @classmethod
    def load(cls, state: Mapping[str, Any], *, known: Sequence[type[Message[Any]]]) -> "AgentThread":
        """A thread from its JSON."""
        thread = cls()
        thread._messages = [load_message(data, known) for data in state["messages"]]
        thread._turns = int(state["turns"])
        return thread


def understood(message: BaseChatMessage, heard: Sequence[Message[Any]], *, listener: str) -> Message[Any]:
    """A typed message as it is; another text as the chat's prompt if it is the first, else as a draft by its author.

    For a listener that has written a draft, the text is a remark on that draft.
    """
    if isinstance(message, Message):
        return message
    text = message.to_model_text()
    envelope: dict[str, Any] = {"id": message.id, "created_at": message.created_at, "source": message.source}
    if not heard or message.source == "user":
        return PromptMessage(content=Prompt.of(text), **envelope)
    if any(isinstance(each.content, Draft) and each.source == listener for each in heard):
        return ArgumentMessage(content=Argument(text=text), **envelope)
    return DraftMessage(content=Draft(text=text), **envelope)


class _Turn:
    """The calls of one turn; their completions are kept for the count of tokens. See `AskSteps`."""

    def __init__(self, model: OpenModel) -> None:
        self._model = model
        self.completions: list[Completion] = []

    async def complete(self, request: Request) -> Completion:
        """See `AskSteps.complete`."""
        self.completions.append(await self._model.complete(request))
        return self.completions[-1]

    async def keep_unreadable(self, agent: Role[Any], error: ReplyError) -> None:
        """An AutoGen chat records no unreadable reply."""

    async def keep_bug(self, agent: Role[Any], error: Exception) -> None:
        """An AutoGen chat records no unreadable reply."""


def _used(completions: Sequence[Completion]) -> RequestUsage:
    """The tokens of a reply, those of its unreadable attempts included."""
    usages = [completion.usage for completion in completions]
    return RequestUsage(sum(usage.prompt_tokens for usage in usages), sum(usage.completion_tokens for usage in usages))
