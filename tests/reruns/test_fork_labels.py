"""What people said about the texts of an item is not said about a text that replaces one of them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.juror import Juror
from fellowship.export.records import PairRecord
from fellowship.replay.address import Address
from fellowship.replay.run_index import RunIndex
from fellowship.reports.conversation_report import conversation_lines
from fellowship.reruns.api import fork, verify
from fellowship.runners.run import arun
from fellowship.scenarios import jury
from fellowship.storage.recorded_run import RecordedRun
from fellowship.studies.preferences import preferences
from fellowship.testing import ScriptedProvider
from tests.runners.kit import MODEL

CAST: dict[str, Any] = {"jurors": [Juror(MODEL), Juror(MODEL), Juror(MODEL)]}
ITEMS: list[dict[str, Any]] = [
    {
        "prompt": "Name a river.",
        "response_a": "The Rhine.",
        "response_b": "Paris.",
        "model_a": "x/a",
        "model_b": "x/b",
        "votes": ["A", "A", "B"],
    },
    {"prompt": "Name a metal.", "response_a": "Wood.", "response_b": "Tin.", "label": "B"},
]
TIED = "Score A: 5/10\nScore B: 5/10"


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A run over one item with votes and one with a label."""
    out = tmp_path / "jury"
    asyncio.run(arun(jury, prompts=ITEMS, out=out, providers={"fake": ScriptedProvider([TIED] * 99)}, **CAST))
    return out


def fork_of(folder: Path, conversation: str, at: int, **options: Any) -> Path:
    """The folder of a fork."""
    providers = {"fake": ScriptedProvider([TIED] * 99)}
    made = fork(jury, of=folder, conversation=conversation, at=at, providers=providers, **options, **CAST)
    assert made.folder is not None
    return made.folder


def said_of(folder: Path) -> tuple[Any, Any, Any, str]:
    """Label, votes and sources of the labels of pairs, and what `show` prints."""
    with RecordedRun.open(folder) as recorded:
        item = recorded.conversation("c00000").item
        pairs = [each.label_source for each in preferences([recorded]) if isinstance(each, PairRecord)]
        shown = conversation_lines(RunIndex(recorded), Address(folder, "c00000"), n=None, raw=False, markdown=False)
        return item.label, item.votes, pairs, "\n".join(shown)


@pytest.mark.parametrize(
    ("conversation", "at", "text", "left_out"),
    [
        ("c00000", 1, "The Po.", "label and votes"),
        ("c00000", 3, "Name a city.", "label and votes"),
        ("c00001", 2, "Iron.", "label"),
    ],
)
def test_a_replaced_prompt_or_answer_has_no_label(
    labelled: Path, capsys: pytest.CaptureFixture[str], conversation: str, at: int, text: str, left_out: str
) -> None:
    """Neither in the record, nor in exported pairs; the command and `show` say so."""
    folder = fork_of(labelled, conversation, at, text=text)
    label, votes, pairs, shown = said_of(folder)

    note = f"the fork is without the original's {left_out}: they are about the text that it replaced"
    assert (label, votes, pairs) == (None, (), [])
    assert note in capsys.readouterr().err
    assert note in shown
    assert not any(line.startswith("label") for line in shown.splitlines())
    assert verify(jury, of=folder, **CAST).differences == ()


def test_the_model_of_a_replaced_answer_is_unknown(labelled: Path) -> None:
    """The other answer keeps its own."""
    with RecordedRun.open(fork_of(labelled, "c00000", 2, text="The Seine.")) as recorded:
        assert recorded.conversation("c00000").item.models == ("x/a", "unknown")


@pytest.mark.parametrize(
    "changes", [{}, {"models": {"juror_1": "fake/y"}}, {"text": "The Rhine."}, {"at": 3, "text": "Name a river."}]
)
def test_unchanged_texts_keep_their_label(
    labelled: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any]
) -> None:
    """Also where a text is replaced by itself."""
    label, votes, pairs, shown = said_of(fork_of(labelled, "c00000", **{"at": 1, **changes}))

    assert (label, votes, pairs) == ("A", ("A", "A", "B"), ["human"])
    assert "left out" not in shown
    assert "without" not in capsys.readouterr().err


def test_a_fork_of_such_a_fork_has_no_label_either(labelled: Path) -> None:
    """The label is not taken from the original again."""
    first = fork_of(labelled, "c00001", 3, text="Name a liquid.")

    assert said_of(fork_of(first, "c00000", 1, models={"juror_2": "fake/y"}))[:3] == (None, (), [])
