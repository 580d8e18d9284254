"""An AutoGen client as a provider."""

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from autogen_ext.models.replay import ReplayChatCompletionClient
from structlog.testing import capture_logs

from fellowship.protocols.autogen import (
    AssistantMessage,
    CancellationToken,
    CreateResult,
    LLMMessage,
    RequestUsage,
    SystemMessage,
    UserMessage,
)
from fellowship.protocols.completions import Completion, Usage
from fellowship.protocols.errors import MalformedResponse, ProviderUnavailable, RequestRejected
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.quota import Quota, key_digest
from fellowship.providers.autogen import ClientProvider
from tests.providers.clients import a_request, complete


def a_result(finish: Any = "stop", content: Any = "Yes.") -> CreateResult:
    return CreateResult(finish_reason=finish, content=content, usage=RequestUsage(3, 4), cached=False)


class Strict(ReplayChatCompletionClient):
    """A client that knows temperature only, and says so as AutoGen's own do."""

    def __init__(self, error: Exception) -> None:
        super().__init__(["Yes."] * 9)
        self.error = error

    async def create(
        self, messages: Sequence[LLMMessage], *, extra_create_args: Mapping[str, Any] = {}, **options: Any
    ) -> CreateResult:
        if set(extra_create_args) - {"temperature"}:
            raise self.error
        return await super().create(messages, extra_create_args=extra_create_args, **options)


class Bare:
    """A client with less than AutoGen's own signature."""

    def __init__(self) -> None:
        self.n_calls = 0

    async def create(self, messages: Sequence[LLMMessage]) -> CreateResult:
        self.n_calls += 1
        return a_result()


class Sdk:
    """A vendor's own client, as AutoGen's hold it."""

    def __init__(self, max_retries: int = 2) -> None:
        self.max_retries = max_retries
        self.base_url = "https://user:secret@api.example.com/v1/?key=secret"
        self.api_key = "sk-secret-secret"


class Wrapping(ReplayChatCompletionClient):
    """A client around an SDK; it notes how often the SDK would have retried each request."""

    def __init__(self, sdk: Sdk, **info: bool) -> None:
        super().__init__(["Yes."] * 9)
        self._client = sdk
        self._model_info = {**self._model_info, **info}  # type: ignore[typeddict-item]
        self.retries: list[int] = []
        self.wanted: list[Any] = []

    async def create(self, messages: Sequence[LLMMessage], **options: Any) -> CreateResult:
        """Yes."""
        self.retries.append(self._client.max_retries)
        self.wanted.append(options.get("json_output"))
        return await super().create(messages, **options)


class WithoutSchemas(Wrapping):
    """A client that takes no schemas, whatever its model_info says."""

    async def create(self, messages: Sequence[LLMMessage], **options: Any) -> CreateResult:
        """Yes, unless a schema is given."""
        if options.get("json_output") is not None:
            raise ValueError("Structured output is currently not supported for these models")
        return await super().create(messages, **options)


class Hanging(ReplayChatCompletionClient):
    """A client that never answers."""

    token: CancellationToken

    async def create(self, messages: Sequence[LLMMessage], **options: Any) -> CreateResult:
        self.token = options["cancellation_token"]
        await asyncio.sleep(3600)
        return a_result()


def test_the_provider_has_the_shape_of_the_interface() -> None:
    """It can stand wherever a Provider is wanted."""
    assert isinstance(ClientProvider(ReplayChatCompletionClient([])), Provider)


def test_the_chat_reaches_the_client_as_autogens_messages() -> None:
    """With the roles as sources, and a token that nobody has cancelled."""
    client = ReplayChatCompletionClient(["Yes."])

    completion = complete(client, a_request(temperature=0.5))

    (call,) = client.create_calls
    assert call["messages"] == [
        SystemMessage(content="You judge."),
        UserMessage(content="Which one?", source="user"),
        AssistantMessage(content="This.", source="assistant"),
        UserMessage(content="Are you sure?", source="user"),
    ]
    assert call["extra_create_args"] == {"temperature": 0.5}
    assert not call["cancellation_token"].is_cancelled()
    assert completion == Completion("Yes.", "stop", Usage(8, 1), latency_s=completion.latency_s)


def test_the_thought_of_a_client_is_reasoning() -> None:
    """AutoGen's clients take it out of the text."""
    result = CreateResult(finish_reason="stop", content="Yes.", thought="Hm.", usage=RequestUsage(1, 1), cached=False)

    completion = complete(ReplayChatCompletionClient([result]), a_request())

    assert (completion.text, completion.reasoning) == ("Yes.", "Hm.")


def test_every_call_has_a_token_of_its_own() -> None:
    """A shared one would keep every future it has seen."""
    client = ReplayChatCompletionClient(["Yes.", "No."])

    complete(client, a_request(), a_request())

    first, second = client.create_calls
    assert first["cancellation_token"] is not second["cancellation_token"]


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("function_calls", "unknown"),
        ("unknown", "unknown"),
    ],
)
def test_the_finish_is_translated(reason: str, finish: str) -> None:
    """AutoGen knows five reasons."""
    assert complete(ReplayChatCompletionClient([a_result(reason)])).finish == finish


@pytest.mark.parametrize(
    "error",
    [
        ValueError("Extra create args are invalid: {'seed'}"),
        TypeError("chat() got an unexpected keyword argument 'seed'"),
    ],
)
def test_a_client_that_refuses_settings_is_asked_without_them(error: Exception) -> None:
    """And the log says so, once."""
    client = Strict(error)

    with capture_logs() as logs:
        complete(client, a_request(seed=1, temperature=0.0), a_request(seed=1, temperature=0.0))

    assert [call["extra_create_args"] for call in client.create_calls] == [{}, {}]
    assert logs == [
        {"event": "sampling_dropped", "log_level": "warning", "client": "Strict", "settings": ["seed", "temperature"]}
    ]


def test_a_client_without_options_is_given_none() -> None:
    """What its signature lacks cannot break it."""
    client = Bare()

    assert complete(client, a_request(temperature=0.0)).text == "Yes."
    assert client.n_calls == 1


def test_any_error_of_the_client_is_the_providers() -> None:
    """With its type name, and the error itself as the cause."""
    with pytest.raises(ProviderUnavailable) as caught:
        complete(ReplayChatCompletionClient([]))

    assert str(caught.value) == (
        "the client ReplayChatCompletionClient failed with ValueError: 'No more mock responses available'"
    )
    assert isinstance(caught.value.__cause__, ValueError)


def test_an_error_that_is_not_about_settings_is_not_asked_again() -> None:
    """A second call would be paid for."""
    client = Strict(ValueError("out of paper"))

    with pytest.raises(ProviderUnavailable, match="out of paper"):
        complete(client, a_request(seed=1))

    assert client.create_calls == []


def test_function_calls_are_no_text() -> None:
    """Nobody offered the model a function."""
    with pytest.raises(MalformedResponse, match="function calls; expected a text"):
        complete(ReplayChatCompletionClient([a_result("function_calls", [])]))


def test_cancellation_passes_and_reaches_the_client() -> None:
    """As CancelledError, and through AutoGen's own token."""

    async def main() -> CancellationToken:
        client = Hanging([])
        async with asyncio.TaskGroup() as group:
            task = group.create_task(ClientProvider(client).complete(a_request()))
            await asyncio.sleep(0)
            task.cancel()
        assert task.cancelled()
        return client.token

    assert asyncio.run(main()).is_cancelled()


def test_closing_leaves_the_client_open() -> None:
    """It is its owner's, and answers on."""
    client = ReplayChatCompletionClient(["Yes.", "Still yes."])

    complete(client)

    assert complete(client).text == "Still yes."


def test_the_clients_own_retries_are_off_while_it_is_used() -> None:
    """And back when the provider is closed: two layers of retries would multiply."""
    sdk = Sdk(max_retries=2)
    client = Wrapping(sdk)

    complete(client, a_request(), a_request())

    assert client.retries == [0, 0]
    assert sdk.max_retries == 2


def test_two_providers_on_one_client_leave_its_retries_as_they_were() -> None:
    """In whichever order they are closed."""
    sdk = Sdk(max_retries=3)

    async def main(*, first_closes_first: bool) -> None:
        providers = [ClientProvider(Wrapping(sdk)), ClientProvider(Wrapping(sdk))]
        for provider in providers:
            await provider.complete(a_request())
        for provider in providers if first_closes_first else reversed(providers):
            await provider.close()

    for order in (True, False):
        asyncio.run(main(first_closes_first=order))
        assert sdk.max_retries == 3


def test_who_does_not_retry_leaves_the_clients_retries_on() -> None:
    """Such as an agent in a team of AutoGen's."""
    client = Wrapping(Sdk(max_retries=2))

    asyncio.run(ClientProvider(client, own_retries=True).complete(a_request()))

    assert client.retries == [2]


def test_the_quota_is_told_by_what_the_client_shows() -> None:
    """Its kind, address and key; never the key itself, nor what else the address may hold."""
    quota = ClientProvider(Wrapping(Sdk())).quota

    assert quota == Quota("client/Wrapping", "https://api.example.com/v1", key_digest("sk-secret-secret"))
    assert "secret" not in repr(quota)


def test_the_quota_of_a_client_that_shows_nothing_is_its_kinds() -> None:
    """All clients of the kind share it."""
    assert ClientProvider(ReplayChatCompletionClient([])).quota == Quota("client/ReplayChatCompletionClient")


SCHEMA = {"type": "object", "properties": {"winner": {"type": "string"}}, "required": ["winner"]}


@pytest.mark.parametrize(("structured", "told"), [(True, True), (False, False)], ids=["takes schemas", "does not"])
def test_the_schema_of_a_reply_goes_to_clients_that_take_one(structured: bool, told: bool) -> None:
    """As the class that AutoGen wants; any object fits it, because the reply is read by its role."""
    client = Wrapping(Sdk(), structured_output=structured)

    complete(client, dataclasses.replace(a_request(), schema=SCHEMA))

    (wanted,) = client.wanted
    assert (wanted is not None) is told
    if told:
        assert wanted.model_json_schema() == SCHEMA
        assert wanted.model_validate({"anything": 1}).model_dump() == {"anything": 1}
        assert isinstance(wanted.model_validate_json("no JSON at all"), wanted)


def test_the_clients_key_is_not_in_the_error() -> None:
    """Even one that looks like no key, in a text that repeats it."""

    class Leaking(Wrapping):
        async def create(self, messages: Sequence[LLMMessage], **options: Any) -> CreateResult:
            raise ValueError("you sent correct-horse-battery")

    sdk = Sdk()
    sdk.api_key = "correct-horse-battery"

    with pytest.raises(ProviderUnavailable, match=r": 'you sent \[key\]'$"):
        complete(Leaking(sdk))


def test_a_client_that_refuses_schemas_is_asked_without_them() -> None:
    """And the log says so, once."""
    client = WithoutSchemas(Sdk(), structured_output=True)
    request = dataclasses.replace(a_request(), schema=SCHEMA)

    with capture_logs() as logs:
        complete(client, request, request)

    assert client.wanted == [None, None]
    assert logs == [{"event": "schema_dropped", "log_level": "warning", "client": "WithoutSchemas"}]


@pytest.mark.parametrize(
    "client", [Strict(ValueError("Extra create args are invalid: {'max_tokens'}")), Bare()], ids=["refuses", "has none"]
)
def test_under_a_budget_a_client_that_takes_no_max_tokens_is_refused(client: Any) -> None:
    """Nothing is asked; the line says what to do."""

    async def main() -> None:
        provider = ClientProvider(client)
        provider.keeps_max_tokens = True
        await provider.complete(a_request(max_tokens=64))

    with pytest.raises(RequestRejected, match=r"takes no settings .* max_tokens=64 .* no dollar limit"):
        asyncio.run(main())
    assert getattr(client, "n_calls", 0) == 0
    assert not getattr(client, "create_calls", [])


class OnlyLimit(ReplayChatCompletionClient):
    """A client that knows max_tokens only."""

    async def create(
        self, messages: Sequence[LLMMessage], *, extra_create_args: Mapping[str, Any] = {}, **options: Any
    ) -> CreateResult:
        if set(extra_create_args) - {"max_tokens"}:
            raise ValueError(f"Extra create args are invalid: {set(extra_create_args)}")
        return await super().create(messages, extra_create_args=extra_create_args, **options)


def test_a_client_that_takes_max_tokens_alone_is_asked_with_it() -> None:
    """Other settings are dropped first, once."""
    client = OnlyLimit(["Yes.", "No."])

    with capture_logs() as logs:
        complete(client, *[a_request(max_tokens=64, seed=1)] * 2)

    assert [call["extra_create_args"] for call in client.create_calls] == [{"max_tokens": 64}] * 2
    assert [(each["event"], each["settings"]) for each in logs] == [("sampling_dropped", ["seed"])]
