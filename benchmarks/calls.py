"""Client CPU per call of `run`, against aiohttp alone: interleaved pairs, each side in its own process."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.table import Row
from benchmarks.workload import CALLS, REPLY
from fellowship.testing.server import StartedServer, started

SIDES = {"ours": "", "limited": ", rpm and tpm in force"}
ROOT = Path(__file__).parents[1]


def compared(*, n: int, in_flight: int, pairs: int, budget: float, side: str = "ours") -> Row:
    """The ratio of a side to `bare`, pair by pair, for `n` conversations a time; a first pair opens the connections."""
    with (
        started(REPLY) as server,
        _side(side, server.base_url, n, in_flight) as ours,
        _side("bare", server.base_url, n, in_flight) as bare,
    ):
        _begin(server, ours, bare)
        measured = [(_measured(ours), _measured(bare)) for _ in range(pairs)]
    a_call = 1e6 / (n * CALLS)
    mine, other = (median(side) * a_call for side in zip(*measured, strict=True))
    return Row(
        f"client CPU per call, {in_flight} in flight{SIDES[side]}: run / bare aiohttp",
        [ours_s / bare_s for ours_s, bare_s in measured],
        "x",
        f"{pairs} pairs of {n * CALLS:,} calls each",
        budget,
        f"{mine:.0f} us / {other:.0f} us",
    )


@contextmanager
def _side(side: str, url: str, n: int, in_flight: int) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "benchmarks.sides", side, url, str(n), str(in_flight)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        yield child


def _begin(server: StartedServer, ours: "subprocess.Popen[str]", bare: "subprocess.Popen[str]") -> None:
    """A first pair, not counted: it opens the connections, and shows that both sides send the same bodies."""
    _measured(ours)
    asked = server.stats()["by_body"]
    _measured(bare)
    if server.stats()["by_body"] != {body: 2 * count for body, count in asked.items()}:
        msg = "the two sides did not send the same bodies"
        raise RuntimeError(msg)


def _measured(child: "subprocess.Popen[str]") -> float:
    """Seconds of CPU for all calls once."""
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()
    return float(_line(child))


def _line(child: "subprocess.Popen[str]") -> str:
    line = child.stdout.readline() if child.stdout else ""
    if not line:
        msg = f"the process ended with exit code {child.wait()}: {child.args!r}"
        raise RuntimeError(msg)
    return line
