"""The names of input columns: the part of an item that each holds, and those that must not be ignored in silence.

A column that belongs to the prompt, or that holds a person's decision (`decision_columns.py`), is used or refused. All
others are ignored, and `InputSurvey` names them before the first call. A name that begins with `_` is ignored always.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from fellowship.formatting.shorten import short_repr
from fellowship.storage.column_meanings import prompt_meaning
from fellowship.storage.column_names import letters, snake

PROMPT = ("prompt", "question", "instruction")
PARAGRAPHS = ("input", "context")
SYSTEM = ("system", "system_prompt", "system_message", "system_instruction")
HISTORY = ("history",)
RESPONSES = (("response_a", "answer_a"), ("response_b", "answer_b"))
TRUNCATED = (("response_a_truncated", "answer_a_truncated"), ("response_b_truncated", "answer_b_truncated"))
LABEL = ("label", "human_label", "winner", "preference", "human_preference")
VOTES = ("votes", "labels")
MODELS = ("model_a", "model_b")
CHATS = ("messages", "conversations", "conversation", "dialog", "dialogue", "chat", "turns")
REFERENCE_LIKE = ("references", "reference_answer", "reference_answers", "ref_answer", "gold_answer", "ground_truth")
SHORTEST_MISSPELT = 4
NO_SLIPS = frozenset({
    "model", "models", "answer", "answers", "response", "responses", "vote", "notes", "contest", "systems", "winter",
})  # fmt: skip
"""Usual names of other columns, by their letters, which differ in one letter from an understood name."""
IGNORED = "_"
PLAIN_TYPES = (str, int, bool, float)
AS_PLAIN = ("tolist", "to_list", "as_py")
"""Methods that give the value of a NumPy array, a tensor, a series, or an Arrow scalar."""
UNDERSTOOD = (
    *PROMPT, *PARAGRAPHS, *SYSTEM, *HISTORY, *RESPONSES[0], *RESPONSES[1], *LABEL, *VOTES, *MODELS, *TRUNCATED[0],
    *TRUNCATED[1], "id", "reference",
)  # fmt: skip


class Defect(ValueError):
    """What is wrong with one row, and in which column."""

    def __init__(self, column: str | None, problem: str) -> None:
        super().__init__(problem)
        self.column = column


@dataclass(frozen=True, slots=True)
class ItemColumns:
    """The columns of a row by their parts in an item.

    `others` are all that are not understood, but for those that are ignored on purpose; `references` are those of them
    that are other names of `reference`.
    """

    prompt: tuple[str, ...]
    paragraphs: tuple[str, ...]
    system: tuple[str, ...]
    history: tuple[str, ...]
    responses: tuple[tuple[str, ...], ...]
    label: tuple[str, ...]
    votes: tuple[str, ...]
    plain: tuple[str, ...]
    chats: tuple[str, ...]
    references: tuple[str, ...]
    others: tuple[str, ...]

    def used(self, *, compared: bool) -> Iterator[str]:
        """The columns that are read; labels and votes only where answers are `compared`."""
        yield from (*self.prompt, *self.paragraphs, *self.system, *self.history)
        yield from (name for names in self.responses for name in names)
        yield from (*self.label, *self.votes) if compared else ()
        yield from self.plain


@lru_cache(maxsize=256)
def item_columns(names: tuple[str, ...]) -> ItemColumns:
    """The columns of a row with these names; Defect where one differs from an understood name in its spelling only."""
    spelt = {letters(known): known for known in UNDERSTOOD}
    names = tuple(name for name in names if not name.startswith(IGNORED))
    for name in names:
        meant = spelt.get(letters(name))
        if meant is not None and meant != name and name not in UNDERSTOOD:
            if meant in names:
                raise Defect(
                    name, f"differs from the column '{meant}' in its spelling only; rename or remove one of them"
                )
            raise Defect(name, f"did you mean '{meant}'?")
        slip = next((each for each in spelt if _is_slip(letters(name), each)), None) if _may_be_slip(name) else None
        if slip is not None and spelt[slip] not in names:
            raise Defect(name, f"did you mean '{spelt[slip]}'? Rename it; to '{IGNORED}{name}' if it is something else")
    others = [name for name in names if name not in UNDERSTOOD]

    def present(known: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in known if name in names)

    return ItemColumns(
        prompt=present(PROMPT),
        paragraphs=present(PARAGRAPHS),
        system=present(SYSTEM),
        history=present(HISTORY),
        responses=tuple(map(present, RESPONSES)),
        label=present(LABEL),
        votes=present(VOTES),
        plain=present(("id", "reference", *MODELS, *TRUNCATED[0], *TRUNCATED[1])),
        chats=tuple(name for name in others if snake(name) in CHATS),
        references=tuple(name for name in others if snake(name) in REFERENCE_LIKE),
        others=tuple(others),
    )


def _may_be_slip(name: str) -> bool:
    if re.search("(?:^|_)[a-z](?:_|$)", snake(name)):  # system_b is one of several, and n_votes their number
        return False
    is_known = prompt_meaning(name).is_part or snake(name) in (*REFERENCE_LIKE, *CHATS)
    return name not in UNDERSTOOD and not is_known and letters(name).rstrip("0123456789") not in NO_SLIPS


def _is_slip(name: str, known: str) -> bool:
    """Whether one letter too many, too few, wrong or exchanged makes one name of the other."""
    if min(len(name), len(known)) < SHORTEST_MISSPELT or abs(len(name) - len(known)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(name, known, strict=False)) if a != b), min(len(name), len(known)))
    a, b = name[start:], known[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[:2][::-1] and a[2:] == b[2:])


def columns_of(row: Mapping[Any, Any]) -> ItemColumns:
    """The columns of a row; Defect for a name that is no text."""
    names = tuple(row)
    return item_columns(names if all(type(name) is str for name in names) else tuple(map(_column_name, names)))


def _column_name(name: Any) -> str:
    if name is None:  # of csv.DictReader
        raise Defect(None, "the row has more fields than the header names")
    if not isinstance(name, str):
        raise Defect(None, f"{short_repr(name, 40)} is no name of a column; expected a text")
    return str(name)


def column_list(row: Mapping[Any, Any]) -> str:
    """The names of the columns, for an error."""
    return f"the columns are: {', '.join(map(str, row)) or 'none'}"


def value_of(row: Mapping[str, Any], name: str) -> Any:
    """The value as JSON has it: of NumPy and of tensors as numbers and lists; None for NaN and other missing values."""
    value = row.get(name)
    if value is None or type(value) in (str, int, bool):
        return value
    return value if type(value) is list and all(type(each) is str for each in value) else _as_json(value)


def filled(row: Mapping[str, Any], name: str) -> Any:
    """`value_of`; None also for a blank text, an empty list and an empty object."""
    value = value_of(row, name)
    is_empty = (isinstance(value, str) and not value.strip()) or (isinstance(value, list | dict) and not value)
    return None if is_empty else value


def text_column(row: Mapping[str, Any], name: str) -> str | None:
    """A text; None without one. Defect for another type."""
    value = filled(row, name)
    if value is not None and not isinstance(value, str):
        raise Defect(name, f"expected a text, got {json_type(value)}")
    return value


def json_type(value: Any) -> str:
    """The name of the value's type, as JSON calls it."""
    if isinstance(value, str) and not value:
        return "an empty text"
    names: tuple[tuple[type, str], ...] = (
        (type(None), "null"), (bool, "a boolean"), (int, "a number"), (float, "a number"),
        (str, "a text"), (list, "a list"), (Mapping, "an object"),
    )  # fmt: skip
    return next((name for kind, name in names if isinstance(value, kind)), type(value).__name__)


def _as_json(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)
    as_plain = next((method for name in AS_PLAIN if callable(method := getattr(value, name, None))), None)
    if as_plain is not None:
        value = as_plain()
    if isinstance(value, list | tuple):
        return [each if type(each) in PLAIN_TYPES and each == each else _as_json(each) for each in value]
    if isinstance(value, Mapping):
        return {key: each if type(each) is str else _as_json(each) for key, each in value.items()}
    if type(value).__name__ in ("NAType", "NaTType"):  # of pandas, which compare as nothing
        return None
    return None if isinstance(value, float | Decimal) and value != value else value
