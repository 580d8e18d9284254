"""Any server that speaks OpenAI's chat completions, over aiohttp.

The way of a request that succeeds is short on purpose: bytes out, bytes in, one look at the answer. All that can go
wrong is told apart in `_Server`, by status and error code.
"""

import asyncio
import contextlib
import errno
import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.request import getproxies, proxy_bypass

import aiohttp
import orjson
from yarl import URL

from fellowship.protocols.completions import Completion, Finish, Request, Usage
from fellowship.protocols.errors import (
    ConfigurationError,
    MalformedResponse,
    ProviderError,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from fellowship.protocols.quota import Quota, key_digest
from fellowship.protocols.sending import sending

_FINISH: dict[str, Finish] = {"stop": "stop", "length": "length", "content_filter": "content_filter"}
_LATER = frozenset({408, 409, 425, 498})  # 498: Groq's capacity_exceeded
_QUOTA = re.compile(r"insufficient_quota|billing|credit_balance|spend_limit")
_FILTERED = frozenset({"content_filter", "ResponsibleAIPolicyViolation"})
_MASKED_KEY = re.compile(r"\S*\*{3,}\S*|\b(?:sk|pk|gsk)[-_][\w-]{8,}")
_LONGEST_QUOTE = 120


class OpenAIProvider:
    """Serves the models of one OpenAI-compatible server.

    `base_url` ends before `/chat/completions`. `timeout_s` counts from the moment a request is sent. `key_variable` is
    where a person finds the key, for error messages. `max_tokens_name` is the server's name for that setting.
    """

    def __init__(
        self,
        base_url: str,
        *,
        name: str = "openai",
        api_key: str | None = None,
        key_variable: str | None = None,
        timeout_s: float = 600.0,
        connect_timeout_s: float = 10.0,
        max_tokens_name: str = "max_tokens",
    ) -> None:
        url = _checked(base_url, api_key)
        self._server = _Server(name, str(url.with_user(None).with_query(None)), key_variable, api_key)
        self._url = url.joinpath("chat", "completions").with_query(url.query)
        self._timeout_s, self._connect_timeout_s = timeout_s, connect_timeout_s
        self.quota = Quota(name, self._server.url, key_digest(api_key))
        self._max_tokens_name = max_tokens_name
        self._n_in_flight = 0
        self._session: aiohttp.ClientSession | None = None
        self._proxy: URL | None = None
        self._closed = False

    def __repr__(self) -> str:
        server = self._server
        return f"OpenAIProvider({server.url!r}, name={server.name!r}, in_flight={self._n_in_flight})"

    async def complete(self, request: Request) -> Completion:
        """The model's completion."""
        model = request.model.partition("/")[2] or request.model
        body = self._body(model, request)
        return await self._attempt(model, body)

    async def close(self) -> None:
        """Give the connections back; closing twice is no error."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _body(self, model: str, request: Request) -> bytes:
        settings = request.sampling
        if self._max_tokens_name != "max_tokens" and "max_tokens" in settings:
            settings = {self._max_tokens_name if name == "max_tokens" else name: settings[name] for name in settings}
        try:
            return orjson.dumps({**settings, "model": model, "messages": request.messages})
        except TypeError as error:
            msg = f"the request {request.key} cannot be written as JSON: {quoted(str(error))}"
            raise RequestRejected(msg) from error

    async def _attempt(self, model: str, body: bytes) -> Completion:
        self._n_in_flight += 1
        started = time.perf_counter()
        try:
            answer = await self._exchange(body)
        finally:
            self._n_in_flight -= 1
        latency_s = time.perf_counter() - started
        return self._server.completion(answer, model, latency_s)

    async def _exchange(self, body: bytes) -> "_Answer":
        session = self._session or self._open()
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                session.post(self._url, data=body, proxy=self._proxy, allow_redirects=False) as response,
            ):
                return _Answer(response.status, response.headers, await response.read())
        except (aiohttp.ServerTimeoutError, aiohttp.ClientError, OSError) as error:
            raise self._no_answer(error) from error

    def _no_answer(self, error: Exception) -> ProviderError:
        if isinstance(error, aiohttp.ServerTimeoutError):
            msg = f"{self._server} gave no connection within {self._connect_timeout_s:g} s"
            return ProviderTimeout(msg)
        if isinstance(error, TimeoutError):
            return ProviderTimeout(f"{self._server} gave no complete answer within {self._timeout_s:g} s")
        return self._server.unreachable(error)

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            msg = f"{self!r} is closed; open another provider"
            raise ConfigurationError(msg)
        # Found once, because aiohttp's trust_env would look for proxies and .netrc in a thread for every request.
        self._proxy = _proxy(self._url)
        headers = {"Content-Type": "application/json", "User-Agent": "llm-fellowship"}
        if self._server.key:
            headers["Authorization"] = f"Bearer {self._server.key}"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30.0),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            request_class=StampedRequest,
            headers=headers,
        )
        return self._session


class StampedRequest(aiohttp.ClientRequest):
    """Tells the gate when it is written to its connection."""

    async def send(self, conn: Any) -> Any:
        """As every request, and the gate's stamp first."""
        if stamp := sending.get():
            stamp()
        return await super().send(conn)


def quoted(text: str | bytes, secret: str | None = None) -> str:
    """At most 120 characters of a foreign text, on one line, without the secret and what looks like one."""
    line = text.decode(errors="replace") if isinstance(text, bytes) else text
    if secret:
        line = line.replace(secret, "[key]")
    line = _MASKED_KEY.sub("[key]", line)
    line = " ".join("".join(char if char.isprintable() else " " for char in line).split())
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 3] + "..."


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    raw: bytes


@dataclass(frozen=True, slots=True)
class _Server:
    """Who answers: reads its answers, and turns what is no completion into the error of the right kind."""

    name: str
    url: str
    key_variable: str | None
    key: str | None = field(repr=False)

    def __str__(self) -> str:
        return f"{self.name} at {self.url}"

    def completion(self, answer: _Answer, model: str, latency_s: float) -> Completion:
        """The completion in an answer; a ProviderError when there is none."""
        if not 200 <= answer.status < 300:
            return self._without_completion(answer, _error_in(answer.raw), model, latency_s)
        try:
            data = _json(answer.raw)
        except ValueError as error:
            msg = f"{self} answered with something that is not JSON: '{quoted(answer.raw, self.key)}'"
            raise MalformedResponse(msg) from error
        try:
            choice = data["choices"][0]
            if choice.get("error"):
                return self._without_completion(answer, choice["error"], model, latency_s)
            text, finish = _text_and_finish(choice)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            if isinstance(data, dict) and isinstance(data.get("error"), dict):
                return self._without_completion(answer, data["error"], model, latency_s)
            expected = "expected a chat completion with a text in choices[0].message"
            msg = f"{self} answered with JSON of another form: '{quoted(answer.raw, self.key)}'; {expected}"
            raise MalformedResponse(msg) from error
        request_id = answer.headers.get("x-request-id") or _name(data.get("id"))
        return Completion(text, finish, _usage(data.get("usage")), _name(data.get("model")), request_id, latency_s)

    def unreachable(self, error: Exception) -> ProviderError:
        """The error for a connection that could not be made, or that broke; says whether a server is listening."""
        reason = getattr(getattr(error, "os_error", error), "strerror", None) or type(error).__name__
        if isinstance(error, aiohttp.ClientHttpProxyError | aiohttp.ClientProxyConnectionError):
            return ProviderUnavailable(f"{self} cannot be reached through the proxy: {reason}")
        if isinstance(error, aiohttp.ClientResponseError):
            return MalformedResponse(f"a server is listening for {self}, but it does not answer in HTTP")
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return ProviderUnavailable(f"{self}: the host has no address; check the base URL and the network")
        if isinstance(error, aiohttp.ClientSSLError):
            return ProviderUnavailable(
                f"a server is listening for {self}, but no secure connection came about: {reason}"
            )
        if isinstance(error, aiohttp.ClientConnectorError):
            if getattr(error.os_error, "errno", None) == errno.ECONNREFUSED:
                return ProviderUnavailable(f"no server is listening for {self}; start it, or change the base URL")
            return ProviderUnavailable(f"no connection to {self}: {reason}")
        return ProviderUnavailable(f"a server is listening for {self}, but the connection broke: {reason}")

    def _without_completion(
        self, answer: _Answer, error: Mapping[str, Any], model: str, latency_s: float
    ) -> Completion:
        code = error.get("code")
        status = answer.status
        if status < 300:  # OpenRouter answers 200 once the model has begun, and puts the status into the body
            status = code if isinstance(code, int) and code >= 400 else 502
        if _is_filtered(status, error):
            return Completion("", "content_filter", request_id=answer.headers.get("x-request-id"), latency_s=latency_s)
        failure = self._failure(status, answer, error, model)
        should_retry = answer.headers.get("x-should-retry")
        if should_retry == "true" and type(failure) is RequestRejected:
            raise ProviderUnavailable(str(failure))
        if should_retry == "false":
            failure.retryable = False
        raise failure

    def _failure(self, status: int, answer: _Answer, error: Mapping[str, Any], model: str) -> ProviderError:
        message = error.get("message") or error.get("detail")
        told = f"({status}): '{quoted(message if isinstance(message, str) else answer.raw, self.key)}'"
        too_long = "context length" in str(message)  # Together says so with a 403
        if status == 402 or (status == 429 and _QUOTA.search(f"{error.get('code')} {error.get('type')}")):
            return ProviderRefused(f"{self} has no quota left for this account {told}; check its plan and billing")
        if status == 429:
            return RateLimited(f"{self} asks to slow down {told}", retry_after_s=_retry_after_s(answer.headers))
        if status == 401 or (status == 403 and not too_long):
            where = f"environment variable {self.key_variable}" if self.key_variable else "api_key of this provider"
            return ProviderRefused(f"{self} refuses the key {told}; check the {where}")
        if status in _LATER or status >= 500:
            return ProviderUnavailable(f"{self} failed {told}")
        if status < 400:
            target = quoted(answer.headers.get("Location", ""), self.key)
            return RequestRejected(f"{self} redirects ({status}) to '{target}'; change the base URL")
        if status == 404:
            return RequestRejected(f"{self} does not know the model {model!r} {told}; check its name and the base URL")
        return RequestRejected(f"{self} rejects the request for {model!r} {told}")


def _json(raw: bytes) -> Any:
    """Python's own reader takes what orjson refuses: half an emoji, where a reply was cut, and NaN in a count."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return json.loads(raw)


def _text_and_finish(choice: dict[str, Any]) -> tuple[str, Finish]:
    message = choice["message"]
    if message.get("refusal"):
        return str(message["refusal"]), "refusal"
    text = message.get("content")
    if not isinstance(text, str):
        # null when all room went into reasoning; Mistral's reasoning models send parts
        text = "".join(part.get("text", "") for part in text or () if part["type"] == "text")
    return text, _FINISH.get(choice.get("finish_reason"), "unknown")  # type: ignore[arg-type]  # None is no key


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _usage(usage: Any) -> Usage:
    if not isinstance(usage, dict):
        return Usage()
    prompt = usage.get("prompt_tokens_details")
    completion = usage.get("completion_tokens_details")
    return Usage(
        _count(usage, "prompt_tokens"),
        _count(usage, "completion_tokens"),
        _count(prompt, "cached_tokens") if prompt else 0,
        _count(completion, "reasoning_tokens") if completion else 0,
    )


def _count(counts: Any, name: str) -> int:
    count = counts.get(name) if isinstance(counts, dict) else None
    return count if isinstance(count, int) else 0


def _error_in(raw: bytes) -> Mapping[str, Any]:
    """The error object of a body, in any of the forms that servers use; empty if there is none."""
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    if isinstance(data, list) and data:
        data = data[0]
    if not isinstance(data, dict):
        return {}
    error = data.get("error", data)
    return error if isinstance(error, dict) else {"message": error}


def _is_filtered(status: int, error: Mapping[str, Any]) -> bool:
    """A filter turned the prompt down: Azure answers 400, OpenRouter 403. That is a result, as a filtered reply is."""
    inner, metadata = error.get("innererror"), error.get("metadata")
    codes = {str(error.get("code")), str(inner.get("code") if isinstance(inner, dict) else None)}
    flagged = isinstance(metadata, dict) and "flagged_input" in metadata
    return (status == 400 and bool(codes & _FILTERED)) or (status == 403 and flagged)


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The wait in seconds that the server asks for: retry-after-ms, or retry-after as seconds or as a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with contextlib.suppress(ValueError):
            wait_s = float(headers.get(name, "")) * unit
            if math.isfinite(wait_s):
                return max(0.0, wait_s)
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time())
    return None


def _checked(base_url: str, api_key: str | None) -> URL:
    try:
        url = URL(base_url)
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        msg = f"the base URL {base_url!r} cannot be used; expected a form like 'http://localhost:8000/v1'"
        raise ConfigurationError(msg)
    if api_key and not (api_key.isascii() and api_key.isprintable()):
        msg = f"the key for {url.host} contains characters that no key has, such as a line break; copy it once more"
        raise ConfigurationError(msg)
    if api_key and url.user:
        msg = f"the base URL for {url.host} has a user name in it, and there is a key too; expected one of them"
        raise ConfigurationError(msg)
    return url


def _proxy(url: URL) -> URL | None:
    """The environment's proxy for this address; none for this machine itself."""
    address = getproxies().get(url.scheme)
    host = url.host or ""
    if not address or host in ("localhost", "127.0.0.1", "::1") or proxy_bypass(host):
        return None
    return URL(address if "://" in address else f"http://{address}")
