"""`ModelClient`: any model, by its name, as an AutoGen model client for AutoGen's own agents and teams.

    assistant = AssistantAgent("assistant", model_client=ModelClient("openai/gpt-4o", temperature=0))

Keys and addresses come from the environment; FELLOWSHIP_MODEL replaces the model here too.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Literal, Self, TypedDict, Unpack, cast

import orjson
from pydantic import BaseModel

from fellowship.agents.open_model import OpenModel, Send
from fellowship.agents.reading import UnreadableReply, read_json, with_parts
from fellowship.agents.rendering import json_form
from fellowship.protocols.autogen import (
    AssistantMessage,
    CancellationToken,
    ChatCompletionClient,
    Component,
    CreateResult,
    FinishReasons,
    LLMMessage,
    ModelCapabilities,
    ModelInfo,
    RequestUsage,
    SystemMessage,
    Tool,
    ToolSchema,
    UserMessage,
)
from fellowship.protocols.completions import AskKey, Completion, Finish, Request, Sampling
from fellowship.protocols.content import ChatMessage, Content
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.tokens import count_tokens
from fellowship.providers.catalog import provider_name
from fellowship.providers.outside_runs import limited_outside
from fellowship.runners.overrides import current_overrides
from fellowship.runners.providers import Providers
from fellowship.runners.router import Router
from fellowship.settings.limits import ConfiguredLimits
from fellowship.settings.settings import configured_servers, load_settings

CONTEXT_TOKENS = 128_000
AUTOGEN_FINISHES: Mapping[Finish, FinishReasons] = {
    "stop": "stop",
    "refusal": "stop",  # AutoGen has no word for it
    "length": "length",
    "prompt_truncated": "length",
    "content_filter": "content_filter",
    "unknown": "unknown",
    "unstated": "unknown",
}


class ClientSettings(TypedDict, total=False):
    """Sampling parameters with the names and ranges of `Sampling`."""

    temperature: float
    top_p: float
    max_tokens: int
    seed: int
    stop: tuple[str, ...]


class ModelClientConfig(Content):
    """The serialised form of a client. It holds neither a key nor a provider object."""

    model: str
    sampling: Sampling = Sampling()


class ModelClient(ChatCompletionClient, Component[ModelClientConfig]):
    """A model by its name, `provider/model`. Text only: tools, function results and images are refused.

    `json_output=True` requests a JSON object in words; a pydantic model adds its schema, which providers with
    structured output enforce.
    """

    component_type = "model"
    component_config_schema = ModelClientConfig
    component_provider_override = "fellowship.ModelClient"

    def __init__(self, model: str, *, provider: Provider | None = None, **sampling: Unpack[ClientSettings]) -> None:
        """`provider` replaces the one that the name refers to; ConfigurationError if the name refers to none."""
        self._config = ModelClientConfig(model=model, sampling=Sampling.model_validate(sampling))
        settings = load_settings(current_overrides().config)
        self._model = settings.resolved(model if provider is not None else current_overrides().default_model or model)
        self._servers, self._limits = configured_servers(settings), ConfiguredLimits(settings)
        self._own_provider, self._open = provider, OpenModel(self._model, self._opened)
        self._unused: Providers | None = self._new_providers()
        self._usage, self._n_requests = RequestUsage(0, 0), 0

    def __repr__(self) -> str:
        return f"ModelClient({self._model!r})"

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        """The model's reply. ValueError for tools and images; ProviderError when the provider fails.

        With `json_output`, text around the JSON is removed. `extra_create_args` are parameters of `Sampling`, over the
        client's own.
        """
        if tools:
            raise ValueError(f"{self!r} does not call functions; it got {len(tools)} tools, expected none")
        request = self._request(messages, json_output, extra_create_args)
        task = asyncio.ensure_future(self._open.complete(request))  # AutoGen cancels through a future
        if cancellation_token is not None:
            cancellation_token.link_future(task)
        completion = with_parts(await task)
        usage, before = RequestUsage(completion.usage.prompt_tokens, completion.usage.completion_tokens), self._usage
        self._usage = RequestUsage(
            before.prompt_tokens + usage.prompt_tokens, before.completion_tokens + usage.completion_tokens
        )
        text = _extract_json(completion.answer) if json_output else completion.answer
        in_text = "" if completion.parts is None else completion.parts.reasoning
        thought = "\n\n".join(part for part in (completion.reasoning, in_text) if part) or None
        return CreateResult(
            finish_reason=_autogen_finish(completion), content=text, usage=usage, cached=False, thought=thought
        )

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        """The whole text in one piece, because providers do not stream; then the result."""
        result = await self.create(
            messages,
            tools=tools,
            tool_choice=tool_choice,
            json_output=json_output,
            extra_create_args=extra_create_args,
            cancellation_token=cancellation_token,
        )
        if isinstance(result.content, str) and result.content:
            yield result.content
        yield result

    async def close(self) -> None:
        """Close all connections, and the own provider; without one, the next call opens them again."""
        await self._open.close()
        if self._own_provider is not None:
            await self._own_provider.close()

    def actual_usage(self) -> RequestUsage:
        """The tokens of all replies so far. `total_usage` is the same, because no reply is cached."""
        return self._usage

    total_usage = actual_usage

    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """An estimate from the characters by script: the tokenizer of the model is unknown."""
        return math.ceil(sum(count_tokens(_chat_message(message)["content"]).expected for message in messages))

    def remaining_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """128,000 minus the estimate: the context length of the model is unknown."""
        return CONTEXT_TOKENS - self.count_tokens(messages, tools=tools)

    @property
    def capabilities(self) -> ModelCapabilities:
        """The older form of `model_info`, which AutoGen still reads."""
        return {"vision": False, "function_calling": False, "json_output": True}

    @property
    def model_info(self) -> ModelInfo:
        """Text and JSON output; no images, no function calls."""
        return {**self.capabilities, "family": "unknown", "structured_output": True, "multiple_system_messages": True}

    def _new_providers(self) -> Providers:
        given = {} if self._own_provider is None else {provider_name(self._model): self._own_provider}
        providers = Providers(given=given, servers=self._servers)
        providers.open(self._model)
        return providers

    async def _opened(self, stack: AsyncExitStack) -> Send:
        providers, self._unused = self._unused or self._new_providers(), None  # once closed, they stay closed
        await stack.enter_async_context(providers)
        router = Router(providers.opened, self._limits, limited=limited_outside)
        return (await stack.enter_async_context(router)).complete

    def _request(
        self, messages: Sequence[LLMMessage], json_output: bool | type[BaseModel] | None, extra: Mapping[str, Any]
    ) -> Request:
        schema = json_output.model_json_schema() if isinstance(json_output, type) else None
        chat = [_chat_message(message) for message in messages]
        if json_output:  # after the client's own system message, if it begins with one
            own = [chat.pop(0)["content"]] if chat and chat[0]["role"] == "system" else []
            chat.insert(0, {"role": "system", "content": "\n\n".join([*own, json_form(schema)])})
        # every request has its own key, so that equal requests can get different replies
        key = AskKey("autogen", "", "model_client", self._n_requests)
        reply = json_output.__name__ if isinstance(json_output, type) else "text"
        request = Request(key, 1, self._model, tuple(chat), self._settings(extra), reply, schema)
        self._n_requests += 1
        return request

    def _settings(self, extra: Mapping[str, Any]) -> dict[str, Any]:
        if unknown := sorted(set(extra) - set(Sampling.model_fields)):
            known = ", ".join(Sampling.model_fields)
            raise ValueError(f"{self!r}: extra create args {unknown}; expected some of {known}")
        return Sampling.model_validate(extra).over(self._config.sampling).settings()

    def _to_config(self) -> ModelClientConfig:
        return self._config

    @classmethod
    def _from_config(cls, config: ModelClientConfig) -> Self:
        return cls(config.model, **cast("ClientSettings", config.sampling.settings()))


def _autogen_finish(completion: Completion) -> FinishReasons:
    """AutoGen's word; `length` where there is no answer because the reasoning does not end, or the prompt was cut."""
    if not completion.closed:
        return "length"
    if completion.is_only_reasoning and completion.finish == "stop":
        return "unknown"
    return AUTOGEN_FINISHES[completion.finish]


def _extract_json(text: str) -> str:
    """The JSON in a text; a text without JSON is returned unchanged, and AutoGen refuses it."""
    try:
        return orjson.dumps(read_json(text)).decode()
    except (UnreadableReply, TypeError):
        return text


def _chat_message(message: LLMMessage) -> ChatMessage:
    """The role and text of a message. ValueError for images, function calls and their results."""
    if isinstance(message, SystemMessage):
        return {"role": "system", "content": message.content}
    if isinstance(message, UserMessage):
        return {"role": "user", "content": _text_parts(message)}
    if isinstance(message, AssistantMessage) and isinstance(message.content, str):
        return {"role": "assistant", "content": message.content}
    raise ValueError(f"a {message.type} has function calls or their results; a ModelClient accepts text only")


def _text_parts(message: UserMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    texts = [part for part in message.content if isinstance(part, str)]
    if len(texts) < len(message.content):
        n_images = len(message.content) - len(texts)
        raise ValueError(f"a message of '{message.source}' has {n_images} image(s); a ModelClient accepts text only")
    return "\n".join(texts)
