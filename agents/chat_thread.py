"""An agent's own memory of an AutoGen chat. Scenarios never use it: there, every ask names what the agent sees."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fellowship.agents.reading import with_parts
from fellowship.protocols.autogen import (
    BaseChatMessage,
    CancellationToken,
    ChatCompletionClient,
    RequestUsage,
    Response,
)
from fellowship.protocols.completions import AskKey, Completion
from fellowship.protocols.content import Argument, Draft, Prompt
from fellowship.protocols.errors import ReplyError
from fellowship.protocols.interfaces import Provider, Role
from fellowship.protocols.messages import ArgumentMessage, DraftMessage, Message, PromptMessage, load_message


class AgentThread:
    """The messages an agent has received and written in one AutoGen chat, and the turns it has taken."""

    def __init__(self) -> None:
        self._messages: list[Message[Any]] = []
        self._turns = 0

    async def respond(
        self, agent: Role[Any], provider: Provider, messages: Sequence[BaseChatMessage], token: CancellationToken
    ) -> Response:
        """The agent's reply to everything said so far; a failed turn leaves the thread as it was."""
        heard = [*self._messages]
        for message in messages:
            if message.to_text().strip():
                heard.append(understood(message, heard, listener=agent.name))
        answering = asyncio.ensure_future(self._ask(agent, provider, heard))  # AutoGen cancels through a future
        token.link_future(answering)
        content, completions = await answering
        reply = agent.message_type(
            id=str(uuid.uuid4()),
            created_at=datetime.now(UTC),
            source=agent.name,
            content=content,
            inputs=tuple(message.id for message in heard),
            models_usage=_used(completions),
        )
        self._messages = [*heard, reply]
        self._turns += 1
        return Response(chat_message=reply)

    async def _ask(
        self, agent: Role[Any], provider: Provider, heard: Sequence[Message[Any]]
    ) -> tuple[Any, list[Completion]]:
        request = agent.request(heard, AskKey("autogen", "", agent.name, self._turns), 1)
        completions: list[Completion] = []
        try:
            for _ in range(agent.repairs):
                completions.append(with_parts(await provider.complete(request)))
                try:
                    return agent.read(completions[-1]), completions
                except ReplyError as error:
                    request = agent.repair(request, completions[-1], error)
            completions.append(with_parts(await provider.complete(request)))
            return agent.read(completions[-1]), completions
        finally:
            await provider.close()

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


def provider_of(model: str | ChatCompletionClient | None, name: str) -> Provider:
    """The provider behind a model name or an AutoGen client, which retries as its owner set it to: nobody else does."""
    from fellowship.providers.autogen import ClientProvider
    from fellowship.providers.catalog import open_provider
    from fellowship.providers.retry import Retrying

    if isinstance(model, str) or model is None:
        return Retrying(open_provider(name))
    return ClientProvider(model, own_retries=True)


def _used(completions: Sequence[Completion]) -> RequestUsage:
    """The tokens of a reply, those of its unreadable attempts included."""
    usages = [completion.usage for completion in completions]
    return RequestUsage(sum(usage.prompt_tokens for usage in usages), sum(usage.completion_tokens for usage in usages))
