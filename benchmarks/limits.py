"""Runs against a server with a strict limit, in another process and in real time: refusals, and the time it takes.

    python -m benchmarks.limits

500 conversations of 6 calls, 50 ms a call; the server takes 500 requests in any 5 seconds. Evenly paced they take 30 s
at best; with a burst at the start of every window, 25 s and the time of the last call.
"""

import asyncio
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import workload
from benchmarks.table import Row
from fellowship.protocols.quota import Limits
from fellowship.providers.dialects.openai import OpenAIProvider
from fellowship.testing.server import started

CONVERSATIONS, LIMIT, WINDOW_S, LATENCY_S = 500, 500, 5.0, 0.05
N_CALLS = CONVERSATIONS * workload.CALLS
PACED_S = N_CALLS / (LIMIT / WINDOW_S)
BURSTS_S = (N_CALLS / LIMIT - 1) * WINDOW_S + LATENCY_S + 0.05


@dataclass(frozen=True, slots=True)
class Case:
    """What is told to the gate, and the optimum it is compared with; budgets for the ratio and for refusals."""

    title: str
    limits: Limits
    optimum_s: float
    ratio: float
    rejected_percent: float


CASES = (
    Case("rpm and window", Limits(rpm=6000, window=5), PACED_S, 1.05, 0.0),
    Case("rpm, window, bursts", Limits(rpm=6000, window=5, bursts=True), BURSTS_S, 1.04, 0.0),
    Case("rpm alone", Limits(rpm=6000), PACED_S, float("inf"), 0.5),
)


def rows() -> list[Row]:
    """Each case once."""
    return [row for case in CASES for row in _rows(case)]


def _rows(case: Case) -> list[Row]:
    with started(
        workload.REPLY, requests=LIMIT, window=WINDOW_S, limit_as="sliding-log", latency_ms=1000 * LATENCY_S
    ) as server:
        took_s = asyncio.run(_took_s(server.base_url, case.limits))
        stats = server.stats()
    n_rejected, most = stats["rejected"], stats["most_in_window"]
    title, told = f"strict server, {case.title}", f"{N_CALLS:,} calls"
    ratio = None if case.ratio == float("inf") else case.ratio
    return [
        Row(f"{title}: refused", [100 * n_rejected / N_CALLS], "%", told, case.rejected_percent, _halves(stats)),
        Row(f"{title}: most in any {WINDOW_S:g} s", [most], "", told, LIMIT if not case.rejected_percent else None),
        Row(f"{title}: time / optimum", [took_s / case.optimum_s], "x", told, ratio, f"{took_s:.1f} s"),
    ]


def _halves(stats: Mapping[str, Any]) -> str:
    """Refusals in the first and in the second half of the time in which requests arrived."""
    rejected = stats["rejected_by_second"]
    middle = round((stats["first_at"] + stats["last_at"]) / 2)
    return f"{sum(rejected[:middle])}, then {sum(rejected[middle:])}"


async def _took_s(url: str, limits: Limits) -> float:
    provider = OpenAIProvider(url, name="bench")
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        await workload.run_conversations(
            CONVERSATIONS, out=Path(folder) / "run", providers={"bench": provider}, limits={"bench": limits}
        )
    took_s = time.perf_counter() - began
    await provider.close()
    return took_s


if __name__ == "__main__":
    from benchmarks.table import show

    show(rows())
