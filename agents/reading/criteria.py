"""Whether a number in a comment is the score of a criterion ("accuracy 9/10") and not another result.

It is one only where the name of a criterion stands beside it: before it ("its style is 6/10"), behind it ("9/10 for
clarity"), as the heading of its line ("**Depth**: A 9/10, B 5/10"), or at the beginning of the sentence ("In terms of
depth, A gets 9/10"). Every other number may be a new result ("Adjusted for length: 5/10").
"""

import re

from fellowship.agents.reading.wording import wording

_NO_CRITERION = (
    r"(?:correction|discussion|conclusion|revision|reflection|consideration|deliberation|evaluation|decision|"
    r"calibration|balance|second|edition|moderation|inspection|penalty|reduction|deduction|subtraction|addition|"
    r"normali[sz]ation|recalculation|adaption|version|reconsideration|position|recommendation|question|option)\b"
)
_NAME = (
    rf"(?!{_NO_CRITERION})(?:[a-z]{{3,20}}(?:ness|[^i]ty|ity|acy|ncy|ance|ence|[^o]th|mar|tion)s?|style|tone|"
    r"structure|format\w*|facts?|truth|depth|detail\w*|logic|flow|language|content|engagement|criteri\w+|coverage|"
    r"examples?|sources?|spelling|writing|code|tests?|reasoning|effort|english|german|french|spanish|chinese|"
    r"usage|presentation|math\w*|knowledge|helpful|factual|harm\w*|creativ\w*|vocabulary|wording)"
)
CRITERION_NAME = (
    r"(?:(?:its|the|their|my|factual|overall|general|technical|logical|writing|language|answer|response|prompt|task|"
    rf"content|code|instruction|information|user|and) ){{0,3}}{_NAME}(?: (?:following|use|usage|level|only))?+"
)
CRITERION_SCORE = rf"{CRITERION_NAME}(?:['’]s)?(?: (?:is|are|was|at|of|score|rating|gets?|earns?))*+[\s*_`:=–—-]*+"
"""A criterion up to its number."""

_NAMED = re.compile(rf"\b(?:{_NAME}|step|point)\b")
_NOT_NAMED = re.compile(r"\b(?:update|correct)\b")
_SEAT_BETWEEN = (
    r"(?:[\s*_`(]*+(?:(?:for|of) )?(?:assistant |response |answer )?[ab12]\b(?:['’]s)?[\s*_`:=,–—-]*+"
    r"(?:(?:is|gets?|with|at|has|an?) )*+)?"
)
_BEFORE = wording(rf"\b{CRITERION_SCORE}[\s(]*+{_SEAT_BETWEEN}\Z")
_BEHIND = wording(rf"\s*+(?:/\s*+\d{{1,4}})?[\s*_`)]*+(?:for|in|on|in terms of|regarding) {CRITERION_NAME}\b")
_HEADING = wording(
    rf"\A[\s*_`#>•+\-\d.)(|]*+{CRITERION_NAME}[\s*_`]*+(?:\([^()]{{0,40}}\)[\s*_`]*+)?[:：–—|(-]|"
    rf"\A\W*+(?:for|in|on|in terms of|regarding|as for|by) {CRITERION_NAME}\b|"
    rf"[;,(] (?:for|in|on|in terms of) {CRITERION_NAME},? [^,;]{{0,30}}\Z"
)
_CHANGES = re.compile(
    r"\b(?:drop|lower|reduc|adjust|normali|penal|updat|revis|final|now|after|deduct|account|should|fall|fell|ris|rais|"
    r"sink|bring|cap|weight|aside|becom|chang|correct(?:ed|ing|s)\b|minus|subtract|bonus|plus|less\b|off\b)\w*|→|->|"
    r"(?:\A|[\s(])[-−+]\d"
)


def is_about_criterion(sentence: str) -> bool:
    """Whether a sentence names a criterion, so that a seat in it is no result: "On clarity, B"."""
    return _NAMED.search(_NOT_NAMED.sub("", sentence)) is not None


def is_criterion_score(sentence: str, start: int, end: int) -> bool:
    """Whether the number at sentence[start:end], its seat included, is the score of a criterion."""
    before = sentence[:start]
    if _CHANGES.search(before) is not None:
        return False
    return (
        _BEFORE.search(before) is not None
        or _BEHIND.match(sentence, end) is not None
        or _HEADING.search(before) is not None
    )
