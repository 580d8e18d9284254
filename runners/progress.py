"""How a run tells that it goes on: a bar on a terminal, elsewhere a plain line every ten seconds."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from fellowship.protocols.interfaces import Status


class Progress(Protocol):
    """Told about every conversation that ends."""

    def ended(self, status: Status) -> None:
        """One more conversation has ended."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Silence:
    """Tells nothing."""

    def ended(self, status: Status) -> None:
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

    def ended(self, status: Status) -> None:
        """Count it, and tell when it is time."""
        self._n_ended += 1
        self._n_failed += status == "failed"
        if self._now() - self._told >= self._every_s:
            self._told = self._now()
            self._tell()

    def _tell(self) -> None:
        elapsed = self._now() - self._begun
        rate = self._n_ended / elapsed if elapsed else 0.0
        failed = f", {self._n_failed:,} failed" if self._n_failed else ""
        print(
            f"{self._label}: {self._n_ended:,}/{self._total:,}{failed}, {rate:.1f} conversations/s",
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
            console=console,
            transient=True,
            refresh_per_second=5,
        )
        self._task = self._bar.add_task(label, total=total, failed="")
        self._n_failed = 0

    def ended(self, status: Status) -> None:
        """One step on."""
        self._n_failed += status == "failed"
        self._bar.update(self._task, advance=1, failed=f"{self._n_failed} failed" if self._n_failed else "")

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
