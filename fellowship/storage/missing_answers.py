"""The columns that a row without two answers may have meant by them, for an error."""

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from fellowship.storage.column_names import letters
from fellowship.storage.item_columns import RESPONSES, columns_of, filled

LAST_LETTERS = ("a1", "b2")
"""The last letter of an answer's name, by seat."""
LEAST_LIKENESS = 0.75


def rename_advice(row: Mapping[str, Any]) -> str:
    """Which columns to rename, with a semicolon in front; empty where none is near.

    Near are a name with a slip, and two names that differ in the seat alone (`output_1`, `output_2`).
    """
    others = columns_of(row).others
    spelt = {letters(name): name for name in others if isinstance(filled(row, name), str | Mapping)}
    found = []
    for names, marks in zip(RESPONSES, LAST_LETTERS, strict=True):
        if all(filled(row, name) is None for name in names):
            likeness = {each: max(_likeness(each, name) for name in names) for each in spelt if each[-1:] in (*marks,)}
            best = max(likeness, key=likeness.__getitem__, default=None)
            if best is not None and (likeness[best] >= LEAST_LIKENESS or _has_partner(best, spelt)):
                found.append(f"'{spelt[best]}' to '{names[0]}'")
    what = "they are answers" if len(found) > 1 else "it is an answer"
    return f"; rename {' and '.join(found)} if {what}" if found else ""


def _likeness(name: str, known: str) -> float:
    return SequenceMatcher(None, name, letters(known)).ratio()


def _has_partner(name: str, names: Mapping[str, str]) -> bool:
    """Whether a name with the other seat's mark stands beside it."""
    swapped = name[-1].translate(str.maketrans("ab12", "ba21"))
    return len(name) > 1 and name[:-1] + swapped in names
