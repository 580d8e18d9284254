"""How a run tells that it goes on: a dashboard on a terminal, elsewhere a line every ten seconds, or JSON lines."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from fellowship.formatting import units
from fellowship.formatting.terminal_text import single_line
from fellowship.telemetry.json_events import JsonEvents
from fellowship.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from rich.console import Console

REFRESH_EVERY_S = 1.0
PLAIN_LINE_VARIABLES = ("NO_COLOR", "CI")


class ProgressDisplay(AbstractContextManager["ProgressDisplay"], Protocol):
    """Shows how a run stands, from the beginning of the block to its end."""

    def tell(self) -> None:
        """Show it, if it is time; called about every second."""


class Silence:
    """Tells nothing."""

    def tell(self) -> None:
        """Nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class PlainLines:
    """A line at most every `every_s` seconds, and one at the end of a run that took longer than that."""

    def __init__(self, metrics: Metrics, stream: TextIO, *, every_s: float = 10.0) -> None:
        self._metrics, self._stream, self._every_s = metrics, stream, every_s
        self._begun = self._told = metrics.now()

    def tell(self) -> None:
        """A line, when the last one was long enough ago: silence would look like a halt."""
        if self._metrics.now() - self._told >= self._every_s:
            self._told = self._metrics.now()
            print(plain_line(self._metrics), file=self._stream, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._metrics.now() - self._begun >= self._every_s:
            print(plain_line(self._metrics), file=self._stream, flush=True)


class Dashboard:
    """The dashboard, drawn anew every second; at the end one line of it is left, if the run took longer than that."""

    def __init__(self, metrics: Metrics, console: "Console") -> None:
        from rich.live import Live

        self._metrics, self._console = metrics, console
        self._live = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=True,
        )

    def tell(self) -> None:
        """Draw it."""
        from fellowship.telemetry.dashboard import dashboard_lines

        width, height = self._console.size
        self._live.update(dashboard_lines(self._metrics, width, height), refresh=True)

    def __enter__(self) -> Self:
        self._live.start()
        self.tell()
        return self

    def __exit__(self, *_: object) -> None:
        from fellowship.telemetry.dashboard import summary_lines

        self._live.stop()
        if self._metrics.elapsed_s >= REFRESH_EVERY_S:
            self._console.print(summary_lines(self._metrics, self._console.width), no_wrap=True, highlight=False)


def progress(metrics: Metrics, *, quiet: bool, events: TextIO | None = None) -> ProgressDisplay:
    """The progress that fits: JSON lines where `events` are wanted, else what standard error is good for."""
    if events is not None:
        return JsonEvents(metrics, events)
    if quiet:
        return Silence()
    if can_draw(sys.stderr, os.environ):
        from rich.console import Console

        return Dashboard(metrics, Console(stderr=True))
    return PlainLines(metrics, sys.stderr)


def can_draw(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether a dashboard can be drawn there: on a terminal that can move its cursor, and has none yet."""
    if not stream.isatty() or environment.get("TERM", "dumb") in ("dumb", "unknown"):
        return False
    if any(environment.get(variable) for variable in PLAIN_LINE_VARIABLES):
        return False
    from rich.file_proxy import FileProxy

    is_taken = isinstance(stream, FileProxy)  # another run of this process draws there, and lets lines through above
    return not is_taken and (stream.encoding or "").lower().startswith("utf")


def plain_line(metrics: Metrics) -> str:
    """How a run stands, in one line of plain letters."""
    told = f"{metrics.n_done:,}/{metrics.total:,}"
    told += f", {metrics.n_failed:,} failed" if metrics.n_failed else ""
    told += f", {metrics.per_minute:,.1f} a minute"
    told += f", ETA {units.format_duration_interval(*metrics.eta)}" if metrics.eta is not None else ""
    spend, projected = metrics.spend_usd, metrics.projected_usd
    told += ", spend unknown" if spend is None else f", spend {units.format_dollars(spend)}"
    told += f", about {units.format_dollars(projected)} in all" if projected else ""
    mark = "[SIM] " if metrics.simulated else ""
    return single_line("; ".join([f"{mark}{metrics.label}: {told}", *metrics.waits_for]))


@asynccontextmanager
async def refreshing(progress: ProgressDisplay) -> AsyncIterator[None]:
    """The progress, opened, and asked to tell until the block ends."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(REFRESH_EVERY_S)
            progress.tell()

    with progress:
        telling = asyncio.get_running_loop().create_task(tell(), name="progress")
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.wait([telling])
