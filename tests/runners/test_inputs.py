"""Where items come from: files and lists, gone through as often as needed and never held as a whole."""

import tracemalloc
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import pytest

from fellowship.protocols.content import Prompt
from fellowship.protocols.errors import ConfigurationError
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
