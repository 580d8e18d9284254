"""What the tests of the gate share: requests, a provider whose answers take time, and a run on a gate."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from asyncio_throttle.throttler import Throttler

from fellowship.protocols.completions import AskKey, Completion, Request, Usage
from fellowship.protocols.content import ChatMessage
from fellowship.protocols.errors import ProviderError
from fellowship.protocols.quota import Limits, Quota
from fellowship.ratelimit.fair_queue import Tenant
from fellowship.ratelimit.limiter import RateLimiter

Answering: TypeAlias = Callable[[Request], Awaitable[Completion]]
QUOTA = Quota("openai", "https://api.example.org/v1", key="0123456789ab")
ANSWER = Completion("yes", usage=Usage(10, 20))
PLENTY = Limits(rpm=60_000, bursts=True)


def a_request(
    conversation: str = "c00000", *, prompt: str = "why?", agent: str = "judge", max_tokens: int | None = None
) -> Request:
    """A request to a model behind the gate."""
    messages: tuple[ChatMessage, ...] = ({"role": "user", "content": prompt},)
    sampling: dict[str, Any] = {} if max_tokens is None else {"max_tokens": max_tokens}
    return Request(AskKey(conversation, "", agent, 0), 1, "openai/any", messages, sampling, "text")


class Server:
    """A provider that answers after `latency_s`; `answering` decides what. Keeps when it was asked, and by whom."""

    def __init__(self, answering: Answering | None = None, *, latency_s: float = 0.0) -> None:
        self._answering, self._latency_s = answering, latency_s
        self.asked_at: list[float] = []
        self.asked: list[str] = []

    async def complete(self, request: Request) -> Completion:
        """The answer, in time."""
        self.asked_at.append(asyncio.get_running_loop().time())
        self.asked.append(request.key.conversation)
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        return await self._answering(request) if self._answering else ANSWER

    async def close(self) -> None:
        """Nothing to give back."""


class Asker:
    """A run on a gate."""

    def __init__(self, limiter: RateLimiter, server: Server) -> None:
        self.limiter, self.server = limiter, server
        self.tenant: Tenant = limiter.join()

    def ask(self, name: str = "c00000", *, n_done: int = 0, request: Request | None = None) -> Awaitable[Completion]:
        """One request, not yet begun."""
        return self.limiter.complete(self.server, request or a_request(name), tenant=self.tenant, n_done=n_done)

    async def ask_all(self, n: int) -> list[Completion | BaseException]:
        """So many at once: completions and errors."""
        return await asyncio.gather(*(self.ask(f"c{i:05}") for i in range(n)), return_exceptions=True)


@asynccontextmanager
async def a_limiter(
    server: Server, limits: Limits = PLENTY, *, announces: bool = False, patience_s: float = 600.0
) -> AsyncIterator[Asker]:
    """A run on a gate of its own; nothing is left open behind it."""
    quota = replace(QUOTA, announces=announces)
    async with RateLimiter(quota, limits, rng=random.Random(1), patience_s=patience_s) as limiter:
        yield Asker(limiter, server)
        assert limiter.statistics().open == 0


def failing(*errors: ProviderError) -> Callable[[Request], Awaitable[Completion]]:
    """The errors in turn, then answers."""
    left = list(errors)

    async def answering(_: Request) -> Completion:
        if left:
            raise left.pop(0)
        return ANSWER

    return answering


def let_each_throttler_grant_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second `acquire` of any `asyncio_throttle.Throttler` never returns."""
    acquire: Callable[[Throttler], Awaitable[None]] = Throttler.acquire
    granted: list[Throttler] = []

    async def once(throttler: Throttler) -> None:
        if throttler in granted:
            await asyncio.Event().wait()
        granted.append(throttler)
        await acquire(throttler)

    monkeypatch.setattr(Throttler, "acquire", once)


def now() -> float:
    """The time of the running loop."""
    return asyncio.get_running_loop().time()


async def until(happened: Callable[[], object]) -> None:
    """In the very step of the loop in which it happened; not after what else that step has set off."""
    for _ in range(1_000):
        if happened():
            return
        await asyncio.sleep(0)
    raise TimeoutError


def most_within(moments: list[float], period_s: float) -> int:
    """The most of the moments, which are in order, that any half-open period holds."""
    most = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= period_s:
            first += 1
        most = max(most, last - first + 1)
    return most
