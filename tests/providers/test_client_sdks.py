"""AutoGen's own clients with the vendors' real SDKs, where those are installed: their errors, and their retries."""

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from fellowship.protocols.errors import (
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from fellowship.protocols.interfaces import Provider
from fellowship.providers.client import ClientProvider
from fellowship.testing.server import StartedServer, started
from tests.providers.clients import Raising, a_request

INFO: Any = {
    "vision": False,
    "function_calling": False,
    "json_output": True,
    "family": "unknown",
    "structured_output": True,
}


@pytest.fixture(scope="module")
def server() -> Iterator[StartedServer]:
    """A server that speaks OpenAI's chat completions."""
    with started(answers="canned") as running:
        yield running


def an_openai_client(base_url: str) -> Any:
    """AutoGen's client for OpenAI."""
    pytest.importorskip("openai")
    models = pytest.importorskip("autogen_ext.models.openai")
    return models.OpenAIChatCompletionClient(model="canned", base_url=base_url, api_key="sk-none", model_info=INFO)


def test_openai_answers_with_its_retries_off(server: StartedServer) -> None:
    """They are back afterwards."""
    client = an_openai_client(server.base_url)
    retries = client._client.max_retries

    async def main() -> tuple[str, int]:
        provider = ClientProvider(client)
        completion = await provider.complete(a_request(temperature=0.5))
        during = client._client.max_retries
        await provider.close()
        return completion.text, during

    text, during = asyncio.run(main())

    assert text
    assert (during, client._client.max_retries) == (0, retries)
    assert ClientProvider(client).quota.url == server.base_url


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, RateLimited), (401, ProviderRefused), (400, RequestRejected), (500, ProviderUnavailable)],
)
@pytest.mark.parametrize("sdk", ["openai", "anthropic"])
def test_the_sdks_errors_are_told_apart(sdk: str, status: int, kind: type[ProviderError]) -> None:
    """With the server's wish, where it has one."""
    error = _status_error(pytest.importorskip(sdk), status)

    provider: Provider = ClientProvider(Raising(error))
    with pytest.raises(kind) as caught:
        asyncio.run(provider.complete(a_request()))

    assert type(caught.value) is kind
    assert caught.value.retry_after_s == 3.0


def test_no_server_is_unavailable() -> None:
    """The SDK's APIConnectionError, at once and not after its retries."""
    client = an_openai_client("http://127.0.0.1:9/v1")

    with pytest.raises(ProviderUnavailable, match="APIConnectionError"):
        asyncio.run(ClientProvider(client).complete(a_request()))


def _status_error(sdk: Any, status: int) -> Exception:
    """The error that the SDK itself makes of a response."""
    http: Any = sys.modules.get("httpx2") or sys.modules["httpx"]  # whichever the SDK has loaded
    request = http.Request("POST", "http://127.0.0.1/v1")
    response = http.Response(status, headers={"retry-after": "3"}, json={"error": {"message": "no"}}, request=request)
    name = "AsyncOpenAI" if sdk.__name__ == "openai" else "AsyncAnthropic"
    error: Exception = getattr(sdk, name)(api_key="sk-none")._make_status_error_from_response(response)
    return error
