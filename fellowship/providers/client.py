"""Any AutoGen `ChatCompletionClient` as a provider."""

import asyncio
import inspect
import time
from collections.abc import Mapping
from typing import Any

import structlog

from fellowship.protocols.autogen import (
    AssistantMessage,
    CancellationToken,
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    SystemMessage,
    UserMessage,
)
from fellowship.protocols.completions import Completion, Finish, Request, Usage
from fellowship.protocols.content import ChatMessage
from fellowship.protocols.errors import MalformedResponse, ProviderUnavailable
from fellowship.providers.openai import quoted

_FINISH: dict[str, Finish] = {"stop": "stop", "length": "length", "content_filter": "content_filter"}
log = structlog.get_logger()


class ClientProvider:
    """Asks the user's own client, which stays the user's: `close` leaves it open.

    Sampling settings go into `extra_create_args`. A client that refuses them is asked without them from then on, and
    the log says so once (`sampling_dropped`).
    """

    def __init__(self, client: ChatCompletionClient) -> None:
        self._client = client
        self._name = type(client).__name__
        self._takes_settings = _accepts(client, "extra_create_args")
        self._takes_token = _accepts(client, "cancellation_token")

    def __repr__(self) -> str:
        return f"ClientProvider({self._name})"

    async def complete(self, request: Request) -> Completion:
        """The client's completion; whatever it raises becomes ProviderUnavailable."""
        messages = [_message(message) for message in request.messages]
        started = time.perf_counter()
        try:
            result = await self._create(messages, request.sampling)
        except Exception as error:
            msg = f"the client {self._name} failed with {type(error).__name__}: '{quoted(str(error))}'"
            raise ProviderUnavailable(msg) from error
        if not isinstance(result.content, str):
            msg = f"the client {self._name} answered with function calls; expected a text"
            raise MalformedResponse(msg)
        usage = Usage(result.usage.prompt_tokens, result.usage.completion_tokens)
        finish = _FINISH.get(result.finish_reason, "unknown")
        return Completion(result.content, finish, usage, latency_s=time.perf_counter() - started)

    async def close(self) -> None:
        """Nothing to give back: the client is its owner's."""

    async def _create(self, messages: list[LLMMessage], settings: Mapping[str, Any]) -> CreateResult:
        if not settings or not self._takes_settings:
            return await self._call(messages, {})
        try:
            return await self._call(messages, {"extra_create_args": settings})
        except (TypeError, ValueError) as error:
            if not _refuses_settings(error):
                raise
        result = await self._call(messages, {})
        self._takes_settings = False
        log.warning("sampling_dropped", client=self._name, settings=sorted(settings))
        return result

    async def _call(self, messages: list[LLMMessage], options: dict[str, Any]) -> CreateResult:
        if not self._takes_token:
            return await self._client.create(messages, **options)
        token = CancellationToken()  # a fresh one: a token keeps every future it was ever linked to
        try:
            return await self._client.create(messages, cancellation_token=token, **options)
        except asyncio.CancelledError:
            token.cancel()
            raise


def _accepts(client: ChatCompletionClient, name: str) -> bool:
    parameters = inspect.signature(client.create).parameters
    return name in parameters or any(each.kind is each.VAR_KEYWORD for each in parameters.values())


def _refuses_settings(error: Exception) -> bool:
    """AutoGen's clients check the names themselves (ValueError), or hand them on to a function (TypeError)."""
    return "create args" in str(error) or "keyword argument" in str(error)


def _message(message: ChatMessage) -> LLMMessage:
    if message["role"] == "system":
        return SystemMessage(content=message["content"])
    if message["role"] == "user":
        return UserMessage(content=message["content"], source="user")
    return AssistantMessage(content=message["content"], source="assistant")
