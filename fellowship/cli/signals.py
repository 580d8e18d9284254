"""Signals that end a command: one line and the exit code of the signal, without a traceback."""

import os
import signal
import sys
from contextlib import suppress
from types import FrameType

TERMINATING = (signal.SIGTERM, signal.SIGHUP)


class EndedBySignal(BaseException):
    """SIGTERM or SIGHUP; `exit_code` is 128 and the signal's number, as shells count."""

    def __init__(self, number: int) -> None:
        self.exit_code = 128 + number
        super().__init__(f"ended by {signal.Signals(number).name}; the same command continues where it stopped")


def raise_at_signals() -> None:
    """From now on SIGTERM and SIGHUP raise EndedBySignal. A signal that is ignored, as below nohup, stays ignored."""
    for each in TERMINATING:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _raise)


def ignore_signals() -> None:
    """The command has ended: a further signal would only interrupt the end of the process with a traceback."""
    for each in (*TERMINATING, signal.SIGINT):
        with suppress(ValueError, OSError):
            signal.signal(each, signal.SIG_IGN)


def close_output() -> None:
    """Write what is buffered; the reader of a pipe may have ended, as in `| head`."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _raise(number: int, _: FrameType | None) -> None:
    raise EndedBySignal(number)
