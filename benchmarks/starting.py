"""CPU until something can be done: the import, and the command's --help, each in a new process."""

import resource
import subprocess
import sys
from pathlib import Path

from benchmarks.table import Row

ROOT = Path(__file__).parents[1]
NAMES = "from fellowship import Generator, Reviewer, run"


def rows(*, times: int) -> list[Row]:
    """Import, names that load on first use, --help."""
    return [
        _row("import fellowship", ["-c", "import fellowship"], times, 0.5),
        _row(NAMES, ["-c", NAMES], times),
        _row("fellowship --help", ["-m", "fellowship", "--help"], times, 0.3),
    ]


def _row(what: str, arguments: list[str], times: int, budget: float | None = None) -> Row:
    seconds = [cpu_s(arguments) for _ in range(times)]
    return Row(f"CPU of `{what}`", seconds, "s", f"{times} processes", budget)


def cpu_s(arguments: list[str]) -> float:
    """What Python with these arguments uses, until it ends."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
