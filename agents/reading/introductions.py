"""Whose statement it is that stands below an introducing line: the judge's own only where the line says so.

A line introduces where it ends with a colon, breaks off with a word that asks for more ("would write"), or announces
("Here is how the draft ends."). It is the judge's own where it speaks of the judge's result or acts in the first
person, and of nobody else, no text and no hypothesis. A heading of the judge's own sections is no introduction.
"""

import re
from collections.abc import Collection, Sequence
from typing import TypeVar

from fellowship.agents.reading.own_lines import FOREIGN
from fellowship.agents.reading.statements import Statement

Value = TypeVar("Value")

_OWN = re.compile(
    r"\b(?:scor(?:es?|ing)|ratings?|rated?|verdicts?|evaluations?|assessments?|judge?ments?|decisions?|conclusions?|conclude|ranking|"
    r"winner|votes?|ballots?|final(?:ly)?|overall|my|mine|therefore|thus|hence|choice|preference|preferred|better|best|result|grades?|"
    r"summary|nonetheless|nevertheless|accordingly|consequently|so|now|adjust\w*|in\s++total|recommend\w*|pick|marks?|update|feedback|analysis|"
    r"json|bewertung|urteil|note|nota|puntuaci[óo]n|weighted|weighing|after|having|judged|let\s++me|here\s++(?:it\s++is|they\s++are)|considering|considered|given|based|reasons?)\b|分|评|結|结|判|点"
)
_FIRST = re.compile(
    r"\b(?:i|we)(?:['’]d|['’]ll|['’]ve)?\s++(?:(?:would|will|have|also|still|now|thus|therefore|can|must|do|had|to|\w{2,12}ly)\s++)*+"
    r"(?:propos|suggest|agree|concur|support|recommend|maintain|g[ia]ve|rate|scor|assign|conclud|choos|chose|judg|settl|revis|evaluat|stand|"
    r"appreciate|believe|think|find|arriv|award|decid|assess|prefer|see|reach|vote|rank|grade|adjust|keep|land|came|come)\w*"
)
_THIRD = re.compile(
    r"\b(?:texts?|words?|verbatim|in\s++full|ends?|ended|reads?|itself|themselves|examples?|would\s++(?:look|say|write|read|give|answer|put|"
    r"output|rate|score)|typical|told|asked\s++to|author|writer|appended|instructions?|instructed|closing|quot\w+|excerpt|passage|hypothetical\w*|"
    r"careless|biased|lenient|strict\w*|bot|chatbot|grader|critic|user['’]?s?|crowd\w*|workers?|annotators?|humans?|people|public|gold|label|key|"
    r"earlier|previous(?:ly)?|first\s++(?:thought|impression|draft|version|pass|round)|log|note\s++left|left|injection|template|format|"
    r"illustrat\w+|sample|mock|draft|version|teacher['’]?s?|student['’]?s?|reviewer['’]?s?|jurors?['’]?s?|judges?['’]?s?|someone|somebody|another|others?['’]?s?|leaderboard|"
    r"baseline|steer|manipulat\w+|trick|fake|supposed\w*|alleged\w*|claims?|claimed|self|tempt\w*|easy\s++to\s++say|were\s++i|if\s++i|had\s++(?:i|the|it)|"
    r"copied|pasted|inserted|hidden|planted|source|exam|quiz|rubric|prompt|scale\s++from|published|website|paper|file)\b"
)
_HEADS_RESULT = re.compile(r"\b(?:scores?|ratings?|grades?|verdict|marks|evaluation|assessment)\b")
_HEADING = re.compile(
    r"[\s*_`]*+(?:#{1,6}\s|\*\*|__|\d{1,2}[.)]\s|[-•+*]\s|\|)|[\s*_`]*+(?:(?:the|for|on|in|re)\s++)?(?:(?:assistant|response|answer|candidate|model|option)\s*+(?:[ab12]\b)?|[ab12]\b)"
    r"(?:['’]s)?[^\w]*+\Z"
)
_THEREFORE = re.compile(
    r"\b(?<!s\s)end\s++with\s++exactly\s++(?:this|these\s++two)\s++lines?\b|"
    r"\b(?:therefore|thus|hence|so|accordingly|consequently)\W*+\Z"
)
_SPEAKS = re.compile(r"\b(?:writes?|wrote|written|says?|said|stat(?:es?|ed)|prints?|claims?|concludes?)\W*+\Z")
_DANGLES = re.compile(
    r"\b(?:writes?|wrote|written|says?|said|stat(?:es?|ed)|reads?|ends?|ended|begins?|prints?|prefers?|claims?|is|was|are|were|be|like|as|that|with|by|gave|gives?|"
    r"say|put|puts|answer|output|told\s++to\s++write|contains?|concludes?|of|me|saw|find|found|shows?|adds?|added|have|had|suggests?|proposes?)[\s*_`,]*+\Z"
)
_ANNOUNCES = re.compile(
    r"\A[\s*_`]*+(?:here\s++(?:is|are|comes?|follows?)|below\s++(?:is|are)?|the\s++following|what\s++follows|next\s++comes?|"
    r"(?:this|these)\s++(?:is|are)\s++(?:the|what|how)\b(?=[^.!?]*\b(?:texts?|words?|lines?|verdict|statements?|instructions?|"
    r"injection|template|format|examples?|ends?|end|says|reads)\b))\b"
)
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
        if not line.strip() or number in stating or _is_label(line):
            continue
        is_section = lines[place].lstrip().startswith("#") or lines[place - 1].lstrip().startswith("#")
        return is_foreign_introduction(line) and (not is_section or _THIRD.search(line) is not None)
    return False


def _is_label(line: str) -> bool:
    """A label that has its value on the next line: "### Score Assistant A:"."""
    return len(line) < 60 and _LABEL.fullmatch(line) is not None


_LABEL = re.compile(
    r"[\s#*_`>\-•\d.)(\[]*+(?:(?:my|the|overall|final|total|own)\s++)*+(?:scores?|ratings?|verdict|answer|winner|choice|decision|grade|judge?ment|"
    r"preference|evaluation|assessment|ranking|vote|ballot)?(?:\s*+(?:for|of)?\s*+(?:the\s++)?(?:assistant|response|answer|candidate|model|option)?s?\s*+#?(?:[ab12]\b)?)?"
    r"(?:['’]s?\s++score)?[\s*_`:：\])=-]*+"
)


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
        return not own and not (third is False and len(bare.split()) <= 2)
    if bare.endswith((".", "!", "?", "…")):
        return (
            _ANNOUNCES.search(bare) is not None and (third or _OWN.search(bare) is None) and _FIRST.search(bare) is None
        )
    if _SPEAKS.search(bare) is not None and _FIRST.search(bare) is None:
        return True
    heads = len(bare.split()) <= 6 and _HEADS_RESULT.search(bare) is not None and bare[:1].isalpha() and ":" not in bare
    return third and (heads or _DANGLES.search(bare) is not None) and _FIRST.search(bare) is None
