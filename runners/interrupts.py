"""Ctrl-C, SIGTERM and SIGHUP: the first one drains a run, the second one abandons it."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from fellowship.formatting.units import count_noun
from fellowship.protocols.errors import Interrupted
from fellowship.runners.workers import StopSignal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def draining_on_interrupt(stop: StopSignal) -> Iterator[None]:
    """After the first of these signals no request is sent; a second one also cancels those in flight.

    Signals are left alone outside the main thread, where the event loop cannot handle them, and if they are ignored, as
    SIGHUP is below nohup and SIGINT in the background.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def on_interrupt(number: int) -> None:
        stop.signal = stop.signal or number
        if stop.reason is None:
            n = stop.n_in_flight()
            are, them = ("is", "it") if n == 1 else ("are", "them")
            draining = f"draining: {count_noun(n, 'request')} {are} in flight, no others are sent"
            print(f"{draining}; Ctrl-C again abandons {them}", file=sys.stderr, flush=True)
            stop("interrupted")
            stop.drain()
        elif task is not None:
            stop.abandoned = True
            task.cancel()

    previous = {each: handler for each in SIGNALS if (handler := signal.getsignal(each)) is not signal.SIG_IGN}
    try:
        for each in previous:
            loop.add_signal_handler(each, on_interrupt, each)
    except (ValueError, NotImplementedError, RuntimeError):
        previous = {}
    try:
        yield
    finally:
        for each, handler in previous.items():
            loop.remove_signal_handler(each)
            if handler is not None:
                signal.signal(each, handler)


def end_script_if_uncaught() -> None:
    """From now on an Interrupted that a script does not catch ends it with one line and the exit code of its signal.

    In an interactive session it stays an exception.
    """
    if hasattr(sys, "ps1") or sys.flags.interactive or not hasattr(sys.modules["__main__"], "__file__"):
        return
    shown = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, Interrupted):
            shown(kind, error, trace)
            return
        print(f"fellowship: {error}", file=sys.stderr, flush=True)
        raise SystemExit(128 + error.signal)

    sys.excepthook = show


@contextmanager
def ended_by_abandoning(stop: StopSignal) -> Iterator[None]:
    """Suppress the cancellation that abandons a run, which is then reported like one that was drained."""
    try:
        yield
    except asyncio.CancelledError:
        if not stop.abandoned:
            raise
