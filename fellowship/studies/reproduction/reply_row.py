"""One row of a file of recorded replies, items or published figures; its fields are checked when they are read."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fellowship.formatting.shorten import short_repr
from fellowship.protocols.content import Label
from fellowship.protocols.errors import InputError
from fellowship.storage.item_columns import Defect
from fellowship.storage.item_labels import label_of


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """One record of a file; its methods check the types of its fields."""

    path: Path
    line: int
    fields: Mapping[str, Any]

    def defect(self, problem: str, name: str | None = None) -> InputError:
        """An error at this line, to be raised."""
        return InputError(self.path, problem, line=self.line, column=name)

    def value(self, name: str, expected: str, *kinds: type) -> Any:
        """A required field of one of these types."""
        if name not in self.fields:
            raise self.defect(f"missing; the fields are: {', '.join(self.fields) or 'none'}", name)
        value = self.fields[name]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise self.defect(f"expected {expected}, got {short_repr(value, 40)}", name)
        return value

    def text(self, name: str) -> str:
        """A text; null and NaN are an empty one."""
        return "" if self.is_null(name) else self.value(name, "a text", str)

    def any_text(self, name: str) -> str:
        """A text, or another JSON value as its JSON text; null and NaN are an empty one."""
        value = self.text(name) if name not in self.fields or self.is_null(name) else self.fields[name]
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def name(self, name: str) -> str:
        """The name of a model; a blank text is refused."""
        given = self.value(name, "the name of a model", str)
        if not given.strip():
            raise self.defect(f"expected the name of a model, got {short_repr(given, 40)}", name)
        return str(given)

    def whole_number(self, name: str) -> int:
        """A whole number of 0 or more; 5.0, as a table with gaps writes it, is 5."""
        value = self.value(name, "a whole number", int, float)
        if not 0 <= value < math.inf or value % 1 != 0:
            raise self.defect(f"expected a whole number of 0 or more, got {short_repr(value, 40)}", name)
        return int(value)

    def flag(self, name: str) -> bool | None:
        """True or false; None for null, NaN and a missing field: what a file does not say is unknown."""
        return bool(self.value(name, "true, false or null", bool)) if self.holds(name) else None

    def refuse_other(self, name: str, *accepted: str) -> None:
        """InputError where the field has a value other than the accepted names, in any spelling."""
        if self.holds(name) and not any(_spelt_alike(self.text(name), each) for each in accepted):
            given = short_repr(self.fields[name], 40)
            raise self.defect(f"{given} here, but the file is about {accepted[0]!r}", name)

    def number(self, name: str) -> float:
        """A finite number."""
        value = self.value(name, "a number", int, float)
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.defect(f"expected a finite number, got {short_repr(value, 40)}", name)
        return number

    def is_null(self, name: str) -> bool:
        """Whether the field is there without a value: null, or the NaN of a table with gaps."""
        value = self.fields.get(name, 0)
        return value is None or (isinstance(value, float) and math.isnan(value))

    def holds(self, name: str) -> bool:
        """Whether the field is there with a value."""
        return name in self.fields and not self.is_null(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        found = self.value(name, "a list of texts", list)
        if not all(isinstance(text, str) for text in found):
            raise self.defect(f"expected a list of texts, got {short_repr(found, 40)}", name)
        return tuple(found)

    def label(self, name: str) -> Label:
        """A, B or tie, in any of the accepted forms."""
        try:
            return label_of(name, self.value(name, "a label", str, int, float))
        except Defect as defect:
            raise self.defect(str(defect), name) from defect

    def id(self) -> str:
        """The row's id; 5.0, as a table with gaps writes it, is 5."""
        value = self.value("id", "a whole number or a text", int, str, float)
        if isinstance(value, float) and (not math.isfinite(value) or value % 1 != 0):
            raise self.defect(f"expected a whole number or a text, got {short_repr(value, 40)}", "id")
        return str(int(value) if isinstance(value, float) else value)


def plain_value(name: str) -> str:
    """A name without case and punctuation, for comparison: Fair-Eval -> faireval."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def join_replies(value: Any) -> str:
    """A model's name; several are joined, and none gives an empty text."""
    return " + ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _spelt_alike(one: str, other: str) -> bool:
    """Whether two names differ in case, punctuation and a size at the end at most, as those of data sets may."""
    if one.strip().casefold() == other.casefold():
        return True
    return bool(plain_value(other)) and plain_value(other) in (plain_value(one), plain_value(one).rstrip("0123456789"))
