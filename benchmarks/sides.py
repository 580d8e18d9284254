"""The two sides of the comparison: the same calls by `run`, and by aiohttp alone. Each runs in a process of its own.

    python -m benchmarks.sides ours|bare URL N_CONVERSATIONS IN_FLIGHT

carries the conversations out once for every line on standard input, each time with new connections and a new journal,
and answers with the seconds of CPU that took, journal thread included, children excluded.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import aiohttp
import orjson

from benchmarks import workload
from fellowship.providers.openai import OpenAIProvider


async def ours(url: str, n: int, in_flight: int) -> None:
    """The conversations by `arun`, with the journal on a file."""
    provider = OpenAIProvider(url, name="bench", concurrency=in_flight)
    with tempfile.TemporaryDirectory() as folder:
        try:
            await workload.carry_out(
                n, out=Path(folder) / "run", concurrency=in_flight, providers={"bench": provider}
            )
        finally:
            await provider.close()


async def bare(url: str, bodies: Sequence[Sequence[object]], in_flight: int) -> None:
    """The same bodies by aiohttp: a conversation's next call is sent when its last one was answered and looked at."""
    conversations = iter(bodies)
    headers = {"Content-Type": "application/json"}
    connector = aiohttp.TCPConnector(limit=in_flight)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session, asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(_converse(session, f"{url}/chat/completions", conversations))


async def _converse(session: aiohttp.ClientSession, url: str, conversations: Iterator[Sequence[object]]) -> None:
    for bodies in conversations:
        for body in bodies:
            async with session.post(url, data=orjson.dumps(body)) as response:
                answer = orjson.loads(await response.read())
            if answer["choices"][0]["message"]["content"] != workload.REPLY:
                msg = f"expected the canned reply, got {answer!r}"
                raise RuntimeError(msg)


def bodies(n: int) -> list[list[dict[str, object]]]:
    """The bodies of `ours`, not yet written as JSON."""
    model = workload.MODEL.partition("/")[2]
    return [
        [{**request.sampling, "model": model, "messages": request.messages} for request in conversation]
        for conversation in asyncio.run(workload.requests(n))
    ]


def main(side: str, url: str, n: int, in_flight: int) -> None:
    """Measure once a line."""
    prepared = bodies(n) if side == "bare" else []
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.process_time()
        asyncio.run(ours(url, n, in_flight) if side == "ours" else bare(url, prepared, in_flight))
        print(time.process_time() - started, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
