"""Results that the words behind the closing statement name: comment may follow a statement, another result may not.

"Verdict: A", and below it "so I'd go with B" or "the verdict must be B", is contradictory, and so is "Score A: 7/10" with "A
deserves an 8" below. What somebody else says, what a condition or a comparison says, and a number or a seat that is not
given as a result ("Accuracy: 9/10", "a better B would ...") is comment.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from fellowship.agents.reading.choices import Choice
from fellowship.agents.reading.corrections import first_of_feedback, names_result
from fellowship.agents.reading.lines import FIELDS, NOUN, Scale
from fellowship.agents.reading.attributions import is_attributed
from fellowship.agents.reading.own_lines import FOREIGN
from fellowship.agents.reading.prose import chosen
from fellowship.agents.reading.statements import Statement, UnreadableReply

_SENTENCES = re.compile(r"(?<=[.!?;。！？；])[\s*_`]*+(?!\d)")
_CLAUSES = re.compile(
    r"[,;:—–][\s*_`]+(?:(?:and|so|but|then|which\s++means|meaning)(?:\s++that)?\s++)?+|\s++(?:so|hence|therefore|thus)\s++"
)
_SEAT = rf"[\s*_`(]*+(?:the\s++)?+(?:{NOUN})?+(?P<seat>[ab12])\b"
_NAMES_CHOICE = re.compile(
    r"\b(?:answer|verdict|winner|choice|decision|judge?ment|preference|vote|it|this|that)\s++(?:now\s++)?(?:must|should|has\s++to|ought\s++to|will|changes?|"
    rf"is\s++now|becomes?|goes)\s++(?:to\s++|be\s++|now\s++)*+{_SEAT}"
    rf"|\b(?:answer|verdict|winner|choice|decision|judge?ment|vote)\b(?!\s++(?:for|on|in|by|at|of)\b)[^.:!?]{{0,50}}+[:：]{_SEAT.replace('seat', 'labelled')}[\s*_`.!)]*+\Z"
    rf"|\b(?:go(?:ing)?\s++with|side\s++with|settle\s++(?:on|for)|vote\s++for|choose|choosing|pick|switch(?:ing)?\s++to|chang(?:e|ing)\s++(?:it\s++|this\s++)?to){_SEAT.replace('seat', 'gone')}[\s*_`)]*+(?:\Z|[.,;!]|instead\b|after\s++all\b|now\b)"
)
_HEDGED = re.compile(
    r"\b(?:worse|worst|loser|losing|weaker|inferior|rejected|runner|if|unless|whether|could|might|may|perhaps|maybe|had|not|neither|nor|no|never|some|others?|another|someone|users?|readers?|"
    r"people|would\s++(?:be|have)|used\s++to|tempt\w*|almost|nearly|initially|originally|at\s++first)\b|n['’]t\b|\?"
)
_NUMBER = r"(?P<value>\d{1,4}(?:[.,]\d{1,2})?+)(?:\s*+/\s*+(?P<out_of>\d{1,4}))?+(?![\w%/]|[.,]\d)"
_ENDS = r"(?=[\s*_`)]*+(?:\Z|[.,;:!)(]|because\b|since\b|as\b|for\b|instead\b|given\b|rather\b|points?\b|out\b))"
_OBJECT = (
    rf"(?:this|that|it|them|(?:(?:my|the|its|their|this|overall|final|first|second)\s++)*+(?:score|rating|grade|mark)s?+(?:\s++(?:for|of)\s++(?:{NOUN})?(?P<of>[ab12])\b)?|"
    rf"(?:{NOUN})?(?P<seat>[ab12])\b(?:['’]s)?(?:\s++(?:score|rating))?)"
)
_CHANGED_SCORE = re.compile(
    r"\b(?:lower|rais|bump|increas|decreas|reduc|adjust|upgrad|downgrad|revis|chang|correct|mov|drop|set|updat|rescor|re-?rat)\w{0,4}+\s++"
    rf"{_OBJECT}\s++(?:(?:up|down|back|slightly|by\s++\d\s++points?)\s++)?(?:to|at|as)\s++(?:an?\s++)?+{_NUMBER}{_ENDS}"
)
_DESERVED_SCORE = re.compile(
    rf"\b(?:{NOUN})?(?P<seat>[ab12]|it|this|that|they|the\s++(?:answer|response|text))(?:['’]s\s++(?:response|answer|score|rating))?\s++(?:\w+\s++)?"
    r"(?:should|must|deserve[sd]?|merits?|ought|is\s++worth|was\s++worth|really\s++is|rates?|earns?|gets)"
    rf"(?:\s++(?:to|be|get|have|receive|score|an?|at|rather|really|more|like|closer|about|only|been|rated|scored|given|nearer))*+\s++{_NUMBER}{_ENDS}"
)
_LABELLED_SCORE = re.compile(
    rf"\b(?:score|rating)s?\s++(?:for\s++|of\s++)?(?:{NOUN})?(?P<seat>[ab12])\s*+(?:[:=：]|is\b|becomes\b)[\s*_`]*+{_NUMBER}"
)
_FITTING_SCORE = re.compile(rf"(?<![\d.,/])(?:(?<=\ba\s)|(?<=\ban\s)|(?=\d+\s*+/)){_NUMBER}\s++(?:is|seems|feels|looks|would\s++be)\s++(?:\w+\s++)?(?:fair|accura|appropria|right|better|just|close|honest)")
_WOULD_BE = re.compile(r"\b(?:if|unless|had|with\s++an?|without|could|might|may|perhaps|can|not|n['’]t|never|some|others?|another|from|more\s++lenient|stricter|users?)\b|n['’]t\b|\?")
_LONGEST = 600  # characters of a sentence


def refuse_other_choice(lines: Sequence[str], statements: Sequence[Statement[Choice]], choice: Choice) -> None:
    """Raise UnreadableReply (contradictory) where the words behind the closing statement choose something else."""
    for sentence in _sentences_behind(lines, statements):
        if any(named != choice for named in _choices(sentence)):
            _refuse("choice", choice, sentence)


def refuse_other_scores(
    lines: Sequence[str], statements: Sequence[Statement[float]], scores: Mapping[str, float], scale: Scale
) -> None:
    """Raise UnreadableReply (contradictory) where the words behind the closing statement give another score."""
    for sentence in _sentences_behind(lines, statements):
        for field, value in _scores(sentence, scale):
            stated = scores.values() if field is None else [scores.get(field, value)]
            if value not in stated:
                _refuse(field or "score", " and ".join(f"{each:g}" for each in scores.values()), sentence)


def _sentences_behind(lines: Sequence[str], statements: Sequence[Statement[Choice]] | Sequence[Statement[float]]) -> Iterator[str]:
    closing = max((each.line for each in statements if each.value is not None), default=len(lines))
    feedback = first_of_feedback(lines, closing + 1)
    for number, line in enumerate(lines[closing + 1 :], closing + 1):
        if number >= feedback and not names_result(line):
            continue
        if len(line) > 3 and FOREIGN not in line and "|" not in line:
            for sentence in _SENTENCES.split(line):
                if 3 < len(sentence) < _LONGEST and not is_attributed(sentence):
                    yield sentence


def _choices(sentence: str) -> Iterator[Choice]:
    """What a sentence, or the clause that it ends with, chooses."""
    if _HEDGED.search(sentence) is not None:
        return
    found = _NAMES_CHOICE.search(sentence)
    if found is not None:
        yield "A" if (found["seat"] or found["labelled"] or found["gone"]) in ("a", "1") else "B"
    clauses = [sentence, *_CLAUSES.split(sentence)[1:]]
    for clause in clauses:
        statement = chosen(0, clause)
        if statement is not None and statement.value is not None:
            yield statement.value


def _scores(sentence: str, scale: Scale) -> Iterator[tuple[str | None, float]]:
    """(field, or None where the sentence names no seat; value) of the scores that a sentence gives."""
    if not any(character.isdecimal() for character in sentence) or _WOULD_BE.search(sentence) is not None:
        return
    for form in (_CHANGED_SCORE, _DESERVED_SCORE, _LABELLED_SCORE, _FITTING_SCORE):
        found = form.search(sentence)
        if found is None or (found["out_of"] is not None and float(found["out_of"]) != scale.out_of):
            continue
        groups = found.groupdict()
        seat = groups.get("of") or groups.get("seat") or ""
        yield FIELDS[seat] if seat in ("a", "b", "1", "2") else None, float(found["value"].replace(",", "."))


def _refuse(field: str, stated: str, sentence: str) -> None:
    message = f"expected only comment behind {stated}, found {sentence.strip()[:80]!r}"
    raise UnreadableReply("contradictory", field, message)
