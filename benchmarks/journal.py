"""The journal at 5,000 asks a second: how late it makes the event loop, what it costs, and how much it writes.

    python -m benchmarks.journal SECONDS

An ask is 2 kB of request and completion, at most, as a feedback loop's are; conversations of six asks go on side by
side. Prints one JSON object.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from benchmarks.parked import ROOT
from benchmarks.table import Row
from benchmarks.waiters import lateness
from benchmarks.workload import CALLS, prompts
from fellowship.protocols.completions import AskKey, Attempt, Completion, Request, Usage
from fellowship.protocols.content import ChatMessage, Draft, Prompt
from fellowship.protocols.interfaces import Ending, MessageRecord
from fellowship.protocols.items import Item
from fellowship.protocols.messages import DraftMessage
from fellowship.providers.dialects.openai import OpenAIProvider
from fellowship.storage.journal import SqliteJournal

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
PER_S = 5_000
EVERY_S = 0.01
QUESTION, ANSWER = "What follows from that? " * 62, "That it does not hold. " * 22  # 2 kB


@dataclass(slots=True)
class Measured:
    """One run: lateness of a timer in ms, CPU in us an ask, asks a second, and bytes of the file.

    Those are by the bytes of bodies as they are sent, and of the texts that come back.
    """

    lag_p99_ms: float
    ask_us: float
    per_s: float
    size: float


async def measured(seconds: float) -> Measured:
    """Asks committed at their pace for so long."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        n_conversations = int(PER_S * seconds / CALLS)
        async with SqliteJournal(path) as journal, asyncio.TaskGroup() as group:
            began, cpu_s = time.perf_counter(), time.process_time()
            watching = group.create_task(lateness(seconds))
            context = group.create_task(_converse(journal, n_conversations))
            await context
            per_s = n_conversations * CALLS / (time.perf_counter() - began)
            cpu_s = time.process_time() - cpu_s
            late = sorted(await watching)
        n_asks = n_conversations * CALLS
        text = n_asks * (
            len(OpenAIProvider("http://localhost/v1", name="bench").body(_request("c00000", 0))) + len(ANSWER)
        )
        return Measured(1000 * late[int(0.99 * len(late))], 1e6 * cpu_s / n_asks, per_s, path.stat().st_size / text)


async def _converse(journal: SqliteJournal, n: int) -> None:
    """Every hundredth of a second as many conversations are begun as keep the pace."""
    loop, item = asyncio.get_running_loop(), Item(prompt=Prompt.of(prompts(1)[0]))
    began = loop.time()
    async with asyncio.TaskGroup() as group:
        for number in range(n):
            if (ahead := began + number * CALLS / PER_S - loop.time()) > 0 and number % 8 == 0:
                await asyncio.sleep(max(ahead, EVERY_S))
            group.create_task(_conversation(journal, f"c{number:05d}", number, item))


async def _conversation(journal: SqliteJournal, id: str, number: int, item: Item) -> None:
    journal.start(id, number, item, 1, time.time())
    for turn in range(CALLS):
        request = _request(id, turn)
        completion = Completion(ANSWER, usage=Usage(400, 130), served_model="m", request_id=f"r{number}.{turn}")
        message = DraftMessage(
            id=f"generator.{turn}",
            source="generator",
            content=Draft(text=ANSWER),
            inputs=("user.0",),
            created_at=MOMENT,
        )
        attempt = Attempt(1, request.fingerprint, completion, time.time())
        await journal.commit(request, attempt, MessageRecord(message, "", turn, turn + 1))
    await journal.finish(id, Ending("finished", f"generator.{CALLS - 1}"), time.time())


def _request(id: str, turn: int) -> Request:
    message: ChatMessage = {"role": "user", "content": QUESTION}
    sampling = {"temperature": 0.7, "max_tokens": 2048}
    return Request(AskKey(id, "", "generator", turn), 1, "bench/m", (message,), sampling, "Draft")


def rows(*, seconds: float, times: int) -> list[Row]:
    """Each run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.journal", str(seconds)]
    runs: list[dict[str, Any]] = [
        orjson.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT).stdout) for _ in range(times)
    ]
    title, told = f"journal, {PER_S:,} asks a second", f"{times} x {seconds:g} s"
    return [
        Row(f"{title}: lateness of the loop, p99", [run["lag_p99_ms"] for run in runs], "ms", told, 20.0),
        Row(f"{title}: asks a second", [run["per_s"] for run in runs], "", told),
        Row(f"{title}: CPU an ask", [run["ask_us"] for run in runs], "us", told),
        Row(f"{title}: file / text exchanged", [run["size"] for run in runs], "x", told, 1.5),
    ]


if __name__ == "__main__":
    print(orjson.dumps(asdict(asyncio.run(measured(float(sys.argv[1]))))).decode())
