"""Journals of earlier schema versions open, are brought up to date, and can be looked at without being changed."""

import asyncio
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fellowship import Generator, Reviewer, arun
from fellowship.agents.reading import with_parts
from fellowship.protocols.completions import AT_ONCE
from fellowship.replay.conversation_view import conversation_view
from fellowship.reruns.api import verify
from fellowship.scenarios import feedback_loop
from fellowship.storage.recorded_run import JOURNAL, RecordedRun
from fellowship.storage.schema import MIGRATIONS

VERSIONS = sorted((Path(__file__).parent / "journals").glob("v*.sql"))
CAST: dict[str, Any] = {"rounds": 1, "generator": Generator("sim/mid"), "reviewer": Reviewer("sim/weak")}


@pytest.fixture(params=VERSIONS, ids=lambda path: path.stem)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A run as that version wrote it: two feedback loops of one round on simulated models."""
    with closing(sqlite3.connect(tmp_path / JOURNAL)) as connection:
        connection.executescript(request.param.read_text())
    return tmp_path


def version(folder: Path) -> int:
    with closing(sqlite3.connect(folder / JOURNAL)) as connection:
        found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def test_every_version_but_todays_has_a_journal() -> None:
    """Which is written when the next version comes."""
    assert [path.stem for path in VERSIONS] == [f"v{number}" for number in range(1, len(MIGRATIONS))]


def test_looking_at_an_old_run_changes_nothing(folder: Path) -> None:
    """Its messages and asks are there, with what was not put down then as unknown."""
    before, folder_version = (folder / JOURNAL).read_bytes(), version(folder)

    with RecordedRun.open(folder) as recorded:
        view = conversation_view(recorded, "c00001")

    assert [step.author for step in view.steps] == ["user", "generator", "reviewer"]
    cost = None if folder_version == 1 else Decimal(0)
    asks = [ask for step in view.steps for ask in step.asks]
    assert {(ask.attempt.cost, ask.attempt.reused, ask.completion.delivery) for ask in asks} == {(cost, False, AT_ONCE)}
    assert {(ask.completion.reasoning, ask.completion.whole) for ask in asks} == {("", True)}
    assert (folder / JOURNAL).read_bytes() == before


def test_an_old_run_is_continued(folder: Path) -> None:
    """Nothing is asked again, a further prompt is, and the journal is of today."""
    prompts = ["Why is the sky blue?", "Name a prime above ten.", "Who is next?"]

    summary = asyncio.run(arun(feedback_loop, prompts=prompts, out=folder, seed=3, quiet=True, **CAST))

    assert (summary.n_finished, summary.n_asked) == (3, 2)
    assert version(folder) == len(MIGRATIONS)


def test_replies_of_an_old_run_are_read_whole(folder: Path) -> None:
    """Marks of reasoning counted as text then: the draft that was read from them still is."""
    text = "<think>It is blue.</think>It scatters."
    with closing(sqlite3.connect(folder / JOURNAL)) as connection, connection:
        drafted = "conversation = 'c00000' AND depth = 1"
        connection.execute(
            "UPDATE asks SET completion = ? WHERE conversation = 'c00000' AND agent = 'generator'", (text,)
        )
        connection.execute(f"UPDATE messages SET content = json_set(content, '$.text', ?) WHERE {drafted}", (text,))

    with RecordedRun.open(folder) as recorded:
        (draft,) = [each for each in recorded.attempts("c00000") if each.agent == "generator"]
        (attempt,) = recorded.attempts("c00000")[draft]
    found = verify(feedback_loop, of=folder, seed=3, **CAST)

    assert with_parts(attempt.completion).answer == text
    assert [(each.message, each.kind) for each in found.differences] == [("reviewer.0", "prompt")]


def test_an_old_run_is_verified(folder: Path) -> None:
    """Today's code does with its replies what the code of then did."""
    found = verify(feedback_loop, of=folder, seed=3, **CAST)

    assert (found.n_conversations, found.n_asks, found.differences) == (2, 4, ())
