"""A journal that cannot keep replies: nothing more is asked, and no reply that is gone counts as safe."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fellowship.protocols.completions import Request
from fellowship.protocols.errors import RunStopped, StoreError
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import JOURNAL
from fellowship.testing import ScriptedProvider
from tests.runners.kit import one_answer, scripted_run, told

PROMPTS = [f"question {i}" for i in range(50)]


def folder_deleted(folder: Path) -> None:
    shutil.rmtree(folder)


def folder_renamed(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


def replaced_by_a_copy(folder: Path) -> None:
    shutil.copy(folder / JOURNAL, folder / "copy")
    (folder / "copy").replace(folder / JOURNAL)


def folder_replaced(folder: Path) -> None:
    shutil.copytree(folder, folder.with_name("copy"))
    shutil.rmtree(folder)
    folder.with_name("copy").rename(folder)


def log_removed(folder: Path) -> None:
    (folder / f"{JOURNAL}-wal").unlink()


CHANGES = [folder_deleted, folder_renamed, replaced_by_a_copy, folder_replaced, log_removed]


@pytest.mark.parametrize("change", CHANGES, ids=[each.__name__ for each in CHANGES])
def test_after_the_journal_is_lost_nothing_more_is_asked(tmp_path: Path, change: Callable[[Path], None]) -> None:
    """It happens during the tenth request; no reply is said to be safe."""
    folder = tmp_path / "run"

    def reply(request: Request) -> Any:
        if provider.n_calls == 10:
            change(folder)
        return told(request)

    provider = ScriptedProvider(reply)
    with pytest.raises(StoreError, match=r"cannot be written: .*(is gone|was replaced by another file)") as caught:
        scripted_run(one_answer, folder, provider, prompts=PROMPTS, concurrency=1)

    assert provider.n_calls == 10
    assert "are safe" not in str(caught.value)


@pytest.mark.parametrize("n_before", [0, 2])
def test_a_start_on_a_full_disk_asks_nothing(tmp_path: Path, n_before: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the run is new or continued: an event is committed before the first request."""

    def full(journal: SqliteJournal, batch: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    if n_before:
        scripted_run(one_answer, tmp_path, ScriptedProvider(told), prompts=PROMPTS[:n_before])
    monkeypatch.setattr(SqliteJournal, "_write", full)
    provider = ScriptedProvider(told)
    with pytest.raises(RunStopped if n_before else StoreError, match="disk is full"):
        scripted_run(one_answer, tmp_path, provider, prompts=PROMPTS)

    assert provider.n_calls == 0
