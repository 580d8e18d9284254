"""AutoGen clients for tests, and the way to ask one through the provider."""

import asyncio
from collections.abc import Sequence
from typing import Any

from autogen_ext.models.replay import ReplayChatCompletionClient

from fellowship.protocols.autogen import CreateResult, LLMMessage
from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.content import ChatMessage
from fellowship.providers.autogen import ClientProvider

CHAT: tuple[ChatMessage, ...] = (
    {"role": "system", "content": "You judge."},
    {"role": "user", "content": "Which one?"},
    {"role": "assistant", "content": "This."},
    {"role": "user", "content": "Are you sure?"},
)


def a_request(**sampling: Any) -> Request:
    """A request for a verdict."""
    return Request(AskKey("c1", "", "judge", 0), 1, "client/any", CHAT, sampling, "Verdict")


def complete(client: Any, *requests: Request) -> Completion:
    """The last of the completions."""

    async def main() -> Completion:
        provider = ClientProvider(client)
        for request in requests or (a_request(),):
            completion = await provider.complete(request)
        await provider.close()
        return completion

    return asyncio.run(main())


class Raising(ReplayChatCompletionClient):
    """A client that fails."""

    def __init__(self, error: Exception) -> None:
        super().__init__([])
        self.error = error

    async def create(self, messages: Sequence[LLMMessage], **options: Any) -> CreateResult:
        """Never a result."""
        raise self.error
