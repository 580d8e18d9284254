"""A working directory that was deleted is reported in one line."""

import os
from pathlib import Path

import pytest

from fellowship.agents.generator import Generator
from fellowship.cli.main import main
from fellowship.protocols.errors import ConfigurationError
from fellowship.testing import ScriptedProvider
from tests.runners.kit import one_answer, scripted_run, told


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory that does not exist any more."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(FileNotFoundError):
        os.getcwd()  # noqa: PTH109


@pytest.mark.parametrize("command", [["runs"], ["show", "runs/x"], ["run", "script.py"]])
@pytest.mark.usefixtures("nowhere")
def test_a_command_says_that_its_folder_is_gone(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2."""
    assert main(command) == 2
    assert capsys.readouterr().err.startswith("fellowship: the working directory does not exist any more; change to")


@pytest.mark.usefixtures("nowhere")
def test_a_run_in_python_says_so_too(tmp_path: Path) -> None:
    """Before anything is written."""
    with pytest.raises(ConfigurationError, match="the working directory does not exist any more"):
        scripted_run(one_answer, tmp_path / "run", ScriptedProvider(told), generator=Generator("fake/any"))

    assert not (tmp_path / "run").exists()
