"""Which scores a sentence behind a closing statement gives: "A deserves an 8", "I'd lower this to 6", "Make it 8/10.".

What a condition or a comparison says, and the score of a criterion ("Accuracy: 9/10"), does not count.
"""

import re
from collections.abc import Iterator, Mapping

from fellowship.agents.reading.about_statement import takes_away
from fellowship.agents.reading.comments import UNDER_CONDITION
from fellowship.agents.reading.criteria import is_criterion_score
from fellowship.agents.reading.lines import FIELDS, NOUN, Scale
from fellowship.agents.reading.number_words import in_digits
from fellowship.agents.reading.wording import SEAT_NOUN, wording

_DIGITS = r"(?P<value>\d{1,4}(?:[.,]\d{1,2})?+)"
_NUMBER = rf"{_DIGITS}(?:\s*+/\s*+(?P<out_of>\d{{1,4}}))?+(?![\w%/]|[.,]\d)"
_ENDS = (
    r"(?=[\s*_`)]*+(?:\Z|[.,;:!)(]|because\b|since\b|as\b|for\b|instead\b|given\b|rather\b|points?\b|out\b|overall\b|"
    r"after\b|then\b|now\b))"
)
_STOPS = _ENDS.replace("for", "after")  # where a criterion may not follow
_OBJECT = (
    r"(?:this|that|it|them|(?:(?:my|the|its|their|this|overall|final|first|second) )*+(?:score|rating|grade|"
    rf"mark)s?+(?: (?:for|of) (?:{NOUN})?(?P<of>[ab12])\b)?|(?:{NOUN})?(?P<seat>[ab12])\b(?:['’]s)?(?: (?:score|"
    r"rating))?)"
)
_CHANGED_SCORE = wording(
    r"\b(?:lower|rais|bump|increas|decreas|reduc|adjust|upgrad|downgrad|revis|chang|correct|mov|drop|set|updat|rescor|"
    r"re-?rat)\w{0,4}+ "
    rf"{_OBJECT} (?:(?:up|down|back|slightly|by \d points?) )?(?:to|at|as) (?:an? )?+{_NUMBER}{_ENDS}"
)
_DESERVED_SCORE = wording(
    rf"\b(?:{NOUN})?(?P<seat>[ab12]|it|this|that|they|the (?:answer|response|text))(?:['’]s (?:response|answer|score|"
    r"rating))? (?:\w+ )?(?:should|must|deserve[sd]?|merits?|ought|is worth|was worth|really is|rates?|earns?|"
    r"gets)(?: (?:to|be|get|have|receive|score|an?|at|rather|really|more|like|closer|about|only|been|rated|scored|"
    rf"given|nearer))*+ {_NUMBER}{_ENDS}"
)
_LABELLED_SCORE = wording(
    rf"\b(?:score|rating)s? (?:for |of )?(?:{NOUN})?(?P<seat>[ab12])\s*+(?:[:=：]|is\b|becomes\b)[\s*_`]*+{_NUMBER}"
)
_FITTING_SCORE = wording(
    rf"(?<![\d.,/])(?:(?<=\ba\s)|(?<=\ban\s)|(?=\d+\s*+/)){_NUMBER} (?:is|seems|feels|looks|would be) (?:\w+ )?(?:fair|"
    r"accura|appropria|right|better|just|close|honest)"
)
_OWN_SCORE = wording(
    r"\A[\s*_(]*+(?:(?:so|now|overall|final(?:ly)?|result|typo|edit|erratum|make (?:it|that)|i(?:['’]d|['’]ll| would|"
    rf" will)? (?:\w{{2,12}}ly )?(?:go with|say|meant?|settle on|rate (?:it|this)|give (?:it|this))|(?:that|it|"
    rf"this) (?:should|must) (?:read|be|say)|其实|应该是|应为)[\s:,]*+){{1,2}}(?:an? )?{_NUMBER}(?:\s*+[分点])?{_STOPS}"
)
_GIVEN_SCORE = wording(
    r"\b(?:i|we)(?:['’]d|['’]ll| would| will)? (?:now |rather )?(?:give|rate|score|"
    rf"award) (?:{NOUN})?(?P<seat>[ab12]) (?:an? |at |with )?{_NUMBER}{_STOPS}"
)
_WOULD_BE = wording(
    r"\b(?:if|unless|had|with an?|without|could|might|may|perhaps|can|not|never|some|others?|another|from|"
    r"more lenient|stricter|users?)\b|"
    r"n['’]t\b|\?"
)
_OTHERS_CHANGE = re.compile(r"\A(?!.*\bi\b).*\b(?:would|will|to)\b")  # "an example would raise it to 9"
_FRACTION = wording(rf"(?<![\d.,/(=*^]){_DIGITS}\s*+(?:/|out of)\s*+(?P<out_of>\d{{1,4}})(?![\d.,]*\d|[\w/^])")
_ANSWER = rf"(?:{SEAT_NOUN}) "
_SEAT_NUMBER = wording(
    rf"\b(?:{_ANSWER}(?=[ab12])|(?=[ab]\b)(?!a (?:total |final |overall )?(?:score|rating|mark|"
    r"grade)\b))(?P<seat>[ab12])\b(?:['’]s(?: (?:score|rating))?)?[\s*_`]*+(?:[:=→]|->|"
    r",)?+[\s*_`]*+(?:(?:is|now|gets?|at|to|an?|with|of|deserves?|earns?|receives?|scores?|has|should|be|becomes?|"
    rf"rather|just) )*+[\s*_`(]*+{_DIGITS}(?:\s*+(?:/|"
    r"out of)\s*+(?P<out_of>\d{1,4}))?+(?![\w%/]|[.,]\d)"
)
_FOR_SEAT = wording(
    rf"(?<![\d.,/]){_DIGITS}(?:\s*+(?:/|out of)\s*+(?P<out_of>\d{{1,4}})| points?)?+ (?:for|to) (?:the )?"
    rf"(?:{_ANSWER}(?=[ab12])|(?=[ab]\b))(?P<seat>[ab12])\b"
)
_ASSIGNS = re.compile(
    r"[:=→]|\b(?:give|gave|rate|score|award|assign|final|now|deserve|should|set|make)\w*\b|\b(?:(?:gets?|receives?"
    r"|earns?) an?|it(?:['’]s| is)) \d"
)
_LAST = re.compile(r"[\s*_`)]*+(?:\Z|[.,;!])")
_SHORT = wording(
    r"[\s*_`(]*+(?!out of|about|step|page|line|version|round)(?:[^\W\d_]{1,12}[\s:,…—–-]++){1,2}"
    rf"{_DIGITS}[\s*_`).!]*+"
)
_NAMES_SCORE = wording(
    r"\A[\s*_`#>•\-(]*+(?:(?:so|now|overall|final(?:ly)?|total|in total|all t(?:old)|result|scores?|ratings?"
    r"|conclusion)"
    r"[\s,:–—-]++)++|"
    r"\b(?:gets?|receives?|earns?|deserves?) an? (?:zero|one|two|three|four|five|six|seven|eight|nine|ten)\b|"
    r" out of (?:10|ten|5|five|100)\b"
)
"""A sentence in which a number that is written as a word is a score."""
_NOW = re.compile(r"\bnow\b|\bfinal")


def announced_scores(sentence: str, scale: Scale) -> Iterator[tuple[str | None, float]]:
    """(field, or None where the sentence names no seat; value) of the scores that a lower-cased sentence gives."""
    sentence = in_digits(sentence)
    if not any(character.isdecimal() for character in sentence) or _WOULD_BE.search(sentence) is not None:
        return
    for form in (_CHANGED_SCORE, _DESERVED_SCORE, _LABELLED_SCORE, _FITTING_SCORE, _OWN_SCORE, _GIVEN_SCORE):
        found = form.search(sentence)
        if found is None or (form is _CHANGED_SCORE and _OTHERS_CHANGE.search(sentence)):
            continue
        if found["out_of"] is not None and float(found["out_of"]) != scale.out_of:
            continue
        groups = found.groupdict()
        seat = groups.get("of") or groups.get("seat") or ""
        value = _float(found["value"])
        if scale.fault(value) is None:
            yield FIELDS[seat] if seat in ("a", "b", "1", "2") else None, value


def other_scores(
    sentence: str, stated: Mapping[str, float], out_of: float, *, corrects: bool = False
) -> Iterator[float]:
    """The scores on the scale that a sentence gives, outside of a criterion or a condition, and did not state.

    `corrects`: it stands behind a correction, so that "A gets 6" gives a score.
    """
    if UNDER_CONDITION.search(sentence) is not None and not _NOW.search(sentence):
        return
    if _NAMES_SCORE.search(sentence) is not None:
        sentence = in_digits(sentence)
    taken = set()
    for form in (_SEAT_NUMBER, _FOR_SEAT):
        for found in form.finditer(sentence):
            value = _float(found["value"])
            if found["out_of"] is None and (value > out_of or not _is_given(sentence, found.end(), corrects=corrects)):
                continue
            if found["out_of"] is not None and _float(found["out_of"]) != out_of:
                continue
            taken.add(found.start("value"))
            if is_criterion_score(sentence, found.start(), found.end()):
                continue
            if value != stated.get(FIELDS[found["seat"]], stated.get("score", value)):
                yield value
    given = [
        _float(found["value"])
        for found in _FRACTION.finditer(sentence)
        if found.start() not in taken
        and _float(found["out_of"]) == out_of
        and not is_criterion_score(sentence, found.start(), found.end())
    ]
    short = _SHORT.fullmatch(sentence)
    if (
        short is not None
        and _float(short["value"]) <= out_of
        and not is_criterion_score(sentence, short.start("value"), short.end("value"))
    ):
        given.append(_float(short["value"]))
    yield from (value for value in given if value not in stated.values())


def _is_given(sentence: str, end: int, *, corrects: bool) -> bool:
    """Whether a sentence gives the number that ends there, which has no denominator, as a score."""
    return _ASSIGNS.search(sentence) is not None or (corrects and _LAST.match(sentence, end) is not None)


def repeats(sentence: str, stated: Mapping[str, float], out_of: float) -> bool:
    """Whether a sentence gives scores again, all as they were stated: "Therefore, the score is 8 out of 10."."""
    given = {_float(found["value"]) for found in _FRACTION.finditer(sentence) if _float(found["out_of"]) == out_of}
    return bool(given) and given <= {*stated.values()} and not takes_away(sentence)


def _float(digits: str) -> float:
    return float(digits.replace(",", "."))
