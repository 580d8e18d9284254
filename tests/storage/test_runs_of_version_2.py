"""Runs that were written with schema version 2: read without a change, continued, verified, exported."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from fellowship import Draft, Item, Judge, Juror, Prompt, arun
from fellowship.reruns.api import averify
from fellowship.scenarios import judge, jury
from fellowship.storage.recorded_run import JOURNAL, RecordedRun
from fellowship.studies.preferences import preferences

JOURNALS = Path(__file__).parent / "journals"
CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "judge": (judge, {"judge": Judge("sim/weak")}),
    "jury": (jury, {"jurors": [Juror("sim/weak"), Juror("sim/mid"), Juror("sim/strong")]}),
}
LONG_REPLY = "A further reply that is long enough to be stored once. "


@pytest.fixture(params=list(CASES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(name: str, tmp_path: Path) -> Path:
    """Two comparisons on simulated models."""
    with closing(sqlite3.connect(tmp_path / JOURNAL)) as connection:
        connection.executescript((JOURNALS / f"{name}-v2.sql").read_text())
    return tmp_path


def items(folder: Path) -> list[Item]:
    """What the run is about, and one comparison more."""
    with RecordedRun.open(folder) as run:
        old = [conversation.item for conversation in run]
    drafts = (Draft(text=LONG_REPLY * 30), Draft(text="No."))
    return [*old, Item(prompt=Prompt.of("Who is next?"), candidates=drafts, label="A")]


def requests(folder: Path) -> list[Any]:
    """As a person with the sqlite3 shell sees them."""
    with closing(sqlite3.connect(folder / JOURNAL)) as connection:
        return connection.execute(
            "SELECT conversation, lane, agent, request, completion FROM asks "
            "WHERE conversation < 'c00002' ORDER BY 1, 2, 3"
        ).fetchall()


def test_reading_changes_nothing(folder: Path, name: str) -> None:
    """Not a byte of the journal, and no copy of it is made in memory."""
    before = (folder / JOURNAL).read_bytes()

    with RecordedRun.open(folder) as run:
        asks = [ask for conversation in run for ask in run.asks(conversation.id)]
        assert [row[0] for row in run.rows("SELECT file FROM pragma_database_list WHERE name = 'main'")] == [
            str(folder.resolve() / JOURNAL)
        ]

    assert len(asks) == {"judge": 4, "jury": 12}[name]
    assert sorted(orjson.dumps(ask.request).decode() for ask in asks) == sorted(row[3] for row in requests(folder))
    assert (folder / JOURNAL).read_bytes() == before


def test_a_run_is_continued_and_keeps_its_requests(folder: Path, name: str) -> None:
    """Only the further comparison is asked about; every old request and reply is there, byte for byte."""
    scenario, arguments = CASES[name]
    before = requests(folder)

    summary = asyncio.run(arun(scenario, prompts=items(folder), out=folder, seed=3, quiet=True, **arguments))

    assert (summary.n_finished, summary.n_asked) == (3, len(before) / 2)
    assert requests(folder) == before
    assert len(summary.recorded.asks("c00002")) == len(before) / 2


def test_a_run_is_verified_before_and_after_it_is_continued(folder: Path, name: str, tmp_path: Path) -> None:
    """The code does with its replies what it did then."""
    scenario, arguments = CASES[name]
    shutil.copytree(folder, tmp_path / "continued")

    async def main() -> tuple[Any, Any]:
        old = await averify(scenario, of=folder, seed=3, **arguments)
        prompts = items(folder)
        await arun(scenario, prompts=prompts, out=tmp_path / "continued", seed=3, quiet=True, **arguments)
        return old, await averify(scenario, of=tmp_path / "continued", seed=3, **arguments)

    old, continued = asyncio.run(main())

    assert (old.n_conversations, old.differences) == (2, ())
    assert (continued.n_conversations, continued.differences) == (3, ())


def test_a_run_is_exported(folder: Path, name: str) -> None:
    """The evaluators' models are found in its settings."""
    with RecordedRun.open(folder) as run:
        entries = list(preferences([run], trust_labels=True))

    assert [getattr(entry, "label_source", None) for entry in entries] == ["human", "human"]
    assert [getattr(entry, "generator_model", None) for entry in entries] == ["x/a", "unknown"]
