"""A run's folder: one process at a time, and errors that say what is wrong with it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fellowship.protocols.errors import ConfigurationError, StoreError
from fellowship.runners import run_config as configuration
from fellowship.runners.run_folder import locked_folder
from fellowship.storage.recorded_run import RecordedRun
from fellowship.testing import ScriptedProvider
from tests.runners.kit import one_answer, scripted_run, told

HOLDER = """
import sys
from pathlib import Path
from fellowship.runners.run_folder import locked_folder

with locked_folder(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_elsewhere(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the folder."""
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            yield holder
        finally:
            holder.kill()


def test_a_folder_in_use_is_refused_with_the_process_that_uses_it(tmp_path: Path) -> None:
    """Nothing is asked; and a killed process holds nothing."""
    folder = tmp_path / "run"
    with held_elsewhere(folder) as holder:
        with pytest.raises(StoreError) as caught:
            scripted_run(one_answer, folder, ScriptedProvider([]))
        assert str(caught.value) == f"the run in {folder} is in use by process {holder.pid}"

        holder.kill()
        holder.wait()
        assert scripted_run(one_answer, folder, ScriptedProvider(told)).n_finished == 3


def test_a_folder_is_free_again_after_its_run(tmp_path: Path) -> None:
    """Also after a run that was refused."""
    with locked_folder(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())
    with (
        locked_folder(tmp_path),
        pytest.raises(StoreError, match=f"in use by process {os.getpid()}$"),
        locked_folder(tmp_path),
    ):
        pass
    with locked_folder(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """With the reason."""
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(StoreError) as caught:
        scripted_run(one_answer, tmp_path / "file" / "run", ScriptedProvider([]))

    assert str(caught.value) == f"the run's folder {tmp_path / 'file' / 'run'} cannot be written: Not a directory"


DAMAGE = {
    "no database": lambda data: b"x" * 100 + data[100:],
    "torn in half": lambda data: data[: len(data) // 2],
    "pages overwritten": lambda data: data[:4096] + b"\xa5" * (len(data) - 4096),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_journal_is_an_error_of_the_store(tmp_path: Path, damage: str) -> None:
    """For a run that wants to go on, and for a reader; the file is left as it is."""
    scripted_run(one_answer, tmp_path, ScriptedProvider(told), prompts=[f"prompt {i}" for i in range(100)])
    journal = tmp_path / "journal.sqlite"
    damaged = DAMAGE[damage](journal.read_bytes())
    journal.write_bytes(damaged)

    with pytest.raises(StoreError, match=r"^the journal .*journal\.sqlite cannot be (opened|read): "):
        scripted_run(one_answer, tmp_path, ScriptedProvider(told), prompts=[f"prompt {i}" for i in range(100)])
    with pytest.raises(StoreError, match=r"^the journal .*journal\.sqlite cannot be read: "):
        list(RecordedRun.open(tmp_path))


def test_a_journal_that_was_only_created_is_begun_anew(tmp_path: Path) -> None:
    """As a kill in the first moment leaves it."""
    (tmp_path / "journal.sqlite").touch()

    assert scripted_run(one_answer, tmp_path, ScriptedProvider(told)).n_finished == 3


def test_settings_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """What is there stays as it is when there is no room for the new ones."""
    config = tmp_path / "config.resolved.toml"
    configuration.write_config({"seed": 1}, config)
    (tmp_path / "config.resolved.toml.new").mkdir()

    with pytest.raises(StoreError) as caught:
        configuration.write_config({"seed": 2}, config)

    assert str(caught.value) == f"{config} cannot be written: Is a directory"
    assert config.read_text() == "seed = 1\n"


def test_nothing_is_created_when_the_input_is_bad(tmp_path: Path) -> None:
    """A defect in the last line is found before the folder exists."""
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"prompt": "fine"}\n' * 99 + "{}\n")

    with pytest.raises(ConfigurationError, match=r"prompts\.jsonl:100: column 'prompt': missing"):
        asyncio.run(_run_of_file(prompts, tmp_path / "run"))

    assert [each.name for each in tmp_path.iterdir()] == ["prompts.jsonl"]


async def _run_of_file(prompts: Path, out: Path) -> None:
    from fellowship.agents.generator import Generator
    from fellowship.runners.run import arun

    await arun(one_answer, prompts=prompts, out=out, quiet=True, generator=Generator("sim/mid"))
