"""Closing sentences that state a result in prose: "A is better.", "I give A 7/10 and B 8/10.".

They are read only where the reply holds no statement in an answer form, only from its last paragraph, and only where
the whole sentence is the statement: "A is better in depth" and "B would be better" say something else.
"""

import re
from collections.abc import Iterator, Sequence

from fellowship.agents.reading.attributions import is_attributed
from fellowship.agents.reading.choices import Choice
from fellowship.agents.reading.lines import FIELDS, NOUN, NOUNS, Scale, number_at
from fellowship.agents.reading.own_fences import TOKENS
from fellowship.agents.reading.own_lines import FOREIGN
from fellowship.agents.reading.statements import Statement
from fellowship.agents.reading.wording import wording

_SEAT = rf"[*_`(]*+(?:the )?+(?:{NOUN}(?:#|number )?)?(?P<{{}}>[ab12])\b[*_`)]*+(?:['’]s (?:response|answer))?"
_OPENING = (
    r"[\s*_`#>-]*+(?:(?:so|thus|hence|therefore|overall|finally|ultimately|in (?:conclusion|summary|my (?:view|"
    r"opinion|judge?ment)|total|short|the end)|to (?:conclude|sum up)|conclusion|all in all|(?:after|having|"
    r"considering|given|weighing|taking)\b[^,.;:!?]{1,60}+(?=,)|(?:for|given) (?:this|these) reasons?|i (?:think|"
    r"believe|find|conclude|would say|feel|judge)(?: that)?|and|my (?:conclusion|verdict)\s*+[:：])[\s,:]*+){0,3}"
)
_ORDINAL = wording(rf"\bthe (first|second|former|latter)(?: (?:one|{NOUNS})\b)?")
_DEGREE = (
    r"(?:(?:clearly|slightly|overall|much|far|significantly|definitely|marginally|somewhat|a (?:bit|little)|by far|"
    r"the|an?) )*+"
)
_GOOD = r"(?:better|best|superior|stronger|preferable|preferred|winner|winning)(?: (?:one|answer|response|of the two))?"
_THAN = rf"(?: (?:than|to|over) {_SEAT.format('than')}| overall)?"
_REASON = r"(?:,? (?:because|since|as) [^.!?]{3,400}(?=[.!]))?"
_END = r"[\s*_`)\]]*+[.!]?[\s*_`)\]]*+\Z"
_BETTER = wording(
    rf"{_OPENING}{_SEAT.format('seat')} (?:is|was) (?:(?:therefore|thus|hence|now|then|actually|really|in fact|"
    rf"still) )?{_DEGREE}{_GOOD}{_THAN}{_REASON}{_END}"
)
_HAS_BETTER = wording(
    rf"{_OPENING}{_SEAT.format('seat')} (?:gives|gave|provides|provided|offers|offered|has|had) (?:clearly |"
    r"overall )?the (?:better|best|superior|stronger) (?:overall )?(?:answer|response|reply|solution|"
    rf"explanation){_THAN}{_REASON}{_END}"
)
_WINS = wording(rf"{_OPENING}{_SEAT.format('seat')} wins(?: overall)?{_REASON}{_END}")
_IS_SEAT = wording(
    rf"{_OPENING}the (?:better|best|preferred|stronger|superior|winning|final)(?: (?:one|answer|response|assistant|"
    rf"choice|verdict|decision))? is {_DEGREE}{_SEAT.format('seat')}{_REASON}{_END}|"
    rf"{_OPENING}(?:(?:the|my) )?(?:winner|answer|verdict|choice|decision) is {_SEAT.format('seat2')}{_REASON}{_END}"
)
_CHOOSE = wording(
    rf"{_OPENING}i(?:['’]d| would| will|['’]ll)?(?: (?:therefore|thus|slightly|clearly|strongly))? (?:choose|prefer|"
    rf"pick|select|favou?r|go with|vote for) {_SEAT.format('seat')}(?: (?:over|"
    rf"to) {_SEAT.format('than')})?{_REASON}{_END}"
)
_TIE = wording(
    rf"{_OPENING}(?:it(?:['’]s| is) a (?:tie|draw)(?: between (?:a and b|the two))?|(?:both|the two|they|"
    rf"a and b)(?: (?:answers|responses|assistants))? are (?:equally good|equal|tied)){_END}"
)
_SENTENCES = re.compile(r"(?<=[.!?])[\s*_`]++")
_HEDGED = wording(r"\b(?:if|unless|whether|would be|could|might|may|perhaps|maybe|almost|not|neither|nor|no)\b|\?")
_WEIGHS = wording(
    r"\b(?:however|but|although|though|yet|nevertheless|on the other hand|that said|kidding|better|best|prefer\w*)\b"
)
_BROKEN_OFF = re.compile(r"\b(?:because|since|as|than|but|and|or|is|the|a|an|to|with|of)[\s*_`]*+\Z")

_GIVES = (
    r"(?:i(?:['’]d| would| will|['’]ll)? (?:(?:therefore|thus) )?(?:give|rate|score|award|assign|grade) |and |"
    rf",\s*+(?:and )?)?{_SEAT.format('seat')}\s*+(?:(?:gets?|receives?|earns?|scores?|deserves?|is|with|at|as|:|=) |"
    r"a score of |an? )*+"
)
_GIVING = re.compile(r"giv|rat|scor|award|assign|grad|get|receiv|earn|deserv")
_SCORED = wording(rf"(?:{_OPENING}|[\s,;.]*+){_GIVES}(?=[\d*_`\[(“\"$])")


_RATED = wording(
    rf"{_OPENING}i(?:['’]d| would| will|['’]ll)? (?:therefore )?(?:give|rate|score|award|grade) (?:it|this|"
    rf"the)(?: (?:{NOUN}|text))?\s*+(?:an? |at |with )*+(?:score of )?"
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
