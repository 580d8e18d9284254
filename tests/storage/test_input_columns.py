"""Columns that belong to the prompt, or hold a decision of people: used or refused, never lost."""

from pathlib import Path
from typing import Any

import pytest

from fellowship.protocols.content import Label
from fellowship.protocols.errors import InputError
from fellowship.protocols.items import Item
from fellowship.storage.items import item_of, read_items
from tests.cli.kit import lines_of

ANSWERS = {"response_a": "one", "response_b": "two"}
USER = {"role": "user", "content": "Why?"}


def read(folder: Path, *rows: Any) -> list[Item]:
    path = folder / "items.jsonl"
    path.write_text(lines_of(list(rows)))
    return list(read_items(path))


def problem(folder: Path, *rows: Any) -> str:
    """The error, without the place of the file."""
    with pytest.raises(InputError) as caught:
        read(folder, *rows)
    return str(caught.value).removeprefix(f"{folder / 'items.jsonl'}:")


PROMPTS: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "input": ({"instruction": "Translate.", "input": "Haus"}, [("user", "Translate.\n\nHaus")]),
    "blank input": ({"instruction": "Go.", "input": " "}, [("user", "Go.")]),
    "a short input": ({"instruction": "Is this a vowel?", "input": "a"}, [("user", "Is this a vowel?\n\na")]),
    "input in the prompt": ({"prompt": "Translate.\n\nHaus", "input": "Haus"}, [("user", "Translate.\n\nHaus")]),
    "input and context": ({"question": "Q?", "context": "C", "input": "I"}, [("user", "Q?\n\nI\n\nC")]),
    "system": ({"prompt": "Q?", "system_prompt": "Rhyme."}, [("system", "Rhyme."), ("user", "Q?")]),
    "history of pairs": (
        {"prompt": "Q?", "history": [["a", "b"]], "system": "S"},
        [("system", "S"), ("user", "a"), ("assistant", "b"), ("user", "Q?")],
    ),
    "history of messages": (
        {"prompt": "Q?", "history": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
        [("user", "a"), ("assistant", "b"), ("user", "Q?")],
    ),
    "developer": ({"prompt": [{"role": "developer", "content": "S"}, USER]}, [("system", "S"), ("user", "Why?")]),
    "keys of messages": ({"prompt": [{**USER, "name": None, "turn": 1, "images": []}]}, [("user", "Why?")]),
    "messages with the answer": (
        {"prompt": "Why?", "messages": [USER, {"role": "assistant", "content": "So."}]},
        [("user", "Why?")],
    ),
    "NaN": ({"prompt": float("nan"), "question": "Q?", "system": float("nan"), "input": None}, [("user", "Q?")]),
}


@pytest.mark.parametrize("case", PROMPTS)
def test_what_belongs_to_the_prompt_is_in_it(tmp_path: Path, case: str) -> None:
    """By its role, in order."""
    row, expected = PROMPTS[case]

    (item,) = read(tmp_path, row)

    assert [(message["role"], message["content"]) for message in item.prompt.chat] == expected


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "two prompts": (
        {"prompt": "P", "question": "Q"},
        "1: column 'question': differs from 'prompt', and both may be the prompt; write one column 'prompt'",
    ),
    "messages with a system text": (
        {"prompt": "Why?", "messages": [{"role": "system", "content": "S"}, USER]},
        "1: column 'messages': differs from 'prompt', and may belong to the prompt; write one column 'prompt'",
    ),
    "two system texts": (
        {"prompt": [{"role": "system", "content": "S"}, USER], "system": "T"},
        "1: column 'system': another system text stands in the same row; write one of them, or both into one",
    ),
    "choices": (
        {"question": "Which?", "choices": ["x", "y"]},
        "1: column 'choices': may belong to the prompt; write it into 'question', or leave the column out",
    ),
    "list": ({"instruction": "I", "input": ["x"]}, "1: column 'input': expected a text, got a list"),
    "spelling": ({"prompt": "P", "systemPrompt": "S"}, "1: column 'systemPrompt': did you mean 'system_prompt'?"),
    "reference": ({"prompt": "P", "ground_truth": "G"}, "1: column 'ground_truth': did you mean 'reference'?"),
    "parts of a message": (
        {"prompt": [{**USER, "tool_calls": [{"id": 1}]}]},
        "1: column 'prompt': chat.0.tool_calls: not read; a message has a role and a text; leave the row out",
    ),
    "texts": (
        {"prompt": ["a", "b"]},
        "1: column 'prompt': a list of texts; expected one text or chat messages, and one row for each prompt",
    ),
    "history of texts": (
        {"prompt": "P", "history": "hi"},
        "1: column 'history': expected [question, answer] pairs or chat messages, got 'hi'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_may_belong_to_the_prompt_is_refused(tmp_path: Path, case: str) -> None:
    """With the column and what to do."""
    row, expected = REFUSED[case]

    assert problem(tmp_path, row) == expected


@pytest.mark.parametrize("column", ["label", "winner", "preference", "human_label"])
@pytest.mark.parametrize(("given", "label"), [("model_b", "B"), (2, "B"), ("response_a", "A"), (None, None)])
def test_a_label_has_other_names(tmp_path: Path, column: str, given: Any, label: Label | None) -> None:
    """Where answers are compared."""
    (item,) = read(tmp_path, {"prompt": "P", **ANSWERS, column: given})

    assert item.label == label


def test_columns_named_like_labels_are_ignored_without_answers(tmp_path: Path) -> None:
    """They are about something else."""
    (item,) = read(tmp_path, {"prompt": "P", "labels": ["maths"], "winner": "Ada", "preference": "vegan"})

    assert (item.label, item.votes) == (None, ())


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"winner_model_a": 1, "winner_model_b": 0}, "'winner_model_a': 1 may be a label; "),
        ({"human_winner": "gpt-4"}, "'human_winner': 'gpt-4' may be a label; "),
        ({"annotator1": "A", "annotator2": "B"}, "'annotator1': 'A' may be a label; "),
        ({"rated": "model_a"}, "'rated': 'model_a' may be a label; "),
        ({"a_is_better": True}, "'a_is_better': True may be a label; "),
        ({"label": "A", "winner": "model_b"}, "'winner': 'model_b' contradicts the label A of the same row"),
        ({"winner": "tie (bothbad)"}, "'winner': 'tie (bothbad)' is no label; "),
        ({"labels": "A"}, "'labels': expected a list of labels, got a text, or did you mean 'label'?"),
        ({"votes": ["A", "B"]}, "'votes': no label has more than half of the votes; "),
    ],
)
def test_a_decision_that_is_not_understood_is_refused(tmp_path: Path, columns: dict[str, Any], expected: str) -> None:
    """Export would count the evaluator's in its place."""
    assert problem(tmp_path, {"prompt": "P", **ANSWERS, **columns}).startswith(f"1: column {expected}")


def test_other_columns_are_ignored_beside_a_label(tmp_path: Path) -> None:
    """Also the decision of a model, and the group of a row."""
    row = {"prompt": "P", **ANSWERS, "label": None, "gpt4_verdict": "A", "group": "B", "source": "web"}

    (item,) = read(tmp_path, row)

    assert item.label is None


def test_the_strict_majority_of_votes_is_the_label(tmp_path: Path) -> None:
    """Where no column has it; a vote that is missing does not count."""
    items = read(
        tmp_path,
        {"prompt": "P", **ANSWERS, "votes": ["A", "B", "A", None]},
        {"prompt": "Q", **ANSWERS, "labels": ["tie"]},
        {"prompt": "R", **ANSWERS, "label": None, "votes": ["A", "B"]},
    )

    assert [(item.label, item.votes) for item in items] == [
        ("A", ("A", "B", "A")),
        ("tie", ("tie",)),
        (None, ("A", "B")),
    ]


def test_classes_have_the_names_of_their_data_set() -> None:
    """Also in lists of votes; -1 is no class."""
    names = {"label": ["B", "A"], "votes": ["tie", "B"]}

    items = [
        item_of({"prompt": "P", **ANSWERS, "label": label, "votes": votes}, class_names=names)
        for label, votes in ((0, [0, 1]), (1, []), (-1, [-1]))
    ]

    assert [(item.label, item.votes) for item in items] == [("B", ("tie", "B")), ("A", ()), (None, ())]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [{"label": "A"}, {"label": "B"}],
            " column 'label': line 2 compares the same answers as line 1; where each row is one annotator's, write one "
            "row with the list 'votes', and leave out other repetitions",
        ),
        (
            [{"winner": "model_a", "judge": "x"}, {"winner": "model_a", "judge": "y"}],
            " column 'label': line 2 compares the same answers as line 1; where each row is one annotator's, write one "
            "row with the list 'votes', and leave out other repetitions",
        ),
    ],
)
def test_one_row_for_each_annotator_is_refused(tmp_path: Path, rows: list[dict[str, Any]], expected: str) -> None:
    """Each would be an item that is paid; also with the answers in the other order."""
    given = [{"prompt": "P", **ANSWERS, **row} for row in rows]

    assert problem(tmp_path, *given) == expected

    given[1] |= {"response_a": "two", "response_b": "one"}
    assert problem(tmp_path, *given) == expected


@pytest.mark.parametrize("ids", [(7, "7"), ("a", "a ")])
def test_two_rows_have_no_common_id(tmp_path: Path, ids: tuple[Any, Any]) -> None:
    """A number and its text are the same id; rows without one have none in common."""
    rows = [{"prompt": f"P{number}", "id": id} for number, id in enumerate((*ids, None, None))]
    if ids[0] == "a":
        assert [item.id for item in read(tmp_path, *rows)] == ["a", "a ", None, None]
    else:
        expected = " column 'id': line 2 has the id of line 1; every row has an id of its own, or none"
        assert problem(tmp_path, *rows) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"prompt": "Q?", **ANSWERS, "lable": "B"}, "column 'lable': did you mean 'label'?"),
        ({"prompt": "Q?", **ANSWERS, "vots": ["A"]}, "column 'vots': did you mean 'votes'?"),
        ({"prompt": "Q?", "sytem": "Be brief."}, "column 'sytem': did you mean 'system'?"),
        ({"prompt": "Q?", "Prompt": "Why?"}, "column 'Prompt': differs from the column 'prompt' in its spelling only"),
        ({"prompt": "Q?", **ANSWERS, "votes": ["A"], "labels": ["B", "B"]}, "column 'labels': differs from the column"),
        ({"question": "Q?", "knowledge": "It is so."}, "column 'knowledge': "),
        ({"question": "Q?", "A": "a", "B": "b", "C": "c", "D": "d"}, "column 'A': "),
    ],
)
def test_a_slip_in_the_name_of_a_column_is_not_passed_over(tmp_path: Path, row: dict[str, Any], expected: str) -> None:
    """Nor one that belongs to the question, nor two that say different things."""
    assert problem(tmp_path, row).startswith(f"1: {expected}")
