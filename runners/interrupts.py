"""Ctrl-C and SIGTERM: the first one drains a run, the second one abandons it."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from fellowship.formatting.units import count_noun
from fellowship.runners.workers import StopSignal

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def draining_on_interrupt(stop: StopSignal) -> Iterator[None]:
    """After the first SIGINT or SIGTERM no request is sent; a second one also cancels those in flight.

    Signals are left alone outside the main thread, and where the event loop cannot handle them.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def on_interrupt() -> None:
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

    previous = {each: signal.getsignal(each) for each in SIGNALS}
    try:
        for each in SIGNALS:
            loop.add_signal_handler(each, on_interrupt)
    except (ValueError, NotImplementedError, RuntimeError):
        previous = {}
    try:
        yield
    finally:
        for each, handler in previous.items():
            loop.remove_signal_handler(each)
            if handler is not None:
                signal.signal(each, handler)


@contextmanager
def ended_by_abandoning(stop: StopSignal) -> Iterator[None]:
    """Suppress the cancellation that abandons a run, which is then reported like one that was drained."""
    try:
        yield
    except asyncio.CancelledError:
        if not stop.abandoned:
            raise
