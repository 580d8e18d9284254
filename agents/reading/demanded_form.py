"""The form that a strategy demands, at the end of a text that can hold no other statement: read without a search.

Only a shortcut: for every text the value is the one that the full reading gives, and None where that has to decide.
The text above the form may hold no digit, no JSON, no fence and no word of a score; then no pattern of the full
reading finds a statement in it.
"""

import re

from fellowship.agents.reading.attributions import is_attributed
from fellowship.agents.reading.introductions import is_foreign_introduction

_SIGNS = re.compile(r"[0-9{`~|<>\[\\\"“«„\r]")
_FINISHED = re.compile(r"(?:\A|\n|[.!?*)])[\s*_`]*\Z")  # the form does not end a sentence of somebody else
_ANSWER_FORM = re.compile(
    r"(?:answer|verdict|choice|winner|decision|judge?ment|preference|preferred|"
    r"response)[\s*_`)]*(?:is\b[\s*_`]*)?(?:[:：=—–-]|$)|^\W*[abc]\W*$",
    re.MULTILINE,
)
_OTHER_DIGITS = re.compile(r"\d")
_NUMBER = r"([0-9]{1,4}(?:\.[0-9]{1,3})?)"
_SCORE = re.compile(rf"overall score: {_NUMBER}/{_NUMBER}", re.IGNORECASE | re.ASCII)
_SEAT_SCORES = re.compile(rf"score a: {_NUMBER}/{_NUMBER}\nscore b: {_NUMBER}/{_NUMBER}", re.IGNORECASE | re.ASCII)


def demanded_score(text: str, *, out_of: float, minimum: float) -> float | None:
    """The score of a text that ends with the line `Overall score: X/N`."""
    head, _, line = text.rpartition("\n")
    found = _SCORE.fullmatch(line)
    if found is None or _may_state_more(head):
        return None
    return _on_scale(*found.groups(), out_of=out_of, minimum=minimum)


def demanded_seat_scores(text: str, *, out_of: float, minimum: float) -> tuple[float, float] | None:
    """The scores of a text that ends with the lines `Score A: X/N` and `Score B: Y/N`."""
    start = text.rfind("\n", 0, max(0, text.rfind("\n")))
    found = _SEAT_SCORES.fullmatch(text, start + 1)
    if found is None or _may_state_more(text[: start + 1]):
        return None
    a = _on_scale(*found.group(1, 2), out_of=out_of, minimum=minimum)
    b = _on_scale(*found.group(3, 4), out_of=out_of, minimum=minimum)
    return None if a is None or b is None else (a, b)


def _may_state_more(head: str) -> bool:
    if _SIGNS.search(head) or not (head.isascii() or _OTHER_DIGITS.search(head) is None):
        return True
    if not _FINISHED.search(head) or head.rstrip().endswith((":", "：")):
        return True
    words = head.lower()
    if is_foreign_introduction(words.rstrip().rpartition("\n")[2]):
        return True
    if _may_be_quoted(words):
        return True
    if _ANSWER_FORM.search(words):
        return True
    return "scor" in words or "rate" in words or "rating" in words or "grade" in words or "overall" in words


def _may_be_quoted(words: str) -> bool:
    """Whether a line of the last paragraph attributes what is below it and goes on."""
    paragraph = words.rstrip().rpartition("\n\n")[2]
    return any(
        is_attributed(line) for line in paragraph.split("\n") if not line.rstrip(" *_`").endswith((".", "!", "?"))
    )


def _on_scale(number: str, scale: str, *, out_of: float, minimum: float) -> float | None:
    value = float(number)
    return value if float(scale) == out_of and minimum < out_of and minimum <= value <= out_of else None
