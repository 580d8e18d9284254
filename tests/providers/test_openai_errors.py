"""Every way in which a server can fail, and the error it becomes; the key is in none of them."""

import asyncio
import socket
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate
from time import time
from typing import Any

import orjson
import pytest
from aiohttp import web

from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.errors import (
    ConfigurationError,
    MalformedResponse,
    Overloaded,
    ProviderError,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from fellowship.providers.dialects.openai import OpenAIProvider
from fellowship.providers.http import quoted
from fellowship.testing.server import StartedServer
from tests.servers import Serve

KEY = "sk-proj-abcdefghijklmnop"
REQUEST = Request(AskKey("c1", "", "judge", 0), 1, "openai/gpt-9", ({"role": "user", "content": "Hi."},), {}, "text")


def an_error(message: str, type_: str = "invalid_request_error", code: Any = None, **fields: Any) -> bytes:
    """A body in the form that OpenAI documents."""
    return orjson.dumps({"error": {"message": message, "type": type_, "param": None, "code": code, **fields}})


@asynccontextmanager
async def answering(handler: Callable[[web.BaseRequest], Any]) -> AsyncIterator[str]:
    """A server in this process; gives its base URL."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


async def complete(base_url: str, **options: Any) -> Completion:
    given = {"api_key": KEY, "key_variable": "OPENAI_API_KEY", **options}
    provider = OpenAIProvider(base_url, **given)
    try:
        return await provider.complete(REQUEST)
    finally:
        await provider.close()


def answered(status: int, body: bytes, headers: dict[str, str] | None = None, **options: Any) -> Completion:
    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(status=status, body=body, headers=headers)

    async def main() -> Completion:
        async with answering(handler) as base_url:
            return await complete(base_url, **options)

    return asyncio.run(main())


BAD_KEY = an_error(f"Incorrect API key provided: {KEY}.", code="invalid_api_key")
QUOTA = an_error(
    "You exceeded your current quota, please check your plan and billing details.",
    "insufficient_quota",
    "insufficient_quota",
)
NOT_ACTIVE = an_error("Your account is not active.", "billing_not_active", "billing_not_active")
RATE = an_error("Rate limit reached for gpt-9 on requests per min (RPM).", "requests", "rate_limit_exceeded")
NO_MODEL = an_error("The model `gpt-9` does not exist or you do not have access to it.", code="model_not_found")
TOO_LONG = an_error("This model's maximum context length is 128000 tokens.", code="context_length_exceeded")
TOGETHER_TOO_LONG = an_error("The input token count + max_tokens parameter must be less than the context length of it.")
REGION = an_error("Country not supported", "request_forbidden", "unsupported_country_region_territory")
SERVER = an_error("The server had an error while processing your request.", "server_error")
OVERLOADED = an_error("The engine is currently overloaded, please try again later.", "server_error")
CREDITS = orjson.dumps({"error": {"code": 402, "message": "Insufficient credits"}})
UPSTREAM = orjson.dumps({"error": {"code": 502, "message": "Upstream down", "metadata": {}}})
UPSTREAM_RATE = orjson.dumps({"error": {"code": 429, "message": "Upstream is busy"}})
BESIDE = orjson.dumps({"error": {"message": "died"}, "choices": [{"message": {"content": "So"}}]})
BESIDE_TEXT = orjson.dumps({"error": "stream broke", "choices": [{"message": {"content": "So"}}]})
IN_CHOICE = orjson.dumps({"choices": [{"error": {"code": 502, "message": "cut"}, "message": {"content": "So"}}]})
GEMINI_RATE = orjson.dumps([{"error": {"code": 429, "message": "check your plan and billing details", "status": "X"}}])


@pytest.mark.parametrize(
    ("status", "body", "expected", "says"),
    [
        (401, BAD_KEY, ProviderRefused, "check the environment variable OPENAI_API_KEY"),
        (401, b"", ProviderRefused, "refuses the key (401)"),
        (403, REGION, ProviderRefused, "Country not supported"),
        (403, TOGETHER_TOO_LONG, RequestRejected, "rejects the request for 'gpt-9' (403)"),
        (402, CREDITS, ProviderRefused, "Insufficient credits"),
        (429, QUOTA, ProviderRefused, "check its plan and billing"),
        (429, NOT_ACTIVE, ProviderRefused, "has no quota left"),
        (429, RATE, RateLimited, "asks to slow down (429): 'Rate limit reached"),
        (429, GEMINI_RATE, RateLimited, "check your plan"),
        (429, b"slow down", RateLimited, "'slow down'"),
        (400, TOO_LONG, RequestRejected, "maximum context length is 128000 tokens"),
        (404, NO_MODEL, RequestRejected, "does not know the model 'gpt-9' (404)"),
        (404, b"404 page not found", RequestRejected, "check its name and the base URL"),
        (413, b"too large", RequestRejected, "(413): 'too large'"),
        (422, orjson.dumps({"detail": "temperature: not a number"}), RequestRejected, "'temperature: not a number'"),
        (418, b"", RequestRejected, "(418)"),
        (307, b"", RequestRejected, "redirects (307)"),
        (408, b"", ProviderUnavailable, "(408)"),
        (409, b"", ProviderUnavailable, "(409)"),
        (498, b"", Overloaded, "(498)"),
        (500, SERVER, ProviderUnavailable, "The server had an error"),
        (502, b"<html>\n<h1>Bad Gateway</h1>", ProviderUnavailable, "'<html> <h1>Bad Gateway</h1>'"),
        (503, OVERLOADED, Overloaded, "overloaded"),
        (503, orjson.dumps({"error": "server busy"}), Overloaded, "'server busy'"),
        (529, b"[]", Overloaded, "(529)"),
        (200, UPSTREAM, ProviderUnavailable, "(502): 'Upstream down'"),
        (200, UPSTREAM_RATE, RateLimited, "Upstream is busy"),
        (200, IN_CHOICE, ProviderUnavailable, "'cut'"),
        (200, BESIDE, ProviderUnavailable, "'died'"),
        (200, BESIDE_TEXT, ProviderUnavailable, "stream broke"),
        (200, b"", MalformedResponse, "not JSON: ''"),
        (200, b"<html>hello</html>", MalformedResponse, "not JSON: '<html>hello</html>'"),
        (200, b"[]", MalformedResponse, "expected a chat completion"),
        (200, b"{}", MalformedResponse, "another form: '{}'"),
        (200, b'{"choices": []}', MalformedResponse, "choices[0].message"),
        (200, b'{"choices": [{"text": "old"}]}', MalformedResponse, "choices[0].message"),
        (200, b'{"choices": [{"message": {"content": 7}}]}', MalformedResponse, "choices[0].message"),
        (200, b'{"choices": [{"message": {"content": ["x"]}}]}', MalformedResponse, "choices[0].message"),
    ],
)
def test_every_failure_has_its_error(status: int, body: bytes, expected: type[ProviderError], says: str) -> None:
    """Told apart by status and code; the text says what a person can do."""
    with pytest.raises(ProviderError) as caught:
        answered(status, body)

    assert type(caught.value) is expected
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, an_error("filtered", code="content_filter", innererror={"code": "ResponsibleAIPolicyViolation"})),
        (403, orjson.dumps({"error": {"code": 403, "message": "flagged", "metadata": {"flagged_input": "Hi."}}})),
    ],
    ids=["azure", "openrouter"],
)
def test_a_filtered_prompt_is_a_result(status: int, body: bytes) -> None:
    """A filter before the model says the same as one behind it."""
    completion = answered(status, body)

    assert (completion.text, completion.finish) == ("", "content_filter")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    ],
)
def test_the_wish_of_the_server_is_read(headers: dict[str, str], expected: float | None) -> None:
    """Milliseconds before seconds; a date in the past means now."""
    with pytest.raises(RateLimited) as caught:
        answered(429, RATE, headers)

    assert caught.value.retry_after_s == expected


def test_a_wish_may_be_a_date() -> None:
    """Then it counts from now."""
    with pytest.raises(RateLimited) as caught:
        answered(429, RATE, {"retry-after": formatdate(time() + 30, usegmt=True)})

    assert caught.value.retry_after_s == pytest.approx(30, abs=3)


def test_the_server_may_say_whether_to_ask_again() -> None:
    """x-should-retry outranks the status."""
    with pytest.raises(ProviderUnavailable) as again:
        answered(400, b"", {"x-should-retry": "true"})
    with pytest.raises(ProviderUnavailable) as never:
        answered(500, b"", {"x-should-retry": "false"})

    assert (again.value.retryable, never.value.retryable) == (True, False)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("body", [BAD_KEY, f"x{'y' * 90} {KEY} and more".encode(), KEY.encode()])
def test_the_key_is_in_no_error(status: int, body: bytes) -> None:
    """Even if the server echoes it, and where the quotation is cut; nor in the printed traceback."""
    with pytest.raises(ProviderError) as caught:
        answered(status, body)

    printed = "".join(traceback.format_exception(caught.value))
    assert KEY[:12] not in printed
    assert KEY not in repr(caught.value)


def test_the_key_is_in_no_repr() -> None:
    """Nor in that of the parts."""
    provider = OpenAIProvider("https://api.openai.com/v1", api_key=KEY)

    assert repr(provider) == "OpenAIProvider('https://api.openai.com/v1', name='openai', in_flight=0)"
    assert KEY not in repr(vars(provider))


def test_secrets_in_the_base_url_are_not_shown() -> None:
    """A user name, a password and a query are part of the address, but not of any text."""
    provider = OpenAIProvider("http://ann:pass@localhost:1/v1?api-key=secret")

    assert repr(provider) == "OpenAIProvider('http://localhost:1/v1', name='openai', in_flight=0)"


@pytest.mark.parametrize("key", ["sk-two\nlines", "sk-\u200bzero"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(key: str) -> None:
    """A pasted line break would otherwise fail deep in the network code."""
    with pytest.raises(ConfigurationError, match="contains characters that no key has") as caught:
        OpenAIProvider("http://localhost:8000/v1", api_key=key)

    assert "sk-" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two\n lines\x1b[0m", "two lines\\x1b[0m"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("Incorrect API key provided: sk-ab***yz.", "Incorrect API key provided: [key]"),
        ("another gsk_abcdefghij", "another [key]"),
        ("x" * 200, "x" * 117 + "..."),
    ],
)
def test_foreign_texts_are_quoted_short_and_on_one_line(text: str | bytes, expected: str) -> None:
    """Without control characters and without what looks like a key."""
    assert quoted(text) == expected


def test_a_server_that_is_not_there_is_named() -> None:
    """With its address, and that nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"

    with pytest.raises(ProviderUnavailable) as caught:
        asyncio.run(complete(base_url))

    assert str(caught.value) == (f"no server is listening for openai at {base_url}; start it, or change the base URL")


def spoken(raw: bytes, *, tls: bool = False) -> ProviderError:
    """The error when a server reads something, says these bytes and hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(raw)
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            await complete(f"{'https' if tls else 'http'}://127.0.0.1:{port}/v1")

    with pytest.raises(ProviderError) as caught:
        asyncio.run(main())
    return caught.value


CUT = b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"choices": ['


@pytest.mark.parametrize(
    ("raw", "tls", "expected", "says"),
    [
        (b"", False, ProviderUnavailable, "a server is listening for openai at http://127.0.0.1:"),
        (CUT, False, ProviderUnavailable, "but the connection broke"),
        (b"+OK ready\r\n", False, MalformedResponse, "it does not answer in HTTP"),
        (b"not tls at all, but long enough", True, ProviderUnavailable, "a server is listening"),
    ],
    ids=["hangs up", "cut short", "another protocol", "no TLS"],
)
def test_a_server_that_breaks_off_is_said_to_be_there(
    raw: bytes, tls: bool, expected: type[ProviderError], says: str
) -> None:
    """So that nobody looks for a server that is running."""
    error = spoken(raw, tls=tls)

    assert type(error) is expected
    assert says in str(error)


def test_an_unknown_host_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The resolver is replaced, because a test asks nobody outside this machine."""

    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("no_proxy", "*")

    with pytest.raises(ProviderUnavailable, match=r"models\.invalid/v1: the host has no address"):
        asyncio.run(complete("http://models.invalid/v1"))


def test_a_connection_that_takes_too_long_is_a_timeout() -> None:
    """A listener whose queue is full answers no knock."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for knock in (first, second):
            knock.setblocking(False)
            knock.connect_ex(listener.getsockname())

        with pytest.raises(ProviderTimeout, match=r"gave no connection within 0\.05 s"):
            asyncio.run(complete(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", connect_timeout_s=0.05))


def test_a_request_that_is_no_json_is_rejected() -> None:
    """Half a surrogate pair cannot be sent."""
    provider = OpenAIProvider("http://localhost:1/v1")
    bad = Request(REQUEST.key, 1, "openai/x", ({"role": "user", "content": "\ud83d"},), {}, "text")

    with pytest.raises(RequestRejected, match=r"the request c1/judge\.0 cannot be written as JSON"):
        asyncio.run(provider.complete(bad))


@pytest.fixture
def garbage(serve: Serve) -> StartedServer:
    """Answers that are no JSON."""
    return serve("garbage")


def test_garbage_is_quoted(garbage: StartedServer) -> None:
    """Status 200 with something else than JSON."""
    with pytest.raises(MalformedResponse) as caught:
        asyncio.run(complete(garbage.base_url))

    assert str(caught.value) == (
        f"openai at {garbage.base_url} answered with something that is not JSON: "
        "'<html><body>504 upstream is having lunch</body></html>'; check that the base URL is that of an LLM server"
    )
