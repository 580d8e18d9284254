"""Watching `fellowship run`: on real terminals, in a file, and by another program while the script makes noise."""

import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path

import orjson
import pytest
from rich.cells import cell_len

from tests.cli.kit import run_in_child
from tests.servers import Serve

pytestmark = pytest.mark.slow

RUN = """
from fellowship import Generator, run
from fellowship.scenarios import answer

run(answer, prompts=[f"question {i} of many" for i in range(60)], out="runs/watched", concurrency=5,
    generator=Generator("openai/mid"))
"""
NOISY = """
import atexit, os, subprocess, sys, threading
from fellowship import Generator, run

def noise(text):
    print("print:", text)
    os.write(1, f"descriptor 1: {text}\\n".encode())
    sys.__stdout__.write("not flushed: " + text + "\\n")
    subprocess.run([sys.executable, "-c", f"print('child: {text}')"])

async def loud(talk, prompt, *, generator):
    noise("under way")
    return await talk.ask(generator, prompt)

noise("before")
atexit.register(noise, "at exit")
for out in ("runs/a", "runs/b"):
    run(loud, prompts=["Why?", "How?"], out=out, generator=Generator("sim/mid"))
"""
COMMAND = (sys.executable, "-m", "fellowship", "run", "script.py")
CODES = re.compile(r"\x1b\[[?\d;]*[a-zA-Z]")


def terminal_environment(server_url: str) -> dict[str, str]:
    """That of a person at a terminal."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CI")}
    return {**kept, "TERM": "xterm-256color", "OPENAI_BASE_URL": server_url}


def until(seen: Callable[[], bool], told: Callable[[], str]) -> None:
    deadline = time.monotonic() + 30.0
    while not seen():
        assert time.monotonic() < deadline, f"not seen; the screen shows:\n{told()}"
        time.sleep(0.05)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.parametrize(("width", "height"), [(80, 24), (200, 50)], ids=["80x24", "200x50"])
def test_a_dashboard_on_a_real_terminal_never_wraps(width: int, height: int, tmp_path: Path, serve: Serve) -> None:
    """It is there while the run is under way; one line of it is left, above what comes next."""
    (tmp_path / "script.py").write_text(RUN)
    tmux = ["tmux", "-S", str(tmp_path / "socket"), "-f", os.devnull]

    def captured(*options: str) -> str:
        done = subprocess.run([*tmux, "capture-pane", "-p", *options], capture_output=True, text=True, check=True)
        return done.stdout.rstrip()

    server = serve("sim", latency_ms=200)
    command = f"{' '.join(COMMAND)}; sleep 60"
    size = ["-x", str(width), "-y", str(height)]
    session = [*tmux, "new-session", "-d", *size, command]
    subprocess.run(session, cwd=tmp_path, env=terminal_environment(server.base_url), check=True)
    try:
        until(lambda: "openai" in captured() and " 0/60 " not in captured(), captured)
        during, joined = captured(), captured("-J")
        until(lambda: "inspect it" in captured(), captured)
        after = captured()
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)

    lines = during.splitlines()
    assert lines[0] == "[SIM] answer   runs/watched"
    assert re.search(r"[━─]+  \d+/60  \d+ %$", lines[1])
    assert [line.split()[0] for line in lines[4:6]] == ["provider", "openai"]
    assert len(lines) < height
    assert [line.rstrip() for line in joined.splitlines()] == lines  # no line was continued on the next one
    assert re.fullmatch(r"\[SIM\] answer: 60/60, in [\d.]+ s, spend \$0", after.splitlines()[0])
    assert after.splitlines()[1].startswith("inspect it: ")


@pytest.mark.parametrize("width", [30, 80])
def test_lines_on_a_pseudo_terminal_are_shorter_than_it_is_wide(width: int, tmp_path: Path, serve: Serve) -> None:
    """And what is drawn at first is taken back at the end."""
    (tmp_path / "script.py").write_text(RUN)
    server = serve("sim", latency_ms=100)
    code, drawn = on_a_terminal(tmp_path, terminal_environment(server.base_url), width=width)

    lines = [line for line in re.split(r"[\r\n]+", CODES.sub("", drawn)) if not line.startswith("inspect it")]
    assert code == 0
    assert sum(line.startswith("[SIM] answer   runs/watched"[: width - 2]) for line in lines) >= 2
    assert max(map(cell_len, lines)) < width
    assert "\x1b[?25h" in drawn  # the cursor is there again


@pytest.mark.parametrize(
    "changed", [{"NO_COLOR": "1"}, {"CI": "true"}, {"TERM": "dumb"}], ids=["NO_COLOR", "CI", "dumb"]
)
def test_where_no_dashboard_is_wanted_no_escape_is_written(
    changed: dict[str, str], tmp_path: Path, serve: Serve
) -> None:
    (tmp_path / "script.py").write_text(RUN)
    server = serve("canned")
    code, drawn = on_a_terminal(tmp_path, {**terminal_environment(server.base_url), **changed}, width=80)

    assert code == 0
    assert "\x1b" not in drawn


def on_a_terminal(folder: Path, environment: dict[str, str], *, width: int) -> tuple[int, str]:
    """The exit code of the run, and all that it wrote on a terminal of 24 lines."""
    master, slave = pty.openpty()
    ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    process = subprocess.Popen(
        COMMAND, cwd=folder, env=environment, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)
    drawn = b""
    try:
        while piece := os.read(master, 65536):
            drawn += piece
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(master)
    return process.wait(timeout=30), drawn.decode()


def test_every_line_on_standard_output_parses_while_the_script_makes_noise(tmp_path: Path) -> None:
    """Noise by print, by the file descriptor, by child processes and at exit; none of it is lost."""
    (tmp_path / "script.py").write_text(NOISY)

    ran = run_in_child("run", "script.py", "--json", cwd=tmp_path)

    events = [line["event"] for line in ran.lines]
    assert ran.code == 0, ran.err
    assert events == ["launch", "progress"] * 2 + ["conversation", "conversation", "done"] * 2
    launch = ran.lines[0]
    assert isinstance(launch.pop("pid"), int)
    assert launch == {
        "event": "launch", "scenario": "loud", "folder": "runs/a", "total": 2, "done": 0, "simulated": True,
    }  # fmt: skip
    assert [line["folder"] for line in ran.lines if line["event"] == "done"] == ["runs/a", "runs/b"]
    assert (ran.lines[1]["done"], ran.lines[1]["spend_usd"], ran.lines[1]["asked"]) == (2, 0.0, 2)
    for source in ("print", "descriptor 1", "not flushed", "child"):
        assert ran.err.count(f"{source}: ") == 6, source
    assert "child: at exit" in ran.err


def test_a_reader_that_leaves_early_does_not_end_the_run(tmp_path: Path) -> None:
    """As with `| head -1`: the run goes on, and is kept."""
    (tmp_path / "script.py").write_text(NOISY)
    with (tmp_path / "err").open("w") as err:
        process = subprocess.Popen(
            [*COMMAND, "--json"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=err, env=dict(os.environ)
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        process.stdout.close()
        code = process.wait(timeout=30)

    said = (tmp_path / "err").read_text()
    assert orjson.loads(first)["event"] == "launch"
    assert code == 0
    assert "Broken" not in said
    assert (tmp_path / "runs/b/journal.sqlite").exists()
