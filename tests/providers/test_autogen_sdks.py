"""AutoGen's own clients with the vendors' real SDKs, where those are installed: their errors, and their retries."""

import asyncio
import dataclasses
import http.server
import sys
import threading
from typing import Any

import pytest

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import (
    Overloaded,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from fellowship.protocols.interfaces import Provider
from fellowship.providers.autogen import ClientProvider, sdk_of
from fellowship.testing.server import StartedServer
from tests.providers.clients import Raising, a_request
from tests.servers import Serve

INFO: Any = {
    "vision": False,
    "function_calling": False,
    "json_output": True,
    "family": "unknown",
    "structured_output": True,
}


@pytest.fixture
def server(serve: Serve) -> StartedServer:
    """A server that speaks OpenAI's chat completions."""
    return serve("canned")


def an_openai_client(base_url: str) -> Any:
    """AutoGen's client for OpenAI."""
    pytest.importorskip("openai")
    models = pytest.importorskip("autogen_ext.models.openai")
    return models.OpenAIChatCompletionClient(model="canned", base_url=base_url, api_key="sk-none", model_info=INFO)


def completed(client: Any, request: Request | None = None, **options: Any) -> Completion:
    """The completion by a client whose owner closes it."""

    async def main() -> Completion:
        try:
            return await ClientProvider(client, **options).complete(request or a_request())
        finally:
            await client.close()

    return asyncio.run(main())


def test_openai_answers_with_its_retries_off(server: StartedServer) -> None:
    """They are back afterwards."""
    client = an_openai_client(server.base_url)
    retries = client._client.max_retries

    async def main() -> tuple[str, int]:
        provider = ClientProvider(client)
        completion = await provider.complete(a_request(temperature=0.5))
        during = client._client.max_retries
        await provider.close()
        await client.close()
        return completion.text, during

    text, during = asyncio.run(main())

    assert text
    assert (during, client._client.max_retries) == (0, retries)
    assert ClientProvider(client).quota.url == server.base_url


class Busy(http.server.BaseHTTPRequestHandler):
    """A server that has too much to do; it counts."""

    n_requests = 0

    def do_POST(self) -> None:
        """Later."""
        Busy.n_requests += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(503)
        self.send_header("retry-after-ms", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.mark.parametrize(("own_retries", "n_requests"), [(False, 1), (True, 3)], ids=["ours", "the client's"])
def test_one_of_us_retries(own_retries: bool, n_requests: int) -> None:
    """A server that is busy sees one request when our retries count, and the SDK's three when they do not."""
    Busy.n_requests = 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        client = an_openai_client(f"http://127.0.0.1:{server.server_port}/v1")  # skips where there is no SDK
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            with pytest.raises(Overloaded) as caught:
                completed(client, own_retries=own_retries)
        finally:
            server.shutdown()
            serving.join()

    assert Busy.n_requests == n_requests
    assert caught.value.retry_after_s == 0.001


def test_anthropics_retries_are_found() -> None:
    """Its client holds the SDK's in the same place."""
    pytest.importorskip("anthropic")
    models = pytest.importorskip("autogen_ext.models.anthropic")
    client = models.AnthropicChatCompletionClient(model="claude-any", api_key="sk-none", model_info=INFO)

    assert sdk_of(client).max_retries > 0
    assert ClientProvider(client).quota.url.startswith("https://api.anthropic.com")


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # AutoGen dumps the parsed reply for its log
def test_a_text_that_fits_no_schema_is_not_lost(server: StartedServer) -> None:
    """OpenAI's SDK parses structured replies; a text it could not parse is for the role to repair."""
    client = an_openai_client(server.base_url)
    schema = {"type": "object", "properties": {"winner": {"type": "string"}}, "required": ["winner"]}

    completion = completed(client, dataclasses.replace(a_request(), schema=schema))

    assert completion.text
    assert not completion.text.startswith("{")


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
        completed(client)


def _status_error(sdk: Any, status: int) -> Exception:
    """The error that the SDK itself makes of a response."""
    httpx: Any = sys.modules.get("httpx2") or sys.modules["httpx"]  # whichever the SDK has loaded
    request = httpx.Request("POST", "http://127.0.0.1/v1")
    response = httpx.Response(status, headers={"retry-after": "3"}, json={"error": {"message": "no"}}, request=request)
    name = "AsyncOpenAI" if sdk.__name__ == "openai" else "AsyncAnthropic"
    error: Exception = getattr(sdk, name)(api_key="sk-none")._make_status_error_from_response(response)
    return error
