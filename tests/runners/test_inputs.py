"""Where items come from: files and lists, gone through as often as needed and never held as a whole."""

import tracemalloc
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import pytest

from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.items import Item
from fellowship.runners.inputs import Source, open_source
from tests.builders import an_item

GIVEN: list[Any] = ["one?", [{"role": "user", "content": "two?"}], Prompt.of("three?"), {"prompt": "four?"}, an_item()]


def texts(items: Source) -> list[str]:
    """The question of each item."""
    return [item.prompt.text for item in items]


@pytest.mark.parametrize("n", [None, 2, 9])
def test_all_forms_of_prompts_can_be_gone_through_twice(n: int | None) -> None:
    """An iterator too, which could be gone through once only."""
    items = open_source(iter(GIVEN), n_candidates=0, n=n)

    assert texts(items) == texts(items) == ["one?", "two?", "three?", "four?", an_item().prompt.text][:n]


@pytest.mark.parametrize("from_file", [True, False], ids=["file", "list"])
@pytest.mark.parametrize(("n", "position"), [(None, 0), (None, 2), (3, 2), (1, 2), (None, 9)])
def test_items_can_be_had_from_a_position_on(tmp_path: Path, from_file: bool, n: int | None, position: int) -> None:
    """Those before it are not looked at, and `n` counts them all the same."""
    rows: Any = ["one?", "two?", "three?", "four?"]
    if from_file:
        lines, rows = rows, tmp_path / "prompts.jsonl"
        rows.write_bytes(b"\n".join(_lines(lines)))

    found = open_source(rows, n_candidates=0, n=n).starting_at(position)

    assert [item.prompt.text for item in found] == ["one?", "two?", "three?", "four?"][:n][position:]


def test_a_defect_is_told_with_its_place() -> None:
    """When it is come to; what is before it can be had."""
    items = open_source(["fine?", {"topic": "x"}], n_candidates=0, n=None)

    assert [item.prompt.text for item in islice(items, 1)] == ["fine?"]
    with pytest.raises(ConfigurationError, match=r"prompts\[1\]: column 'prompt': missing"):
        texts(items)


def test_answers_must_be_there_where_they_are_compared() -> None:
    """As many as the scenario takes."""
    with pytest.raises(ConfigurationError, match=r"prompts\[0\] has 1 answers, but the scenario compares 2"):
        texts(open_source([an_item("a")], n_candidates=2, n=None))


def test_nothing_is_not_a_run() -> None:
    """Neither no prompts nor the first none of them."""
    with pytest.raises(ConfigurationError, match="no prompts"):
        open_source([], n_candidates=0, n=None)
    with pytest.raises(ConfigurationError, match="at least 1"):
        open_source(["x"], n_candidates=0, n=0)


@pytest.mark.parametrize("from_file", [True, False], ids=["file", "list"])
def test_prompts_that_wait_weigh_nothing_but_themselves(tmp_path: Path, from_file: bool) -> None:
    """20,000 of them, gone through: a megabyte, where as items they would be thirty."""
    prompts: Any = [f"question {number}?" for number in range(20_000)]
    if from_file:
        lines, prompts = prompts, tmp_path / "prompts.jsonl"
        prompts.write_bytes(b"".join(_lines(lines)))

    tracemalloc.start()
    try:
        n = sum(1 for _ in open_source(prompts, n_candidates=0, n=None))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert n == 20_000
    assert most < 1_000_000


def _lines(texts: list[str]) -> Iterator[bytes]:
    for text in texts:
        yield orjson.dumps({"prompt": text}) + b"\n"


def a_comparison(number: int, **fields: Any) -> Item:
    """A comparison with its own prompt."""
    given = {"candidates": (Draft(text="x"), Draft(text="y"))} | fields
    return Item(prompt=Prompt.of(f"Q{number}"), **given)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (
            [a_comparison(0, id="a"), a_comparison(1, id="a")],
            "prompts: column 'id': prompts[1] has the id of prompts[0]",
        ),
        (
            [a_comparison(0, label="A"), a_comparison(0, label="B")],
            "prompts: column 'label': prompts[1] compares the same",
        ),
        (
            [a_comparison(0, candidates=(Draft(text="x"),) * 3)],
            "prompts[0] has 3 answers, but the scenario compares 2; pass",
        ),
        (
            [a_comparison(0, label="B", votes=("A", "A"))],
            "prompts[0]: votes: all 2 are A, which contradicts the label B",
        ),
    ],
    ids=["id", "annotators", "answers", "votes"],
)
def test_items_of_the_caller_are_checked_like_rows(items: list[Item], expected: str) -> None:
    """Each would be paid, or count wrongly."""
    with pytest.raises(ConfigurationError) as caught:
        open_source(items, n_candidates=2, n=None).survey()

    assert str(caught.value).startswith(expected)


def test_votes_of_an_item_are_its_label() -> None:
    """As of a row; the survey names what is odd: here votes without a majority."""
    source = open_source([a_comparison(0, votes=("A", "B", "A")), a_comparison(1, label="B")], n_candidates=2, n=None)
    undecided = open_source([a_comparison(0, votes=("A", "B")), a_comparison(1, label="B")], n_candidates=2, n=None)

    assert [item.label for item in source] == ["A", "B"]
    assert source.survey().lines() == []
    assert undecided.survey().lines() == [
        "input: 2 items",
        "labels of people: 0 A, 1 B, 0 tie, 1 none; annotators: 2 per item, in 1 items",
        "1 item has no label: asked about and paid for like the others, but in no agreement with labels",
        "1 row has votes without a majority, and no label (prompts[0])",
    ]


def test_repeated_texts_are_reported() -> None:
    """Each is a conversation; of texts that differ there is nothing to say."""
    again = "".join(["Wh", "y?"])

    assert open_source(["Why?", "How?"], n_candidates=0, n=None).survey().lines() == []
    assert open_source(["Why?", again], n_candidates=0, n=None).survey().lines() == [
        "input: 2 items",
        "1 row repeats an earlier one (prompts[1]: as prompts[0]); each is a conversation of its own",
    ]


@pytest.mark.parametrize(
    ("prompts", "expected"),
    [
        (["prompt", "response_a", "score"], "prompts are names of columns (prompt, response_a, score), as list(data)"),
        (["text", "label"], "prompts are names of columns (text, label), as list(data) gives them"),
        (["train", "validation"], "prompts are the names of splits (train, validation); pass one of them: "),
        ([__file__, __file__], f"prompts are paths of files ({__file__}"),
    ],
)
def test_names_are_no_prompts(prompts: list[str], expected: str) -> None:
    """A list of them comes of list(data), or of a glob."""
    with pytest.raises(ConfigurationError) as caught:
        open_source(prompts, n_candidates=0, n=None)

    assert str(caught.value).startswith(expected[:120])
