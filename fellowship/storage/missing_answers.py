"""The columns that a row without two answers may have meant by them, for an error."""

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from fellowship.storage.column_names import letters
from fellowship.storage.item_columns import RESPONSES, columns_of, filled

SEAT_MARKS = (("a", "b"), ("1", "2"), ("0", "1"))
"""The last letters of the names of two answers, by seat; numbers count from 0 where a name with 0 stands beside."""
LEAST_LIKENESS = 0.75


def rename_advice(row: Mapping[str, Any]) -> str:
    """Which columns to rename, with a semicolon in front; empty where none is near.

    Near are a name with a slip, and two names that differ in the seat alone (`output_1`, `output_2`).
    """
    others = columns_of(row).others
    spelt = {letters(name): name for name in others if isinstance(filled(row, name), str | Mapping)}
    found = []
    for seat, names in enumerate(RESPONSES):
        if all(filled(row, name) is None for name in names):
            likeness = {
                each: max(_likeness(each, name) for name in names) for each in spelt if _seat(each, spelt) == seat
            }
            best = max(likeness, key=likeness.__getitem__, default=None)
            if best is not None and (likeness[best] >= LEAST_LIKENESS or _has_partner(best, spelt)):
                found.append(f"'{spelt[best]}' to '{names[0]}'")
    what = "they are answers" if len(found) > 1 else "it is an answer"
    return f"; rename {' and '.join(found)} if {what}" if found else ""


def _likeness(name: str, known: str) -> float:
    return SequenceMatcher(None, name, letters(known)).ratio()


def _has_partner(name: str, names: Mapping[str, str]) -> bool:
    """Whether a name with the other seat's mark stands beside it."""
    partners = (each for marks in SEAT_MARKS if name[-1] in marks for each in marks if each != name[-1])
    return len(name) > 1 and any(name[:-1] + partner in names for partner in partners)


def _seat(name: str, names: Mapping[str, str]) -> int | None:
    """The seat that the last letter of a name says."""
    marks = SEAT_MARKS[-1] if name[:-1] + "0" in names else next((each for each in SEAT_MARKS if name[-1:] in each), ())
    return marks.index(name[-1]) if name[-1:] in marks else None
