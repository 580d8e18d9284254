import resource
import subprocess
import sys
from pathlib import Path

import pytest

from fellowship import Generator, Reviewer, run
from fellowship.cli.main import main
from fellowship.scenarios import feedback_loop

COMMAND = "from fellowship.cli.main import entry; entry()"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "loop"
    run(
        feedback_loop, prompts=["Explain tides."], out=folder, quiet=True,
        generator=Generator("sim/mid"), reviewer=Reviewer("sim/mid"),
    )  # fmt: skip
    return folder


def test_without_a_terminal_it_names_show_and_ends_with_2(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "replay", f"{folder}/c00000"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == "fellowship: replay needs a terminal; `fellowship show` prints runs, conversations and messages as text\n"
    )


@pytest.mark.parametrize("place", ["/c00001", "/c00000@8", "/c00000@x", "x"])
def test_what_is_not_there_is_one_line_and_code_2(folder: Path, capsys: pytest.CaptureFixture[str], place: str) -> None:
    assert main(["replay", f"{folder}{place}"]) == 2

    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("command", ["replay", "show"])
def test_help_costs_little(command: str) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, command, "--help"], capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert done.returncode == 0
    assert "exit codes:" in done.stdout
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3
