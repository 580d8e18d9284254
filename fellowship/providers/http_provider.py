"""A provider over HTTP in some form: what is sent, what is read. The forms are in openai.py, anthropic.py, gemini.py.

One `complete` is one request, except that a setting which a model refuses is left out from then on, and the request
made once more. Trying again and keeping to limits is the gate's.
"""

import json
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, runtime_checkable

import orjson
from yarl import URL

from fellowship.protocols.completions import Completion, Finish, Request
from fellowship.protocols.errors import MalformedResponse, ProviderError, RequestRejected
from fellowship.protocols.events import get_logger
from fellowship.protocols.quota import Quota, key_digest
from fellowship.providers.error_mapping import ErrorBody, to_exception
from fellowship.providers.http import HttpClient, ServerInfo, TimeLimits, checked_url, quoted
from fellowship.providers.rate_limit_headers import advertised_limits
from fellowship.providers.transport import Response

MAX_REFUSED_SETTINGS = 8
REQUIRED_FIELDS = frozenset({"model", "messages", "contents", "system"})

log = get_logger()


class EmbeddedError(Exception):
    """An answer of status 200 that holds an error instead of a completion."""

    def __init__(self, error: Any) -> None:
        super().__init__("an error inside an answer")
        self.error = error


@runtime_checkable
class Dialect(Protocol):
    """How a kind of server is asked, and how it answers."""

    @property
    def expected(self) -> str:
        """What an answer is, in words."""

    def headers(self, key: str | None) -> dict[str, str]:
        """With which every request is sent."""

    def url(self, base: URL, model: str) -> URL:
        """Where completions of the model are asked for."""

    def body(self, request: Request, model: str, refused: frozenset[str]) -> dict[str, Any]:
        """What is sent, without the settings that the model refuses."""

    def completion(self, data: Any, request_id: str | None, latency_s: float) -> Completion:
        """The completion in an answer. Unusual for an error; whatever else it raises means another form of JSON."""

    def problem(self, status: int, data: Any) -> ErrorBody:
        """What an error body says."""

    def filtered(self, problem: ErrorBody) -> Finish | None:
        """How a prompt ended that was filtered, and so has a result; None for other problems."""


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """What a provider over HTTP takes besides its address.

    `timeout_s` counts from the moment of the request to the last byte. `key_variable` is where a person finds the key,
    for error messages. `dialect` is that of the headers which name limits, `announces` whether they are sure to come;
    the others tell how requests are counted: see `Quota`.
    """

    api_key: str | None = None
    key_variable: str | None = None
    timeout_s: float = 600.0
    first_byte_timeout_s: float | None = None
    connect_timeout_s: float = 10.0
    dialect: str = "none"
    announces: bool = False
    limitless: bool = False
    charges_max_tokens: bool = False
    counts_cached: bool = True


class HttpProvider:
    """Serves the models of one server; `quota` tells the gate whose limits its requests count against."""

    def __init__(self, form: Dialect, base_url: str, name: str, options: HttpOptions) -> None:
        key = options.api_key
        url = checked_url(base_url, key)
        shown = str(url.with_user(None).with_query(None))
        first_byte_s = options.first_byte_timeout_s or options.timeout_s
        self._form, self._base = form, url
        self._server = ServerInfo(name, shown, options.key_variable, key)
        self._dialect = options.dialect
        self.quota = Quota(
            name,
            shown,
            key_digest(key),
            announces=options.announces,
            limitless=options.limitless,
            charges_max_tokens=options.charges_max_tokens,
            counts_cached=options.counts_cached,
        )
        limits = TimeLimits(options.connect_timeout_s, first_byte_s, options.timeout_s)
        self._connection = HttpClient(self._server, form.headers(key), limits)
        self._urls: dict[str, URL] = {}
        self._refused: dict[str, frozenset[str]] = defaultdict(frozenset)

    def __repr__(self) -> str:
        server, kind = self._server, type(self).__name__
        return f"{kind}({server.url!r}, name={server.name!r}, in_flight={self._connection.n_in_flight})"

    async def complete(self, request: Request) -> Completion:
        """The model's completion; a ProviderError when there is none."""
        model = request.model.partition("/")[2] or request.model
        for _ in range(MAX_REFUSED_SETTINGS):
            without = self._refused[model]
            try:
                return await self._asked(request, model)
            except RequestRejected as error:
                if error.parameter is None or not self._does_without(error.parameter, request, model, without):
                    raise
        return await self._asked(request, model)

    def body(self, request: Request) -> bytes:
        """What is sent for a request."""
        return self._body(request, request.model.partition("/")[2] or request.model)

    async def close(self) -> None:
        """Give the connections back; closing twice is no error."""
        await self._connection.close()

    async def _asked(self, request: Request, model: str) -> Completion:
        url = self._urls.get(model)
        if url is None:
            url = self._urls[model] = self._form.url(self._base, model)
        body = self._body(request, model)
        started = time.perf_counter()
        answer = await self._connection.post(url, body)
        return self._read(answer, model, time.perf_counter() - started)

    def _body(self, request: Request, model: str) -> bytes:
        try:
            return orjson.dumps(self._form.body(request, model, self._refused.get(model, frozenset())))
        except TypeError as error:
            msg = f"the request {request.key} cannot be written as JSON: {quoted(str(error))}"
            raise RequestRejected(msg) from error

    def _does_without(self, parameter: str, request: Request, model: str, without: frozenset[str]) -> bool:
        """Whether the request, which was sent `without` some settings, had that one and can go without it too.

        Others that were out at the same time may have found that out already.
        """
        if parameter not in _names(self._form.body(request, model, without)) or parameter in REQUIRED_FIELDS:
            return False
        if parameter not in self._refused[model]:
            self._refused[model] |= {parameter}
            log.warning("setting_dropped", model=model, provider=self._server.name, setting=parameter)
        return True

    def _read(self, answer: Response, model: str, latency_s: float) -> Completion:
        limits = (
            ()
            if self._dialect == "none"
            else advertised_limits(answer.headers, self._dialect, now=lambda: datetime.now(UTC))
        )
        if not 200 <= answer.status < 300:
            return self._without_completion(answer, _json_or_none(answer.raw), model, latency_s, limits)
        try:
            data = _json(answer.raw)
        except ValueError as error:
            told = self._server.quoted(answer.raw)
            hint = "; check that the base URL is that of an LLM server" if answer.raw.lstrip()[:1] == b"<" else ""
            msg = f"{self._server} answered with something that is not JSON: '{told}'{hint}"
            raise MalformedResponse(msg) from error
        try:
            completion = self._form.completion(data, _request_id(answer), latency_s)
        except EmbeddedError as unusual:
            return self._without_completion(answer, {"error": unusual.error}, model, latency_s, limits)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            if isinstance(data, dict) and isinstance(data.get("error"), dict):
                return self._without_completion(answer, data, model, latency_s, limits)
            raise self._of_another_form(answer) from error
        return completion if not limits else _with(completion, limits)

    def _without_completion(self, answer: Response, data: Any, model: str, latency_s: float, limits: Any) -> Completion:
        problem = self._form.problem(answer.status, data)
        finish = self._form.filtered(problem)
        if finish is not None:
            return Completion("", finish, request_id=_request_id(answer), latency_s=latency_s, announced=limits)
        raise to_exception(self._server, problem, answer, model, limits)

    def _of_another_form(self, answer: Response) -> ProviderError:
        told = self._server.quoted(answer.raw)
        return MalformedResponse(
            f"{self._server} answered with JSON of another form: '{told}'; expected {self._form.expected}; "
            "check that the base URL is that of an LLM server"
        )


def error_object(data: Any) -> Mapping[str, Any]:
    """The error object of a body, in any of the forms that servers use; empty if there is none."""
    if isinstance(data, list) and data:
        data = data[0]
    if not isinstance(data, dict):
        return {}
    error = data.get("error", data)
    return error if isinstance(error, dict) else {"message": error}


def text_or_none(value: Any) -> str | None:
    """A text, or nothing."""
    return value if isinstance(value, str) else None


def token_count(counts: Any, key: str) -> int:
    """A whole number of a record; 0 where there is none."""
    number = counts.get(key) if isinstance(counts, dict) else None
    return number if isinstance(number, int) else 0


def _names(body: Mapping[str, Any]) -> set[str]:
    """The settings of a body, those of Gemini's generationConfig among them."""
    inner = body.get("generationConfig")
    return {*body, *(inner if isinstance(inner, Mapping) else ())}


def _with(completion: Completion, limits: Any) -> Completion:
    return Completion(
        completion.text,
        completion.finish,
        completion.usage,
        completion.served_model,
        completion.request_id,
        completion.latency_s,
        announced=limits,
        reasoning=completion.reasoning,
    )


def _request_id(answer: Response) -> str | None:
    return answer.headers.get("x-request-id") or answer.headers.get("request-id")


def _json(raw: bytes) -> Any:
    """Python's own reader takes what orjson refuses: half an emoji, where a reply was cut, and NaN in a count."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return json.loads(raw)


def _json_or_none(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
