"""Progress displays of a run: a dashboard on a terminal, elsewhere a line every ten seconds, or JSON lines."""

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
    """Shows the progress of a run inside a `with` block."""

    def refresh(self) -> None:
        """Update the display if it is due; called about every second."""
        ...


class NoProgress:
    """The display of a quiet run."""

    def refresh(self) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class PlainLines:
    """Prints a line every `every_s` seconds, and one at the end of a run that took longer than that."""

    def __init__(self, metrics: Metrics, stream: TextIO, *, every_s: float = 10.0) -> None:
        self._metrics, self._stream, self._every_s = metrics, stream, every_s
        self._begun_s = self._last_s = metrics.now()

    def refresh(self) -> None:
        """Print a line, if `every_s` seconds have passed since the last one."""
        if self._metrics.now() - self._last_s >= self._every_s:
            self._last_s = self._metrics.now()
            print(plain_line(self._metrics), file=self._stream, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._metrics.now() - self._begun_s >= self._every_s:
            print(plain_line(self._metrics), file=self._stream, flush=True)


class Dashboard:
    """A dashboard that is redrawn every second; at the end one line remains, if the run took more than a second."""

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

    def refresh(self) -> None:
        """Redraw the dashboard."""
        from fellowship.telemetry.dashboard import dashboard_lines

        width, height = self._console.size
        self._live.update(dashboard_lines(self._metrics, width, height), refresh=True)

    def __enter__(self) -> Self:
        self._live.start()
        self.refresh()
        return self

    def __exit__(self, *_: object) -> None:
        from fellowship.telemetry.dashboard import summary_lines

        self._live.stop()
        if self._metrics.elapsed_s >= REFRESH_EVERY_S:
            self._console.print(summary_lines(self._metrics, self._console.width), no_wrap=True, highlight=False)


def progress(metrics: Metrics, *, quiet: bool, events: TextIO | None = None) -> ProgressDisplay:
    """The display: JSON lines on `events` if given, else a dashboard or plain lines on standard error."""
    if events is not None:
        return JsonEvents(metrics, events)
    if quiet:
        return NoProgress()
    if can_draw(sys.stderr, os.environ):
        from rich.console import Console

        return Dashboard(metrics, Console(stderr=True))
    return PlainLines(metrics, sys.stderr)


def can_draw(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether the stream is a UTF-8 terminal with cursor control that no other dashboard uses."""
    if not stream.isatty() or environment.get("TERM", "dumb") in ("dumb", "unknown"):
        return False
    if any(environment.get(variable) for variable in PLAIN_LINE_VARIABLES):
        return False
    from rich.file_proxy import FileProxy

    in_use = isinstance(stream, FileProxy)  # a dashboard of another run of this process
    return not in_use and (stream.encoding or "").lower().startswith("utf")


def plain_line(metrics: Metrics) -> str:
    """The progress of a run in one line of plain text."""
    text = f"{metrics.n_done:,}/{metrics.total:,}"
    text += f", {metrics.n_failed:,} failed" if metrics.n_failed else ""
    text += f", {metrics.per_minute:,.1f} a minute"
    text += f", ETA {units.format_duration_interval(*metrics.eta)}" if metrics.eta is not None else ""
    spend, projected = metrics.spend_usd, metrics.projected_usd
    text += ", spend unknown" if spend is None else f", spend {units.format_dollars(spend)}"
    text += f", about {units.format_dollars(projected)} in total" if projected else ""
    mark = "[SIM] " if metrics.simulated else ""
    return single_line("; ".join([f"{mark}{metrics.label}: {text}", *metrics.waits_for]))


@asynccontextmanager
async def refreshing(progress: ProgressDisplay) -> AsyncIterator[None]:
    """Open the display and refresh it every second until the block ends."""

    async def refresh() -> None:
        while True:
            await asyncio.sleep(REFRESH_EVERY_S)
            progress.refresh()

    with progress:
        task = asyncio.get_running_loop().create_task(refresh(), name="progress")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
