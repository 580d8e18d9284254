"""An agent's own memory of an AutoGen chat. Scenarios never use it: there, every ask names what the agent sees."""

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fellowship.agents.ask_and_repair import ask_and_repair
from fellowship.agents.open_model import OpenModel
from fellowship.protocols.autogen import BaseChatMessage, CancellationToken, RequestUsage, Response
from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.content import Argument, Draft, Prompt
from fellowship.protocols.errors import ReplyError
from fellowship.protocols.interfaces import Role
from fellowship.protocols.messages import ArgumentMessage, DraftMessage, Message, PromptMessage, load_message


class AgentChat:
    """An agent's side of one AutoGen chat: the messages it has received and written, its turns, and its open model."""

    def __init__(self, message_type: type[Message[Any]], open: Callable[[], tuple[Role[Any], OpenModel]]) -> None:
        """`message_type` is what the agent writes; `open` gives, at the first turn, the agent on its model."""
        self._message_type, self._open = message_type, open
        self._opened: tuple[Role[Any], OpenModel] | None = None
        self._messages: list[Message[Any]] = []
        self._turns = 0

    async def respond(self, messages: Sequence[BaseChatMessage], token: CancellationToken) -> Response:
        """The agent's reply to the whole chat; a failed turn leaves the thread as it was."""
        self._opened = self._opened or self._open()
        agent, model = self._opened
        received = [*self._messages]
        for message in messages:
            if message.to_text().strip():
                received.append(understood(message, received, listener=agent.name))
        request = agent.request(received, AskKey("autogen", "", agent.name, self._turns), 1)
        turn = _Turn(model)
        answering = asyncio.ensure_future(ask_and_repair(agent, request, turn))  # AutoGen cancels through a future
        token.link_future(answering)
        content = await answering
        reply = agent.message_type(
            id=str(uuid.uuid4()),
            created_at=datetime.now(UTC),
            source=agent.name,
            content=content,
            inputs=tuple(message.id for message in received),
            models_usage=turn.usage,
        )
        self._messages, self._turns = [*received, reply], self._turns + 1
        return Response(chat_message=reply)

    def forget(self) -> None:
        """Begin a new thread; the model stays open."""
        self._messages, self._turns = [], 0

    async def close(self) -> None:
        """Close the model; the next turn opens it again."""
        if self._opened is not None:
            await self._opened[1].close()

    def dump(self) -> dict[str, Any]:
        """The thread as JSON."""
        return {"messages": [dict(message.dump()) for message in self._messages], "turns": self._turns}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take up a thread from its JSON."""
        messages = [load_message(data, (self._message_type,)) for data in state["messages"]]
        self._messages, self._turns = messages, int(state["turns"])


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
    """The calls of one turn, whose tokens are counted; a chat records no unreadable reply. See `AskSteps`."""

    def __init__(self, model: OpenModel) -> None:
        self._model = model
        self.usage = RequestUsage(0, 0)

    async def complete(self, request: Request) -> Completion:
        completion = await self._model.complete(request)
        self.usage.prompt_tokens += completion.usage.prompt_tokens
        self.usage.completion_tokens += completion.usage.completion_tokens
        return completion

    async def keep_unreadable(self, agent: Role[Any], error: ReplyError) -> None: ...
    async def keep_bug(self, agent: Role[Any], error: Exception) -> None: ...
