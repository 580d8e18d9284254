"""Any AutoGen `ChatCompletionClient` as a provider."""

import asyncio
import copy
import inspect
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from fellowship.protocols.autogen import (
    AssistantMessage,
    CancellationToken,
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    SystemMessage,
    UserMessage,
)
from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.content import ChatMessage
from fellowship.protocols.errors import (
    BudgetSpent,
    ConfigurationError,
    MalformedResponse,
    ProviderError,
    ProviderUnavailable,
    RequestRejected,
)
from fellowship.protocols.events import get_logger
from fellowship.protocols.quota import Quota, key_digest
from fellowship.providers.autogen_errors import client_error, cut_off, is_filtered
from fellowship.providers.finish_reasons import finish_of
from fellowship.providers.http_provider import EmbeddedError
from fellowship.providers.outside_runs import counted_request
from fellowship.providers.reported_usage import reported_usage

log = get_logger()


class ClientProvider:
    """Asks a client that belongs to the user: `close` leaves it open and unchanged.

    Sampling settings go into `extra_create_args`, a reply's schema into `json_output` where the client's model takes
    one. What a client refuses it is asked without from then on, `max_tokens` last, and the log says so
    (`sampling_dropped`, `schema_dropped`).

    With `keeps_max_tokens` it is never asked without `max_tokens`, where a request has it: RequestRejected. A budget
    needs that, because a reply of any length may cost any amount.

    `own_retries=False` switches the client's retries off until `close`, for callers that retry themselves: two layers
    of them would multiply, and hide from the outer one how busy the server is.
    """

    def __init__(self, client: ChatCompletionClient, *, own_retries: bool = False) -> None:
        self._client = client
        self._name = type(client).__name__
        self._takes = _accepted_options(client)
        self.keeps_max_tokens = self._takes_only_max_tokens = False
        self._sdk: Any = None if own_retries else sdk_of(client)
        self._retries_before: int | None = None

    def __repr__(self) -> str:
        return f"ClientProvider({self._name})"

    @cached_property
    def quota(self) -> Quota:
        """The quota of its requests: one for each kind of client, address, key and model that it shows."""
        url = urlsplit(str(getattr(sdk_of(self._client), "base_url", "")))
        place = url.netloc.rpartition("@")[2]  # without user name and query, which may contain keys
        address = f"{url.scheme}://{place}{url.path.rstrip('/')}" if place else ""
        key = key_digest(_client_key(self._client))
        return Quota(f"client/{self._name}", address, key, group=model_of(self._client) or "")

    async def complete(self, request: Request) -> Completion:
        """The client's completion. Its exceptions are translated to ProviderErrors."""
        retries = getattr(self._sdk, "max_retries", None)
        if isinstance(retries, int) and retries > 0:  # the first of several users of one SDK disables and restores it
            self._retries_before, self._sdk.max_retries = retries, 0
        options: dict[str, Any] = {"extra_create_args": request.sampling} if request.sampling else {}
        if request.schema is not None and "json_output" in self._takes:
            options["json_output"] = schema_model(request.schema)
        messages = [_llm_message(message) for message in request.messages]
        started = time.perf_counter()
        try:
            with counted_request():
                result = await self._create(messages, options)
        except (ProviderError, ConfigurationError, BudgetSpent):  # raised by our own ModelClient
            raise
        except Exception as error:
            return self._without_result(error, time.perf_counter() - started)
        if not isinstance(result.content, str):
            raise MalformedResponse(f"the client {self._name} answered with function calls; expected a text")
        usage = reported_usage(result.usage.prompt_tokens, result.usage.completion_tokens)
        try:
            finish = finish_of(result.finish_reason)
        except EmbeddedError as error:
            raise ProviderUnavailable(f"the client {self._name} failed: {error.error['message']}") from error
        latency_s = time.perf_counter() - started
        return Completion(result.content, finish, usage, latency_s=latency_s, reasoning=result.thought or "")

    async def close(self) -> None:
        """Restore the client's retries; the client itself stays open."""
        if self._retries_before is not None:
            self._sdk.max_retries, self._retries_before = self._retries_before, None

    def _without_result(self, error: Exception, latency_s: float) -> Completion:
        """A completion for a filtered or truncated reply; all other errors are raised."""
        if is_filtered(error):
            return Completion("", "content_filter", latency_s=latency_s)
        if (answer := cut_off(error)) is not None:
            usage = getattr(answer, "usage", None)
            counts = reported_usage(getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None))
            return Completion(answer.choices[0].message.content or "", "length", counts, latency_s=latency_s)
        raise client_error(self._name, error, secret=_client_key(self._client)) from error

    async def _create(self, messages: list[LLMMessage], options: Mapping[str, Any]) -> CreateResult:
        while True:
            if self.keeps_max_tokens and "extra_create_args" not in self._takes:
                self._refuse_without_limit(options.get("extra_create_args", {}))
            token = CancellationToken()  # a fresh one: a token keeps every future it was ever linked to
            offered = {**options, "cancellation_token": token}
            taken = {name: value for name, value in offered.items() if name in self._takes}
            if self._takes_only_max_tokens and "max_tokens" in (settings := taken.get("extra_create_args", {})):
                taken["extra_create_args"] = {"max_tokens": settings["max_tokens"]}
            try:
                return await self._client.create(messages, **taken)
            except asyncio.CancelledError:
                token.cancel()
                raise
            except (TypeError, ValueError) as error:
                if not self._does_without(taken, str(error)):
                    raise

    def _refuse_without_limit(self, settings: Mapping[str, Any]) -> None:
        if "max_tokens" in settings:
            raise RequestRejected(
                f"the client {self._name} takes no settings with a request, so a reply may be longer than max_tokens="
                f"{settings['max_tokens']} and cost more than the budget; use a client that takes "
                "extra_create_args with max_tokens, a model by its name ('provider/model'), or no dollar limit"
            )

    def _does_without(self, options: Mapping[str, Any], said: str) -> bool:
        """Whether one of the options was refused; it is left out from now on, and the log says so once."""
        # AutoGen's clients check the names of settings (ValueError), or pass them to a function (TypeError).
        if "extra_create_args" in options and ("create args" in said or "keyword argument" in said):
            option, event = "extra_create_args", "sampling_dropped"
            settings = options[option]
            if "max_tokens" in settings and len(settings) > 1:  # the one that limits the cost is tried alone
                if not self._takes_only_max_tokens:
                    self._takes_only_max_tokens = True
                    log.warning(event, client=self._name, settings=sorted(settings.keys() - {"max_tokens"}))
                return True
            facts = {"settings": sorted(settings)}
        elif "json_output" in options and "structured output" in said.lower():
            option, event, facts = "json_output", "schema_dropped", {}
        else:
            return False
        if option in self._takes:  # several requests may have been in flight with it
            self._takes.remove(option)
            log.warning(event, client=self._name, **facts)
        return True


def sdk_of(client: ChatCompletionClient) -> Any:
    """The vendor's own client inside AutoGen's, or inside the one that AutoGen's cache wraps; None without one."""
    wrapped = getattr(client, "client", None)
    inside = wrapped if isinstance(wrapped, ChatCompletionClient) else client
    return getattr(inside, "_client", None)


def model_of(client: ChatCompletionClient) -> str | None:
    """The model in the client's own configuration, if it has one."""
    try:
        configured = client.dump_component().config.get("model")
    except (AttributeError, NotImplementedError, TypeError, ValueError):
        return None
    return configured if isinstance(configured, str) else None


def schema_model(schema: Mapping[str, Any]) -> type[BaseModel]:
    """A class with this JSON schema, because AutoGen takes classes. It accepts any text: the role reads the reply."""

    class Reply(BaseModel):
        model_config = ConfigDict(extra="allow")

        @classmethod
        def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
            return copy.deepcopy(dict(schema))  # SDKs rewrite it in place

        @classmethod
        def model_validate_json(cls, *_: Any, **__: Any) -> Self:
            return cls.model_validate({})  # an SDK that cannot parse the text would raise, and the text be lost

    return Reply


def _client_key(client: ChatCompletionClient) -> str | None:
    key = getattr(sdk_of(client), "api_key", None)
    return key if isinstance(key, str) else None


def _accepted_options(client: ChatCompletionClient) -> set[str]:
    """The options of `create`; no `json_output` for models that do not hold to schemas."""
    parameters = inspect.signature(client.create).parameters
    takes_all = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    options = {"extra_create_args", "cancellation_token", "json_output"}
    accepted = options if takes_all else options & parameters.keys()
    info = getattr(client, "model_info", None)
    holds_to_schemas = isinstance(info, Mapping) and bool(info.get("structured_output"))
    return accepted if holds_to_schemas else accepted - {"json_output"}


def _llm_message(message: ChatMessage) -> LLMMessage:
    if message["role"] == "system":
        return SystemMessage(content=message["content"])
    if message["role"] == "user":
        return UserMessage(content=message["content"], source="user")
    return AssistantMessage(content=message["content"], source="assistant")
