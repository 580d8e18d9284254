"""Numbers that are written as words and may be scores or points: "four for A", "two points", "a six"."""

import re

from fellowship.agents.reading.wording import SEAT_NOUN, wording

_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
}
_NUMBER = wording(
    rf"\b(?P<word>{'|'.join(_WORDS)})\b(?=[\s*_`]*+(?:\Z|[.,;:!)/](?!\w))|(?: (?:more|extra|additional|further|full|"
    r"bonus))? (?:points?|pts|marks?)\b| (?:out of|of (?:10|ten|5|five|100)|instead|because|overall|(?:for|to"
    r"|from|off) "
    rf"(?:the )?(?:(?:{SEAT_NOUN}) )?[ab12]\b|for|is|was|and|seems|would)\b)"
)
_NO_ONE = re.compile(r"\b(?:the|this|that|which|each|any|no|every|first|second|other|better|best)\s+\Z")


def in_digits(sentence: str) -> str:
    """A lower-cased sentence with such words as digits; "the better one" and "four reasons" stay words."""
    return _NUMBER.sub(_digits, sentence)


def _digits(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - 10) : found.start()]
    is_pronoun = found["word"] == "one" and "point" not in found.string[found.end() : found.end() + 20]
    is_named = found["word"] == "one" and _NO_ONE.search(before) is not None
    return found[0] if is_pronoun or is_named else _WORDS[found["word"]]
