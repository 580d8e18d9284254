"""Which choice a sentence behind a closing statement names: "so I'd go with B", "the verdict must be B", "Err, B.".

What a condition or a comparison says, and a seat in words about a criterion, chooses nothing.
"""

import re
from collections.abc import Iterator

from fellowship.agents.reading.attributions import is_attributed
from fellowship.agents.reading.choices import Choice
from fellowship.agents.reading.comments import UNDER_CONDITION
from fellowship.agents.reading.criteria import is_about_criterion
from fellowship.agents.reading.lines import NOUN
from fellowship.agents.reading.prose import chosen
from fellowship.agents.reading.wording import SEAT_NOUN, wording

_MEANING: dict[str, Choice] = {"a": "A", "1": "A", "b": "B", "2": "B"}
_CLAUSES = wording(
    r"[,;:—–][\s*_`]+(?:(?:and|so|but|then|which means|meaning)(?: that)? )?+|"
    r" (?:so|hence|therefore|thus) "
)
_SEAT = rf"[\s*_`(]*+(?:the )?+(?:{NOUN})?+(?P<seat>[ab12])\b"
_NO_ARTICLE = r"(?! (?!because|since|as|instead|after|now|wins|is|over|for|given|rather)[^\W\d_])"
_LABELLED, _GONE, _AFTER, _MINE = (_SEAT.replace("seat", name) for name in ("labelled", "gone", "after", "mine"))
_RESULT = r"answer|verdict|winner|choice|decision|judge?ment"
_NAMES_CHOICE = wording(
    rf"\b(?:{_RESULT}|preference|vote|it|this|that) (?:now )?(?:must|should|has to|ought to|will|changes?|is now|"
    rf"becomes?|goes) (?:to |be |now )*+{_SEAT}{_NO_ARTICLE}|"
    rf"\b(?:my|the) (?:own |actual |real |final )?(?:{_RESULT}|preference|vote) is {_MINE}{_NO_ARTICLE}|"
    rf"\b(?:{_RESULT}|vote)\b(?! (?:for|on|in|by|at|of)\b)[^.:!?]{{0,50}}+[:：]{_LABELLED}[\s*_`.!)]*+\Z|"
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
_CONCLUDES = wording(r"[,;:—–]? (?:and )?(?:so|hence|therefore|thus|which means|meaning)(?: that)?,? ")
_OTHERS_SAY = wording(r"\b(?:critic|juror|judge|reviewer|debater|rater|user|people|others?|author|opponent)s?\b")
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
_LAST_CLAUSE = re.compile(
    r"(?:\A|[,;:—–(]|\s-\s|\b(?:so|hence|thus|therefore|then|is|vote|votes|prefer|choose|pick|"
    r"case)\b)(?P<words>[^,;:—–()]{0,40})\Z"
)
_ENDS_WITH_SEAT = wording(
    rf"[\s*_`(\[\"]*+(?:\w{{1,12}} ){{0,3}}?(?:the )?(?:(?:{SEAT_NOUN}) (?=[ab12])|(?=[abc]\b)|(?=tie|"
    r"draw))(?P<seat>[abc12]|tie|draw)[\s*_`)\].!\"]*+\Z"
)
_SEAT_ALONE = wording(
    rf"\W*+(?:(?:{SEAT_NOUN}) )?(?P<seat>[ab12])\b,? (?:actually|rather|instead|really|after all)\W*+"
)
_RESTATED = wording(
    r"\W*+(?:that is(?:,| to say)?|i\.?e\.?|in other words|namely|meaning|so)[\s,:]++(?:the )?(?P<place>first|second)"
    rf" (?:one|{SEAT_NOUN})(?: (?:shown|given|above|wins|is (?:the )?(?:better|best|winner)(?: one)?))?[\s*_`.!)]*+"
)
_RELATES = re.compile(
    r"\b(?:than|to|over|and|in|of|by|from|with|like|see|not|or|vs|versus|unlike|does|did|is|was|are|has|had|no|as|for|"
    r"do|on|about|nor|beats|behind|ahead|above|below|option|choice|grade|vitamin|plan|part|section|point|step|class|"
    r"type|case|hepatitis|between|at|both|neither|either|whereas|while|against|toward|towards|gave|contradicts|"
    r"outperforms|favou?rs|runner)\b"
)


def later_choices(sentence: str) -> list[Choice]:
    """The choices that a lower-cased sentence names, unless somebody else says it."""
    if (restated := _RESTATED.fullmatch(sentence)) is not None:
        return ["A" if restated["place"] == "first" else "B"]
    if is_attributed(sentence):
        concluded = _CONCLUDES.split(sentence)
        if len(concluded) == 1 or _OTHERS_SAY.search(sentence) is not None or is_attributed(concluded[-1]):
            return []
        return [*_announced(concluded[-1], hedged=_HEDGED.search(concluded[-1]) is not None)]
    hedged = _HEDGED.search(sentence) is not None
    return [*_announced(sentence, hedged=hedged)] or [*_ending(sentence, hedged=hedged)]


def _announced(sentence: str, *, hedged: bool) -> Iterator[Choice]:
    """What a sentence, or the clause that it ends with, chooses."""
    if _TIE.search(sentence) is not None and _NO_TIE.search(sentence) is None:
        yield "tie"
    if hedged:
        return
    for form in (_NAMES_CHOICE, _ENDS_WITH_CHOICE):
        if (found := form.search(sentence)) is not None:
            yield _MEANING[next(filter(None, found.groups()))]
    for clause in [sentence, *_CLAUSES.split(sentence)[1:]]:
        statement = chosen(0, clause)
        if statement is not None and statement.value is not None:
            yield statement.value


def _ending(sentence: str, *, hedged: bool) -> Iterator[Choice]:
    """The seat that the last clause of a sentence consists of: "Err, B.", "on balance, B"."""
    if hedged and " now " not in sentence:
        return
    if (alone := _SEAT_ALONE.fullmatch(sentence)) is not None:
        yield _MEANING[alone["seat"]]
        return
    clause = _LAST_CLAUSE.search(sentence.rstrip(' *_`)].!"'))
    if clause is None or is_about_criterion(sentence):
        return
    named = _ENDS_WITH_SEAT.fullmatch(clause["words"])
    if named is not None and _RELATES.search(clause["words"]) is None and UNDER_CONDITION.search(sentence) is None:
        yield _MEANING.get(named["seat"], "tie")
