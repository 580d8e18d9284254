"""The interactive terminal of a replay: raw keys, alternate screen, resizing. Always restores the terminal."""

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from fellowship.formatting.ascii_marks import encoded
from fellowship.protocols.errors import ConfigurationError
from fellowship.replay.key_bindings import press
from fellowship.replay.key_decoder import KeyDecoder
from fellowship.replay.run_index import RunIndex
from fellowship.replay.screen import draw
from fellowship.replay.styled_text import StyledLine, ansi
from fellowship.replay.view_state import ViewState

ENTER_SCREEN = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"  # alternate screen, no cursor, no wrapping at the border
LEAVE_SCREEN = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
ESCAPE_PAUSE_S = 0.05  # a lone escape byte is the escape key after this pause
END_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class TerminalEnded(Exception):
    """A signal, Ctrl-C, or the end of the terminal stops the replay."""


class Terminal:
    """Standard input and output during a replay."""

    def __init__(self) -> None:
        self._input, self._output = sys.stdin.fileno(), sys.stdout.fileno()
        self._wake, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._keys = KeyDecoder()
        self._shown: list[str] = []
        self._ended = False
        self.colours = not os.environ.get("NO_COLOR")

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines."""
        size = os.get_terminal_size(self._output)
        return size.columns, size.lines

    def read_keys(self) -> list[str]:
        """Wait for keys; none after a resize. TerminalEnded after a signal, Ctrl-C, or the end of the terminal."""
        pause = ESCAPE_PAUSE_S if self._keys.unfinished else None
        ready, _, _ = select.select([self._input, self._wake], [], [], pause)
        if self._wake in ready:
            os.read(self._wake, 4096)
        if self._ended:
            raise TerminalEnded
        keys = [] if ready else self._keys.flush()
        if self._input in ready:
            keys = self._keys.feed(self._read())
        if "ctrl-c" in keys:
            raise TerminalEnded
        if "ctrl-l" in keys:
            self.clear()
        return keys

    def show(self, lines: list[StyledLine]) -> None:
        """Write the lines that differ from those on the screen."""
        rows = [ansi(each, colours=self.colours) for each in lines]
        rows += [""] * (len(self._shown) - len(rows))
        changed = [
            f"\x1b[{number};1H\x1b[2K{row}"
            for number, row in enumerate(rows, start=1)
            if number > len(self._shown) or row != self._shown[number - 1]
        ]
        self._shown = rows
        self._write("".join(changed))

    def clear(self) -> None:
        """Clear the screen; the next `show` draws all lines."""
        self._shown = []
        self._write("\x1b[2J")

    @contextmanager
    def acquired(self) -> Iterator["Terminal"]:
        """Raw mode, alternate screen and signal handlers inside the block; restored at its end."""
        modes = termios.tcgetattr(self._input)
        signals = {each: signal.getsignal(each) for each in (*END_SIGNALS, signal.SIGWINCH)}
        # written where the signal arrives: its Python handler waits while `select` blocks
        woken = signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        try:
            for each in signals:
                signal.signal(each, self._on_signal)
            tty.setraw(self._input, termios.TCSADRAIN)  # keeps keys typed ahead
            self._write(ENTER_SCREEN)
            yield self
        finally:
            with suppress(OSError, termios.error):  # the terminal may be gone
                self._write(LEAVE_SCREEN)
                termios.tcsetattr(self._input, termios.TCSADRAIN, modes)
            for each, before in signals.items():
                signal.signal(each, before)
            signal.set_wakeup_fd(woken)
            os.close(self._wake)
            os.close(self._waker)

    def _read(self) -> bytes:
        with suppress(OSError):
            if data := os.read(self._input, 4096):
                return data
        raise TerminalEnded

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        self._ended = self._ended or number != signal.SIGWINCH

    def _write(self, text: str) -> None:
        data = encoded(text, sys.stdout.encoding)
        while data:
            data = data[os.write(self._output, data) :]


def play_terminal(index: RunIndex, conversation: str | None = None, number: int | None = None) -> bool:
    """Replay until the user quits (True), or a signal or Ctrl-C ends it (False). ConfigurationError off a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        msg = "replay needs a terminal; `fellowship show` prints runs, conversations and messages as text"
        raise ConfigurationError(msg)
    if os.environ.get("TERM") in ("dumb", ""):
        msg = "replay needs a terminal with a cursor, and TERM is 'dumb'; `fellowship show` prints the same as text"
        raise ConfigurationError(msg)
    state = ViewState.of(index, conversation, None if number is None else number - 1)
    size = (0, 0)
    with Terminal().acquired() as terminal, suppress(TerminalEnded):
        while not state.done:
            if size != terminal.size:
                size = terminal.size
                terminal.clear()
            frame = draw(state, index, *size)
            state = state.fitted(frame.viewport)
            terminal.show(frame.lines)
            for key in terminal.read_keys():
                state = press(state, key)
                state = state.fitted(draw(state, index, *size).viewport)
                if state.done:
                    break
    return state.done
