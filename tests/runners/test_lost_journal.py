"""A journal that cannot keep replies: nothing more is asked, and no reply that is gone counts as safe."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fellowship.protocols.completions import Request
from fellowship.protocols.errors import RunStopped, StoreError
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import JOURNAL
from fellowship.testing import ScriptedProvider
from tests.runners.kit import one_answer, queried, scripted_run, told

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


@pytest.mark.parametrize("size", [0, 100, 30_000])
@pytest.mark.parametrize(("at", "words"), [(10, 1), (30, 1), (41, 40)])
def test_a_journal_that_was_shortened_keeps_what_was_committed(tmp_path: Path, size: int, at: int, words: int) -> None:
    """Nothing more is asked, and the run goes on with all replies."""

    def reply(request: Request) -> Any:
        if provider.n_calls == at:
            os.truncate(tmp_path / f"{JOURNAL}-wal", size)
        return told(request) * words

    provider, prompts = ScriptedProvider(reply), [text * words for text in PROMPTS]
    with pytest.raises(RunStopped, match=rf"-wal was shortened since .*; {at - 1} replies are safe"):
        scripted_run(one_answer, tmp_path, provider, prompts=prompts, concurrency=1)
    n_kept = queried(tmp_path, "SELECT count(*) FROM asks")
    again = ScriptedProvider(told)
    summary = scripted_run(one_answer, tmp_path, again, prompts=prompts)

    assert provider.n_calls == at
    assert n_kept == [at - 1]
    assert (again.n_calls, summary.n_finished) == (51 - at, 50)
    assert not list(tmp_path.glob(f"{JOURNAL}[.-]*"))


def test_a_log_that_another_process_has_emptied_is_whole(tmp_path: Path) -> None:
    """As `PRAGMA wal_checkpoint(TRUNCATE)` does; it happens before each reply."""

    def reply(request: Request) -> Any:
        with closing(sqlite3.connect(tmp_path / JOURNAL)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        sizes.append((tmp_path / f"{JOURNAL}-wal").stat().st_size)
        return told(request)

    sizes: list[int] = []
    summary = scripted_run(one_answer, tmp_path, ScriptedProvider(reply), prompts=PROMPTS, concurrency=1)

    assert sizes == [0] * 50
    assert (summary.n_finished, queried(tmp_path, "SELECT count(*) FROM asks")) == (50, [50])


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
