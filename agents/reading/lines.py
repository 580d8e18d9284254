"""What an evaluator's reply says on its own account: which lines are its own, and what a number in one of them means.

Everything here works on lower-cased lines. Patterns are anchored and their repeats possessive, so that time grows with
the length of the text and no faster.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

UnreadableKind = Literal["missing", "out_of_range", "contradictory"]
Value = TypeVar("Value")

NOUNS = "assistant|response|answer|candidate|model|option"
NOUN = rf"(?:{NOUNS})[\s*_`]*+"
END = r"(?![^\W_])"
LINE_PREFIX = r"[\s#*_`•+\-,;.|&]*+(?:and\s++)?+(?:\(?\d{1,2}[.)][\s*_`]*+)?+"
CLOSERS = " \t*_`)]}\"'”’$|"
FIELDS = {"": "score", "a": "score A", "1": "score A", "b": "score B", "2": "score B"}
FOREIGN = "<quoted>"
TOKENS = re.compile(r"\s*+(?:(?:<\|[^|<>]{0,40}\|>|</[a-z_]{1,20}>)\s*+)++\Z")

_EXCERPT = 80
_NUMBER = r"\d{1,12}(?:[.,]\d{1,12})?+"
_OF = r"(?:[/／]|out\s++of\b|of\b)"
_VALUE = re.compile(
    rf"[\s*_`\[(\"'“$]*+(?P<number>[-−–]?{_NUMBER})"
    rf"(?:[\s*_`\])]*+{_OF}[\s*_`\[(]*+(?P<out_of>{_NUMBER})|\s*+(?P<percent>%))?+"
    r"(?![^\W_]|[/／%]|[.,]\d)"
)
_FRACTION = re.compile(rf"(?<![\d.,])({_NUMBER})\s*+(?:[/／]|out\s++of)\s*+({_NUMBER})")
_ALTERNATIVE = re.compile(r"(?:[-−–—~/|&>→]++|(?:to|or|and|vs)\b)[\s*_`]*+\d")
_REASON = re.compile(r"(?:because|as|since|due)\b|(?:points?|pts|stars?|marks?)(?=\s*+(?:\Z|[.;(–—-]))")
_LEAD = re.compile(r"[\s#*_`]*+(?:[-•+]\s++)?+")
_BLANK = re.compile(r"[\s*_`:：#)\]]*+\Z")
_DASHES = "-−–"


class UnreadableReply(ValueError):
    """A reply whose answer cannot be taken, and its `kind`; `field` is what was read ("score A", "choice", "JSON")."""

    def __init__(self, kind: UnreadableKind, field: str, message: str) -> None:
        super().__init__(kind, field, message)
        self.kind: UnreadableKind = kind
        self.field, self.message = field, message

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


@dataclass(frozen=True, slots=True)
class Scale:
    """The numbers a score may take: minimum to out_of, both included."""

    out_of: float
    minimum: float

    def __post_init__(self) -> None:
        if not self.minimum < self.out_of:
            raise ValueError(f"out_of={self.out_of!r} must be greater than minimum={self.minimum!r}")

    def fault(self, value: float) -> UnreadableKind | None:
        return None if self.minimum <= value <= self.out_of else "out_of_range"


@dataclass(frozen=True, slots=True)
class Statement(Generic[Value]):
    """One anchored statement: its value, or the fault that keeps it from being taken; `found` is its lower-cased text.

    A statement with neither value nor fault was announced but says nothing we can read ("Score A: N/A").
    """

    field: str
    value: Value | None
    fault: UnreadableKind | None
    found: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number as read from a line, the denominator it named if any, and where it ends."""

    value: float
    out_of: float | None
    fault: UnreadableKind | None
    end: int


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


def own_lines(text: str) -> list[str]:
    """The lower-cased lines, with those of code fences that are not the reply's own replaced by FOREIGN.

    A fence is the reply's own when nothing stands after it, or when it is marked json and nothing stands before it.
    Block quotes stay, but no pattern here starts with ">".
    """
    lines = text.lower().splitlines()
    if "```" not in text and "~~~" not in text:
        return lines
    blocks = fences(lines)
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    last = next((i for i in range(len(lines) - 1, -1, -1) if lines[i].strip() and not TOKENS.match(lines[i])), 0)
    for start, end in blocks:
        own = end >= last or (start == first and "json" in lines[start])
        for number in range(start, min(end + 1, len(lines))):
            if not own or number in (start, end):
                lines[number] = "" if own else FOREIGN
    return lines


def ends(lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The first line with text and whether it is the only one; then the last, unless the line above it announces it."""
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        return
    backwards = (line for line in reversed(lines) if line.strip() and not TOKENS.match(line))
    last, above = next(backwards, first), next(backwards, None)
    yield first, above is None
    if above is not None and not above.rstrip(CLOSERS).endswith((":", "：")) and not above.lstrip().startswith("#"):
        yield last, False


def fences(lines: Sequence[str]) -> list[tuple[int, int]]:
    """First and last line number of each fenced block. One that is never closed runs to the end of the reply."""
    found: list[tuple[int, int]] = []
    opened: tuple[int, str] | None = None
    for number, line in enumerate(lines):
        mark = line.strip()
        if not mark.startswith(("```", "~~~")):
            continue
        if opened is None:
            if mark[0] not in mark.lstrip(mark[0]):
                opened = (number, mark[: len(mark) - len(mark.lstrip(mark[0]))])
        elif mark.startswith(opened[1]) and not mark.strip(mark[0]):
            found.append((opened[0], number))
            opened = None
    return found if opened is None else [*found, (opened[0], len(lines))]


def value_place(lines: Sequence[str], index: int, start: int) -> tuple[int, int]:
    """Where the value announced in line `index` stands: on the rest of it, or else on the next line with text."""
    if not _BLANK.match(lines[index], start):
        return index, start
    for following in range(index + 1, len(lines)):
        if lines[following].strip():
            return following, lead(lines[following])
    return index, len(lines[index])


def lead(line: str) -> int:
    """How much of a line is markup before its text."""
    match = _LEAD.match(line)
    return match.end() if match else 0


def labelled(
    lines: Sequence[str], label: re.Pattern[str], then: re.Pattern[str], scale: Scale, *, bare: bool = False
) -> Iterator[Statement[float]]:
    """The scores that `label` announces at the start of a line, or `then` further on in such a line.

    Both patterns have the groups seat, owner, bare, scale and sep. With `bare` they need not say "score", and so only
    fractions count.
    """
    for index, line in enumerate(lines):
        if bare or "score" in line or "rating" in line or "overall" in line or "grade" in line:
            match = label.match(line)
            while match is not None:
                statement, match = _announced(lines, index, match, then, scale)
                if statement.value is not None or statement.fault is not None or not bare:
                    yield statement


def _announced(
    lines: Sequence[str], index: int, label: re.Match[str], then: re.Pattern[str], scale: Scale
) -> tuple[Statement[float], re.Match[str] | None]:
    """The statement that a label opens, and the label that follows it on the same line."""
    field = FIELDS[label["seat"] or label["owner"] or label["bare"] or ""]
    start = label.end()
    if label["sep"] and label["sep"] in _DASHES and lines[index][start : start + 1].isdecimal():
        start -= 1  # "Score B -7" is minus seven or a dash: never guess, let it be off the scale
    place, start = value_place(lines, index, start)
    line = lines[place]
    number = number_at(line, start, scale)
    following = then.match(line, number.end) if number is not None and place == index else None
    if number is None or (label["bare"] and number.out_of is None and not label.start()):
        return Statement(field, None, None, line), following
    if label["scale"] and _float(label["scale"]) != scale.out_of:
        return Statement(field, None, "out_of_range", lines[index]), following
    if following is not None and number.fault is None:
        return Statement(field, number.value, scale.fault(number.value), line), following
    value, fault = settled_number(line, number, scale, alone=place != index)
    if value is not None and place != index and _lone_other(lines, place + 1, value, scale):
        value, fault = None, "contradictory"
    return Statement(field, value, fault, line), following


def _lone_other(lines: Sequence[str], index: int, value: float, scale: Scale) -> bool:
    """Whether the very next line is a fraction too, of another value: "7/10" above "9/10"."""
    number = number_at(lines[index], lead(lines[index]), scale) if index < len(lines) else None
    return number is not None and number.out_of == scale.out_of and number.value != value


def number_at(line: str, start: int, scale: Scale) -> Number | None:
    """The number at `start`: "8", "8.5", "8,5", "**8**/10", "8 out of 10"; another denominator is out_of_range."""
    match = _VALUE.match(line, start)
    if match is None:
        return None
    digits = match["number"]
    if scale.out_of >= 1000 and re.search(r"[.,]\d{3}\Z", digits):
        return None  # 1,000 is one or a thousand
    out_of = 100.0 if match["percent"] else _float(match["out_of"]) if match["out_of"] else None
    value = _float(digits)
    fault: UnreadableKind | None = "out_of_range" if out_of is not None and out_of != scale.out_of else None
    if out_of is not None:
        fault = fault or scale.fault(value)
    return Number(value, out_of, fault, match.end())


def _float(digits: str) -> float:
    return float(digits.replace(",", ".").replace("−", "-").replace("–", "-"))


def settled_number(
    line: str, number: Number, scale: Scale, *, alone: bool
) -> tuple[float | None, UnreadableKind | None]:
    """(value, fault) of a number in the light of the rest of its line; (None, None) when the rest makes it no score."""
    if number.fault is not None:
        return None, number.fault
    rest = line[number.end :].strip(CLOSERS).removesuffix(".").removesuffix("!")
    if rest and not TOKENS.match(rest):
        if _ALTERNATIVE.match(rest) or _says_another(rest, number.value, scale):
            return None, "contradictory"
        if not _harmless(rest, fraction=number.out_of is not None, alone=alone):
            return None, None
    fault = scale.fault(number.value)
    return (number.value, None) if fault is None else (None, fault)


def _says_another(rest: str, value: float, scale: Scale) -> bool:
    return any(_float(out_of) == scale.out_of and _float(found) != value for found, out_of in _FRACTION.findall(rest))


def _harmless(rest: str, *, fraction: bool, alone: bool) -> bool:
    """Whether words after a score only comment on it. "7/10 for the first response" is not a comment."""
    if fraction:
        return rest[0] in ".,;:!-–—([" or _REASON.match(rest) is not None
    if alone or any(character.isdecimal() for character in rest):
        return False
    return rest[0] in ".;-–—(" or _REASON.match(rest) is not None
