"""Contents as recorded: one text for all processes, and the values that were recorded after reading."""

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator

from fellowship.protocols.content import LoadedContent, Verdict, readable
from fellowship.protocols.content_json import content_json, json_value, load_content
from fellowship.protocols.stable_text import stable_repr


class Kind(Enum):
    good = "g"
    bad = "b"


class Tag(BaseModel, frozen=True):
    name: str
    words: frozenset[str] = frozenset()


@dataclass
class Place:
    names: set[str]


class Names(RootModel[set[str]]):
    pass


class Kept(BaseModel):
    kind: Kind
    day: date
    price: Decimal
    took: timedelta
    pair: tuple[int, str]
    words: set[str]
    tags: frozenset[Tag]
    by_number: dict[int, set[int]]
    place: Place
    names: Names
    raw: bytes
    path: Path
    uuid: UUID
    high: float
    alias: int = Field(alias="other")


KEPT = Kept(
    kind=Kind.bad,
    day=date(2024, 2, 29),
    price=Decimal("1.50"),
    took=timedelta(seconds=90),
    pair=(1, "x"),
    words={"b", "a", "c"},
    tags=frozenset({Tag(name="t", words=frozenset({"z", "y"})), Tag(name="s")}),
    by_number={2: {30, 4}, 1: set()},
    place=Place({"m", "l"}),
    names=Names({"q", "p"}),
    raw=b"bytes",
    path=Path("a/b"),
    uuid=UUID(int=7),
    high=float("-inf"),
    other=3,
)


def of_its_class(_: str) -> type[BaseModel]:
    return Kept


def test_every_value_is_read_back_as_it_was() -> None:
    assert load_content("KeptMessage", content_json(KEPT), of_its_class) == KEPT


def test_sets_are_written_in_their_order_at_any_depth() -> None:
    value = json_value(KEPT)

    assert value["words"] == ["a", "b", "c"]
    assert value["tags"] == [{"name": "s", "words": []}, {"name": "t", "words": ["y", "z"]}]
    assert value["by_number"] == {"2": [4, 30], "1": []}
    assert (value["place"], value["names"], value["high"]) == ({"names": ["l", "m"]}, ["p", "q"], "-Infinity")


def test_one_text_in_every_process() -> None:
    """For the record, for other agents, for the schema in the instructions, and for the run's configuration."""
    code = (
        "from tests.protocols.test_content_json import *\n"
        "from fellowship.protocols.completions import Sampling\n"
        "from fellowship.protocols.content import Rubric\n"
        "from fellowship.protocols.stable_text import StableJsonSchema\n"
        "class Chosen(BaseModel):\n    words: set[str] = {'d', 'e', 'f', 'g', 'h'}\n"
        "print(content_json(KEPT), readable(KEPT), stable_repr(KEPT), readable(Chosen()))\n"
        "print(Chosen.model_json_schema(schema_generator=StableJsonSchema))\n"
        "print(Rubric.of({'clarity', 'accuracy', 'style'}), Sampling(stop={'x', 'y', 'z'}))"
    )
    environments = [{**os.environ, "PYTHONHASHSEED": str(seed)} for seed in range(3)]
    root = Path(__file__).parents[2]
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env=each, cwd=root, capture_output=True, text=True, check=True
        ).stdout
        for each in environments
    }

    (text,) = said
    assert text


@pytest.mark.parametrize("value", [{"a": [1, (2,)]}, "text", 1.5, Tag(name="t"), (), [None], Kind.good])
def test_what_holds_no_set_has_its_own_repr(value: Any) -> None:
    assert stable_repr(value) == repr(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (set(), "set()"),
        (frozenset({2, 10}), "frozenset({2, 10})"),
        ({"k": ({"b", "a"},)}, "{'k': ({'a', 'b'},)}"),
        ({1, "a", None}, "{None, 1, 'a'}"),
        ({frozenset({"b"}), frozenset({"a", "c"})}, "{frozenset({'a', 'c'}), frozenset({'b'})}"),
    ],
)
def test_the_repr_of_sets_is_sorted(value: Any, text: str) -> None:
    assert stable_repr(value) == text


def test_a_validator_that_changes_its_own_result_is_not_applied_twice() -> None:
    class Share(BaseModel):
        share: float

        @field_validator("share")
        @classmethod
        def of_percent(cls, share: float) -> float:
            return share / 100

    loaded = load_content("ShareMessage", content_json(Share(share=80)), lambda _: Share)

    assert isinstance(loaded, LoadedContent)
    assert loaded.model_dump() == {"share": 0.8}


def test_a_class_that_has_changed_leaves_the_recorded_values() -> None:
    class Now(BaseModel):
        other: int

    loaded = load_content("NowMessage", '{"n":1}', lambda _: Now)

    assert loaded.model_dump() == {"n": 1}


def test_sets_of_earlier_versions_are_read_in_any_order() -> None:
    class Words(BaseModel):
        words: set[str]

    assert load_content("WordsMessage", '{"words":["b","a"]}', lambda _: Words) == Words(words={"a", "b"})


def test_a_strict_class_reads_infinity() -> None:
    class Strict(BaseModel):
        model_config = ConfigDict(strict=True)

        high: float
        said: str = "Infinity"

    recorded = content_json(Strict(high=float("inf"), said="x"))

    assert load_content("StrictMessage", recorded, lambda _: Strict) == Strict(high=float("inf"), said="x")


def test_an_infinite_score_of_a_verdict_is_kept() -> None:
    verdict = Verdict(decision="A", score_a=float("inf"), score_b=1.0, out_of=10.0)

    assert load_content("VerdictMessage", content_json(verdict)) == verdict


def test_bytes_that_json_cannot_hold_are_refused_with_what_to_do() -> None:
    class Raw(BaseModel):
        raw: bytes

    with pytest.raises(ValueError, match=r"a Raw cannot be recorded as JSON: .*; bytes need model_config = ConfigDict"):
        content_json(Raw(raw=b"\xff"))


def test_a_set_of_models_is_readable() -> None:
    assert readable(Names({"b", "a"})) == "root: {'a', 'b'}"
    assert "tags: frozenset({Tag(name='s', words=frozenset())," in readable(KEPT)


def test_a_content_that_is_no_object_is_read_back() -> None:
    recorded = content_json(Names({"b", "a"}))

    assert load_content("NamesMessage", recorded, lambda _: Names) == Names({"a", "b"})
    assert load_content("NamesMessage", recorded).model_dump() == {"root": ["a", "b"]}


class Corner(NamedTuple):
    x: int
    y: int


class Grade(Enum):
    good = 1
    bad = 2


class Tables(BaseModel):
    cells: dict[tuple[int, int], str]
    inner: list[dict[Corner, set[str]]]
    grades: dict[Grade, date]
    paths: dict[tuple[str, ...], int] | None = None


@pytest.mark.parametrize(
    "content",
    [
        Tables(cells={(1, 2): "a", (-3, 4): "b"}, inner=[], grades={}),
        Tables(cells={}, inner=[{Corner(1, 2): {"z", "y"}}], grades={Grade.bad: date(2024, 2, 29)}, paths={("a",): 1}),
    ],
)
def test_keys_that_json_has_as_texts_are_read_again(content: Tables) -> None:
    assert load_content("TablesMessage", content_json(content), lambda _: Tables) == content
