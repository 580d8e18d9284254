"""SIGTERM, SIGHUP and Ctrl-C end commands with one line; an ASCII terminal does not."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.cli.main import main
from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.run import run
from fellowship.scenarios import answer
from tests.cli.kit import run_in_child, run_in_process

WAITING = "import time\nprint('started', flush=True)\ntime.sleep(60)\n"
COMMAND = [sys.executable, "-m", "fellowship", "run", "script.py"]


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (signal.SIGTERM, 143, "fellowship: ended by SIGTERM; the same command continues where it stopped\n"),
        (signal.SIGHUP, 129, "fellowship: ended by SIGHUP; the same command continues where it stopped\n"),
        (signal.SIGINT, 130, "interrupted\n"),
    ],
)
def test_a_signal_outside_of_a_run_is_one_line(number: signal.Signals, code: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(WAITING)
    pipe = subprocess.PIPE
    with subprocess.Popen(COMMAND, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()

        process.send_signal(number)
        _, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (code, said)


def test_a_run_is_shown_on_an_ascii_terminal(tmp_path: Path) -> None:
    run(answer, prompts=["Wie heißt 世界? " * 20], out=tmp_path / "x", generator=Generator("sim/mid"), quiet=True)

    shown = run_in_child("show", "x", cwd=tmp_path, environment={"PYTHONIOENCODING": "ascii:strict"})

    assert (shown.code, shown.err) == (0, "")
    assert "Wie hei\\xdft \\u4e16\\u754c?" in shown.out
    assert "~" in shown.out


def test_runs_rm_r_removes_the_runs_of_a_folder_and_nothing_else(tmp_path: Path) -> None:
    for name in ("a", "deep/b"):
        run(answer, prompts=["Q?"], out=tmp_path / "study" / name, generator=Generator("sim/mid"), quiet=True)
    (tmp_path / "study/notes.txt").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "study")

    refused = run_in_process("runs", "rm", "-r", "link", "--yes", cwd=tmp_path)
    removed = run_in_process("runs", "rm", "-r", "study", "--yes", cwd=tmp_path)
    again = run_in_process("runs", "rm", "-r", "study", "--yes", cwd=tmp_path)

    assert (refused.code, "symbolic link" in refused.err) == (2, True)
    assert (removed.code, removed.out) == (0, "removed 2 runs in study; other files stay\n")
    assert [each.name for each in (tmp_path / "study").iterdir()] == ["notes.txt"]
    assert (again.code, "no runs in study" in again.err) == (2, True)


def test_runs_rm_r_removes_none_if_one_holds_other_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run(answer, prompts=["Q?"], out=tmp_path / "study" / name, generator=Generator("sim/mid"), quiet=True)
    (tmp_path / "study/a/labels.csv").write_text("mine")

    refused = run_in_process("runs", "rm", "-r", "study", "--yes", cwd=tmp_path)

    assert (refused.code, "labels.csv" in refused.err) == (2, True)
    assert sorted(each.name for each in (tmp_path / "study").iterdir()) == ["a", "b"]


def test_the_repr_of_a_summary_is_its_line(tmp_path: Path) -> None:
    summary = run(answer, prompts=["Q?"], out=tmp_path / "x", generator=Generator("sim/mid"), quiet=True)

    assert repr(summary) == f"<RunSummary {summary}>"


SCRIPT = """
import asyncio, os, signal
from fellowship import Generator, run
from fellowship.protocols.errors import Interrupted
from fellowship.scenarios import answer
from fellowship.testing import ScriptedProvider


class Stopping(ScriptedProvider):
    async def complete(self, request):
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(0.01)
        return await super().complete(request)


def go():
    providers = {"fake": Stopping(lambda request: "A river.")}
    run(answer, prompts=["1", "2"], out="runs/r", concurrency=1, generator=Generator("fake/m"), providers=providers)


"""
CATCHING = "try:\n    go()\nexcept Interrupted as error:\n    print('caught', error.n_committed)\n"


@pytest.mark.parametrize(
    ("end", "code", "out", "last"),
    [
        ("go()\n", 130, "", "fellowship: stopped: interrupted; 1 replies are safe; "),
        (CATCHING, 0, "caught 1\n", "draining: "),
    ],
    ids=["not caught", "caught"],
)
def test_ctrl_c_in_a_plain_script_is_one_line_unless_the_script_catches_it(
    tmp_path: Path, end: str, code: int, out: str, last: str
) -> None:
    (tmp_path / "s.py").write_text(SCRIPT + end)

    ended = subprocess.run([sys.executable, "s.py"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout, "Traceback" in ended.stderr) == (code, out, False)
    assert ended.stderr.splitlines()[-1].startswith(last)


@pytest.mark.parametrize(
    "arguments",
    [["export", "r", "--to", ""], ["runs", "rm", ""], ["demo", "--dir", " "], ["run", "s.py", "--model", ""]],
    ids=["--to", "a run to remove", "blanks", "a model"],
)
def test_an_empty_path_or_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.py").write_text("")

    assert main(arguments) == 2
    assert "of the shell not set?" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["s.py"]


@pytest.mark.parametrize("option", ["out", "reuse", "prompts"])
def test_an_empty_path_in_python_is_refused(option: str) -> None:
    options: dict[str, Any] = {"prompts": ["Q?"], option: ""}

    with pytest.raises(ConfigurationError, match=f"{option}='' names no file or folder"):
        run(answer, generator=Generator("sim/mid"), quiet=True, **options)
