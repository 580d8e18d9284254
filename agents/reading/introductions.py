"""Whose statement it is that stands below an introducing line: the judge's own only where the line says so.

A line introduces where it ends with a colon, breaks off with a word that asks for more ("would write"), or announces
("Here is how the draft ends."). It is the judge's own where it speaks of the judge's result or acts in the first
person, and of nobody else, no text and no hypothesis. A heading of the judge's own sections is no introduction.
"""

import re
from collections.abc import Collection, Sequence
from typing import TypeVar

from fellowship.agents.reading.own_lines import FOREIGN
from fellowship.agents.reading.placeholders import is_template
from fellowship.agents.reading.statements import Statement
from fellowship.agents.reading.wording import SEAT_NOUN, wording

Value = TypeVar("Value")

_OWN = wording(
    r"\b(?:scor(?:es?|ing)|ratings?|rated?|verdicts?|evaluations?|assessments?|judge?ments?|decisions?|conclusions?|"
    r"conclude|ranking|winner|votes?|ballots?|final(?:ly)?|overall|my|mine|therefore|thus|hence|choice|preference|"
    r"preferred|better|best|result|grades?|summary|nonetheless|nevertheless|accordingly|consequently|so|now|adjust\w*|"
    r"in total|recommend\w*|pick|marks?|update|feedback|analysis|json|bewertung|urteil|note|nota|puntuaci[óo]n|"
    r"weighted|weighing|after|having|judged|let me|here (?:it is|they are)|considering|considered|given|based|"
    r"reasons?)\b|"
    r"分|评|結|结|判|点"
)
_FIRST = wording(
    r"\b(?:i|we)(?:['’]d|['’]ll|['’]ve)? (?:(?:would|will|have|also|still|now|thus|therefore|can|must|do|had|to|"
    r"\w{2,12}ly) )*+(?:propos|suggest|agree|concur|support|recommend|maintain|g[ia]ve|rate|scor|assign|conclud|choos|"
    r"chose|judg|settl|revis|evaluat|stand|appreciate|believe|think|find|arriv|award|decid|assess|prefer|see|reach|"
    r"vote|rank|grade|adjust|keep|land|came|come)\w*"
)
_OTHERS = (
    r"texts?|words?|verbatim|ends?|ended|reads?|itself|themselves|examples?|typical|told|author|writer|appended|"
    r"instructions?|instructed|closing|quot\w+|excerpt|passage|hypothetical\w*|careless|biased|lenient|strict\w*|bot|"
    r"chatbot|grader|critic|user['’]?s?|crowd\w*|workers?|annotators?|humans?|people|public|gold|label|key|earlier|"
    r"previous(?:ly)?|log|left|injection|template|format|illustrat\w+|sample|mock|draft|version|teacher['’]?s?|"
    r"student['’]?s?|reviewer['’]?s?|jurors?['’]?s?|judges?['’]?s?|someone|somebody|another|others?['’]?s?|"
    r"leaderboard|baseline|steer|manipulat\w+|trick|fake|supposed\w*|alleged\w*|claims?|claimed|self|tempt\w*|copied|"
    r"pasted|inserted|hidden|planted|source|exam|quiz|rubric|prompt|published|website|paper|file"
)
_THIRD = wording(
    rf"\b(?:{_OTHERS}|in full|would (?:look|say|write|read|give|answer|put|output|rate|score)|asked to|"
    r"first (?:thought|impression|draft|version|pass|round)|note left|easy to say|were i|if i|had (?:i|the|it)|"
    r"scale from)\b"
)
_HEADS_RESULT = re.compile(r"\b(?:scores?|ratings?|grades?|verdict|marks|evaluation|assessment)\b")
_HEADING = wording(
    rf"[\s*_`]*+(?:#{{1,6}}\s|\*\*|__|\d{{1,2}}[.)]\s|[-•+*]\s|\|)|"
    rf"[\s*_`]*+(?:(?:the|for|on|in|re) )?(?:(?:{SEAT_NOUN})\s*+(?:[ab12]\b)?|[ab12]\b)(?:['’]s)?[^\w]*+\Z"
)
_THEREFORE = wording(
    r"\b(?<!s\s)end with exactly (?:this|these two) lines?\b|\b(?:therefore|thus|hence|so|accordingly|"
    r"consequently)\W*+\Z"
)
_VERBS = r"writes?|wrote|written|says?|said|stat(?:es?|ed)|prints?|claims?|concludes?"
_SPEAKS = wording(rf"\b(?:{_VERBS})\W*+\Z")
_DANGLES = wording(
    rf"\b(?:{_VERBS}|reads?|ends?|ended|begins?|prefers?|is|was|are|were|be|like|as|that|with|by|gave|gives?|put|puts|"
    r"answer|output|contains?|of|me|saw|find|found|shows?|adds?|added|have|had|suggests?|proposes?)[\s*_`,]*+\Z"
)
_ANNOUNCES = wording(
    r"\A[\s*_`]*+(?:here (?:is|are|comes?|follows?)|below (?:is|are)?|the following|what follows|next comes?|(?:this|"
    r"these) (?:is|are) (?:the|what|how)\b(?=[^.!?]*\b(?:texts?|words?|lines?|verdict|statements?|instructions?|"
    r"injection|template|format|examples?|ends?|says|reads)\b))\b"
)
_LABEL = wording(
    r"[\s#*_`>\-•\d.)(\[]*+(?:(?:my|the|overall|final|total|own) )*+(?:scores?|ratings?|verdict|answer|winner|choice|"
    r"decision|grade|judge?ment|preference|evaluation|assessment|ranking|vote|ballot)?(?:\s*+(?:for|"
    rf"of)?\s*+(?:the )?(?:{SEAT_NOUN})?s?\s*+#?(?:[ab12]\b)?)?(?:['’]s? score)?[\s*_`:：\])=-]*+"
)
"""A label that has its value on the next line: "### Score Assistant A:"."""

_LAST_SENTENCE = re.compile(r".*[.!?][\s*_`]++(?=\S)")
_MOST_ABOVE = 12  # lines between a statement and its introduction


def own_statements(lines: list[str], statements: Sequence[Statement[Value]]) -> list[Statement[Value]]:
    """The statements that no line introduces as somebody else's; the lines of the others become FOREIGN."""
    stating = {each.line for each in statements}
    foreign = {place for place in stating if _is_introduced_by_others(lines, place, stating)}
    for place in foreign:
        lines[place] = FOREIGN
    return [each for each in statements if each.line not in foreign]


def _is_introduced_by_others(lines: Sequence[str], place: int, stating: Collection[int]) -> bool:
    """Whether the nearest line above a statement, save for other statements and labels, introduces it as foreign."""
    for number in range(place - 1, max(-1, place - _MOST_ABOVE), -1):
        line = lines[number]
        if number in stating and is_template(line) and not all(map(str.strip, lines[number:place])):
            return False  # what was introduced is the empty form, and a blank line ends it
        if not line.strip() or number in stating or (len(line) < 60 and _LABEL.fullmatch(line)):
            continue
        is_section = lines[place].lstrip().startswith("#") or lines[place - 1].lstrip().startswith("#")
        return is_foreign_introduction(line) and (not is_section or _THIRD.search(line) is not None)
    return False


def is_foreign_introduction(line: str) -> bool:
    """Whether a lower-cased line introduces what stands below it as somebody else's, or not clearly as the judge's."""
    bare = line.rstrip(" \t*_`")
    if (ended := _LAST_SENTENCE.match(bare)) is not None:
        bare = bare[ended.end() :]
    announces = bare.endswith((":", "："))
    third = _THIRD.search(bare) is not None
    if _HEADING.match(line) and not third:
        return False
    if announces:
        if _THEREFORE.search(bare) is not None:
            return False
        own = _FIRST.search(bare) is not None or (_OWN.search(bare) is not None and not third)
        return not own and not (not third and len(bare.split()) <= 2)
    if bare.endswith((".", "!", "?", "…")):
        return (
            _ANNOUNCES.search(bare) is not None and (third or _OWN.search(bare) is None) and _FIRST.search(bare) is None
        )
    if _SPEAKS.search(bare) is not None and _FIRST.search(bare) is None:
        return True
    heads = len(bare.split()) <= 6 and _HEADS_RESULT.search(bare) is not None and bare[:1].isalpha() and ":" not in bare
    return third and (heads or _DANGLES.search(bare) is not None) and _FIRST.search(bare) is None
