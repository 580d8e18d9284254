"""What a reply states, where, and which of its statements counts: the closing one.

A statement that the reply takes back is dropped: one above a correction ("Actually, ...", "On reflection"), "However"
or an overall section, where a later statement is about the same; so is an empty answer form above the filled one. What
remains must agree. Behind the closing statement
only comment may follow: a refusal there makes the reply say nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from fellowship.agents.reading.corrections import (
    CONDITION,
    CONFIRMS,
    CORRECTION_BEGINS,
    CORRECTS,
    SUPERSEDES,
    TAKES_ALL_BACK,
    WITHDRAWS,
    first_of_feedback,
    names_result,
)
from fellowship.agents.reading.placeholders import is_template
from fellowship.agents.reading.refusals import REFUSES

UnreadableKind = Literal["missing", "out_of_range", "contradictory"]
Value = TypeVar("Value")

SHORTEST_CORRECTION = 2  # characters: "更正"
LONGEST_LINE = 2_000  # characters; in a longer line nothing is looked for behind its beginning
_EXCERPT = 80


class UnreadableReply(ValueError):
    """A reply whose answer cannot be taken, and its `kind`; `field` is what was read ("score A", "choice", "JSON")."""

    def __init__(self, kind: UnreadableKind, field: str, message: str) -> None:
        super().__init__(kind, field, message)
        self.kind: UnreadableKind = kind
        self.field, self.message = field, message

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


@dataclass(frozen=True, slots=True)
class Statement(Generic[Value]):
    """One statement of a reply: its value, or the fault that keeps it from being taken.

    A statement with neither value nor fault was announced but says nothing we can read ("Score A: N/A").

    found   its lower-cased text
    line    the number of its line, from 0
    """

    field: str
    value: Value | None
    fault: UnreadableKind | None
    found: str
    line: int


def corrections_apart(lines: Sequence[str]) -> list[str]:
    """The lines, cut where a correction begins and ends: "7/10. Actually, 8/10" makes three."""
    return [part for line in lines for part in (_parts(line) if _may_be_cut(line) else [line])]


def _may_be_cut(line: str) -> bool:
    return SHORTEST_CORRECTION <= len(line) < LONGEST_LINE and line[0] != "{"


def _parts(line: str) -> Iterator[str]:
    for part in CORRECTION_BEGINS.split(line):
        corrects = CORRECTS.match(part)
        rest = "" if corrects is None else part[corrects.end() :].lstrip(" \t,:;.!…–—-*_：，。")
        if rest:
            yield part[: len(part) - len(rest)]
        yield rest or part


def remaining(lines: Sequence[str], statements: Sequence[Statement[Value]]) -> list[Statement[Value]]:
    """The statements that the reply does not take back, in the order of its lines.

    Raises UnreadableReply (contradictory) where it takes back what it stated last and states nothing instead.
    """
    kept = _without_templates(lines, sorted(statements, key=lambda each: each.line))
    valued = [each for each in kept if each.value is not None or each.fault is not None]
    if not valued:
        return kept
    closing = valued[-1].line
    feedback = first_of_feedback(lines, closing + 1)
    for number, line in enumerate(lines):
        if len(line) < SHORTEST_CORRECTION:
            continue
        corrects = CORRECTS.match(line) is not None or (
            number > closing and WITHDRAWS.search(line) is not None and CONDITION.search(line) is None
        )
        if not corrects and SUPERSEDES.match(line) is None:
            continue
        later = {each.field for each in valued if each.line >= number}
        if not later and number >= feedback and not names_result(" ".join(lines[number : number + 2])):
            continue
        if not later and any(CONFIRMS.search(each) for each in lines[number:]):
            continue
        above = [each.field for each in valued if each.line < number]
        if later and above and above[-1] not in later and TAKES_ALL_BACK.search(line) is not None:
            later.clear()
        if later:
            kept = [each for each in kept if each.line >= number or each.field not in later]
        elif corrects and above:
            message = f"expected a closing statement, found it taken back: {line.strip()[:_EXCERPT]!r}"
            raise UnreadableReply("contradictory", kept[-1].field, message)
    return kept


def _without_templates(lines: Sequence[str], statements: Sequence[Statement[Value]]) -> list[Statement[Value]]:
    """The statements without those of the empty answer form ("Score A: 1-10") that the reply fills in below."""
    empty = [is_template(lines[each.line]) for each in statements]
    filled = {
        each.field: each.line
        for each, is_empty in zip(reversed(statements), reversed(empty), strict=True)
        if each.value is not None and not is_empty
    }
    return [
        each
        for each, is_empty in zip(statements, empty, strict=True)
        if not is_empty or each.line >= filled.get(each.field, 0)
    ]


def refuse_refusals(lines: Sequence[str], statements: Sequence[Statement[Value]]) -> None:
    """Raise UnreadableReply (missing) where the reply refuses to judge behind its closing statement."""
    if not statements:
        return
    closing = max(each.line for each in statements)
    feedback = first_of_feedback(lines, closing + 1)
    for number, line in enumerate(lines[closing:], closing):
        if number >= feedback and not names_result(line):
            continue
        if REFUSES.search(line):
            message = f"expected a statement that stands, found a refusal: {line.strip()[:_EXCERPT]!r}"
            raise UnreadableReply("missing", statements[-1].field, message)


def settle(text: str, field: str, statements: Sequence[Statement[Value]], expected: str) -> Value:
    """The one value that the statements about `field` agree on.

    Raises UnreadableReply: out_of_range if any is off the scale (also when another is on it), contradictory if any
    contradicts itself or two differ, missing if none has a value.
    """
    own = [statement for statement in statements if statement.field == field]
    for statement in sorted(own, key=lambda each: each.fault != "out_of_range"):
        if statement.fault is not None:
            shown = _excerpt(text, statement.found)
            raise UnreadableReply(statement.fault, field, f"expected {expected}, found {shown!r}")
    said = [(statement.value, statement.found) for statement in own if statement.value is not None]
    if not said:
        shown = repr(_excerpt(text, own[0].found)) if own else f"none before its end {text.strip()[-_EXCERPT:]!r}"
        raise UnreadableReply("missing", field, f"expected {expected}, found {shown}")
    value, first = said[0]
    for other, found in said:
        if other != value:
            pair = f"{_excerpt(text, first, _EXCERPT // 2)!r} and {_excerpt(text, found, _EXCERPT // 2)!r}"
            raise UnreadableReply("contradictory", field, f"expected one value, found {pair}")
    return value


def _excerpt(text: str, found: str, limit: int = _EXCERPT) -> str:
    """`found` as the reply spelt it, where lower-casing kept the length of the text."""
    lowered = text.lower()
    start = lowered.find(found) if len(lowered) == len(text) else -1
    original = found if start < 0 else text[start : start + len(found)]
    return original.strip()[:limit]
