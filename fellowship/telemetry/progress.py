"""Progress displays of a run: a dashboard on a terminal, elsewhere a line every ten seconds, or JSON lines."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self, TextIO, TypeAlias

from rich.console import Console

from fellowship.formatting.json_lines import print_json
from fellowship.formatting.terminal_text import single_line
from fellowship.formatting.units import count_noun
from fellowship.storage.input_survey import InputSurvey
from fellowship.telemetry.dashboard import dashboard_lines, plain_line, summary_lines
from fellowship.telemetry.json_events import launch_event, progress_event
from fellowship.telemetry.metrics import Metrics

REFRESH_EVERY_S, LINE_EVERY_S = 1.0, 10.0
STALLED_S, WARN_AGAIN_S = 30.0, 3600.0
PLAIN_LINE_VARIABLES = ("NO_COLOR", "CI")


class PlainLines:
    """Prints a line every ten seconds, and one at the end of a run that took longer than that."""

    def __init__(self, metrics: Metrics, stream: TextIO) -> None:
        self._metrics, self._stream = metrics, stream
        self._begun_s = self._last_s = metrics.now()

    def refresh(self) -> None:
        """Print a line, if ten seconds have passed since the last one."""
        if self._metrics.now() - self._last_s >= LINE_EVERY_S:
            self._last_s = self._metrics.now()
            self._print()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._metrics.now() - self._begun_s >= LINE_EVERY_S:
            self._print()

    def _print(self) -> None:
        print(plain_line(self._metrics), file=self._stream, flush=True)


class JsonEvents(PlainLines):
    """The same in JSON: also an event at the start, and always one at the end. A closed pipe does not stop the run."""

    def __enter__(self) -> Self:
        self._print_event(launch_event(self._metrics))
        return self

    def __exit__(self, *_: object) -> None:
        self._print()

    def _print(self) -> None:
        self._print_event(progress_event(self._metrics))

    def _print_event(self, event: dict[str, Any]) -> None:
        with suppress(BrokenPipeError):
            print_json(event, self._stream)


class StallWarnings:
    """Prints one line when nothing has been answered for half a minute, and all requests wait; another after an hour.

    For runs without a display, which would wait in silence.
    """

    def __init__(self, metrics: Metrics, stream: TextIO) -> None:
        self._metrics, self._stream = metrics, stream
        self._n_done, self._since_s = -1, 0.0
        self._warned_s: float | None = None

    def refresh(self) -> None:
        """Print the line when it is due."""
        metrics, now = self._metrics, self._metrics.now()
        n_done = metrics.n_answered + metrics.n_done
        if n_done != self._n_done or metrics.n_asked == 0:
            self._n_done, self._since_s = n_done, now
        is_new = self._warned_s is None or now - self._warned_s >= WARN_AGAIN_S
        if now - self._since_s >= STALLED_S and is_new and (waits := metrics.waits_for):
            self._warned_s = now
            reasons = "; ".join([*waits, *([f"last error: {metrics.last_error}"] if metrics.last_error else [])])
            text = f"{metrics.label}: no reply for {now - self._since_s:.0f} s, the run waits: {reasons}"
            print(single_line(text), file=self._stream, flush=True)

    def __enter__(self) -> Self:
        self._since_s = self._metrics.now()
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to close."""


class Dashboard:
    """A dashboard that is redrawn every second; at the end one line remains, if the run took more than a second."""

    def __init__(self, metrics: Metrics, console: Console) -> None:
        from rich.live import Live

        self._metrics, self._console = metrics, console
        self._live = Live(console=console, auto_refresh=False, transient=True, redirect_stdout=sys.stdout.isatty())

    def refresh(self) -> None:
        """Redraw the dashboard."""
        width, height = self._console.size
        self._live.update(dashboard_lines(self._metrics, width, height), refresh=True)

    def __enter__(self) -> Self:
        self._live.start()
        self.refresh()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()
        if self._metrics.elapsed_s >= REFRESH_EVERY_S:
            self._console.print(summary_lines(self._metrics, self._console.width), no_wrap=True, highlight=False)


ProgressDisplay: TypeAlias = PlainLines | Dashboard | StallWarnings
"""Shows the progress of a run inside a `with` block; `refresh` is called every second."""


def progress(metrics: Metrics, *, quiet: bool, events: TextIO | None = None) -> ProgressDisplay:
    """The display: JSON lines on `events` if given, warnings only if quiet, else a dashboard or lines on stderr."""
    if events is not None:
        return JsonEvents(metrics, events)
    if quiet:
        return StallWarnings(metrics, sys.stderr)
    if can_draw(sys.stderr, os.environ):
        return Dashboard(metrics, Console(stderr=True))
    return PlainLines(metrics, sys.stderr)


def can_draw(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether the stream is a UTF-8 terminal with cursor control that no other dashboard uses."""
    if not stream.isatty() or environment.get("TERM", "dumb") in ("dumb", "unknown"):
        return False
    if any(environment.get(variable) for variable in PLAIN_LINE_VARIABLES):
        return False
    from rich.file_proxy import FileProxy  # in place of the stream: a dashboard of another run of this process

    return not isinstance(stream, FileProxy) and (stream.encoding or "").lower().startswith("utf")


def print_input(
    survey: InputSurvey,
    *,
    quiet: bool = False,
    events: TextIO | None = None,
    reused: tuple[Path, int] | None = None,
) -> None:
    """What was read of the input: an event on `events` if given, nothing if quiet, else lines on stderr.

    `reused`: the run whose replies are taken, and the number of its conversations that are about the same items.
    """
    if events is not None and survey.used:
        counted = {} if reused is None else {"reused_items": reused[1]}
        with suppress(BrokenPipeError):
            print_json({"event": "input", **survey.as_json(), **counted}, events)
    elif events is None and not quiet:
        for line in survey.lines():
            print(line, file=sys.stderr, flush=True)
        if reused is not None:
            folder, n_common = reused
            text = f"replies of the run in {folder} are reused for {n_common:,} of {count_noun(survey.n_items, 'item')}"
            print(single_line(text), file=sys.stderr, flush=True)


@asynccontextmanager
async def refreshing(display: ProgressDisplay) -> AsyncIterator[None]:
    """Open the display, and refresh it every second until the block ends."""

    async def refresh() -> None:
        while True:
            await asyncio.sleep(REFRESH_EVERY_S)
            display.refresh()

    with display:
        task = asyncio.get_running_loop().create_task(refresh(), name="progress")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
