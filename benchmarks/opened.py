"""Memory with many requests open at once: of `run`, of `run` with ten times as many prompts, and of aiohttp alone.

    python -m benchmarks.opened ours|bare URL N_OPEN [N_PROMPTS]

Both sides send the same first bodies to a server that takes its time, and are ended when all of them are open there.
The prompts of `run` are in a file.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import aiohttp
import orjson

from benchmarks import workload
from benchmarks.parked import ROOT, in_bytes
from benchmarks.table import Row
from fellowship import Generator, Prompt, arun
from fellowship.protocols.completions import AskKey
from fellowship.protocols.messages import PromptMessage
from fellowship.protocols.quota import Limits
from fellowship.providers.dialects.openai import OpenAIProvider
from fellowship.runners.fd_limit import connections_allowed
from fellowship.scenarios import feedback_loop
from fellowship.testing.server import StartedServer, started

LATENCY_S = 60.0
PATIENCE_S = 50.0


async def ours(url: str, n_open: int, n_prompts: int) -> None:
    """As many conversations under way as requests may be open; the other prompts wait."""
    with tempfile.TemporaryDirectory() as folder:
        prompts = Path(folder) / "prompts.jsonl"
        prompts.write_bytes(b"".join(orjson.dumps({"prompt": text}) + b"\n" for text in workload.prompts(n_prompts)))
        await arun(
            feedback_loop,
            prompts=prompts,
            out=Path(folder) / "run",
            concurrency=n_open,
            providers={"bench": OpenAIProvider(url, name="bench")},
            limits={"bench": Limits(max_concurrency=n_open)},
            quiet=True,
            **workload.arguments(),
        )


async def bare(url: str, n_open: int, n_prompts: int) -> None:
    """A task for each, which writes its body and waits for the answer."""
    connections_allowed(n_open)
    provider, generator = OpenAIProvider(url, name="bench"), Generator(workload.MODEL)

    def body(number: int, text: str) -> bytes:
        prompt = PromptMessage(id="user.0", source="user", content=Prompt.of(text), created_at=datetime.now(UTC))
        return provider.body(generator.request([prompt], AskKey(f"c{number:05d}", "", "generator", 0), 1))

    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        headers={"Content-Type": "application/json"},
    ) as session:

        async def ask(number: int, text: str) -> None:
            async with session.post(f"{url}/chat/completions", data=body(number, text)) as response:
                orjson.loads(await response.read())

        async with asyncio.TaskGroup() as group:
            for number, text in enumerate(workload.prompts(n_prompts)):
                group.create_task(ask(number, text))


def rows(*, n: int, n_queued: int, times: int) -> list[Row]:
    """Ratios of the most resident memory."""
    open_mb, bare_mb, queued_mb = list[float](), list[float](), list[float]()
    for _ in range(times):
        open_mb.append(_when_open("ours", n, n))
        bare_mb.append(_when_open("bare", n, n))
        queued_mb.append(_when_open("ours", n, n_queued))
    mine, other, queued = (f"{median(each):.0f} MB" for each in (open_mb, bare_mb, queued_mb))
    return [
        Row(
            f"{n:,} requests open: resident memory, run / bare aiohttp",
            [mb / of for mb, of in zip(open_mb, bare_mb, strict=True)],
            "x",
            f"{times} pairs",
            1.5,
            f"{mine} / {other}",
        ),
        Row(
            f"{n:,} requests open: resident memory, {n_queued:,} prompts / {n:,}",
            [mb / of for mb, of in zip(queued_mb, open_mb, strict=True)],
            "x",
            f"{times} pairs",
            1.05,
            f"{queued} / {mine}",
        ),
    ]


def _when_open(side: str, n_open: int, n_prompts: int) -> float:
    """MB that a side holds at most until all requests are open."""
    with (
        tempfile.TemporaryDirectory() as folder,
        started(workload.REPLY, latency_ms=LATENCY_S * 1000) as server,
    ):
        command = [sys.executable, "-m", "benchmarks.opened", side, server.base_url, str(n_open), str(n_prompts)]
        child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "TMPDIR": folder})
        try:
            _wait_until_open(server, child, n_open)
        finally:
            child.kill()
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
    return in_bytes(used.ru_maxrss) / 1e6


def _wait_until_open(server: StartedServer, child: "subprocess.Popen[bytes]", n: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while (n_open := server.stats()["in_flight"]) < n:
        if time.monotonic() > until or os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            msg = f"{n_open:,} of {n:,} requests were open"
            raise RuntimeError(msg)
        time.sleep(0.25)


def main(side: str, url: str, n_open: int, n_prompts: int | None = None) -> None:
    """Ask, until this process is ended."""
    asyncio.run({"ours": ours, "bare": bare}[side](url, n_open, n_prompts or n_open))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
