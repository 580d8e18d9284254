"""What a judge says would be if something were different: "would be 10/10 with a source", "if forced, I'd pick A".

It states nothing and takes nothing back, so own_lines.py removes it. Only a clause that is known whole is removed: a
condition that may hold ("if I must choose, A"), that doubts the judge ("if I were honest"), or that goes on ("and so I
do") stays.
"""

from collections.abc import Sequence

from fellowship.agents.reading.wording import SEAT_NOUN, wording

_DIGITS = r"\d{1,4}(?:[.,]\d{1,2})?+"
_SCORE = (
    rf"(?:an? |perfect |full |solid |about |at least |up to )*+{_DIGITS}(?:\s*+(?:/|out of)\s*+\d{{1,4}})?+"
    r"(?: points?)?"
)
_SEAT = rf"(?:the )?(?:(?:(?:{SEAT_NOUN}) )?[ab12]\b|(?:first|second)\b(?: (?:one|{SEAT_NOUN})\b)?)"
_BEGINS = (
    r"(?:(?<=\A)|(?<=[.!?;,:(\[—–])|(?<=\s-))[\s*_`]*+(?:(?:but|and|yet|still|though|although|even so|that said|note)"
    r"[\s,:]++){0,3}+"
)
_ENDS = r"[\s*_`]*+(?=[.!?;)\]]|,\s*+(?:score |rating |and (?:score|rating) )|\Z)[.!]?+"
_WORDS = r"[^\d.!?;:()]{1,120}?"

_MODAL = r"(?:would|could|might)(?:['’]ve)?(?: (?:have|well|easily|even|certainly|probably|likely|only|then))*+"
_IS = r"(?:be|been|get|got|gotten|earn|earned|deserve|deserved|receive|received|score|scored|reach|reached|rate|rated)"
_WHO = rf"(?:it|this|that|which|{_SEAT}|the (?:score|answer|rating)|an? (?:score|rating))"
_UNREAL = r"(?:if|with|without|had|were|given|but (?:for|lacks?|misses|has|is)|except|provided|only if|when)"
_SCORED = (
    rf"(?:{_WHO} )?{_MODAL} {_IS} {_SCORE},? (?:{_UNREAL} {_WORDS}|otherwise)",
    rf"(?:with|without|if|had|were) {_WORDS},? (?:(?:{_WHO}|i) {_MODAL}|i['’]d) (?:{_IS}|give|given|rate|score|award)"
    rf"(?: (?:it|this|{_SEAT}))? {_SCORE}",
    rf"i (?:{_MODAL}|['’]d) (?:give|given|rate|score|award) (?:(?:it|this|{_SEAT}) )?{_SCORE},? {_UNREAL} {_WORDS}",
    rf"{_SCORE} (?:if|had|were) {_WORDS}",
    rf"(?:an?|one|better|more|fixing|adding|citing|including) {_WORDS} would (?:make|bring|raise|lift|push|get|earn|"
    rf"take|have (?:made|brought|raised|lifted|pushed|earned))(?: (?:it|this|{_SEAT}))?(?: up)?(?: to)? {_SCORE}",
)

_FORCED = r"(?:forced|pressed|pushed|made|required|compelled|asked|obliged|absolutely forced)"
_CHOOSES = r"(?:break|choose|pick|decide|select|name|vote|say|prefer|take|grade|judge|score|rate|split|settle)"
_WHAT = r"(?: [^\d.!?;:()—–,]{1,60})?"
_IF = (
    rf"(?:if (?:i|we|you|one) (?:really |absolutely |simply |just |ever )?(?:had|was|were)(?: {_FORCED})? to "
    rf"{_CHOOSES}{_WHAT}|were (?:i|we|one)(?: {_FORCED})? to {_CHOOSES}{_WHAT}|had (?:i|we|one) to {_CHOOSES}{_WHAT}|"
    rf"if {_FORCED}(?: to {_CHOOSES}{_WHAT})?|{_FORCED} to {_CHOOSES}{_WHAT}|gun to my head|if (?:you|"
    rf"someone) (?:forced|pressed|asked) me(?: to {_CHOOSES}{_WHAT})?|(?:as|in|for) a tie[\s-]?break(?:er)?|"
    r"to break (?:the|this|a) tie)"
)
_I_WOULD = r"i(?:['’]d| would)(?: (?:\w{2,12}ly|still|then|perhaps|just|maybe))?"
_WOULD_CHOOSE = (
    rf"(?:{_I_WOULD} (?:pick|choose|go with|go for|say|lean (?:to|towards?|on)|lean|favou?r|prefer|vote for|side with|"
    rf"take|select|name) {_SEAT}|(?:it|that|my (?:pick|choice|vote|preference|nod)|the (?:edge|nod|tie-?break|winner|"
    rf"point)) would (?:be|go to|have been) {_SEAT}|{_SEAT} would (?:win|be (?:it|my (?:pick|choice)|the (?:pick|"
    rf"winner))|get the nod|have the edge)|{_I_WOULD} (?:give|rate|score|award) (?:(?:it|this|{_SEAT}) )?{_SCORE}"
    rf"(?: and (?:{_SEAT} )?{_SCORE})?)"
)
_WHY = (
    r"(?:,? (?:because|since|for|as|due to|thanks to|on|by|over|in|narrowly|slightly|only|instead)\b"
    r"[^\d.!?;:()]{0,120}?)?"
)
_CHOSEN = (rf"{_IF},? {_WOULD_CHOOSE}{_WHY}", rf"{_WOULD_CHOOSE},? {_IF}{_WHY}")

_HYPOTHESIS = wording(rf"{_BEGINS}(?:{'|'.join((*_SCORED, *_CHOSEN))}){_ENDS}")
_IS_REAL = wording(
    r"\b(?:if (?:judg|grad|scor|rat)ed|criteria|up to me|so|therefore|hence|thus|final(?:ly)?|verdict|must|honest\w*|"
    r"fair\w*|correctly|rubric|guidelines?|rules?|instruct\w*|as (?:required|requested|"
    r"asked|demanded)|the task|which (?:i|is|it)|that is|i do|"
    r"do now|here|mistake\w*|bias\w*|followed|careful\w*|not misread|penalty|deduction|applied|"
    r"i (?:judged?|scored?|rated?|read)|and [ab] is|"
    r"should|actually|instead)\b"
)
_MODALS = ("would", "could", "might", "'d ", "’d ", " if ", " had ")

RULES_OUT_TIES = wording(
    r"\b(?:ties?|draws?) (?:is|are) (?:not|n['’]t|never) (?:allowed|permitted|possible|an option)|\bno (?:ties?|"
    r"draws?)\b|"
    r"\b(?:must|have to|need to|requires?|required to) (?:\w+ )?(?:break|choose|pick|decide|select|name|an? winner|"
    r"one)\b|"
    r"\bi (?:do|must|have to)\W*\Z|[.!] i (?:do|must|have to)[.!]|"
    r"\b(?:requires?|demands?|asks? for|wants?) (?:an? |one )(?:clear |single )?(?:winner|choice|decision)\b"
)
"""Words that rule a tie out, and with which a choice under a condition is meant."""


def without_hypotheses(lines: Sequence[str]) -> list[str]:
    """Lower-cased lines without the clauses that say what would be; all of them where the condition holds."""
    shortened = [_without(line) if any(word in line for word in _MODALS) else line for line in lines]
    if shortened != lines and any(RULES_OUT_TIES.search(line) for line in lines):
        return list(lines)
    return shortened


def _without(line: str) -> str:
    shortened = _HYPOTHESIS.sub(lambda found: found[0] if _IS_REAL.search(found[0]) else " ", line)
    return shortened.replace("( )", " ").replace("[ ]", " ")
