"""What a record does not give back: a value that is lost, and one whose type alone is another."""

import enum
import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, SecretStr, computed_field, field_serializer

from fellowship.protocols.content_json import content_json, load_content
from fellowship.protocols.round_trip import read_back_difference


class Level(enum.IntEnum):
    LOW = 1


class Due(BaseModel):
    day: date

    @field_serializer("day")
    def written(self, day: date) -> str:
        return day.strftime("%d.%m.%Y")


class Found(BaseModel):
    pattern: re.Pattern[str]


class Anything(BaseModel):
    value: Any


class Rounded(BaseModel):
    share: Annotated[float, PlainSerializer(lambda share: round(share, 1))]


class Private(BaseModel):
    key: SecretStr


class Hidden(BaseModel):
    note: str = Field("none", exclude=True)


class Shape(BaseModel):
    name: str


class Circle(Shape):
    radius: int


class Drawing(BaseModel):
    shape: Shape


class Doubled(BaseModel):
    model_config = ConfigDict(extra="forbid")
    n: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def double(self) -> int:
        return 2 * self.n


@dataclass
class Span:
    start: int
    end: float = float("nan")


class Exact(BaseModel):
    words: list[str] = Field(default_factory=list)
    by_level: dict[Level, tuple[int, ...]] = Field(default_factory=dict)
    spans: list[Span] = Field(default_factory=list)
    pattern: re.Pattern[str] = re.compile("a+")
    others: Any = None


LOST = {
    "the flags of a pattern": (Found(pattern=re.compile("a+", re.IGNORECASE)), "pattern", "flags of a pattern"),
    "keys that are one text": (Anything(value={1: "a", "1": "b"}), "value", "2 entries are 1 in the record"),
    "such keys at a depth": (Anything(value=[{"x": {None: 1, "None": 2}}]), "value[0]['x']", "2 entries are 1"),
    "fields of a subclass": (Drawing(shape=Circle(name="c", radius=2)), "shape", "annotate the field with Circle"),
}
RETYPED = {
    "a serializer that nothing reads": (Due(day=date(2024, 3, 2)), "day", "Due does not read what it writes"),
    "a date without an annotation": (Anything(value={"d": date(2024, 1, 1)}), "value['d']", "date is read back as str"),
    "a tuple without an annotation": (Anything(value=(1, 2)), "value", "tuple is read back as list"),
    "a set without an annotation": (Anything(value={2, 1}), "value", "set is read back as list"),
    "numbers as keys": (Anything(value={1: "x"}), "value", "int is read back as str"),
    "a value that the class rounds": (Rounded(share=0.25), "share", "the class does not record it as it is"),
    "a secret": (Private(key=SecretStr("abc")), "key", "a secret is recorded as asterisks"),
    "an excluded field": (Hidden(note="x"), "note", "the class does not record it as it is"),
}


@pytest.mark.parametrize("case", LOST)
def test_a_lost_value_is_named_with_its_field(case: str) -> None:
    content, field, why = LOST[case]

    found = read_back_difference(content, content_json(content))

    assert found is not None
    assert (found.field, found.is_lost, why in found.why) == (field, True, True)


@pytest.mark.parametrize("case", RETYPED)
def test_a_value_of_another_type_is_named_and_not_lost(case: str) -> None:
    content, field, why = RETYPED[case]

    found = read_back_difference(content, content_json(content))

    assert found is not None
    assert (found.field, found.is_lost, why in found.why) == (field, False, True)


@pytest.mark.parametrize(
    "content",
    [
        Exact(words=["a"], by_level={Level.LOW: (1, 2)}, spans=[Span(1), Span(2, 3.5)]),
        Exact(pattern=re.compile("(?i)a+"), others={"a": [1, 2.5, None, True, "x"]}),
        Drawing(shape=Shape(name="s")),
        Doubled(n=2),
    ],
    ids=["typed", "plain values", "a model", "a computed field"],
)
def test_what_is_read_back_exactly_is_no_difference(content: BaseModel) -> None:
    assert read_back_difference(content, content_json(content)) is None


def test_a_class_without_further_fields_reads_its_computed_field() -> None:
    content = Doubled(n=2)

    assert load_content("DoubledMessage", content_json(content), lambda _: Doubled) == content
