"""The two sides of the comparison: the same calls by `run`, and by aiohttp alone. Each runs in a process of its own.

    python -m benchmarks.sides ours|limited|bare URL N_CONVERSATIONS IN_FLIGHT

carries the conversations out once for every line on standard input, and answers with the seconds of CPU which that
took, all threads included, children excluded. Connections are opened once, on both sides; `run` begins and closes
a run with a journal of its own every time.
"""

import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import aiohttp
import orjson

from benchmarks import workload
from fellowship.protocols.quota import Limits
from fellowship.providers.dialects.openai import OpenAIProvider

Bodies: TypeAlias = Sequence[dict[str, object]]
Once: TypeAlias = Callable[[], Coroutine[None, None, None]]


@asynccontextmanager
async def ours(url: str, n: int, in_flight: int) -> AsyncIterator[Once]:
    """The conversations by `arun`, with the journal on a file."""
    async with _ours(url, n, in_flight, Limits(max_concurrency=in_flight)) as once:
        yield once


@asynccontextmanager
async def limited(url: str, n: int, in_flight: int) -> AsyncIterator[Once]:
    """The same with limits of requests and tokens in force, which are never reached."""
    limits = Limits(rpm=100_000_000, tpm=1_000_000_000, bursts=True, max_concurrency=in_flight)
    async with _ours(url, n, in_flight, limits) as once:
        yield once


@asynccontextmanager
async def _ours(url: str, n: int, in_flight: int, limits: Limits) -> AsyncIterator[Once]:
    provider = OpenAIProvider(url, name="bench")

    async def once() -> None:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "run"
            await workload.run_conversations(
                n,
                out=out,
                concurrency=in_flight,
                providers={"bench": provider},
                limits={"bench": limits},
            )

    yield once
    await provider.close()


@asynccontextmanager
async def bare(url: str, n: int, in_flight: int) -> AsyncIterator[Once]:
    """The same bodies by aiohttp: one session, no cookies, no time limit, no more garbage than its own."""
    conversations = await bodies(n)
    gc.collect()
    gc.freeze()
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=in_flight),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        headers={"Content-Type": "application/json"},
    ) as session:

        async def once() -> None:
            left = iter(conversations)
            async with asyncio.TaskGroup() as group:
                for _ in range(in_flight):
                    group.create_task(_converse(session, f"{url}/chat/completions", left))

        yield once


async def _converse(session: aiohttp.ClientSession, url: str, conversations: Iterator[Bodies]) -> None:
    """One conversation after the other; a next call is sent when the last one was answered and looked at."""
    for conversation in conversations:
        for body in conversation:
            async with session.post(url, data=orjson.dumps(body)) as response:
                answer = orjson.loads(await response.read())
            if answer["choices"][0]["message"]["content"] != workload.REPLY:
                msg = f"expected the canned reply, got {answer!r}"
                raise RuntimeError(msg)


async def bodies(n: int) -> list[Bodies]:
    """The bodies that `ours` sends, conversation by conversation, not yet written as JSON."""
    model = workload.MODEL.partition("/")[2]
    return [
        [{**request.sampling, "model": model, "messages": request.messages} for request in conversation]
        for conversation in await workload.requests(n)
    ]


def main(side: str, url: str, n: int, in_flight: int) -> None:
    """Measure once a line."""
    opened = {"ours": ours, "limited": limited, "bare": bare}[side](url, n, in_flight)
    with asyncio.Runner() as runner:
        once = runner.run(opened.__aenter__())
        for _ in sys.stdin:
            started = time.process_time()
            runner.run(once())
            print(time.process_time() - started, flush=True)
        runner.run(opened.__aexit__(None, None, None))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
