"""What the gate costs while 10,000 conversations wait in it, in real time, at 1,000 requests a second.

    python -m benchmarks.waiters N SECONDS

The provider answers at once, so that all N requests wait for their turn all the time. Prints one JSON object.
"""

import asyncio
import gc
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.table import Row
from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.quota import Limits, Quota
from fellowship.ratelimit.fair_queue import Tenant
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.runners.execution import GC_THRESHOLDS

ROOT = Path(__file__).parents[1]
PER_S = 1000
TICK_S = 0.02
DONE = Completion("done")


@dataclass(slots=True)
class Measured:
    """One run of the gate: CPU as a share of a core, per grant, how late the loop was, wake-ups, share of the limit."""

    cpu_percent: float
    grant_us: float
    lag_p99_ms: float
    wakes_per_grant: float
    use: float


class AtOnce:
    """Answers without any delay."""

    async def complete(self, request: Request) -> Completion:
        """Done."""
        return DONE

    async def close(self) -> None:
        """Nothing is held."""


def rows(*, n: int, times: int, seconds: float) -> list[Row]:
    """Each run in a process of its own."""
    runs = [_in_a_child(n, seconds) for _ in range(times)]
    title, told = f"gate, {n:,} waiting, {PER_S:,} a second", f"{times} x {seconds:g} s"
    return [
        Row(f"{title}: CPU of a core", [run.cpu_percent for run in runs], "%", told, 5.0),
        Row(f"{title}: CPU a grant", [run.grant_us for run in runs], "us", told, 50.0),
        Row(f"{title}: lateness of the loop, p99", [run.lag_p99_ms for run in runs], "ms", told, 20.0),
        Row(f"{title}: wake-ups a grant", [run.wakes_per_grant for run in runs], "", told, 1.1),
        Row(f"{title}: use of the limit", [100 * run.use for run in runs], "%", told),
    ]


async def measured(n: int, seconds: float) -> Measured:
    """N requests waiting for `seconds`, once all of them have arrived."""
    async with RateLimiter(Quota("bench"), Limits(rpm=60 * PER_S, window=5)) as limiter, asyncio.TaskGroup() as group:
        share = limiter.join()
        tasks = [group.create_task(_asks(limiter, share, number)) for number in range(n)]
        await asyncio.sleep(1.0)
        earlier, before = limiter.statistics(), time.process_time()
        late = await lateness(seconds)
        cpu_s, after = time.process_time() - before, limiter.statistics()
        for task in tasks:
            task.cancel()
    n_permitted = after.counts.permitted - earlier.counts.permitted
    late.sort()
    return Measured(
        cpu_percent=100 * cpu_s / seconds,
        grant_us=1e6 * cpu_s / n_permitted,
        lag_p99_ms=1000 * late[int(0.99 * len(late))],
        wakes_per_grant=(after.n_wakes - earlier.n_wakes) / n_permitted,
        use=n_permitted / (PER_S * seconds),
    )


async def _asks(limiter: RateLimiter, share: Tenant, number: int) -> None:
    provider, turn = AtOnce(), 0
    request = Request(
        AskKey(f"c{number}", "", "agent", 0), 1, "bench/m", (), {}, "Reply"
    )  # once: it is no part of the gate
    while True:
        await limiter.complete(provider, request, tenant=share, n_done=turn)
        turn += 1


async def lateness(seconds: float) -> list[float]:
    """How many seconds late a timer of twenty milliseconds was, each time."""
    loop = asyncio.get_running_loop()
    until, late = loop.time() + seconds, []
    while (due := loop.time() + TICK_S) < until:
        await asyncio.sleep(TICK_S)
        late.append(loop.time() - due)
    return late


def _in_a_child(n: int, seconds: float) -> Measured:
    command = [sys.executable, "-m", "benchmarks.waiters", str(n), str(seconds)]
    values: dict[str, Any] = orjson.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT).stdout)
    return Measured(**values)


if __name__ == "__main__":
    gc.set_threshold(*GC_THRESHOLDS)  # as `run` does
    print(orjson.dumps(asdict(asyncio.run(measured(int(sys.argv[1]), float(sys.argv[2]))))).decode())
