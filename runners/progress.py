"""How a run tells that it goes on, and what it waits for: a bar on a terminal, elsewhere a line every ten seconds."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from fellowship.protocols.interfaces import Status

EVERY_S = 1.0


class Progress(Protocol):
    """Told about every conversation that ends, and every second about what is waited for."""

    def ended(self, status: Status) -> None:
        """One more conversation has ended."""

    def waits(self, for_what: str) -> None:
        """What is waited for now; empty if nothing is."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Silence:
    """Tells nothing."""

    def ended(self, status: Status) -> None:
        """Nothing."""

    def waits(self, for_what: str) -> None:
        """Nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class PlainLines:
    """A line at most every `every_s` seconds, and one at the end of a run that took longer than that."""

    def __init__(
        self,
        label: str,
        total: int,
        stream: TextIO,
        *,
        every_s: float = 10.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._label, self._total, self._stream, self._every_s, self._now = label, total, stream, every_s, now
        self._begun = self._told = now()
        self._n_ended = self._n_failed = 0
        self._waits_for = ""

    def ended(self, status: Status) -> None:
        """Count it, and tell when it is time."""
        self._n_ended += 1
        self._n_failed += status == "failed"
        self._tell_in_time()

    def waits(self, for_what: str) -> None:
        """Keep it for the next line, and tell when it is time: silence would look like a halt."""
        self._waits_for = for_what
        self._tell_in_time()

    def _tell_in_time(self) -> None:
        if self._now() - self._told >= self._every_s:
            self._told = self._now()
            self._tell()

    def _tell(self) -> None:
        elapsed = self._now() - self._begun
        rate = self._n_ended / elapsed if elapsed else 0.0
        failed = f", {self._n_failed:,} failed" if self._n_failed else ""
        waits = f"; {self._waits_for}" if self._waits_for else ""
        print(
            f"{self._label}: {self._n_ended:,}/{self._total:,}{failed}, {rate:.1f} conversations/s{waits}",
            file=self._stream,
            flush=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._now() - self._begun >= self._every_s:
            self._tell()


class Bar:
    """A rich progress bar on standard error."""

    def __init__(self, label: str, total: int, console: Any) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[failed]}"),
            TimeRemainingColumn(),
            TextColumn("[dim]{task.fields[waits]}"),
            console=console,
            transient=True,
            refresh_per_second=5,
        )
        self._task = self._bar.add_task(label, total=total, failed="", waits="")
        self._n_failed = 0

    def ended(self, status: Status) -> None:
        """One step on."""
        self._n_failed += status == "failed"
        self._bar.update(self._task, advance=1, failed=f"{self._n_failed} failed" if self._n_failed else "")

    def waits(self, for_what: str) -> None:
        """Beside the bar."""
        self._bar.update(self._task, waits=for_what)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def progress(label: str, total: int, *, quiet: bool) -> Progress:
    """The progress that fits where standard error goes."""
    if quiet:
        return Silence()
    if sys.stderr.isatty():
        from rich.console import Console

        return Bar(label, total, Console(stderr=True))
    return PlainLines(label, total, sys.stderr)


@asynccontextmanager
async def told_every_second(progress: Progress, for_what: Callable[[], str]) -> AsyncIterator[Progress]:
    """The progress, opened, and told what is waited for until the block ends."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            progress.waits(for_what())

    with progress:
        telling = asyncio.get_running_loop().create_task(tell(), name="progress")
        try:
            yield progress
        finally:
            telling.cancel()
            await asyncio.wait([telling])
