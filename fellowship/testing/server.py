"""A small server that speaks OpenAI's chat completions, in a process of its own: for tests and benchmarks.

    python -m fellowship.testing.server --answers sim --port 0

prints one line `{"port": ..., "pid": ...}` once it listens on 127.0.0.1, and ends on SIGTERM or when its standard
input closes, so that a killed test leaves nothing behind. `GET /stats` tells what it was asked.

--answers   sim         the simulated model; what it replies depends on the request's body only
            canned      the same bytes every time, the fastest there is
            gibberish   well-formed completions without meaning
            garbage     status 200 and a body that is not JSON
            TEXT        completions with that text
"""

import argparse
import asyncio
import hashlib
import http.client
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import orjson
from aiohttp import web

from fellowship.protocols.completions import AskKey, Completion, Request, Usage
from fellowship.protocols.errors import FellowshipError

Answer: TypeAlias = Callable[[dict[str, Any], str], Awaitable[bytes]]

_SETTINGS = ("temperature", "top_p", "max_tokens", "seed", "stop")
_WORDS = ("blon", "trask", "wug", "fendle", "orim", "quib", "slarn", "dax", "mip", "tove", "gyre", "zupp")


@dataclass(frozen=True, slots=True)
class StartedServer:
    """A server that runs in another process."""

    port: int
    pid: int

    @property
    def base_url(self) -> str:
        """What a provider is given."""
        return f"http://127.0.0.1:{self.port}/v1"

    def stats(self) -> dict[str, Any]:
        """What it was asked so far: requests, by_body, in_flight, max_in_flight."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/stats")
            stats: dict[str, Any] = orjson.loads(connection.getresponse().read())
        finally:
            connection.close()
        return stats


@contextmanager
def started(answers: str = "canned", **options: float) -> Iterator[StartedServer]:
    """A server in a child process, until the block ends; options: port, latency_ms, jitter_ms, seed."""
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    child = subprocess.Popen(
        [sys.executable, "-m", "fellowship.testing.server", f"--answers={answers}", *flags],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],  # where the package can be imported from, installed or not
    )
    with child:
        try:
            line = child.stdout.readline() if child.stdout else b""
            if not line:
                msg = f"the server ended with exit code {child.wait()} before it listened"
                raise RuntimeError(msg)
            yield StartedServer(**orjson.loads(line))
        finally:
            child.terminate()


class Served:
    """The requests of one server: answers them after the latency, and counts."""

    def __init__(self, answer: Answer, *, latency_s: float = 0.0, jitter_s: float = 0.0, seed: int = 0) -> None:
        self._answer, self._latency_s, self._jitter_s = answer, latency_s, jitter_s
        self._rng = random.Random(seed)
        self._by_body: Counter[str] = Counter()
        self._n_requests = self._n_in_flight = self._max_in_flight = 0

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request: of completions, or of the counts."""
        if request.method == "POST" and request.path.endswith("/chat/completions"):
            return await self._complete(await request.read())
        if request.path == "/stats":
            return _response(orjson.dumps(self.stats()))
        if request.method == "GET" and request.path.endswith("/v1/models"):
            return _response(orjson.dumps({"object": "list", "data": [{"id": "any", "object": "model"}]}))
        return _response(_error(f"there is nothing at {request.path}"), status=404)

    def stats(self) -> dict[str, Any]:
        """The counts as `GET /stats` gives them."""
        return {
            "requests": self._n_requests,
            "by_body": dict(self._by_body),
            "in_flight": self._n_in_flight,
            "max_in_flight": self._max_in_flight,
        }

    async def _complete(self, raw: bytes) -> web.Response:
        try:
            body = orjson.loads(raw)
            digest = body_digest(body)
            n_messages = len(body["messages"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            n_messages = 0
        if not n_messages:
            return _response(_error("expected a JSON object with model and messages"), status=400)
        self._n_requests += 1
        self._by_body[digest] += 1
        self._n_in_flight += 1
        self._max_in_flight = max(self._max_in_flight, self._n_in_flight)
        try:
            if self._latency_s or self._jitter_s:
                await asyncio.sleep(self._latency_s + self._rng.uniform(0.0, self._jitter_s))
            return _response(await self._answer(body, digest))
        except FellowshipError as error:
            return _response(_error(str(error)), status=404)
        finally:
            self._n_in_flight -= 1


def body_digest(body: dict[str, Any]) -> str:
    """16 hex digits of what was asked: model, messages and seed."""
    return hashlib.sha256(orjson.dumps([body["model"], body["messages"], body.get("seed")])).hexdigest()[:16]


def _response(body: bytes, *, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json"})


def _error(message: str) -> bytes:
    return orjson.dumps({"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}})


def _completion(completion: Completion, model: str, digest: str) -> bytes:
    refused, usage = completion.finish == "refusal", completion.usage
    content, refusal = (None, completion.text) if refused else (completion.text, None)
    message = {"role": "assistant", "content": content, "refusal": refusal}
    finish = "stop" if refused else completion.finish
    return orjson.dumps(
        {
            "id": f"chatcmpl-{digest}",
            "object": "chat.completion",
            "created": 0,
            "model": model,
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
            "usage": {
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "total_tokens": usage.prompt_tokens + usage.completion_tokens,
                "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
                "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
            },
        }
    )


def _answers(kind: str) -> Answer:
    if kind == "sim":
        return _simulated()
    if kind == "gibberish":
        return _gibberish
    if kind == "garbage":
        return partial(_constant, b"<html><body>504 upstream is having lunch</body></html>")
    if kind == "canned":
        text = "A canned answer, long enough to look like one. " * 12
        return partial(_constant, _completion(Completion(text, usage=Usage(200, 130)), "canned", "0" * 16))
    return partial(_text, kind)


async def _constant(answer: bytes, body: dict[str, Any], digest: str) -> bytes:
    return answer


async def _text(text: str, body: dict[str, Any], digest: str) -> bytes:
    return _completion(_counted(text, body), body["model"], digest)


async def _gibberish(body: dict[str, Any], digest: str) -> bytes:
    rng = random.Random(digest)
    return await _text(" ".join(rng.choices(_WORDS, k=rng.randint(5, 60))), body, digest)


def _counted(text: str, body: dict[str, Any]) -> Completion:
    n_prompt = sum(len(str(message["content"]).split()) for message in body["messages"])
    return Completion(text, usage=Usage(n_prompt, len(text.split())))


def _simulated() -> Answer:
    from fellowship.providers.sim.provider import SimProvider

    provider = SimProvider()

    async def answer(body: dict[str, Any], digest: str) -> bytes:
        model = f"sim/{body['model'].rpartition('/')[2]}"
        settings = {name: body[name] for name in _SETTINGS if body.get(name) is not None}
        key = AskKey(digest, "", "served", 0)
        completion = await provider.complete(Request(key, 1, model, tuple(body["messages"]), settings, ""))
        return _completion(completion, body["model"], digest)

    return answer


async def _serve(port: int, served: Served) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    runner = web.ServerRunner(web.Server(served.handle, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port, backlog=4096).start()
        ready = {"port": runner.addresses[0][1], "pid": os.getpid()}
        print(orjson.dumps(ready).decode(), flush=True)
        threading.Thread(target=_when_input_closes, args=(loop, stop), daemon=True).start()
        await stop.wait()
    finally:
        await runner.cleanup()


def _when_input_closes(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m fellowship.testing.server", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--answers", default="canned", metavar="sim|canned|gibberish|garbage|TEXT")
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--jitter-ms", type=float, default=0.0, help="at most so much more, drawn evenly")
    parser.add_argument("--seed", type=int, default=0, help="of the jitter")
    return parser.parse_args()


def main() -> None:
    """Serve until told to stop."""
    options = _arguments()
    latency_s, jitter_s = options.latency_ms / 1000, options.jitter_ms / 1000
    served = Served(_answers(options.answers), latency_s=latency_s, jitter_s=jitter_s, seed=options.seed)
    asyncio.run(_serve(options.port, served))


if __name__ == "__main__":
    main()
