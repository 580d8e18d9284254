"""A gate before a simulated server, in the loop's own time: hours of rate limiting in seconds of CPU."""

import asyncio
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from fellowship.protocols.completions import AskKey, Completion, Request, Usage
from fellowship.protocols.content import ChatMessage
from fellowship.protocols.errors import Overloaded, ProviderError, RateLimited
from fellowship.protocols.quota import Dimension, Limits, Quota
from fellowship.ratelimit.fair_queue import Tenant
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.ratelimit.limiter_statistics import RateLimiterStatistics
from fellowship.runners.admission_control import AdmissionControl
from fellowship.testing.server_limits import ServerLimit
from tests.ratelimit.asks import jumping

QUOTA = Quota("virtual", "http://virtual/v1")
TOKENS_PER_S = 80.0
ASKED: tuple[ChatMessage, ...] = ({"role": "user", "content": "why " * 90},)


@dataclass(slots=True)
class VirtualServer:
    """Answers after the network's jitter, half a second and the time that its tokens take; refuses what is too much.

    `requests` limits requests when they arrive; `output` limits tokens, which are charged when they are written.
    """

    requests: ServerLimit | None = None
    output: ServerLimit | None = None
    jitter_s: float = 0.05
    mean_output: float = 80.0
    outage: tuple[float, float] = (0.0, 0.0)
    rng: random.Random = field(default_factory=lambda: random.Random(1))
    admitted: list[float] = field(default_factory=list)
    written: list[tuple[float, int]] = field(default_factory=list)
    n_rejected: int = 0
    n_wasted: int = 0

    async def complete(self, request: Request) -> Completion:
        """An answer, or the refusal that the server's limits ask for."""
        now = asyncio.get_running_loop().time
        await asyncio.sleep(self.rng.expovariate(1 / self.jitter_s))
        if self.outage[0] <= now() < self.outage[1]:
            self.n_wasted += 1
            raise Overloaded("the server is overloaded (529)")
        await self._refuse_if(self.requests, "requests", 1)
        await self._refuse_if(self.output, "output_tokens", 0)
        self.admitted.append(now())
        n_output = max(1, int(self.rng.lognormvariate(0.0, 0.5) * self.mean_output))
        await asyncio.sleep(0.5 + n_output / TOKENS_PER_S)
        self.written.append((now(), n_output))
        if self.output is not None:
            self.output.charge(now(), n_output)
        return Completion("fine", usage=Usage(100, n_output))

    async def close(self) -> None:
        """Nothing is held."""

    async def _refuse_if(self, limit: ServerLimit | None, dimension: Dimension, amount: int) -> None:
        if limit is None:
            return
        wait_s = limit.admit(asyncio.get_running_loop().time(), amount)
        if wait_s is not None:
            self.n_rejected += 1
            await asyncio.sleep(0.02)
            raise RateLimited("slow down (429)", retry_after_s=math.ceil(wait_s), dimension=dimension)


@dataclass(slots=True)
class Outcome:
    """What came of a run in virtual time; moments in seconds from its start."""

    end_s: float
    ended_at: Sequence[float]
    most_started: int
    failures: Sequence[ProviderError]
    statistics: RateLimiterStatistics


def converse(server: VirtualServer, limits: Limits, *, n: int = 2000, turns: int = 5, quota: Quota = QUOTA) -> Outcome:
    """`n` conversations of `turns` calls each, one after the other within a conversation, through a gate."""
    return jumping(lambda: _one_run(server, limits, n, turns, quota))


async def _one_run(server: VirtualServer, limits: Limits, n: int, turns: int, quota: Quota) -> Outcome:
    async with RateLimiter(quota, limits, rng=random.Random(2)) as limiter:
        run = VirtualRun(limiter, server, turns)
        await run.carry_out(n)
        end_s = asyncio.get_running_loop().time()
        return Outcome(end_s, run.ended_at, run.most_started, run.failures, limiter.statistics())


class VirtualRun:
    """One run's conversations on a gate."""

    def __init__(self, limiter: RateLimiter, server: VirtualServer, turns: int) -> None:
        self._limiter, self._server, self._turns = limiter, server, turns
        self._share: Tenant = limiter.join()
        self._underway = AdmissionControl()
        self._started: set[str] = set()
        self.most_started = 0
        self.ended_at: list[float] = []
        self.failures: list[ProviderError] = []

    async def carry_out(self, n: int) -> None:
        """All of them, begun as the door lets them in."""
        async with asyncio.TaskGroup() as group:
            for number in range(n):
                await self._underway.acquire_slot()
                group.create_task(self._converse(f"c{number:05d}"))

    async def _converse(self, name: str) -> None:
        self._underway.begin(name)
        try:
            for turn in range(self._turns):
                request = Request(AskKey(name, "", "agent", turn), 1, "virtual/m", ASKED, {}, "Reply")
                await self._limiter.complete(
                    self._server, request, tenant=self._share, n_done=turn, on_permit=partial(self._enter, name)
                )
            self.ended_at.append(asyncio.get_running_loop().time())
        except ProviderError as error:
            self.failures.append(error)
        finally:
            self._started.discard(name)
            self._underway.end(name)

    def _enter(self, name: str) -> None:
        self._started.add(name)
        self.most_started = max(self.most_started, len(self._started))
        self._underway.first_sent(name)
