"""A run's own log: `log.jsonl` in its folder, one line per event, appended at every start.

It does not depend on how structlog is set up in the program, and never holds the run: lines are handed to a thread.
When they cannot be written, as on a full disk, that is told once, and the run goes on.
"""

import os
import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
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
    """Events of this context, and of tasks begun in it, go to the folder's log too; without a folder to none."""
    if folder is None:
        yield
        return
    lines = LineWriter(folder / LOG_FILE)
    token = log_of_run.set(run_logger(lines))
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
    """The beginning of a run with its facts, and its end with its counts, how long it took and what stopped it."""
    log.info("run_begun", **facts)
    started_s, reason = time.monotonic(), None
    try:
        yield
    except BaseException as error:
        reason = type(error).__name__
        raise
    finally:
        stopped_by = stop_reason()
        if stopped_by is not None:
            reason = stopped_by if isinstance(stopped_by, str) else type(stopped_by).__name__
        took_s = round(time.monotonic() - started_s, 3)
        log.info("run_ended", **counts(), stopped_by=reason, duration_s=took_s)


def run_logger(lines: "LineWriter") -> Sink:
    """A structlog logger with processors of its own, whatever the program's are."""
    logger: Sink = structlog.wrap_logger(
        lines,
        processors=[
            _only_ours,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _error_without_its_text,
            _time_level_event_first,
            structlog.processors.JSONRenderer(),  # ASCII: nothing in it that a terminal could obey
        ],
        wrapper_class=structlog.BoundLogger,
        context_class=dict,
        cache_logger_on_first_use=True,
    )
    return logger


class LineWriter:
    """Lines appended to a file by a thread. More than 10,000 that wait are dropped, and the log says how many were."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._n_dropped = 0
        self._torn = self._told = False
        self._thread = threading.Thread(target=self._write_all, name="run log", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:  # no thread can be had
            self._closing.set()
            self._tell(error)

    def info(self, line: str) -> None:
        """Take a line in; returns at once."""
        if self._closing.is_set():
            return
        if self._waiting.qsize() >= MAX_QUEUED_LINES:
            self._n_dropped += 1
            return
        self._waiting.put(line)

    warning = info

    def close(self) -> None:
        """Write what waits, for two seconds at most."""
        if not self._closing.is_set():
            self._waiting.put(None)
            self._closing.set()
            self._thread.join(CLOSE_TIMEOUT_S)

    def _write_all(self) -> None:
        file: int | None = None
        ended = False
        while not ended:
            lines = self._gathered()
            ended = lines[-1] is None
            try:
                if file is None:
                    file = self._opened()
                self._append(file, [line for line in lines if line is not None])
            except OSError as error:
                self._tell(error)
            self._closing.wait(FLUSH_EVERY_S)
        if file is not None:
            os.close(file)

    def _gathered(self) -> list[str | None]:
        """The next line, and all that wait behind it; None is the end."""
        lines = [self._waiting.get()]
        while lines[-1] is not None and not self._waiting.empty():
            lines.append(self._waiting.get())
        return lines

    def _opened(self) -> int:
        file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        size = os.fstat(file).st_size
        self._torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"  # a kill in the middle of a line
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

    def _tell(self, error: OSError | RuntimeError) -> None:
        if not self._told:
            self._told = True
            why = getattr(error, "strerror", None) or str(error)
            structlog.get_logger().warning("log_not_written", path=str(self._path), error=why)


def _only_ours(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The run and the conversation that are bound; what the program binds besides may be anything."""
    bound = structlog.contextvars.get_contextvars()
    event.update({name: bound[name] for name in BOUND_FIELDS if name in bound})
    return event


def _error_without_its_text(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What kind of error and where: its text may repeat prompts, replies and keys."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        frames = error.__traceback__
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
            frames = error.__traceback__ or frames
        event["error"] = type(error).__name__
        event["at"] = _place(frames)
    return event


def _place(frames: TracebackType | None) -> str | None:
    last = next(iter(traceback.extract_tb(frames)[-1:]), None)
    return f"{Path(last.filename).name}:{last.lineno} in {last.name}" if last else None


def _time_level_event_first(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {**{name: event.pop(name) for name in ("time", "level", "event")}, **event}
