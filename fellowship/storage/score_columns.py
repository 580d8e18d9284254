"""Columns under other names with one score for each of the two answers of a row.

Scores that people gave are a decision, which would be lost; those of a model are none. Some names say that they are a
model's (`reward_a`, `bleu_b`); every other one leaves it open, and the row is refused with both readings.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fellowship.formatting.shorten import short_repr
from fellowship.storage.column_meanings import score_meaning
from fellowship.storage.item_columns import IGNORED, Defect, filled

SEATS = (("a", "b"), ("1", "2"), ("0", "1"), ("one", "two"), ("first", "second"), ("left", "right"))
NUMBER_WORDS = frozenset({"one", "two", "three", "first", "second", "third", "left", "right"})
SCORE_TEXT = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:\s*(?:/|out of)\s*\d+)?\s*(?:stars?|points?|pts\.?|%)?")
MOST_LEVELS = 3
MOST_PARTS = 20
"""Of a list of objects, such as one for each annotator, no more are looked at."""


@dataclass(frozen=True, slots=True)
class ScorePair:
    """The scores of both answers, in two columns, or in one."""

    columns: tuple[str, ...]
    values: tuple[Any, ...]

    def defect(self) -> Defect:
        """The refusal, with what to do."""
        first, *others = self.columns
        one, *further = (short_repr(value, 40) for value in self.values)
        given = one + "".join(f" here and {value} in '{name}'" for name, value in zip(others, further, strict=True))
        renamed = " and ".join(f"'{IGNORED}{name}'" for name in self.columns)
        return Defect(
            first,
            f"{given} may be scores of the two answers by people, or by a model, which the name does not say; write "
            f"'label' with A, B or tie if people gave them; rename to {renamed} if they are to be ignored",
        )


def seat_scores(row: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[ScorePair]:
    """The scores of both answers among these columns of a row."""
    pairs, others = _score_names(names)
    for pair in pairs:
        values = tuple(filled(row, name) for name in pair)
        if all(map(_is_score, values)):
            yield ScorePair(pair, values)
    for name in others:
        given = row.get(name)
        if isinstance(given, Mapping | list) or hasattr(given, "tolist"):
            value = filled(row, name)
            if _holds_scores(value, is_score=score_meaning(name).is_score):
                yield ScorePair((name,), (value,))


@lru_cache(maxsize=256)
def _score_names(names: tuple[str, ...]) -> tuple[list[tuple[str, str]], list[str]]:
    """Pairs of columns that differ in the seat alone and are of scores, and the columns that may hold both scores."""
    pairs = _seat_pairs(name for name in names if score_meaning(name).is_score)
    others = (name for name in names if not score_meaning(name).is_machine)
    return pairs, [name for name in others if not any(name in pair for pair in pairs)]


def _seat_pairs(names: Iterable[str]) -> list[tuple[str, str]]:
    """Names that differ in the words of two seats alone; three and more that differ so are of no seats."""
    by_stem: dict[tuple[str, ...], dict[str, str]] = {}
    for name in names:
        words = score_meaning(name).words
        for place, word in enumerate(words):
            if len(word) == 1 or word.isdigit() or word in NUMBER_WORDS:
                by_stem.setdefault((*words[:place], "", *words[place + 1 :]), {})[word] = name
    return [(found[a], found[b]) for found in by_stem.values() for a, b in SEATS if found.keys() == {a, b}]


def _holds_scores(value: Any, *, is_score: bool, depth: int = MOST_LEVELS) -> bool:
    """Whether a list or object has a score for each of two answers."""
    if isinstance(value, Mapping):
        parts = [(str(key), each, score_meaning(str(key))) for key, each in value.items()]
        parts = [part for part in parts if not part[2].is_machine]
        if _seat_pairs(name for name, each, means in parts if (is_score or means.is_score) and _is_score(each)):
            return True
        return depth > 0 and any(
            _holds_scores(each, is_score=is_score or means.is_score, depth=depth - 1) for _, each, means in parts
        )
    if isinstance(value, list):
        if is_score and len(value) == 2 and all(map(_is_score, value)):
            return True
        parts_of_list = [each for each in value[:MOST_PARTS] if isinstance(each, Mapping)]
        return depth > 0 and any(_holds_scores(each, is_score=is_score, depth=depth - 1) for each in parts_of_list)
    return False


def _is_score(value: Any) -> bool:
    """A number, also as text; several of them, as of annotators or criteria."""
    if isinstance(value, list | Mapping):
        given = [each for each in (value.values() if isinstance(value, Mapping) else value) if each is not None]
        return bool(given) and all(map(_is_score, given[:MOST_PARTS]))
    if isinstance(value, str):
        return SCORE_TEXT.fullmatch(value.strip()) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)
