"""Handles the requests of one simulated server: limits, faults, latency, answers, counts."""

import asyncio
import math
import random
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from fellowship.protocols.completions import Completion
from fellowship.protocols.digests import json_digest
from fellowship.protocols.errors import FellowshipError
from fellowship.protocols.quota import Dimension
from fellowship.providers.http_provider import SIMULATED_HEADER
from fellowship.testing.server_answers import GARBAGE, answers
from fellowship.testing.server_dialects import ANTHROPIC, ServedDialect, ServedRequest, ServedState, served_dialect
from fellowship.testing.server_faults import Faults
from fellowship.testing.server_limits import Arrivals, ServerLimit

SLOW_BODY_S = 2.0
MAX_BODIES = 100_000
MAX_SECONDS = 7200
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """The behaviour of a server. `limits` by dimension; `tokens_per_s` adds generation time to the latency."""

    answers: str = "sim"
    latency_s: float = 0.0
    jitter_s: float = 0.0
    tokens_per_s: float | None = None
    limits: Mapping[Dimension, ServerLimit] = field(default_factory=dict)
    max_concurrency: int | None = None
    announces: bool = False
    tells_retry_after: bool = True
    faults: Faults = field(default_factory=Faults)
    key: str | None = None
    models: tuple[str, ...] = ()
    window_s: float = 60.0
    seed: int = 0


class RefusedRequest(Exception):
    """A request that is answered with an error status."""

    def __init__(self, status: int, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status, self.retry_after_s = status, retry_after_s


class SimulatedServer:
    """Handles and counts requests, with the behaviour of a `ServerConfig`."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._answer = answers(config.answers)
        self._rng = random.Random(config.seed)
        self._canned: dict[str, bytes] = {}
        self._now = asyncio.get_running_loop().time
        self._n_in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Set all counts to 0; limits and open requests keep their state."""
        self._started = self._now()
        self._by_body: Counter[str] = Counter()
        self._by_status: Counter[int] = Counter()
        self._by_fault: Counter[str] = Counter()
        self._n_requests = 0
        self._max_in_flight = self._n_in_flight
        self._arrivals, self._admitted = Arrivals(self._config.window_s), Arrivals(self._config.window_s)
        self._by_second: deque[list[int]] = deque(maxlen=MAX_SECONDS)
        self._first_at: float | None = None
        self._last_at: float | None = None

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Handle one request: for a completion, or for /stats, /reset or /models."""
        form = served_dialect(request.path) if request.method == "POST" else None
        if form is not None:
            return await self._answer_request(request, form)
        if request.path == "/stats":
            return _response(orjson.dumps(self.stats()))
        if request.path == "/reset":
            self.reset()
            return _response(b"{}")
        if request.path.endswith("/models"):
            from fellowship.providers.sim.profiles import PROFILES

            models = [{"id": name} for name in self._config.models or PROFILES]
            return _response(orjson.dumps({"object": "list", "data": models}))
        message = f"there is nothing at {request.path}"
        return _response(orjson.dumps({"error": {"message": message, "code": None}}), status=404)

    def stats(self) -> dict[str, Any]:
        """The counts for `GET /stats`; times in seconds since the start."""
        return {
            "simulated": True,
            "requests": self._n_requests,
            "rejected": self._by_status[429],
            "by_status": {str(status): n for status, n in self._by_status.items()},
            "by_fault": dict(self._by_fault),
            "by_body": dict(self._by_body),
            "in_flight": self._n_in_flight,
            "max_in_flight": self._max_in_flight,
            "window_s": self._config.window_s,
            "most_in_window": self._arrivals.most,
            "most_admitted_in_window": self._admitted.most,
            "first_at": self._first_at,
            "last_at": self._last_at,
            "arrived_by_second": [second[0] for second in self._by_second],
            "rejected_by_second": [second[1] for second in self._by_second],
        }

    async def _answer_request(self, request: web.BaseRequest, form: ServedDialect) -> web.StreamResponse:
        self._count_arrival()
        self._n_in_flight += 1
        self._max_in_flight = max(self._max_in_flight, self._n_in_flight)
        try:
            return await self._serve(request, form, self._read(await request.read(), request, form))
        except RefusedRequest as refused:
            return self._refuse(refused, form)
        finally:
            self._n_in_flight -= 1

    async def _serve(self, request: web.BaseRequest, form: ServedDialect, asked: ServedRequest) -> web.StreamResponse:
        fault = self._fault()
        self._admit(asked)
        if self._config.latency_s or self._config.jitter_s:
            await asyncio.sleep(self._config.latency_s + self._rng.uniform(0.0, self._config.jitter_s))
        if fault == "hang":
            await asyncio.sleep(3600)
        completion = await self._complete(asked)
        if fault == "truncated":
            completion = Completion(completion.text[: len(completion.text) // 2], "length", completion.usage)
        body, headers = self._body(form, completion, asked), self._headers(form)
        if completion.simulated:
            headers[SIMULATED_HEADER] = "1"
        self._by_status[200] += 1
        if fault in ("drop", "slow"):
            return await _send_in_halves(request, body, headers, drop=fault == "drop")
        return _response(body[: len(body) // 2] if fault == "malformed" else body, headers=headers)

    async def _complete(self, asked: ServedRequest) -> Completion:
        try:
            completion = await self._answer(asked)
        except FellowshipError as error:
            raise RefusedRequest(404, str(error)) from error
        if self._config.tokens_per_s:
            await asyncio.sleep(completion.usage.completion_tokens / self._config.tokens_per_s)
        if "output_tokens" in self._config.limits:
            self._config.limits["output_tokens"].charge(self._now(), completion.usage.completion_tokens)
        return completion

    def _read(self, raw: bytes, request: web.BaseRequest, form: ServedDialect) -> ServedRequest:
        config = self._config
        given = request.headers.get(form.key_header, "").removeprefix(form.key_prefix)
        if config.key is not None and given != config.key:
            raise RefusedRequest(401, "the key is not accepted")
        try:
            asked = form.read(request.path, orjson.loads(raw))
            identity = {"model": asked.model, "messages": asked.messages, "seed": asked.settings.get("seed")}
            asked = asked._replace(digest=body_digest(identity))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            asked = ServedRequest("", (), {})
        if not asked.messages or not isinstance(asked.settings.get("max_tokens", 0), int):
            raise RefusedRequest(400, "expected a JSON object with model and messages")
        if config.models and asked.model not in config.models:
            raise RefusedRequest(404, f"there is no model {asked.model}")
        if asked.digest in self._by_body or len(self._by_body) < MAX_BODIES:
            self._by_body[asked.digest] += 1
        return asked

    def _fault(self) -> str | None:
        """The fault of this request; faults with an error status are raised."""
        faults = self._config.faults
        if faults.is_down(self._now() - self._started):
            raise RefusedRequest(faults.outage_status, "the simulated server is down")
        fault = faults.draw(self._rng)
        if fault is None:
            return None
        self._by_fault[fault] += 1
        if fault in ("429", "429-bare"):
            raise RefusedRequest(429, "simulated rate limit", retry_after_s=1.0 if fault == "429" else None)
        if fault in ("500", "503"):
            raise RefusedRequest(int(fault), "the simulated server has failed")
        return fault

    def _admit(self, asked: ServedRequest) -> None:
        config, now = self._config, self._now()
        if config.max_concurrency is not None and self._n_in_flight > config.max_concurrency:
            raise RefusedRequest(503, "the simulated server is overloaded")
        for dimension, limit in config.limits.items():
            if (wait_s := limit.admit(now, _amount(dimension, asked))) is not None:
                raise RefusedRequest(429, f"the limit of {dimension} is used up", retry_after_s=wait_s)
        self._admitted.arrived(now)

    def _body(self, form: ServedDialect, completion: Completion, asked: ServedRequest) -> bytes:
        if self._config.answers == "garbage":
            return GARBAGE
        if self._config.answers != "canned" or completion.finish != "stop":
            return orjson.dumps(form.completion(completion, asked.model, asked.digest))
        if form.name not in self._canned:
            self._canned[form.name] = orjson.dumps(form.completion(completion, "canned", "0" * 16))
        return self._canned[form.name]

    def _refuse(self, refused: RefusedRequest, form: ServedDialect) -> web.Response:
        status = 529 if refused.status == 503 and form is ANTHROPIC else refused.status
        self._by_status[status] += 1
        headers = self._headers(form)
        if status == 429:
            if self._by_second:  # empty if the counts were reset meanwhile
                self._by_second[-1][1] += 1
            if refused.retry_after_s is not None and self._config.tells_retry_after:
                headers["Retry-After"] = str(math.ceil(refused.retry_after_s))
        return _response(orjson.dumps(form.refusal(status, str(refused))), status=status, headers=headers)

    def _headers(self, form: ServedDialect) -> dict[str, str]:
        if not self._config.announces:
            return {}
        now, states = self._now(), dict[Dimension, ServedState]()
        for dimension, limit in self._config.limits.items():
            left = limit.left(now)
            states[dimension] = ServedState(limit.limit, left, (limit.limit - left) * limit.window_s / limit.limit)
        return form.announced(states)

    def _count_arrival(self) -> None:
        now = self._now()
        self._n_requests += 1
        self._arrivals.arrived(now)
        at = now - self._started
        self._first_at, self._last_at = self._first_at if self._first_at is not None else at, at
        while len(self._by_second) <= min(int(at), MAX_SECONDS - 1):
            self._by_second.append([0, 0])
        self._by_second[-1][0] += 1


def body_digest(body: Mapping[str, Any]) -> str:
    """16 hex digits that identify model, messages and seed of a request."""
    return json_digest([body["model"], body["messages"], body.get("seed")]).hex()[:16]


def _amount(dimension: Dimension, asked: ServedRequest) -> int:
    """The amount that a request counts on arrival; output tokens are charged afterwards."""
    if dimension == "requests":
        return 1
    if dimension == "output_tokens":
        return 0
    n_input = 1 + sum(len(message["content"]) for message in asked.messages) // 4
    return n_input + (asked.settings.get("max_tokens") or 0) * (dimension == "tokens")


def _response(body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(body=body, status=status, headers={**JSON, **(headers or {})})


async def _send_in_halves(
    request: web.BaseRequest, body: bytes, headers: Mapping[str, str], *, drop: bool
) -> web.StreamResponse:
    """Send half of the body, then close the connection or, after two seconds, send the rest."""
    response = web.StreamResponse(headers={**JSON, "Content-Length": str(len(body)), **headers})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if drop:
        if request.transport is not None:
            request.transport.close()
        return response
    await asyncio.sleep(SLOW_BODY_S)
    await response.write(body[len(body) // 2 :])
    return response
