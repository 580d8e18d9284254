"""The forms in which evaluators state a choice between seats A and B, or a tie."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from fellowship.agents.reading.json_values import own_objects
from fellowship.agents.reading.lines import CLOSERS, END, LINE_PREFIX, NOUN, TOKENS, Statement, ends, lead, value_place

Choice = Literal["A", "B", "tie"]

_WHAT = r"answer|verdict|choice|winner|decision|judge?ment|preference|(?:better|best|preferred)\s++(?:response|answer)"
_LABEL = re.compile(
    rf"{LINE_PREFIX}(?:(?:my|the|your|overall|final)\s++){{0,3}}(?:{_WHAT}){END}(?:\s++is{END})?+[\s*_`)]*+(?:[:：=—–-]|\Z)"
)
_CHOICE = re.compile(
    rf"[\s*_`\[(\"'“]*+(?:it['’]?s\s++)?+(?:a\s++(?=tie|draw))?+(?:the\s++(?={NOUN}))?+"
    rf"(?:{NOUN}(?P<named>[ab12])(?:['’]s\s++(?:response|answer))?+|(?P<letter>[abc])|(?P<tie>tied?+|draw))(?![^\W_]|['’])"
)
_JOINER = re.compile(r"(?:[\s(,;:/&|=><~–—-]|(?:or|and|vs)\b)*+")
_COMMENT = re.compile(
    r"(?:because|since|due|wins|between)\b"
    r"|(?:is|was)\s++(?:(?:slightly|clearly|much|significantly)\s++)?+(?:the\s++)?+(?:better|best|winner)\b"
)
_BRACKETED = re.compile(r"(?<![\w\]\[])\[\[\s*+(a|b|c|tie)\s*+\]\](?!\])")
_ALONE = re.compile(r"[\s#*_`\[(]*+(a|b|c|tie)[\s*_`\]).]*+")
_KEY = re.compile(r"(?:final_|overall_)?(?:answer|verdict|choice|winner|decision|judge?ment|preference|preferred)")
_MEANING: dict[str, Choice] = {
    "a": "A",
    "1": "A",
    "b": "B",
    "2": "B",
    "c": "tie",
    "tie": "tie",
    "tied": "tie",
    "draw": "tie",
}


_TAKEN_BACK = re.compile(r"\b(?:no|not|actually|rather|instead|worse|wait|in truth|second thought)\b")


def choice_statements(lines: Sequence[str]) -> list[Statement[Choice]]:
    """Every statement of a choice."""
    return [*_labelled(lines), *_alone(lines), *_bracketed(lines), *_choice_fields(lines)]


def _labelled(lines: Sequence[str]) -> Iterator[Statement[Choice]]:
    for index, line in enumerate(lines):
        if (match := _LABEL.match(line)) is not None:
            place, start = value_place(lines, index, match.end())
            yield _choice_at(lines[place], start)


def _alone(lines: Sequence[str]) -> Iterator[Statement[Choice]]:
    """A last line that is only "A", or a first one without markup; then every such line counts, as headings may be."""
    alone = [line for line in lines if len(line) < 12 and _ALONE.fullmatch(line)]
    if not alone:
        return
    (first, whole), *last = ends(lines)
    if whole or first.strip(" .[]()") in ("a", "b", "c", "tie") or any(line in alone for line, _ in last):
        for line in alone:
            yield _choice_at(line, lead(line))


def _bracketed(lines: Sequence[str]) -> Iterator[Statement[Choice]]:
    for line in lines:
        if "[[" in line and not line.lstrip().startswith(">"):
            for letter in _BRACKETED.findall(line):
                yield Statement("choice", _MEANING[letter], None, f"[[{letter}]]")


def _choice_fields(lines: Sequence[str]) -> Iterator[Statement[Choice]]:
    for found in own_objects(lines):
        for key, value in found.items():
            if _KEY.fullmatch(key.replace(" ", "_")) and isinstance(value, str):
                yield _choice_at(value, 0)


def _choice_at(line: str, start: int) -> Statement[Choice]:
    """The choice at `start`, unless the rest of the line makes it something else: "A good answer", "A or B"."""
    match = _CHOICE.match(line, start)
    if match is None:
        return Statement("choice", None, None, line)
    choice, rest = _meaning(match), line[match.end() :].strip(CLOSERS)
    joiner = _JOINER.match(rest)
    other = _CHOICE.match(rest, joiner.end() if joiner else 0)
    if other is not None and not _is_article(other, rest):
        if _meaning(other) != choice:
            return Statement("choice", None, "contradictory", line)
        rest = rest[other.end() :].strip(CLOSERS)
    if rest and rest[0] not in ".,;:!-–—(" and not TOKENS.match(rest) and not _COMMENT.match(rest):
        return Statement("choice", None, None, line)
    if _TAKEN_BACK.search(rest):
        return Statement("choice", None, "contradictory", line)
    return Statement("choice", choice, None, line)


def _meaning(match: re.Match[str]) -> Choice:
    return _MEANING[match["named"] or match["letter"] or match["tie"]]


def _is_article(match: re.Match[str], rest: str) -> bool:
    """The "a" of "B, a better answer"."""
    return match["letter"] == "a" and re.match(r"\s++[^\W_]", rest[match.end() :]) is not None
