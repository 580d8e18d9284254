import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fellowship.replay.terminal import ENTER_SCREEN, LEAVE_SCREEN
from fellowship.storage.recorded_run import RecordedRun

COMMAND = "from fellowship.cli.main import entry; entry()"
FAILING = "from fellowship.replay.terminal import Terminal\nwith Terminal().acquired(): raise ValueError('on purpose')"
DEADLINE_S = 30.0
WRITTEN = re.compile(r"\x1b\[(?P<row>\d+);1H\x1b\[2K|\x1b\[2J(?P<cleared>)|\x1b\[[?\d;]*[a-zA-Z]|(?P<text>[^\x1b]+)")


class Session:
    """A command on a pseudo-terminal, and what its screen shows."""

    def __init__(self, *arguments: str, width: int, height: int) -> None:
        self.master, self.slave = pty.openpty()
        self._resize(width, height)
        self.before = termios.tcgetattr(self.slave)
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", *arguments],
            stdin=self.slave, stdout=self.slave, stderr=self.slave, start_new_session=True,
        )  # fmt: skip

    def _resize(self, width: int, height: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def resize(self, width: int, height: int) -> None:
        self._resize(width, height)
        self.process.send_signal(signal.SIGWINCH)

    def send(self, keys: bytes) -> None:
        os.write(self.master, keys)

    @property
    def screen(self) -> str:
        rows: dict[int, str] = {}
        row = 1
        for found in WRITTEN.finditer(self.output):
            if found["row"]:
                row = int(found["row"])
                rows[row] = ""
            elif found["cleared"] is not None:
                rows = {}
            elif found["text"]:
                rows[row] = rows.get(row, "") + found["text"]
        return "\n".join(rows[row] for row in sorted(rows))

    def wait_for(self, seen: Callable[[str], bool] | str) -> None:
        """Read until the screen shows it."""
        until = time.monotonic() + DEADLINE_S
        while not (seen in self.screen if isinstance(seen, str) else seen(self.screen)):
            assert time.monotonic() < until, f"not seen: {seen}; the screen shows:\n{self.screen}"
            self.read(0.05)

    def read(self, timeout_s: float) -> None:
        ready, _, _ = select.select([self.master], [], [], timeout_s)
        if ready:
            self.output += os.read(self.master, 65536).decode(errors="replace")

    def ended(self) -> int:
        """Read until the command has ended; its exit code."""
        until = time.monotonic() + DEADLINE_S
        while self.process.poll() is None:
            assert time.monotonic() < until, f"still running; the screen shows:\n{self.screen}"
            self.read(0.05)
        self.read(0.0)
        return self.process.returncode

    def assert_given_back(self) -> None:
        assert termios.tcgetattr(self.slave) == self.before
        assert self.output.count(ENTER_SCREEN) == 1
        assert LEAVE_SCREEN in self.output[self.output.index(ENTER_SCREEN) :]


@contextmanager
def session(*arguments: str, width: int = 100, height: int = 30) -> Iterator[Session]:
    started = Session(*arguments, width=width, height=height)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
        started.process.wait()
        os.close(started.master)
        os.close(started.slave)


def test_stepping_through_a_debate_shows_its_speakers_one_after_another(debate_folder: Path) -> None:
    with RecordedRun.open(debate_folder) as recorded:
        sources = [message.source for message in recorded.conversation("c00000").messages]
    seen = []

    with session(COMMAND, "replay", f"{debate_folder}/c00000") as replay:
        replay.wait_for(" 3/24  user ")  # it begins with the prompt
        replay.send(b"\x1b[D\x1b[D")
        for number, source in enumerate(sources, start=1):
            replay.wait_for(f" {number}/{len(sources)}  {source} ")
            seen.append(source)
            replay.send(b"\x1b[C")
        replay.send(b"q")

        assert replay.ended() == 0
        replay.assert_given_back()
    personas = ["general_public", "psychologist", "critic"]
    assert list(dict.fromkeys(name for name in seen if name in personas)) == personas
    assert {"general_public_ballot", "psychologist_ballot", "critic_ballot"} < set(seen)
    assert seen[-1] == "debate"


def test_list_filter_views_and_back(debate_folder: Path) -> None:
    with session(COMMAND, "replay", "--tty", str(debate_folder)) as replay:
        replay.wait_for("▸ c00000")
        replay.send(b"\x1b[B\r")
        replay.wait_for("c00001  finished")
        replay.send(b"\x1b[F")
        replay.wait_for(" 24/24  debate  Verdict")
        replay.send(b"\x1b[Dhhhhh")
        replay.wait_for(" Vote ")
        replay.send(b"p")
        replay.wait_for("── system")
        replay.send(b"\x1b")
        replay.wait_for("p prompt  r reply")
        replay.send(b"\x7f")
        replay.wait_for("▸ c00001")
        replay.send(b"/c00002\r")
        replay.wait_for("1 conversation with c00002")
        replay.send(b"q")

        assert replay.ended() == 0
        replay.assert_given_back()


def test_a_resized_terminal_is_drawn_anew(debate_folder: Path) -> None:
    with session(COMMAND, "replay", str(debate_folder)) as replay:
        replay.wait_for("▸ c00000")
        replay.resize(39, 12)
        replay.wait_for("too small:")
        replay.resize(80, 24)
        replay.wait_for("▸ c00000")
        replay.send(b"q")

        assert replay.ended() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_and_gives_the_terminal_back(debate_folder: Path, number: signal.Signals) -> None:
    with session(COMMAND, "replay", f"{debate_folder}/c00000") as replay:
        replay.wait_for(" 3/24 ")
        replay.process.send_signal(number)

        assert replay.ended() == 130
        replay.assert_given_back()


def test_ctrl_c_ends_it(debate_folder: Path) -> None:
    with session(COMMAND, "replay", f"{debate_folder}/c00000") as replay:
        replay.wait_for(" 3/24 ")
        replay.send(b"\x03")

        assert replay.ended() == 130
        replay.assert_given_back()


def test_an_error_gives_the_terminal_back() -> None:
    with session(FAILING) as failing:
        assert failing.ended() == 1
        failing.assert_given_back()
        assert "ValueError: on purpose" in failing.output


def test_hostile_text_stays_text(hostile_folder: Path) -> None:
    with session(COMMAND, "replay", f"{hostile_folder}/c00000@4", width=120) as replay:
        replay.wait_for("\\x1b[2J\\x1b]0;owned")
        replay.send(b"q")

        assert replay.ended() == 0
        assert "\x1b]0" not in replay.output
        assert not set(replay.output) & {"\x07", "\x00", "\x08", "\x9b", "\u202e"}
