"""A deck on a real terminal: raw keys, the alternate screen, resizing; the terminal is given back on every way out."""

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from fellowship.protocols.errors import ConfigurationError
from fellowship.replay.key_decoder import Keys
from fellowship.replay.run_index import RunIndex
from fellowship.replay.screen import draw
from fellowship.replay.styled_text import StyledLine, ansi
from fellowship.replay.view_state import ViewState

ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"  # alternate screen, no cursor, no wrapping at the border
LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
ESCAPE_PAUSE_S = 0.05  # an escape byte that nothing follows for so long is the escape key
ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class TerminalEnded(Exception):
    """A signal, or Ctrl-C, asks for the end."""


class Terminal:
    """Standard input and output, while they belong to a replay."""

    def __init__(self) -> None:
        self._input, self._output = sys.stdin.fileno(), sys.stdout.fileno()
        self._wake, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._keys = Keys()
        self._shown: list[str] = []
        self._ended = False
        self.colours = not os.environ.get("NO_COLOR")

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines."""
        size = os.get_terminal_size(self._output)
        return size.columns, size.lines

    def pressed(self) -> list[str]:
        """The next keys; none after a resize. Ended when a signal or Ctrl-C came, or the terminal went away."""
        pause = ESCAPE_PAUSE_S if self._keys.unfinished else None
        ready, _, _ = select.select([self._input, self._wake], [], [], pause)
        if self._wake in ready:
            os.read(self._wake, 4096)
        if self._ended:
            raise TerminalEnded
        keys = self._keys.feed(self._read()) if self._input in ready else []
        if not ready:
            keys = self._keys.flush()
        if "ctrl-c" in keys:
            raise TerminalEnded
        if "ctrl-l" in keys:
            self.forget()
        return keys

    def show(self, lines: list[StyledLine]) -> None:
        """Write what differs from what is shown already."""
        rows = [ansi(each, colours=self.colours) for each in lines]
        rows += [""] * (len(self._shown) - len(rows))
        changed = [
            f"\x1b[{number};1H\x1b[2K{row}"
            for number, row in enumerate(rows, start=1)
            if number > len(self._shown) or row != self._shown[number - 1]
        ]
        self._shown = rows
        self._write("".join(changed))

    def forget(self) -> None:
        """Draw everything anew the next time."""
        self._shown = []
        self._write("\x1b[2J")

    @contextmanager
    def taken(self) -> Iterator["Terminal"]:
        """Raw mode, alternate screen and signals; all as before afterwards, whatever happens."""
        modes = termios.tcgetattr(self._input)
        signals = {each: signal.getsignal(each) for each in (*ENDINGS, signal.SIGWINCH)}
        try:
            for each in signals:
                signal.signal(each, self._signalled)
            tty.setraw(self._input, termios.TCSADRAIN)  # keys typed ahead are kept
            self._write(ENTER)
            yield self
        finally:
            with suppress(OSError, termios.error):  # the terminal may be gone
                self._write(LEAVE)
                termios.tcsetattr(self._input, termios.TCSADRAIN, modes)
            for each, before in signals.items():
                signal.signal(each, before)
            os.close(self._wake)
            os.close(self._waker)

    def _read(self) -> bytes:
        try:
            data = os.read(self._input, 4096)
        except OSError as error:
            raise TerminalEnded from error
        if not data:
            raise TerminalEnded
        return data

    def _signalled(self, number: int, _: FrameType | None) -> None:
        self._ended = self._ended or number != signal.SIGWINCH
        with suppress(BlockingIOError):
            os.write(self._waker, b".")

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", errors="replace")
        while data:
            data = data[os.write(self._output, data) :]


def play_terminal(shelf: RunIndex, conversation: str | None = None, number: int = 1) -> bool:
    """Replay until the person has seen enough: True; False when a signal or Ctrl-C ended it.

    ConfigurationError where there is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigurationError(
            "this is no terminal: `fellowship show` prints runs, conversations and messages as text"
        )
    deck = ViewState.of(shelf, conversation, number - 1)
    with Terminal().taken() as terminal:
        try:
            _played(deck, shelf, terminal)
        except TerminalEnded:
            return False
    return True


def _played(deck: ViewState, shelf: RunIndex, terminal: Terminal) -> None:
    size = (0, 0)
    while not deck.done:
        if size != terminal.size:
            size = terminal.size
            terminal.forget()
        frame = draw(deck, shelf, *size)
        deck = deck.fitted(frame.room)
        terminal.show(frame.lines)
        for key in terminal.pressed():
            deck = deck.press(key)
            deck = deck.fitted(draw(deck, shelf, *size).room)
            if deck.done:
                break
