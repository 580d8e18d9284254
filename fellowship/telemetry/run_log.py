"""The log of a run: `log.jsonl` in its folder, one line per event, appended by every start.

It does not depend on the program's own structlog configuration. A thread writes the lines, so the run never waits.
When they cannot be written, as on a full disk, one warning is logged and the run continues.
"""

import os
import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog

from fellowship.protocols.events import CONVERSATION_FIELD, Sink, get_logger, log_of_run

LOG_FILE = "log.jsonl"
BOUND_FIELDS = ("run", CONVERSATION_FIELD)
MAX_QUEUED_LINES = 10_000
FLUSH_EVERY_S = 0.05
CLOSE_TIMEOUT_S = 2.0

log = get_logger()


@contextmanager
def run_log_file(folder: Path | None) -> Iterator[None]:
    """Inside the block, events of this context and of its tasks also go to the folder's log, if there is a folder."""
    if folder is None:
        yield
        return
    lines = LineWriter(folder / LOG_FILE)
    logger: Sink = structlog.wrap_logger(
        lines,
        processors=[
            _bound_fields,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _error_without_its_text,
            _time_level_event_first,
            structlog.processors.JSONRenderer(),  # ASCII: no control characters
        ],
        wrapper_class=structlog.BoundLogger,
        context_class=dict,
        cache_logger_on_first_use=True,
    )
    token = log_of_run.set(logger)
    try:
        with structlog.contextvars.bound_contextvars(run=str(folder)):
            yield
    finally:
        log_of_run.reset(token)
        lines.close()


@contextmanager
def logged_run(
    stop_reason: Callable[[], BaseException | str | None], counts: Callable[[], Mapping[str, int]], **facts: Any
) -> Iterator[None]:
    """Log the start of a run with its facts, and its end with counts, duration and the reason for a stop."""
    log.info("run_begun", **facts)
    started_s, reason = time.monotonic(), None
    try:
        yield
    except BaseException as error:
        reason = type(error).__name__
        raise
    finally:
        if (stopped_by := stop_reason()) is not None:
            reason = stopped_by if isinstance(stopped_by, str) else type(stopped_by).__name__
        log.info("run_ended", **counts(), stopped_by=reason, duration_s=round(time.monotonic() - started_s, 3))


class LineWriter:
    """Appends lines to a file in a thread. Lines beyond 10,000 waiting ones are dropped, and their number is logged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._n_dropped = 0
        self._torn = self._warned = False
        self._thread = threading.Thread(target=self._write_all, name="run log", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:  # the process cannot start another thread
            self._closing.set()
            self._warn_once(error)

    def info(self, line: str) -> None:
        """Queue a line; never blocks."""
        if self._closing.is_set():
            return
        if self._waiting.qsize() >= MAX_QUEUED_LINES:
            self._n_dropped += 1
        else:
            self._waiting.put(line)

    warning = info

    def close(self) -> None:
        """Write the queued lines, for at most two seconds."""
        if not self._closing.is_set():
            self._waiting.put(None)
            self._closing.set()
            self._thread.join(CLOSE_TIMEOUT_S)

    def _write_all(self) -> None:
        file: int | None = None
        ended = False
        while not ended:
            lines = self._next_lines()
            ended = lines[-1] is None
            try:
                file = self._open() if file is None else file
                self._append(file, [line for line in lines if line is not None])
            except OSError as error:
                self._warn_once(error)
            self._closing.wait(FLUSH_EVERY_S)
        if file is not None:
            os.close(file)

    def _next_lines(self) -> list[str | None]:
        """Wait for a line and take all queued ones; a last None ends the log."""
        lines = [self._waiting.get()]
        while lines[-1] is not None and not self._waiting.empty():
            lines.append(self._waiting.get())
        return lines

    def _open(self) -> int:
        file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        size = os.fstat(file).st_size
        self._torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"  # a kill has cut off the last line
        return file

    def _append(self, file: int, lines: list[str]) -> None:
        if self._n_dropped:
            lines, self._n_dropped = [*lines, f'{{"event": "log_lines_dropped", "n": {self._n_dropped}}}'], 0
        text = "".join(f"{line}\n" for line in lines).encode()
        rest = memoryview(b"\n" + text if self._torn and text else text)
        while rest:
            n_written = os.write(file, rest)
            self._torn = rest[n_written - 1] != ord("\n")
            rest = rest[n_written:]

    def _warn_once(self, error: OSError | RuntimeError) -> None:
        if not self._warned:
            self._warned = True
            reason = getattr(error, "strerror", None) or str(error)
            structlog.get_logger().warning("log_not_written", path=str(self._path), error=reason)


def _bound_fields(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the bound run and conversation only; other context variables belong to the program."""
    bound = structlog.contextvars.get_contextvars()
    event.update({name: bound[name] for name in BOUND_FIELDS if name in bound})
    return event


def _error_without_its_text(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its type and location: its text may contain prompts, replies and keys."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        frames = error.__traceback__
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
            frames = error.__traceback__ or frames
        event["error"] = type(error).__name__
        last = next(iter(traceback.extract_tb(frames)[-1:]), None)
        event["at"] = f"{Path(last.filename).name}:{last.lineno} in {last.name}" if last else None
    return event


def _time_level_event_first(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {**{name: event.pop(name) for name in ("time", "level", "event")}, **event}
