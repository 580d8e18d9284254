"""Results that the words behind the closing statement name: comment may follow a statement, another result may not.

"Verdict: A", and below it "so I'd go with B" or "the verdict must be B", is contradictory, and so is
"Score A: 7/10" with "A deserves an 8" below. What somebody else says, what a condition or a comparison says, and a
number or a seat that is not given as a result ("Accuracy: 9/10", "a better B would ...") is comment.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fellowship.agents.reading.attributions import is_attributed
from fellowship.agents.reading.choices import Choice
from fellowship.agents.reading.comments import (
    is_odd_word,
    no_comment,
    other_choices,
    other_scores,
    repeats,
    rest_of,
    takes_away,
)
from fellowship.agents.reading.corrections import first_of_feedback, names_result
from fellowship.agents.reading.lines import FIELDS, NOUN, Scale
from fellowship.agents.reading.own_lines import FOREIGN
from fellowship.agents.reading.prose import chosen
from fellowship.agents.reading.statements import Statement, UnreadableReply
from fellowship.agents.reading.wording import wording

_MEANING: dict[str, Choice] = {"a": "A", "1": "A", "b": "B", "2": "B"}
_SENTENCES = re.compile(r"(?<=[.!?;。！？；])[\s*_`]*+(?!\d)")
_CLAUSES = wording(
    r"[,;:—–][\s*_`]+(?:(?:and|so|but|then|which means|meaning)(?: that)? )?+|"
    r" (?:so|hence|therefore|thus) "
)
_SEAT = rf"[\s*_`(]*+(?:the )?+(?:{NOUN})?+(?P<seat>[ab12])\b"
_NO_ARTICLE = r"(?! (?!because|since|as|instead|after|now|wins|is|over|for|given|rather)[^\W\d_])"
_LABELLED, _GONE, _AFTER, _MINE = (_SEAT.replace("seat", name) for name in ("labelled", "gone", "after", "mine"))
_NAMES_CHOICE = wording(
    r"\b(?:answer|verdict|winner|choice|decision|judge?ment|preference|vote|it|this|that) (?:now )?(?:must|should|"
    rf"has to|ought to|will|changes?|is now|becomes?|goes) (?:to |be |now )*+{_SEAT}{_NO_ARTICLE}|"
    r"\b(?:my|the) (?:own |actual |real |final )?(?:answer|verdict|winner|choice|decision|judge?ment|preference|"
    rf"vote) is {_MINE}{_NO_ARTICLE}|"
    r"\b(?:answer|verdict|winner|choice|decision|judge?ment|vote)\b(?! (?:for|on|in|by|at|"
    rf"of)\b)[^.:!?]{{0,50}}+[:：]{_LABELLED}[\s*_`.!)]*+\Z|"
    r"\b(?:go(?:ing)? with|side with|settle (?:on|for)|vote for|choose|choosing|pick|switch(?:ing)? to|chang(?:e|"
    rf"ing) (?:it |this )?to){_GONE}[\s*_`)]*+(?:\Z|[.,;!]|instead\b|after all\b|now\b)"
)
_GOOD = r"(?:mejor|meilleure?|besser|beste|migliore|melhor|лучше)"
_ENDS_WITH_CHOICE = wording(
    r"(?:\A|\b(?:typo|erratum|edit|final(?:ly)?|overall|result|now|so|conclusion)\s*+[:,]|\b(?:mean|meant|read|say|"
    rf"write|s/[ab]/)\s*+|\A[\s*_(]*+no [-–—]|→|=>){_SEAT}[\s*_`.!)]*+\Z|"
    rf"\b{_GOOD} (?:es |est |ist |è |é )?(?:la |die )?{_AFTER}|"
    rf"\b(?:{NOUN})?(?P<before>[ab]) (?:es |est |ist |è |é |— )?(?:la |die |le |a )?{_GOOD}\b|"
    r"(?:应该是|應該是|改为|改成|应为|其实是|选择?|選ぶ?)\s*(?P<chinese>[ab])|"
    r"(?P<praised>[ab])\s*(?:更好|较好|更优|更佳|胜出|获胜|です|(?:のほうが|の方が|が)(?:良|優|よ|勝))"
)
_TIE = wording(
    r"(?:\ban?|[:,–—-]|\bis|\bso|\bthen) (?:tie|draw)[\s*_`.!)]*+\Z|"
    r"\b(?:they['’]re|they are|both are|it['’]s|it is) (?:really )?(?:equally good|a (?:tie|draw))\b"
)
_NO_TIE = wording(
    r"\b(?:close|almost|nearly|not|if|rather|instead|would have|avoid|than|short|break\w*|broke|could|might|also)\b|"
    r"n['’]t\b"
)
_HEDGED = wording(
    r"\b(?:worse|worst|loser|losing|weaker|inferior|rejected|runner|if|unless|whether|could|might|may|perhaps|maybe|"
    r"had|not|neither|nor|no|never|some|others?|another|someone|users?|readers?|people|would (?:be|have)|used to|"
    r"tempt\w*|almost|nearly|initially|originally|at first)\b|"
    r"n['’]t\b|\?"
)
_NUMBER = r"(?P<value>\d{1,4}(?:[.,]\d{1,2})?+)(?:\s*+/\s*+(?P<out_of>\d{1,4}))?+(?![\w%/]|[.,]\d)"
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
    r"\b(?:if|unless|had|with an?|without|could|might|may|perhaps|can|not|n['’]t|never|some|others?|another|from|"
    r"more lenient|stricter|users?)\b|"
    r"n['’]t\b|\?"
)
_OTHERS_CHANGE = re.compile(r"\A(?!.*\bi\b).*\b(?:would|will|to)\b")  # "an example would raise it to 9"
_LONGEST = 600  # characters of a sentence


def refuse_other_choice(lines: Sequence[str], statements: Sequence[Statement[Choice]], choice: Choice) -> None:
    """Raise UnreadableReply (contradictory) where the words behind the closing statement choose something else."""
    for line in _lines_behind(lines, statements):
        if is_odd_word(line):
            _refuse("choice", choice, line)
    for sentence in _sentences_behind(lines, statements):
        named = [] if is_attributed(sentence) else [*_choices(sentence)]
        if not named and not is_attributed(sentence) and (" now " in sentence or _HEDGED.search(sentence) is None):
            named = [_meant(seat) for seat in other_choices(sentence)]
        repeated = bool(named) and not takes_away(sentence)
        if any(each != choice for each in named) or (no_comment(sentence) and not repeated):
            _refuse("choice", choice, sentence)


def refuse_other_scores(
    lines: Sequence[str], statements: Sequence[Statement[float]], scores: Mapping[str, float], scale: Scale
) -> None:
    """Raise UnreadableReply (contradictory) where the words behind the closing statement give another score."""
    shown = " and ".join(f"{each:g}" for each in scores.values())
    for line in _lines_behind(lines, statements):
        if is_odd_word(line):
            _refuse(next(iter(scores)), shown, line)
    for sentence in _sentences_behind(lines, statements):
        named = [] if is_attributed(sentence) else [*_scores(sentence, scale)]
        for field, value in named:
            stated = scores.values() if field is None else [scores.get(field, value)]
            if value not in stated:
                _refuse(field or "score", shown, sentence)
        others = () if is_attributed(sentence) else other_scores(sentence, scores, scale.out_of)
        if any(True for _ in others) or (no_comment(sentence) and not repeats(sentence, scores, scale.out_of)):
            _refuse(next(iter(scores)), shown, sentence)


def _sentences_behind(lines: Sequence[str], statements: Sequence[Statement[Any]]) -> Iterator[str]:
    for line in _lines_behind(lines, statements):
        for sentence in _SENTENCES.split(line):
            if len(sentence) > 3:
                yield from (sentence[start : start + _LONGEST] for start in range(0, len(sentence), _LONGEST))


def _lines_behind(lines: Sequence[str], statements: Sequence[Statement[Any]]) -> Iterator[str]:
    """The rest of the closing line, and the lines below it; of a section of feedback those that name the result."""
    closing = max((each.line for each in statements if each.value is not None), default=len(lines))
    if closing < len(lines):
        yield rest_of(lines, closing)
    feedback = first_of_feedback(lines, closing + 1)
    for number, line in enumerate(lines[closing + 1 :], closing + 1):
        is_about_answer = number >= feedback and not names_result(line)
        if len(line) > 3 and line.strip() != FOREIGN and "|" not in line and not is_about_answer:
            yield line


def _meant(seat: str) -> Choice:
    return _MEANING.get(seat, "tie")


def _choices(sentence: str) -> Iterator[Choice]:
    """What a sentence, or the clause that it ends with, chooses."""
    if _TIE.search(sentence) is not None and _NO_TIE.search(sentence) is None:
        yield "tie"
    if _HEDGED.search(sentence) is not None:
        return
    found = _NAMES_CHOICE.search(sentence)
    if found is not None:
        yield "A" if next(filter(None, found.groups())) in ("a", "1") else "B"
    named = _ENDS_WITH_CHOICE.search(sentence)
    if named is not None:
        yield "A" if next(filter(None, named.groups())) in ("a", "1") else "B"
    clauses = [sentence, *_CLAUSES.split(sentence)[1:]]
    for clause in clauses:
        statement = chosen(0, clause)
        if statement is not None and statement.value is not None:
            yield statement.value


def _scores(sentence: str, scale: Scale) -> Iterator[tuple[str | None, float]]:
    """(field, or None where the sentence names no seat; value) of the scores that a sentence gives."""
    if not any(character.isdecimal() for character in sentence) or _WOULD_BE.search(sentence) is not None:
        return
    for form in (_CHANGED_SCORE, _DESERVED_SCORE, _LABELLED_SCORE, _FITTING_SCORE, _OWN_SCORE, _GIVEN_SCORE):
        found = form.search(sentence)
        if found is not None and form is _CHANGED_SCORE and _OTHERS_CHANGE.search(sentence):
            continue
        if found is None or (found["out_of"] is not None and float(found["out_of"]) != scale.out_of):
            continue
        groups = found.groupdict()
        seat = groups.get("of") or groups.get("seat") or ""
        value = float(found["value"].replace(",", "."))
        if scale.fault(value) is None:
            yield FIELDS[seat] if seat in ("a", "b", "1", "2") else None, value


def _refuse(field: str, stated: str, sentence: str) -> None:
    message = f"expected only comment behind {stated}, found {sentence.strip()[:80]!r}"
    raise UnreadableReply("contradictory", field, message)
