"""Labels, numbers and places in the lines of an evaluator's reply, and what a number in one of them means.

Everything here works on lower-cased lines. Patterns are anchored and their repeats possessive, so that time grows with
the length of the text and no faster.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fellowship.agents.reading.criteria import CRITERION_NAME, CRITERION_SCORE
from fellowship.agents.reading.own_fences import TOKENS
from fellowship.agents.reading.own_lines import is_continued
from fellowship.agents.reading.statements import Statement, UnreadableKind
from fellowship.agents.reading.wording import SEAT_NOUN, wording

NOUNS = (
    f"{SEAT_NOUN}|antwort|réponse|reponse|respuesta|risposta|resposta|"
    "助手|回答|答案|回复|回應|アシスタント|답변|응답|어시스턴트|ответ"
)
NOUN = rf"(?:{NOUNS})[\s*_`]*+"
END = r"(?![^\W_])"
LINE_PREFIX = (
    r"[\s#*_`•+\-,;.|&\[]*+(?:and )?+(?:\(?\d{1,2}[.)][\s*_`]*+)?+(?:\([a-d]\) (?=[^\W\d_]{2}))?+(?:(?:overall|final|"
    r"total)[\s*_`]*+[:：][\s*_`]*+(?=[^\W\d_]{2}))?+"
)
CLOSERS = " \t*_`)]}\"'”’$|"
FIELDS = {"": "score", "a": "score A", "1": "score A", "b": "score B", "2": "score B"}

_NUMBER = r"\d{1,12}(?:[.,]\d{1,12})?+"
_OF = r"(?:[/／]|out of\b|of\b)"
_VALUE = wording(
    r"[\s*_`\[(\"'“$★☆⭐]*+(?:(?:about|around|roughly|approximately|approx\.|also) |[~≈+]\s*+|\\boxed\{\s*+|(?:zero|"
    rf"one|two|three|four|five|six|seven|eight|nine|ten) \()?+(?P<number>[-−–]?{_NUMBER})(?:(?:\s*+(?:points?|pts|"
    rf"marks?|stars?)(?= out of))?+[\s*_`\])]*+{_OF}[\s*_`\[(]*+(?P<out_of>{_NUMBER})|\s*+(?P<percent>%)|"
    r"\s*+(?P<points>[分点점]))?+(?![^\W_]|[/／%]|[.,]\d)"
)
_FRACTION = wording(rf"(?<![\d.,])({_NUMBER})\s*+(?:[/／]|out of)\s*+({_NUMBER})")
_ALTERNATIVE = wording(r"\(?\s*+or\b(?! so\b)|(?:[-−–—~/|&>→]++|(?:to|or|and|vs)\b)[\s*_`]*+\d")
_COUNT = wording(
    r"[-–—] \d{1,2} (?!points?\b|pts\b|marks?\b|out\b|of\b|or\b|to\b|and\b|stars?\b|for\b|because\b|instead\b|after\b|"
    r"overall\b|now\b|at\b|due\b|in\b|is\b|as\b|then\b|would\b|if\b|with\b)[^\W\d_]{3,}"
)
"""A count in a comment: "8/10 - 3 good examples"."""
_CHANGED = re.compile(r"[\s*_`]*+(?:-{1,2}>|=>|→|⇒)(?=[\s*_`]*+\d)")
_COMPUTED = re.compile(r"[\s*_`$(]*+\d[\d\s()/.,]*+[+×÷*−–-][\d\s()+×÷*/.,−–-]{0,100}+[=≈]\s*+(?=\d)")
_OF_CRITERION = wording(
    rf"(?:\A|[(,;/|])\s*+(?:{CRITERION_SCORE}{_NUMBER}\s*+(?:[/／]|out of)\s*+{_NUMBER}|"
    rf"{_NUMBER}\s*+(?:[/／]|out of)\s*+{_NUMBER} (?:for|in|on) {CRITERION_NAME}\b)"
)
_FORMER = wording(
    rf"\b(?:up|down) from (?:an? )?{_NUMBER}\s*+(?:[/／]|out of)\s*+{_NUMBER}|"
    r"\bi (?:had )?(?:first|initially|originally) (?:had|gave|wrote|put|"
    rf"considered) (?:it )?(?:an? )?{_NUMBER}\s*+(?:[/／]|out of)\s*+{_NUMBER}|"
    rf"\bnot (?:an? )?{_NUMBER}\s*+(?:[/／]|out of)\s*+{_NUMBER},? as i (?:first|initially|originally)\b"
)
_OTHER_MEANING = wording(
    r"\blabell?ed (?:as )?(?:answer |response |assistant )?[ab12]\b|\bswapped\b|\bother way r?around\b|"
    r"\b(?:[01]|one|zero)\s*+(?:is|=|being|means)\s*+(?:the )?(?:best|highest|perfect|top)\b|"
    r"\b(?:lower|smaller) (?:is|=) better\b|"
    r"\b(?:10|100|5|ten|five)\s*+(?:is|=|being|means)\s*+(?:the )?(?:worst|lowest)\b"
)
_COMPONENTS = wording(
    rf"[\s*_`]*+(?:[^\W\d_]{{3,20}}[\s*_`:]++{_NUMBER}(?:\s*+/\s*+{_NUMBER})?\s*+[,;]\s*+){{1,8}}(?:and )?(?:overall|"
    r"total)[\s*_`:]++(?=\d)"
)
_IN_BRACKETS = wording(rf"\((?:{CRITERION_SCORE}{_NUMBER}[\s,;]*+){{1,8}}\)?\Z")
_TAKEN = wording(
    r"[\s,;(]*+(?:(?:minus|less) |[−–-]\s*+)(?P<taken>\d{1,3}(?:[.,]\d)?|half|one|two|three|four|five)(?: (?:a |"
    r"full )?(?:points?|pts|marks?))?+(?=[\s)]*+\Z| (?:for|because|due|as|since|given)\b)"
)
_WORDS = {"half": 0.5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_REASON = re.compile(r"(?:because|as|since|due)\b|(?:points?|pts|stars?|marks?)(?=\s*+(?:\Z|[.;(–—-]))")
_SAYS_SCORE = re.compile(r"score|rating|overall|grade|not[ea]|wertung|punkt|puntu|calif|punteg|cijfer")
_LEAD = wording(r"[\s#*_`]*+(?:[-•+] )?+")
_BLANK = re.compile(r"[\s*_`:：#)\]]*+\Z")
_DASHES = "-−–"


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
class Number:
    """A number as read from a line, the denominator it named if any, where it ends, and whether it says points."""

    value: float
    out_of: float | None
    fault: UnreadableKind | None
    end: int
    is_points: bool = False


_OTHER_SCALE = wording(
    r"\bscale\b[^.:!?\n\d]{0,20}?(?:from )?\b[01]\s*+(?:to|through|-|–|—)\s*+(?P<of>\d{1,4})\b|"
    r"\b[01]\s*+(?:to|-|–)\s*+(?P<to>\d{1,4}) scale\b|\b(?P<points>\d{1,3}|five|seven|four|six|"
    r"three)[-\s]points? scale\b|\bout of (?P<out>\d{1,4}|five|seven|four)\s*+:|\b(?P<stars>five|"
    r"5)-?\s?stars? (?:scale|rating|system)\b"
)


def names_other_scale(lines: Sequence[str], scale: Scale) -> bool:
    """Whether a reply says that it scores on another scale: "On a scale from 1 to 5:"."""
    for line in lines:
        for found in _OTHER_SCALE.finditer(line) if "scale" in line or "out of" in line or "star" in line else ():
            named = next(filter(None, found.groups()))
            if not named.isdecimal() or float(named) != scale.out_of:
                return True
    return False


def ends(lines: Sequence[str]) -> Iterator[tuple[int, bool]]:
    """Number of the first line with text, and whether it is the only one; then that of the last.

    The last is left out where the line above it announces it or breaks off.
    """
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return
    texts = (
        number for number in range(len(lines) - 1, -1, -1) if lines[number].strip() and not TOKENS.match(lines[number])
    )
    last, number = next(texts, first), next(texts, None)
    yield first, number is None
    if number is None or is_continued(lines, last):
        return
    above = lines[number]
    if not above.rstrip(CLOSERS).endswith((":", "：")) and not above.lstrip().startswith("#"):
        yield last, False


_RULE = re.compile(r"\s*+(?:-{3,}|={3,})\s*+\Z")


def value_place(lines: Sequence[str], index: int, start: int) -> tuple[int, int]:
    """Where the value announced in line `index` stands: on the rest of it, or else on the next line with text."""
    if not _BLANK.match(lines[index], start):
        return index, start
    for following in range(index + 1, len(lines)):
        if lines[following].strip() and not _RULE.match(lines[following]):
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
        if bare or _SAYS_SCORE.search(line) or not line.isascii():
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
    for form in (_COMPUTED, _COMPONENTS):
        if (before := form.match(line, start)) is not None:
            start = before.end()
    number = number_at(line, start, scale)
    following = then.match(line, number.end) if number is not None and place == index else None
    if number is None or (label["bare"] and number.out_of is None and not number.is_points and not label.start()):
        return Statement(field, None, None, line, index), following
    if label["scale"] and _float(label["scale"]) != scale.out_of:
        return Statement(field, None, "out_of_range", lines[index], index), following
    if following is not None and number.fault is None:
        return Statement(field, number.value, scale.fault(number.value), line, index), following
    value, fault = settled_number(line, number, scale, alone=place != index)
    if value is not None and place != index and _lone_other(lines, place + 1, value, scale):
        value, fault = None, "contradictory"
    return Statement(field, value, fault, line, place), following


def _lone_other(lines: Sequence[str], index: int, value: float, scale: Scale) -> bool:
    """Whether the very next line is a fraction too, of another value: "7/10" above "9/10"."""
    number = number_at(lines[index], lead(lines[index]), scale) if index < len(lines) else None
    return number is not None and number.out_of == scale.out_of and number.value != value


def number_at(line: str, start: int, scale: Scale) -> Number | None:
    """The number at `start`: "8", "8.5", "8,5", "**8**/10", "8 out of 10"; another denominator is out_of_range."""
    match = _VALUE.match(line, start)
    if match is None:
        return None
    while (changed := _CHANGED.match(line, match.end())) is not None:  # "7/10 -> 8/10": the last one stands
        match = _VALUE.match(line, changed.end())
        if match is None:
            return None
    digits = match["number"]
    if re.search(r"[.,]\d{3}\Z" if scale.out_of >= 1000 else r",\d{3}\Z", digits):
        return None  # 1,000 is one or a thousand
    out_of = 100.0 if match["percent"] else _float(match["out_of"]) if match["out_of"] else None
    value = _float(digits)
    fault: UnreadableKind | None = "out_of_range" if out_of is not None and out_of != scale.out_of else None
    if out_of is not None:
        fault = fault or scale.fault(value)
    return Number(value, out_of, fault, match.end(), match["points"] is not None)


def _float(digits: str) -> float:
    return float(digits.replace(",", ".").replace("−", "-").replace("–", "-"))


def settled_number(
    line: str, number: Number, scale: Scale, *, alone: bool
) -> tuple[float | None, UnreadableKind | None]:
    """(value, fault) of a number in the light of the rest of its line; (None, None) when the rest makes it no score."""
    if number.fault is not None:
        return None, number.fault
    rest = (
        line[number.end :]
        .strip(CLOSERS if number.out_of is None else CLOSERS + "★☆⭐")
        .removesuffix(".")
        .removesuffix("!")
    )
    if rest and not TOKENS.match(rest):
        counts = number.out_of is not None and line[number.end :][:1].isspace() and _COUNT.match(rest) is not None
        if (_ALTERNATIVE.match(rest) and not counts) or _says_another(
            _OF_CRITERION.sub("", _FORMER.sub("", rest)), number.value, scale
        ):
            return None, "contradictory"
        if _OTHER_MEANING.search(rest) is not None or _is_reduced(rest, number.value, scale):
            return None, "contradictory"
        if not _harmless(rest, fraction=number.out_of is not None, alone=alone):
            return None, None
    fault = scale.fault(number.value)
    return (number.value, None) if fault is None else (None, fault)


def _is_reduced(rest: str, value: float, scale: Scale) -> bool:
    """Whether points are taken from the number: "8/10, minus 3"; not where the number is what is left of the scale."""
    found = _TAKEN.match(rest)
    if found is None:
        return False
    taken = _WORDS.get(found["taken"]) or _float(found["taken"])
    return value + taken != scale.out_of


def _says_another(rest: str, value: float, scale: Scale) -> bool:
    return any(_float(out_of) == scale.out_of and _float(found) != value for found, out_of in _FRACTION.findall(rest))


def _harmless(rest: str, *, fraction: bool, alone: bool) -> bool:
    """Whether words after a score only comment on it. "7/10 for the first response" is not a comment."""
    if fraction:
        return rest[0] in ".,;:!-–—([" or _REASON.match(rest) is not None
    if not alone and _IN_BRACKETS.match(rest) is not None:
        return True
    if alone or any(character.isdecimal() for character in rest):
        return False
    return rest[0] in ".;-–—(" or _REASON.match(rest) is not None
