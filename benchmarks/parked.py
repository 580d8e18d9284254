"""CPU and memory of many conversations at once, on a model in the same process that answers at once.

    python -m benchmarks.parked file|memory N [OPEN]

All N conversations wait in their first call before any of them is answered; with OPEN, only so many requests are open
at once, behind a gate. Prints one JSON object.
"""

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks import workload
from benchmarks.table import Row
from fellowship.protocols.completions import Completion, Request, Usage
from fellowship.protocols.quota import Limits, Quota

ROOT = Path(__file__).parents[1]
STATUS = Path("/proc/self/statm")
USAGE = Usage(200, 70)


@dataclass(slots=True)
class Measured:
    """One run: CPU per turn in us, KiB that each parked conversation holds, and the most memory in MB (10**6).

    `most_under_way`: of the conversations that had asked and were not done, the most at once.
    """

    turn_us: float
    parked_kib: float
    peak_mb: float
    most_under_way: int


class ParkingModel:
    """Answers nothing until `n` requests wait; from then on at once."""

    def __init__(self, n: int, quota: Quota | None = None) -> None:
        self._n, self.quota = n, quota
        self._full = asyncio.Event()
        self._n_waiting = 0
        self._n_in_progress = self.most_under_way = 0
        self.resident_when_full = 0

    async def complete(self, request: Request) -> Completion:
        """The canned reply."""
        key = request.key
        if (key.agent, key.occurrence) == ("generator", 0):
            self._n_in_progress += 1
            self.most_under_way = max(self.most_under_way, self._n_in_progress)
        if not self._full.is_set():
            self._n_waiting += 1
            if self._n_waiting == self._n:
                self.resident_when_full = resident()
                self._full.set()
            await self._full.wait()
        self._n_in_progress -= (key.agent, key.occurrence) == ("reviewer", workload.ROUNDS - 1)
        return Completion(workload.REPLY, usage=USAGE, served_model="canned")

    async def close(self) -> None:
        """Nothing is held."""


async def measured(n: int, *, on_file: bool, n_open: int | None = None) -> Measured:
    """A run of `n` conversations, all at once, or behind a gate with so many requests open at once."""
    model = ParkingModel(n_open or n, Quota("bench") if n_open else None)
    limits = {"bench": Limits(max_concurrency=n_open)} if n_open else {}
    with tempfile.TemporaryDirectory() as folder:
        before, started = resident(), time.process_time()
        out = Path(folder) / "run" if on_file else ":memory:"
        await workload.run_conversations(n, out=out, concurrency=n, providers={"bench": model}, limits=limits)
        cpu_s = time.process_time() - started
    kib = (model.resident_when_full - before) / (n_open or n) / 1024
    return Measured(cpu_s / (n * workload.CALLS) * 1e6, kib, most_resident() / 1e6, model.most_under_way)


def rows(*, n: int, n_open: int, times: int) -> list[Row]:
    """CPU and memory, each run in a process of its own; journals on a file and in memory take turns."""
    on_file, in_memory, gated = list[Measured](), list[Measured](), list[Measured]()
    for _ in range(times):
        on_file.append(_in_a_child("file", n))
        in_memory.append(_in_a_child("memory", n))
        gated.append(_in_a_child("file", n, n_open))
    told = f"{times} x {n * workload.CALLS:,} turns"
    title = f"{n:,} at once, instant model"
    under_way = f"{max(each.most_under_way for each in gated):,} under way at most"
    return [
        Row(f"{title}: CPU per turn, journal on a file", [each.turn_us for each in on_file], "us", told),
        Row(f"{title}: CPU per turn, journal in memory", [each.turn_us for each in in_memory], "us", told),
        Row(f"{title}: held by each, parked", [each.parked_kib for each in on_file], "KiB", told),
        Row(f"{title}: peak memory", [each.peak_mb for each in on_file], "MB", told, 280.0),
        Row(
            f"{n:,} behind a gate, {n_open:,} requests open: peak memory",
            [each.peak_mb for each in gated],
            "MB",
            told,
            280.0,
            beside=under_way,
        ),
    ]


def resident() -> int:
    """Bytes of memory this process holds now; the most it ever held where the system does not say."""
    if STATUS.exists():
        return int(STATUS.read_text().split()[1]) * resource.getpagesize()
    return most_resident()


def most_resident() -> int:
    """The most bytes this process ever held."""
    return in_bytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def in_bytes(maxrss: int) -> int:
    """What systems count in units of their own."""
    return maxrss * (1 if sys.platform == "darwin" else 1024)


def _in_a_child(journal: str, n: int, n_open: int | None = None) -> Measured:
    command = [sys.executable, "-m", "benchmarks.parked", journal, str(n), *([str(n_open)] if n_open else [])]
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT).stdout
    values: dict[str, Any] = orjson.loads(printed)
    return Measured(**values)


async def _main(journal: str, n: int, n_open: int | None = None) -> None:
    await workload.requests(min(n, 50))  # what is done on first use only is not measured
    print(orjson.dumps(await measured(n, on_file=journal == "file", n_open=n_open)).decode())


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], *map(int, sys.argv[2:])))
