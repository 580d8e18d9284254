"""After a change of the parser, the record says which attempt is in use, and what can be read now."""

import asyncio
import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import BaseModel

from fellowship.agents.agent import Agent
from fellowship.protocols.completions import Completion
from fellowship.replay.address import Address
from fellowship.replay.run_index import RunIndex
from fellowship.reports.conversation_report import conversation_lines
from fellowship.reports.json_objects import conversation_objects
from fellowship.runners.run import arun
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.run_stats import agent_uses
from fellowship.testing import ScriptedProvider
from tests.runners.kit import queried

DOCUMENTED = Path(__file__).parents[2] / "docs" / "reference.md"


class Points(BaseModel):
    points: int


class Grader(Agent[Points]):
    """Reads what `form` finds."""

    instructions = "You grade."
    form = r"GRADE=(\d+)"

    def reply_form(self) -> str:
        return "End with GRADE"

    def parse(self, completion: Completion) -> Points:
        found = re.search(self.form, completion.text)
        if found is None:
            raise ValueError("expected GRADE=")
        return Points(points=int(found.group(1)))


async def grade(talk: Any, prompt: Any, *, grader: Grader) -> Any:
    return await talk.ask(grader, prompt)


def graded(folder: Path, replies: list[str], forms: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A run with the first parser, continued with each further one."""
    for number, form in enumerate(forms):
        monkeypatch.setattr(Grader, "form", form)
        providers = {"fake": ScriptedProvider(replies if number == 0 else [])}
        options: dict[str, Any] = {"accept_changes": number > 0, "retry_failed": number > 0, "quiet": True}
        asyncio.run(arun(grade, prompts=["a"], out=folder, grader=Grader("fake/x"), providers=providers, **options))


def documented(start: str, folder: Path) -> list[Any]:
    """The rows of a query of the reference."""
    text = DOCUMENTED.read_text(encoding="utf-8")
    return queried(folder, text[text.index(start) :].split(";")[0])


OLD, BOTH = r"GRADE=(\d+)", r"GRADE[=:] *(\d+)"
NOT_READ = "could not be read: "
CASES: dict[str, tuple[list[str], list[str], list[str], list[bool], int]] = {
    "an earlier attempt": (
        ["GRADE: 5", "GRADE=9"],
        [OLD, BOTH],
        ["in use, as the code reads it now; when it arrived, it " + NOT_READ, "not in use: attempt 1 is"],
        [True, False],
        0,
    ),
    "no attempt before": (
        ["GRADE: 5", "none"],
        [OLD, BOTH],
        ["in use, as the code reads it now", "as the code reads it now; when it arrived, it " + NOT_READ],
        [True, False],
        0,
    ),
    "the only one that now reads": (
        ["none", "GRADE: 7"],
        [OLD, BOTH],
        [NOT_READ, "in use, as the code reads it now"],
        [False, True],
        1,
    ),
    "no change": (["none", "GRADE=7"], [OLD], [NOT_READ, "ended by stop"], [False, True], 1),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_in_use(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In `show`, in its JSON, in counts and in the queries of the reference."""
    replies, forms, readings, in_use, n_unreadable = CASES[case]
    graded(tmp_path / "run", replies, forms, monkeypatch)

    with RecordedRun.open(tmp_path / "run") as recorded:
        address, index = Address(tmp_path / "run", "c00000", 2), RunIndex(recorded)
        lines = [*conversation_lines(index, address, n=None, raw=False, markdown=False)]
        (message,) = map(orjson.loads, conversation_objects(index, address, n=None, raw=False))
        counted = [use.n_unreadable for use in agent_uses(recorded)]
    attempts = [line for line in lines if line.startswith("attempt ")]
    assert all(said in line for said, line in zip(readings, attempts, strict=True)), attempts
    assert [each["in_use"] for each in message["attempts"]] == in_use
    assert counted == [n_unreadable]
    assert [row[1] for row in documented("SELECT agent, sum(error IS NOT NULL AND", tmp_path / "run")] == [n_unreadable]
    found = [row[4] for row in documented("SELECT a.conversation, a.lane", tmp_path / "run")]
    assert found == [in_use.index(True) + 1]


def test_a_reply_of_unknown_end_is_found_by_its_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply that is read only now counts as one whose end is unknown, if that was so."""
    replies: Any = [Completion("GRADE: 5", finish="unknown"), Completion("GRADE=9")]
    graded(tmp_path / "run", replies, [OLD, BOTH], monkeypatch)

    with RecordedRun.open(tmp_path / "run") as recorded:
        assert recorded.unknown_ends() == {"c00000": {("", "grader", 0)}}
