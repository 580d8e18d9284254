"""The simulated server in this process, for as long as one conversation with it: no child to wait for."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import orjson

from fellowship.testing.server import serve
from fellowship.testing.server_options import add_server_options, server_config
from fellowship.testing.simulated_server import ServerConfig

T = TypeVar("T")

ASKED: Mapping[str, tuple[str, dict[str, Any]]] = {
    "openai": (
        "/v1/chat/completions",
        {"model": "mid", "messages": [{"role": "user", "content": "Why is the sky blue?"}]},
    ),
    "anthropic": (
        "/v1/messages",
        {"model": "mid", "max_tokens": 4096, "messages": [{"role": "user", "content": "Why is the sky blue?"}]},
    ),
    "gemini": (
        "/v1beta/models/mid:generateContent",
        {"contents": [{"role": "user", "parts": [{"text": "Why is the sky blue?"}]}]},
    ),
}
FORMS = tuple(ASKED)


@dataclass(frozen=True, slots=True)
class Got:
    """A response."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.raw)


@dataclass(frozen=True, slots=True)
class Client:
    """Talks to the server."""

    session: aiohttp.ClientSession
    root: str

    async def ask(self, form: str = "openai", *, headers: Mapping[str, str] | None = None, **fields: Any) -> Got:
        """One question in that form; `fields` go over those of the body."""
        path, body = ASKED[form]
        return await self.send("POST", path, orjson.dumps({**body, **fields}), headers=headers)

    async def stats(self) -> dict[str, Any]:
        """What the server has counted."""
        stats: dict[str, Any] = (await self.send("GET", "/stats")).body
        return stats

    async def send(self, method: str, path: str, raw: bytes = b"", *, headers: Mapping[str, str] | None = None) -> Got:
        """Anything."""
        async with self.session.request(method, self.root + path, data=raw, headers=headers) as response:
            return Got(response.status, response.headers, await response.read())


def talk(script: Callable[[Client], Awaitable[T]], **options: float | str | bool) -> T:
    """What the script returns; the options are those of `fellowship serve-sim`, but answers are canned."""
    return asyncio.run(_talk(script, config(**options)))


def asked(n: int = 1, form: str = "openai", **options: float | str | bool) -> list[Got]:
    """A question put `n` times, one after the other."""

    async def script(client: Client) -> list[Got]:
        return [await client.ask(form) for _ in range(n)]

    return talk(script, **options)


def config(**options: float | str | bool) -> ServerConfig:
    """The config by the options of the command line."""
    parser = argparse.ArgumentParser()
    add_server_options(parser, answers="canned")
    flags = [(f"--{name.replace('_', '-')}", value) for name, value in options.items()]
    return server_config(parser.parse_args([flag if value is True else f"{flag}={value}" for flag, value in flags]))


async def _talk(script: Callable[[Client], Awaitable[T]], config: ServerConfig) -> T:
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(serve(config, 0, ready=port.set_result, ends_with_input=False))
    try:
        async with aiohttp.ClientSession() as session:
            return await script(Client(session, f"http://127.0.0.1:{await port}"))
    finally:
        server.cancel()
        await asyncio.wait([server])
