"""Closing sentences that state a result in prose: "A is better.", "I give A 7/10 and B 8/10.".

They are read only where the reply holds no statement in an answer form, only from its last paragraph, and only where
the whole sentence is the statement: "A is better in depth" and "B would be better" say something else.
"""

import re
from collections.abc import Iterator, Sequence

from fellowship.agents.reading.attributions import is_attributed
from fellowship.agents.reading.choices import Choice
from fellowship.agents.reading.lines import FIELDS, NOUN, NOUNS, Scale, number_at
from fellowship.agents.reading.own_lines import FOREIGN, TOKENS
from fellowship.agents.reading.statements import Statement

_SEAT = rf"[*_`(]*+(?:the\s++)?+(?:{NOUN}(?:#|number\s++)?)?(?P<{{}}>[ab12])\b[*_`)]*+(?:['’]s\s++(?:response|answer))?"
_OPENING = (
    r"[\s*_`#>-]*+(?:(?:so|thus|hence|therefore|overall|finally|ultimately|in\s++(?:conclusion|summary|"
    r"my\s++(?:view|opinion|judge?ment)|"
    r"total|short|the\s++end)|to\s++(?:conclude|sum\s++up)|conclusion|all\s++in\s++all|(?:after|having|"
    r"considering|given|weighing|taking)\b[^,.;:!?]{1,60}+(?=,)|(?:for|given)\s++(?:this|these)\s++reasons?|"
    r"i\s++(?:think|believe|find|conclude|would\s++say|feel|judge)(?:\s++that)?|and|my\s++(?:conclusion|"
    r"verdict)\s*+[:：])[\s,:]*+){0,3}"
)
_ORDINAL = re.compile(rf"\bthe\s++(first|second|former|latter)(?:\s++(?:one|{NOUNS})\b)?")
_DEGREE = (
    r"(?:(?:clearly|slightly|overall|much|far|significantly|definitely|marginally|somewhat|a\s++(?:bit"
    r"|little)|by\s++far|the|an?)\s++)*+"
)
_GOOD = (
    r"(?:better|best|superior|stronger|preferable|preferred|winner|winning)(?:\s++(?:one|answer|response"
    r"|of\s++the\s++two))?"
)
_THAN = rf"(?:\s++(?:than|to|over)\s++{_SEAT.format('than')}|\s++overall)?"
_REASON = r"(?:,?\s++(?:because|since|as)\s++[^.!?]{3,400}(?=[.!]))?"
_END = r"[\s*_`)\]]*+[.!]?[\s*_`)\]]*+\Z"
_BETTER = re.compile(
    rf"{_OPENING}{_SEAT.format('seat')}\s++(?:is|was)\s++(?:(?:therefore|thus|hence|now|then|actually|really|"
    rf"in\s++fact|still)\s++)?{_DEGREE}{_GOOD}{_THAN}{_REASON}{_END}"
)
_HAS_BETTER = re.compile(
    rf"{_OPENING}{_SEAT.format('seat')}\s++(?:gives|gave|provides|provided|offers|offered|has|"
    r"had)\s++(?:clearly\s++|overall\s++)?the\s++"
    r"(?:better|best|superior|stronger)\s++(?:overall\s++)?(?:answer|response|reply|solution|"
    rf"explanation){_THAN}{_REASON}{_END}"
)
_WINS = re.compile(rf"{_OPENING}{_SEAT.format('seat')}\s++wins(?:\s++overall)?{_REASON}{_END}")
_IS_SEAT = re.compile(
    rf"{_OPENING}the\s++(?:better|best|preferred|stronger|superior|winning|final)(?:\s++(?:one|answer|response|"
    r"assistant|choice|verdict|decision))?"
    rf"\s++is\s++{_DEGREE}{_SEAT.format('seat')}{_REASON}{_END}|"
    rf"{_OPENING}(?:(?:the|my)\s++)?(?:winner|answer|verdict|choice|decision)\s++is\s++{_SEAT.format('seat2')}{_REASON}{_END}"
)
_CHOOSE = re.compile(
    rf"{_OPENING}i(?:['’]d|\s++would|\s++will|['’]ll)?(?:\s++(?:therefore|thus|slightly|clearly|strongly))?\s++"
    rf"(?:choose|prefer|pick|select|favou?r|go\s++with|vote\s++for)\s++{_SEAT.format('seat')}"
    rf"(?:\s++(?:over|to)\s++{_SEAT.format('than')})?{_REASON}{_END}"
)
_TIE = re.compile(
    rf"{_OPENING}(?:it(?:['’]s|\s++is)\s++a\s++(?:tie|draw)(?:\s++between\s++(?:a\s++and\s++b|the\s++two))?|"
    r"(?:both|the\s++two|they|a\s++and\s++b)(?:\s++(?:answers|responses|assistants))?\s++are\s++"
    rf"(?:equally\s++good|equal|tied)){_END}"
)
_SENTENCES = re.compile(r"(?<=[.!?])[\s*_`]++")
_HEDGED = re.compile(
    r"\b(?:if|unless|whether|would\s++be|could|might|may|perhaps|maybe|almost|not|neither|nor|no)\b|\?"
)
_WEIGHS = re.compile(
    r"\b(?:however|but|although|though|yet|nevertheless|on\s++the\s++other\s++hand|that\s++said|kidding|better|"
    r"best|prefer\w*)\b"
)
_BROKEN_OFF = re.compile(r"\b(?:because|since|as|than|but|and|or|is|the|a|an|to|with|of)[\s*_`]*+\Z")

_GIVES = (
    r"(?:i(?:['’]d|\s++would|\s++will|['’]ll)?\s++(?:(?:therefore|thus)\s++)?(?:give|rate|score|award|assign|"
    r"grade)\s++|and\s++|,\s*+(?:and\s++)?)?"
    rf"{_SEAT.format('seat')}\s*+(?:(?:gets?|receives?|earns?|scores?|deserves?|is|with|at|as|:|=)\s++|"
    r"a\s++score\s++of\s++|an?\s++)*+"
)
_GIVING = re.compile(r"giv|rat|scor|award|assign|grad|get|receiv|earn|deserv")
_SCORED = re.compile(rf"(?:{_OPENING}|[\s,;.]*+){_GIVES}(?=[\d*_`\[(“\"$])")


_RATED = re.compile(
    rf"{_OPENING}i(?:['’]d|\s++would|\s++will|['’]ll)?\s++(?:therefore\s++)?(?:give|rate|score|award|grade)\s++"
    rf"(?:it|this|the)(?:\s++(?:{NOUN}|text))?\s*+(?:an?\s++|at\s++|with\s++)*+(?:score\s++of\s++)?"
)


def prose_choice(lines: Sequence[str]) -> Iterator[Statement[Choice]]:
    """The choices that sentences of the last paragraph state."""
    found = [(chosen(place, sentence), sentence) for place, sentence in _closing_sentences(lines)]
    for number, (statement, _) in enumerate(found):
        if statement is not None and not any(
            later is None and _WEIGHS.search(sentence) for later, sentence in found[number + 1 :]
        ):
            yield statement


def chosen(place: int, sentence: str) -> Statement[Choice] | None:
    """The choice that a sentence states; None where it says anything else."""
    sentence = _ORDINAL.sub(_by_number, sentence)
    if _HEDGED.search(sentence.split("because")[0]) or is_attributed(sentence) or _BROKEN_OFF.search(sentence):
        return None
    for form in (_BETTER, _HAS_BETTER, _WINS, _IS_SEAT, _CHOOSE):
        if (match := form.fullmatch(sentence)) is not None:
            groups = match.groupdict()
            seat = groups.get("seat") or groups.get("seat2") or ""
            choice: Choice = "A" if seat in "a1" else "B"
            same = groups.get("than") is not None and (groups["than"] in "a1") == (seat in "a1")
            return Statement("choice", None if same else choice, "contradictory" if same else None, sentence, place)
    return Statement("choice", "tie", None, sentence, place) if _TIE.fullmatch(sentence) else None


def _by_number(found: re.Match[str]) -> str:
    return f"answer {1 if found[1] in ('first', 'former') else 2}"


def prose_seat_scores(lines: Sequence[str], scale: Scale) -> Iterator[Statement[float]]:
    """The scores that sentences of the last paragraph give to both seats: "I give A 7/10 and B 8/10."."""
    for place, sentence in _closing_sentences(lines):
        yield from _given(sentence, place, scale)


def prose_score(lines: Sequence[str], scale: Scale) -> Iterator[Statement[float]]:
    """The scores that sentences of the last paragraph give to the one answer, as a fraction: "I rate it 7/10."."""
    for place, sentence in _closing_sentences(lines):
        match = _RATED.match(sentence)
        number = number_at(sentence, match.end(), scale) if match is not None else None
        if number is None or number.out_of is None or sentence[number.end :].strip(" *_`.!") or is_attributed(sentence):
            continue
        fault = number.fault or scale.fault(number.value)
        yield Statement("score", None if fault else number.value, fault, sentence, place)


def _given(sentence: str, place: int, scale: Scale) -> Iterator[Statement[float]]:
    position = 0
    while (match := _SCORED.match(sentence, position)) is not None:
        number = number_at(sentence, match.end(), scale)
        if number is None:
            return
        if not position and _GIVING.search(match[0]) is None:
            return
        position = number.end
        if (unit := re.match(r"\s*+(?:points?|pts|marks?)\b", sentence[position:])) is not None:
            position += unit.end()
        rest = sentence[position:].strip(" *_`)]")
        if rest and not re.match(r"[.,;!]|and\b|because\b|since\b|as\b", rest):
            return
        fault = number.fault or scale.fault(number.value)
        yield Statement(FIELDS[match["seat"]], None if fault else number.value, fault, sentence, place)
        if re.match(r"(?:because|since|as)\b", rest):
            return
        position = len(sentence) - len(sentence[position:].lstrip(" *_`)]"))


def _closing_sentences(lines: Sequence[str]) -> list[tuple[int, str]]:
    """The sentences of the last paragraph, with the numbers of their lines."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or TOKENS.match(lines[end - 1])):
        end -= 1
    start = end
    while start and lines[start - 1].strip():
        start -= 1
    paragraph = lines[start:end]
    if sum(map(len, paragraph)) > 4_000 or any(line.lstrip().startswith("|") for line in paragraph):
        return []
    return [
        (start + offset, sentence)
        for offset, line in enumerate(paragraph)
        if FOREIGN not in line
        for sentence in _SENTENCES.split(line)
        if sentence.strip()
    ]
