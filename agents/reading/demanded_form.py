"""The form that a strategy demands, at the end of a text that can hold no other statement: read without a search.

Only a shortcut: for every text the value is the one that the full reading gives, and None where that has to decide.
The text above the form may hold no digit, no JSON, no fence and no word of a score; then no pattern of the full
reading finds a statement in it.
"""

import re

from fellowship.agents.reading.attributions import is_attributed
from fellowship.agents.reading.introductions import is_foreign_introduction

_SIGNS = re.compile(r"[0-9{`~|<>\[\\\"“«„\r]")
_FINISHED = re.compile(r"(?:\A|[.!?*)]|[^:：\s]\s*\n)[\s*_`]*\Z")  # the form ends no sentence, and no colon is above it
_STATES = re.compile(
    r"scor|rat(?:e|ing)|grade|overall|"
    r"(?:answer|verdict|choice|winn(?:er|ing)|decision|judge?ment|preference|preferred|response|results?|outcome|best|"
    r"better|top|favou?rite|recommendation|stronger|superior|vote|pick|ruling|chosen|selected|selection|conclusion)[\s*_`)]*(?:is\b[\s*_`]*)?(?:[:：=—–-]|$)|"
    r"\b(?:place|rank|first|one|option|model|candidate|assistant|text|reply)[\s*_`)]*[:：=]|^\W*[abc]\W*(?:[ab]\W*)?$|\bno\s+(?:clear\s+)?winner\b|"
    r"\b[ab]\b[^.\n]{0,40}\b(?:first|second|former|latter|last)\b|"
    r"\b(?:first|second|former|latter)\b[^.\n]{0,40}\b[ab]\b|\b(?:swapped|switched|reversed|exchanged)\b",
    re.MULTILINE,
)
_GOES_ON = re.compile(
    r"[^.!?\s*_`][ *_`]*$|(?:^|[.!?])[\s*_`]*(?:here|below|the\s+following|what\s+follows|next\s+comes?|this|these)\b",
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
    if not _FINISHED.search(head):
        return True
    words = head.lower()
    return _STATES.search(words) is not None or _may_be_quoted(words.rstrip().rpartition("\n\n")[2])


def _may_be_quoted(paragraph: str) -> bool:
    """Whether a line of the last paragraph may say that what is below it is somebody else's."""
    if _GOES_ON.search(paragraph) is None:
        return False
    lines = paragraph.split("\n")
    return is_foreign_introduction(lines[-1]) or any(
        is_attributed(line) for line in lines if not line.rstrip(" *_`").endswith((".", "!", "?"))
    )


def _on_scale(number: str, scale: str, *, out_of: float, minimum: float) -> float | None:
    value = float(number)
    return value if float(scale) == out_of and minimum < out_of and minimum <= value <= out_of else None
