"""A provider over HTTP: sends requests and reads responses in a wire format, a `Dialect`, from `dialects/`.

One `complete` is one request, except that a setting which a model refuses is left out from then on, and the request
sent again. Retries and limits are the task of the rate limiter.
"""

import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, runtime_checkable

import aiohttp
import orjson
from multidict import istr
from yarl import URL

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import MalformedResponse, RequestRejected
from fellowship.protocols.events import get_logger
from fellowship.protocols.quota import Quota, key_digest
from fellowship.providers.error_mapping import CHECK_URL, ErrorBody, to_exception
from fellowship.providers.http import HttpClient, ServerInfo, checked_url, quoted
from fellowship.providers.rate_limit_headers import advertised_limits
from fellowship.providers.server import Server
from fellowship.providers.transport import Response

X_REQUEST_ID, REQUEST_ID = istr("X-Request-Id"), istr("Request-Id")
SIMULATED_HEADER = istr("X-Fellowship-Simulated")  # of the server that `fellowship serve-sim` starts
QUOTA_FLAGS = ("announces", "limitless", "charges_max_tokens", "counts_cached")
REQUIRED_FIELDS = frozenset({"model", "messages", "contents", "system"})
LENGTH_LIMITS = frozenset({"max_tokens", "max_completion_tokens", "maxOutputTokens"})

log = get_logger()


class EmbeddedError(Exception):
    """A response with status 200 that contains an error instead of a completion."""

    def __init__(self, error: Any) -> None:
        super().__init__("an error inside an answer")
        self.error = error


UNUSUAL_JSON = (ValueError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError, RecursionError)
UNUSUAL_ERRORS = (*UNUSUAL_JSON, EmbeddedError)


@runtime_checkable
class Dialect(Protocol):
    """A wire format: requests to a kind of server, and its responses."""

    expected: ClassVar[str]
    """A description of a valid response, for error messages."""

    def headers(self, key: str | None) -> dict[str, str]:
        """The headers of every request."""
        ...

    def url(self, base: URL, model: str) -> URL:
        """The address for completions of the model."""
        ...

    def body(self, request: Request, model: str, refused: frozenset[str]) -> dict[str, Any]:
        """The request body, without the settings that the model refuses."""
        ...

    def completion(self, data: Any, request_id: str | None, latency_s: float) -> Completion:
        """The completion in a response. EmbeddedError for an error inside; other exceptions mean other JSON."""
        ...

    def problem(self, status: int, data: Any) -> ErrorBody:
        """The contents of an error body."""
        ...


@dataclass(slots=True)
class Target:
    """A model as the server names it, its address, and the settings that it has refused."""

    model: str
    url: URL
    refused: frozenset[str] = frozenset()


class HttpProvider:
    """Serves the models of one server; `quota` names the limits that its requests count against.

    `key_variable` is the variable with the key, for error messages.
    """

    def __init__(
        self, dialect: Dialect, server: Server, name: str, *, api_key: str | None, key_variable: str | None
    ) -> None:
        self._dialect, self._base = dialect, checked_url(server.base_url, api_key)
        shown = str(self._base.with_user(None).with_query(None))
        self._server = ServerInfo(name, shown, key_variable, api_key)
        self._header_dialect = server.dialect
        granted = {flag: getattr(server, flag) for flag in QUOTA_FLAGS}
        self.quota = Quota(name, shown, key_digest(api_key), **granted)
        self._client = HttpClient(self._server, dialect.headers(api_key), server)
        self._targets: dict[str, Target] = {}

    def __repr__(self) -> str:
        server, transport, kind = self._server, self._client.transport, type(self).__name__
        n_in_flight = 0 if transport is None else transport.n_in_flight
        return f"{kind}({server.url!r}, name={server.name!r}, in_flight={n_in_flight})"

    async def complete(self, request: Request) -> Completion:
        """The model's completion, or a ProviderError."""
        target = self._targets.get(request.model) or self._target(request.model)
        without = target.refused
        body = self._body(request, target)
        started = time.perf_counter()
        transport = self._client.transport or self._client.open(target.url)
        try:
            response = await transport.post(target.url, body)
        except (aiohttp.ClientError, OSError) as error:
            raise self._client.no_response(error) from error
        latency_s = time.perf_counter() - started
        if response.status == 200 and self._header_dialect == "none":
            try:
                return self._completion(orjson.loads(response.raw), response, latency_s)
            except UNUSUAL_ERRORS:
                pass  # _read handles every other response
        try:
            return self._read(response, target.model, latency_s)
        except RequestRejected as error:
            if error.parameter is None or not self._does_without(error, error.parameter, request, target, without):
                raise
        return await self.complete(request)  # a parameter is dropped once, so this ends

    def body(self, request: Request) -> bytes:
        """The body that is sent for a request."""
        return self._body(request, self._targets.get(request.model) or self._target(request.model))

    async def close(self) -> None:
        """Close all connections; closing twice is no error."""
        await self._client.close()

    def _target(self, name: str) -> "Target":
        model = name.partition("/")[2] or name
        target = self._targets[name] = Target(model, self._dialect.url(self._base, model))
        return target

    def _body(self, request: Request, target: "Target") -> bytes:
        try:
            return orjson.dumps(self._dialect.body(request, target.model, target.refused))
        except TypeError as error:
            msg = f"the request {request.key} cannot be written as JSON: {quoted(str(error))}"
            raise RequestRejected(msg) from error

    def _does_without(
        self, error: RequestRejected, parameter: str, request: Request, target: "Target", without: frozenset[str]
    ) -> bool:
        """Whether the request, which was sent `without` some settings, had that one and can be sent without it too.

        RequestRejected where it would be sent without its `max_tokens`: the reply might cost any amount.
        """
        body = self._dialect.body(request, target.model, without)
        if parameter not in _settings(body) - REQUIRED_FIELDS:
            return False
        if parameter not in target.refused:  # else a request in flight at the same time has dropped it
            if parameter in LENGTH_LIMITS and "max_tokens" in request.sampling:
                less = self._dialect.body(request, target.model, target.refused | {parameter})
                if LENGTH_LIMITS.isdisjoint(_settings(less)):
                    raise self._unlimited(error, target.model) from error
            target.refused |= {parameter}
            log.warning("setting_dropped", model=target.model, provider=self._server.name, setting=parameter)
        return True

    def _unlimited(self, error: RequestRejected, model: str) -> RequestRejected:
        return RequestRejected(
            f"{self._server} refuses the limit on the length of a reply for {model!r}, and without one a reply may "
            f"cost any amount; lower max_tokens if it is too large, choose another model, or ask through a role whose "
            f"default_sampling has no max_tokens ({error})"
        )

    def _read(self, answer: Response, model: str, latency_s: float) -> Completion:
        limits = advertised_limits(answer.headers, self._header_dialect)
        if 200 <= answer.status < 300:
            data = self._json(answer)
            try:
                completion = self._completion(data, answer, latency_s)
                return replace(completion, announced=limits) if limits else completion
            except EmbeddedError as unusual:
                data = {"error": unusual.error}
            except UNUSUAL_JSON as error:
                if not isinstance(data, dict) or not isinstance(data.get("error"), dict):
                    told, expected = self._server.quoted(answer.raw), self._dialect.expected
                    msg = (
                        f"{self._server} answered with JSON of another form: '{told}'; expected {expected}; {CHECK_URL}"
                    )
                    raise MalformedResponse(msg) from error
        else:
            data = None
            with contextlib.suppress(MalformedResponse):
                data = self._json(answer)
        try:
            problem = self._dialect.problem(answer.status, data)
        except UNUSUAL_JSON:  # an error body of another form: its status counts, and its text is quoted
            problem = ErrorBody(502 if answer.status < 300 else answer.status)
        if problem.is_filtered:
            filtered = Completion("", "content_filter", request_id=_request_id(answer), latency_s=latency_s)
            return replace(filtered, announced=limits)
        raise to_exception(self._server, problem, answer, model, limits)

    def _completion(self, data: Any, answer: Response, latency_s: float) -> Completion:
        """The completion in a body. EmbeddedError for an error in it, also beside a text: that is only a part."""
        if type(data) is dict and "error" in data and _is_error(data["error"]):
            raise EmbeddedError(data["error"])
        completion = self._dialect.completion(data, _request_id(answer), latency_s)
        return replace(completion, simulated=True) if SIMULATED_HEADER in answer.headers else completion

    def _json(self, answer: Response) -> Any:
        """Python's json module reads what orjson refuses: lone surrogates of a reply cut in an emoji, and NaN."""
        with contextlib.suppress(orjson.JSONDecodeError):
            return orjson.loads(answer.raw)
        try:
            return json.loads(answer.raw)
        except (ValueError, RecursionError) as error:  # the latter: brackets in brackets, thousands deep
            told = self._server.quoted(answer.raw)
            hint = f"; {CHECK_URL}" if answer.raw.lstrip()[:1] == b"<" else ""
            msg = f"{self._server} answered with something that is not JSON: '{told}'{hint}"
            raise MalformedResponse(msg) from error


def _settings(body: Mapping[str, Any]) -> set[str]:
    return {*body, *body.get("generationConfig", ())}  # the place of Gemini's settings


def error_object(data: Any) -> Mapping[str, Any]:
    """The error object of a body, in any of the forms that servers use; empty for a body without one."""
    if isinstance(data, list) and data:
        data = data[0]
    if not isinstance(data, dict):
        return {}
    error = data.get("error", data)
    return error if isinstance(error, dict) else {"message": error}


def _is_error(error: Any) -> bool:
    """Whether the field `error` of a body says anything; some servers always send it, with null or empty values."""
    return any(error.values()) if isinstance(error, dict) else bool(error)


def text_or_none(value: Any) -> str | None:
    """The value if it is a text, else None."""
    return value if type(value) is str else None


def _request_id(answer: Response) -> str | None:
    headers = answer.headers
    return headers.get(X_REQUEST_ID) or headers.get(REQUEST_ID)
