"""The folder of a run from outside: held by whom, removed how."""

import os
from pathlib import Path

import pytest

from fellowship.protocols.errors import RunNotFound, StoreError
from fellowship.runners.run_folder import locked_folder, remove_run, running_process
from fellowship.testing import ScriptedProvider
from tests.runners.kit import one_answer, scripted_run, told


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run that has ended."""
    folder = tmp_path / "run"
    scripted_run(one_answer, folder, ScriptedProvider(told))
    return folder


def test_a_run_is_held_while_its_process_carries_it_out_and_not_longer(folder: Path) -> None:
    """The number left in the lock of a run that has ended says nothing."""
    with locked_folder(folder):
        assert running_process(folder) == str(os.getpid())

    assert (folder / "lock").read_text() == str(os.getpid())
    assert running_process(folder) is None


def test_a_folder_without_a_lock_is_held_by_nobody(tmp_path: Path) -> None:
    """Such as a run that was copied without it."""
    assert running_process(tmp_path) is None


def test_a_removed_run_is_gone_with_its_folder(folder: Path) -> None:
    """What lies beside it stays."""
    (folder.parent / "beside").touch()

    remove_run(folder)

    assert [each.name for each in folder.parent.iterdir()] == ["beside"]


def test_a_run_in_use_is_not_removed(folder: Path) -> None:
    """The error names the process."""
    with locked_folder(folder), pytest.raises(StoreError) as refused:
        remove_run(folder)

    assert str(refused.value) == f"the run in {folder} is in use by process {os.getpid()}; stop that first"
    assert (folder / "journal.sqlite").is_file()


def test_a_folder_with_files_of_others_is_not_removed(folder: Path) -> None:
    """A run inside a run is such a file too; some are named."""
    for name in ("d", "a", "c"):
        (folder / name).touch()
    scripted_run(one_answer, folder / "b", ScriptedProvider(told))

    with pytest.raises(StoreError) as refused:
        remove_run(folder)

    told_ = (
        f"{folder} holds files that do not belong to the run: 'a', 'b', 'c' and 1 more; move them, then remove the run"
    )
    assert str(refused.value) == told_
    assert (folder / "journal.sqlite").is_file()


@pytest.mark.parametrize("name", ["lock", "config.resolved.toml", "log.jsonl"])
def test_a_link_in_the_place_of_a_file_is_not_followed(folder: Path, tmp_path: Path, name: str) -> None:
    """Neither written through nor removed."""
    (tmp_path / "mine").write_text("mine")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(tmp_path / "mine")

    with pytest.raises(StoreError, match=f"holds files that do not belong to the run: '{name}'"):
        remove_run(folder)

    assert (tmp_path / "mine").read_text() == "mine"


def test_a_link_to_a_run_is_not_followed(folder: Path, tmp_path: Path) -> None:
    """The run itself has to be named."""
    (tmp_path / "link").symlink_to(folder)

    with pytest.raises(StoreError) as refused:
        remove_run(tmp_path / "link")

    assert (
        str(refused.value)
        == f"{tmp_path / 'link'} is a symbolic link, which is not followed; name its target ({folder})"
    )
    assert (folder / "journal.sqlite").is_file()


def test_a_folder_that_is_no_run_is_not_removed(tmp_path: Path) -> None:
    """Even an empty one."""
    with pytest.raises(RunNotFound) as refused:
        remove_run(tmp_path)

    assert str(refused.value) == f"no run in {tmp_path}: it holds no journal.sqlite; nothing was removed"
    assert tmp_path.is_dir()
