"""Two runs in pairs, and what the pairs come to."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from fellowship.agents.generator import Generator
from fellowship.protocols.completions import Request
from fellowship.protocols.content import Critique, Draft, Prompt, Verdict
from fellowship.protocols.errors import ProviderUnavailable
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.reports.run_comparison import RunComparison, compare_runs
from fellowship.reports.run_pairing import PairedRuns, PairingKey, pair_runs
from fellowship.storage.recorded_run import RecordedRun
from fellowship.testing import ScriptedProvider
from tests.runners.kit import one_answer, scripted_run

LABELS = ["A", "B", "tie", "A", "B", "A"]


async def decided(
    talk: Conversation, prompt: Message[Prompt], a: Message[Draft], b: Message[Draft], *, generator: Generator
) -> Message[Verdict]:
    """The verdict that the model names."""
    text = (await talk.ask(generator, prompt, a, b)).content.text
    verdict = Verdict.failure("no idea") if text == "failed" else Verdict.model_validate({"decision": text})
    return talk.record(verdict, author="judge")


async def scored(
    talk: Conversation, prompt: Message[Prompt], *, generator: Generator, out_of: int = 10
) -> Message[Critique]:
    """The score that the model names."""
    draft = await talk.ask(generator, prompt)
    critique = Critique(text="so", score=float(draft.content.text), out_of=out_of)
    return talk.record(critique, draft, author="reviewer")


def items(labels: Sequence[str | None] = LABELS, **more: Any) -> list[dict[str, Any]]:
    return [
        {"prompt": f"question {n}", "response_a": "a", "response_b": "b", "label": label, **more}
        for n, label in enumerate(labels)
    ]


def a_run(folder: Path, scenario: Any, replies: Sequence[str], prompts: Sequence[Any]) -> Path:
    """A run whose n-th conversation gets the n-th reply; `down` is a provider that is."""

    def reply(request: Request) -> str | Exception:
        text = replies[int(request.key.conversation[1:])]
        return ProviderUnavailable("down") if text == "down" else text

    scripted_run(scenario, folder, ScriptedProvider(reply), prompts=prompts)
    return folder


def pairs(a: Path, b: Path, match: PairingKey = "prompt") -> PairedRuns:
    with RecordedRun.open(a) as run_a, RecordedRun.open(b) as run_b:
        return pair_runs(run_a, run_b, match=match)


def of_verdicts(tmp_path: Path, a: str, b: str, labels: Sequence[str | None] = LABELS) -> RunComparison:
    """Verdicts as words, one for each item."""
    first = a_run(tmp_path / "a", decided, a.split(), items(labels))
    second = a_run(tmp_path / "b", decided, b.split(), items(labels))
    return compare_runs(pairs(first, second))


def named(comparison: RunComparison) -> dict[str, list[str]]:
    return {name: [pair.name for pair in each] for name, each in comparison.cells.items()}


def test_verdicts_with_labels_fall_into_four_cells(tmp_path: Path) -> None:
    """An inconsistent verdict is a tie here; McNemar's test looks at what only one got right."""
    found = of_verdicts(tmp_path, "A B inconsistent A A B", "A A tie B A A")

    assert named(found) == {
        "both right": ["c00000", "c00002"],
        "only A right": ["c00001", "c00003"],
        "only B right": ["c00005"],
        "both wrong": ["c00004"],
    }
    assert (found.kind, found.labelled, found.p) == ("verdicts", True, 1.0)
    assert found.same.value == pytest.approx(2 / 6)
    assert found.same.n == 6


def test_failed_verdicts_leave_n_and_are_counted_apart(tmp_path: Path) -> None:
    """They are no ties, whoever failed and however."""
    found = of_verdicts(tmp_path, "A failed tie down A A", "A B failed down A A")

    assert {why: [pair.name for pair in each] for why, each in found.left_out.items()} == {
        "failed in A": ["c00001"],
        "failed in B": ["c00002"],
        "failed in both": ["c00003"],
    }
    assert found.same.n == sum(map(len, found.cells.values())) == 3


def test_verdicts_without_labels_are_a_table_of_both_outcomes(tmp_path: Path) -> None:
    """There inconsistent is an outcome of its own."""
    found = of_verdicts(tmp_path, "A A tie", "A inconsistent B", [None] * 3)

    assert named(found) == {"A → A": ["c00000"], "A → inconsistent": ["c00001"], "tie → B": ["c00002"]}
    assert (found.labelled, found.p) == (False, None)


def test_pairs_without_a_label_are_in_no_cell_of_those_with(tmp_path: Path) -> None:
    """And counted."""
    found = of_verdicts(tmp_path, "A A A", "A B B", ["A", None, "B"])

    assert found.n_unlabelled == 1
    assert sum(map(len, found.cells.values())) == 2
    assert found.same.n == 3


def test_scores_are_compared_by_which_is_higher(tmp_path: Path) -> None:
    """A conversation without one leaves n."""
    prompts = ["one", "two", "three", "four"]
    a = a_run(tmp_path / "a", scored, ["1", "2", "3", "down"], prompts)
    b = a_run(tmp_path / "b", scored, ["2", "2", "2.5", "1"], prompts)

    found = compare_runs(pairs(a, b))

    assert named(found) == {"higher in A": ["c00002"], "equal": ["c00001"], "higher in B": ["c00000"]}
    assert (found.kind, list(found.left_out), found.same.n) == ("scores", ["failed in A"], 3)


def test_without_verdicts_it_is_how_conversations_ended_and_with_what(tmp_path: Path) -> None:
    """There a failure is an outcome; outcomes that differ are not the same."""
    prompts = ["one", "two", "three", "four"]
    a = a_run(tmp_path / "a", one_answer, ["x", "down", "x", "z"], prompts)
    b = a_run(tmp_path / "b", one_answer, ["y", "y", "down", "z"], prompts)

    found = compare_runs(pairs(a, b))

    assert named(found) == {
        "equal outcomes": ["c00003"],
        "different outcomes": ["c00000"],
        "failed → finished": ["c00001"],
        "finished → failed": ["c00002"],
    }
    assert (found.kind, found.left_out, found.same.value, found.same.n) == ("endings", {}, 0.25, 4)


def test_an_own_outcome_of_other_values_is_another_one(tmp_path: Path) -> None:
    """Whatever its fields are called."""

    class Graded(BaseModel):
        points: float
        passed: bool

    async def graded(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Graded]:
        draft = await talk.ask(generator, prompt)
        return talk.record(Graded(points=len(draft.content.text), passed=True), draft, author="grader")

    a = a_run(tmp_path / "a", graded, ["x", "xx"], ["one", "two"])
    b = a_run(tmp_path / "b", graded, ["y", "y"], ["one", "two"])

    assert named(compare_runs(pairs(a, b))) == {"equal outcomes": ["c00000"], "different outcomes": ["c00001"]}


def test_items_are_found_again_wherever_they_stand(tmp_path: Path) -> None:
    """Those of one run only are told; the same item twice is paired in its order."""
    a = a_run(tmp_path / "a", one_answer, ["x"] * 4, ["one", "two", "two", "three"])
    b = a_run(tmp_path / "b", one_answer, ["x"] * 4, ["two", "four", "one", "two"])

    found = pairs(a, b)

    assert [pair.name for pair in found.pairs] == ["c00000/c00002", "c00001/c00000", "c00002/c00003"]
    assert found.found_by == {"item": 3, "texts": 0, "prompt": 0}
    assert ([each.id for each in found.only_a], [each.id for each in found.only_b]) == (["c00003"], ["c00001"])


def test_items_that_are_not_the_same_are_paired_by_their_texts_then_by_their_prompts(tmp_path: Path) -> None:
    """A label that the runs do not agree on is none; a prompt that occurs twice pairs nothing."""
    one, two, three, four = items(["A", "A", "A", "A"])
    again = {**three, "prompt": "question 3", "response_b": "c"}
    first = [one, two, four, again]
    second = [
        {**one, "label": "B"},
        {**two, "response_a": "other"},
        {**four, "response_a": "x"},
        {**again, "response_b": "y"},
    ]
    a = a_run(tmp_path / "a", decided, ["A"] * 4, first)
    b = a_run(tmp_path / "b", decided, ["A"] * 4, second)

    found = pairs(a, b)

    assert [(pair.name, pair.label) for pair in found.pairs] == [("c00000", None), ("c00001", "A")]
    assert found.found_by == {"item": 0, "texts": 1, "prompt": 1}


def test_by_position_whatever_they_are_about(tmp_path: Path) -> None:
    """As they are asked for."""
    a = a_run(tmp_path / "a", one_answer, ["x"] * 3, ["one", "two", "three"])
    b = a_run(tmp_path / "b", one_answer, ["x"] * 2, ["two", "one"])

    found = pairs(a, b, "position")

    assert [pair.name for pair in found.pairs] == ["c00000", "c00001"]
    assert (found.found_by, [each.id for each in found.only_a]) == ({"position": 2}, ["c00002"])


@pytest.mark.parametrize(
    ("score_a", "out_of_a", "score_b", "out_of_b", "cell"),
    [
        ("60", 100, "7", 10, "higher in B"),
        ("5.5", 10, "3.3", 6, "equal"),
        ("5.5", 10, "4", 5, "higher in B"),
        ("8.10", 10, "8.1", 10, "equal"),
    ],
)
def test_scores_on_different_scales_are_compared_as_shares(
    tmp_path: Path, score_a: str, out_of_a: int, score_b: str, out_of_b: int, cell: str
) -> None:
    """Exactly, and the report says so."""
    a = a_run(tmp_path / "a", partial(scored, out_of=out_of_a), [score_a], ["one"])
    b = a_run(tmp_path / "b", partial(scored, out_of=out_of_b), [score_b], ["one"])

    found = compare_runs(pairs(a, b))

    assert named(found)[cell] == ["c00000"]
    assert found.same.value == (cell == "equal")
