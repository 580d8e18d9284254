"""Which lines of a reply are its own words: not quoted, not put into the mouth of an answer, not a draft, not disowned.

Foreign are

* block quotes, code fences that are not the reply's own (own_fences.py), `<answer_a>...</answer_a>` and the like;
* what stands between quotation marks, save as the value of a label ('Answer: "A"');
* what a line attributes to something else ("Answer B says:", "It ends with"): JSON and [[A]] in that line and,
  where the sentence goes on, the lines below it up to a blank line or to where the judge speaks again ("which I
  ignore");
* an indented block below a line that ends with a colon;
* a section that is headed as a draft ("Initial scores:"), up to a blank line or a correction;
* the block above a line that disowns it ("I ignore that", "is what the quiz says").

What would be under a condition that does not hold (hypotheses.py) is removed.

Where it is not clear whose words a line is, it is foreign: a reply that is asked for again costs less than a wrong one.
"""

import json
import re
from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from math import isinf

from fellowship.agents.reading.attributions import (
    DISOWNS,
    DRAFT,
    LEADS_ELSEWHERE,
    PHRASE,
    RESUMES,
    SHORTEST_ATTRIBUTION,
    STRONG,
    attribution,
    is_attributed,
)
from fellowship.agents.reading.hypotheses import without_hypotheses
from fellowship.agents.reading.json_values import IS_WRONG, embedded_objects
from fellowship.agents.reading.leads import is_own_lead
from fellowship.agents.reading.own_fences import fences_with_owner
from fellowship.agents.reading.plain_lines import plain_lines
from fellowship.agents.reading.wording import ANSWER_NOUN, wording

FOREIGN = "<quoted>"
LONGEST_ALONE = 3  # characters: a line that is nothing but an answer, "(a)"

LONGEST_SECTION_MARK = 60
HUGE = 10**400  # larger than every float
_OPENS_PARAGRAPH = re.compile(r"\s*+(?:i|we|those|these|this|that|the|is|are|was|were|appears?|do|don['’]t|please)\b")
LONGEST_NOTE = 40  # characters
_COMMENTS = re.compile(
    r"reason|analys|explan|feedback|comment|justif|thought|rationale|critique|strength|weakness|summary"
)
_STATES = re.compile(r"answer|verdict|choice|winner|decision|judg|prefer|score|rating|better|grade")
_SECTION = rf"(?:the )?(?:{ANSWER_NOUN})(?: |['’]s )?(?:[ab12]\b)?(?:['’]s (?:answer|response))?"
_SECTION_BEGINS = wording(rf"\s*+[\[=<*-]++\s*+(?:(?:begin|start)(?: of)? )?{_SECTION}\s*+[\]=>*-]++\s*+")
_SECTION_ENDS = wording(rf"\s*+[\[=<*-]++\s*+/?(?:end)(?: of)?(?: {_SECTION})?\s*+[\]=>*-]++\s*+")
_CURVED = re.compile(r"“[^“”]{0,3000}+”|«[^«»]{0,3000}+»|„[^„“”]{0,3000}+[“”]")
_MEMBER = re.compile(r"\s*+\"[^\"]*+\"\s*+:")  # of a JSON object
_STRAIGHT = re.compile(r"\"[^\"]++\"")
_VALUE_OF_LABEL = re.compile(r"[:：=][\s*_`]*+\Z|\bis[\s*_`]*+\Z|\A[\s*_`#]*+\Z")
_TAGGED = re.compile(
    r"<(answer_?[ab12]|response_?[ab12]|assistant_?[ab12]|quote|blockquote|question|prompt|user|example|"
    r"draft)>.{0,20000}?</\1>",
    re.DOTALL,
)
_REASON_TAG = r"(?:reason(?:ing)?|rationale|explanation|justification)"
_REASONS = re.compile(rf"<({_REASON_TAG})>(?:(?!<{_REASON_TAG}>).){{0,20000}}?</\1>(?=\s*+\S)", re.DOTALL)
_NAMES_SOURCE = re.compile(r"\s*+(?:[—–―]|-{1,2} )\s*+[^:：]{1,80}\Z")
_LAST_SENTENCE = re.compile(r".*[.!?][\s*_`\"]++(?=\S)")
_RESUMES_AT_ONCE = re.compile(r"\s*+(?:which|while|whereas|and|is|are|was|were)\b")
_STATEMENT = re.compile(r"(?:score|answer|verdict|winner)[^.]{0,20}[:：]")
_QUOTED_VALUE = re.compile(r"[:：][\s*_`(\[]*+(?:[a-j]|\d[\d.,/%]*+|yes|no|true|false)[\s*_`.)\]]*+")
"""All that a line attributes, so that nothing below goes on: "Response B gives: D"."""
_FINISHED = (".", "!", "?", ")", "|")
_ENDED = tuple(".!?:;。！？：)]}>\"'”’|*_`")  # signs after which the next line begins something of its own


def own_lines(text: str) -> list[str]:
    """The lower-cased lines of a reply; those that are not its own, or the parts that are not, are FOREIGN."""
    lines = plain_lines(text)
    _without_tagged(lines)
    _without_sections(lines)
    _without_fences(lines)
    _json_on_one_line(lines)
    for number, line in enumerate(lines):
        if line.lstrip().startswith(">"):
            lines[number] = FOREIGN
    _without_quotations(lines)
    _without_attributed(lines)
    _without_disowned(lines)
    return without_hypotheses(lines)


def _without_tagged(lines: list[str]) -> None:
    if not any("</" in line for line in lines):
        return
    text = "\n".join(lines)
    text = _REASONS.sub(lambda found: _foreign_lines(found) + "\n", text)
    lines[:] = _TAGGED.sub(_foreign_lines, text).split("\n")


def _foreign_lines(found: re.Match[str]) -> str:
    return "\n".join([FOREIGN] * (found[0].count("\n") + 1))


def _without_sections(lines: list[str]) -> None:
    """What stands between "[Assistant B]" and "[End of Assistant B]", or between lines of such words."""
    begun = None
    for number, line in enumerate(lines):
        if len(line) > LONGEST_SECTION_MARK:
            continue
        if _SECTION_ENDS.fullmatch(line):
            for place in range(0 if begun is None else begun, number + 1):
                lines[place] = FOREIGN
            begun = None
        elif _SECTION_BEGINS.fullmatch(line):
            begun = number


def _without_fences(lines: list[str]) -> None:
    for start, end, own in fences_with_owner(lines):
        for number in range(start, min(end + 1, len(lines))):
            if not own or number in (start, end):
                lines[number] = "" if own else FOREIGN


def _json_on_one_line(lines: list[str]) -> None:
    """Each JSON object that begins a line on that line alone, without the texts in it that state nothing.

    What follows it has a line of its own, so that a correction there is one.

    What a "reasoning" says is no sentence of the reply: words there correct, quote and refuse nothing.
    """
    if not any(line.lstrip().startswith("{") for line in lines):
        return
    begins = [0, *accumulate(len(line) + 1 for line in lines)]
    for start, end, value in reversed(embedded_objects("\n".join(lines))):
        first, last = bisect(begins, start) - 1, bisect(begins, end - 1) - 1
        if not lines[first][: start - begins[first]].strip():
            after = lines[last][end - begins[last] :].lstrip(" \t,;")
            stated = FOREIGN if IS_WRONG.match(after) else json.dumps(_stating(value), ensure_ascii=False)
            lines[first : last + 1] = [stated, *[""] * (last - first), after]


def _stating(value: object) -> object:
    """A JSON value without its long texts, save those of the fields that may state a result."""
    if isinstance(value, dict):
        return {
            key: "" if isinstance(field, str) and _is_comment(key, field) else _stating(field)
            for key, field in value.items()
        }
    if isinstance(value, float) and isinf(value):
        return HUGE if value > 0 else -HUGE  # JSON has no infinity
    return [_stating(each) for each in value] if isinstance(value, list) else value


def _is_comment(key: str, text: str) -> bool:
    return _COMMENTS.search(key) is not None or (len(text) > LONGEST_NOTE and _STATES.search(key) is None)


def _without_quotations(lines: list[str]) -> None:
    """Quotation marks hide what they enclose, also over several lines; JSON keeps its marks."""
    if not any(mark in line for line in lines for mark in '"“«„'):
        return
    for number, line in enumerate(lines):
        if '"' in line and "{" not in line and not _MEMBER.match(line):
            lines[number] = _STRAIGHT.sub(_hidden, line)
    text = "\n".join(lines)
    if any(mark in text for mark in "“«„"):
        lines[:] = _CURVED.sub(_hidden, text).split("\n")
    _without_open_quotations(lines)


def _hidden(found: re.Match[str]) -> str:
    inside = found[0][1:-1]
    if len(inside) < 20 and "\n" not in inside and ":" not in inside:
        before = found.string[max(0, found.start() - 60) : found.start()]
        if _VALUE_OF_LABEL.search(before[before.rfind("\n") + 1 :]):
            return found[0]
    return _foreign_lines(found)


def _without_open_quotations(lines: list[str]) -> None:
    """The lines below one that attributes and opens quotation marks, up to the line that closes them."""
    closed = -1
    for number, line in enumerate(lines):
        if number > closed and '"' in line and "{" not in line and is_attributed(line):
            end = next(
                (place for place in range(number + 1, min(number + 20, len(lines))) if '"' in lines[place]), None
            )
            if end is not None:
                closed = end
                for place in range(number + 1, end + 1):
                    lines[place] = FOREIGN


def _without_attributed(lines: list[str]) -> None:
    quoting = indented = False  # inside of lines that a line above attributes
    begun = False  # whether the quotation has had a line
    for number, line in enumerate(lines):
        if quoting:
            if not line.strip():
                quoting = not begun
                continue
            if (indented and not line.startswith(("    ", "\t"))) or (begun and RESUMES.match(line)):
                quoting = False
            else:
                lines[number], begun = FOREIGN, True
                continue
        if not line.strip():
            continue
        if number and lines[number - 1] == FOREIGN and _NAMES_SOURCE.match(line) is not None:
            lines[number] = FOREIGN  # it names the source of the block quote above
            continue
        if (
            "[[" not in line
            and "{" not in line
            and line.rstrip(" \t*_`").endswith(_FINISHED)
            and not line.endswith("as follows.")
        ):
            continue  # whatever it attributes is prose, and it does not go on
        start = None if line.lstrip().startswith(("{", "}", '"', "[")) else attribution(line)
        if (start is not None and "[[" in line[start:]) or (start is not None and "{" in line[start:]):
            lines[number] = line[:start] + FOREIGN
        quoting, indented = _goes_on(lines, number, line, start)
        begun = False


def _goes_on(lines: Sequence[str], number: int, line: str, start: int | None) -> tuple[bool, bool]:
    """(whether the lines below are somebody else's, whether only while they are indented)."""
    bare = line.rstrip(" \t*_`")
    announces = bare.endswith((":", "：", "as follows."))
    if start is None and not announces:
        return False, False
    below = lines[number + 1] if number + 1 < len(lines) else ""
    if announces and (DRAFT.match(line) or (LEADS_ELSEWHERE.search(line) and not is_own_lead(line))):
        return True, False
    next_text = next((each for each in lines[number + 1 : number + 4] if each.strip()), "")
    is_indented = next_text.startswith(("    ", "\t")) and not next_text.lstrip().startswith(("-", "*", "•", "+"))
    if is_indented:
        return True, True
    if start is None:
        return False, False
    if (ended := _LAST_SENTENCE.match(line, start)) is not None:  # what goes on is another sentence
        start = attribution(line[ended.end() :])
        if start is None:
            return False, False
        start += ended.end()
    rest = line[start:].strip(" \t*_`")
    if announces:
        return len(rest) < 60, False
    if bare.endswith(_ENDED) or _QUOTED_VALUE.fullmatch(rest):
        return False, False
    is_short = len(rest.split()) <= 4
    if is_short and (
        STRONG.search(line) is not None or (not below.strip() and (number > 0 or PHRASE.search(line) is not None))
    ):
        return True, False
    return _ends_with_resumption(lines, number + 1), False


def _ends_with_resumption(lines: Sequence[str], start: int) -> bool:
    """Whether the block of lines goes on as the sentence that it interrupts: "which", "while B gives none"."""
    for line in lines[start : start + 4]:
        if not line.strip():
            return False
        if _RESUMES_AT_ONCE.match(line):
            return True
    return False


def _without_disowned(lines: list[str]) -> None:
    """The block right above a line that disowns it, and what that line says before it does."""
    for number, line in enumerate(lines):
        found = DISOWNS.search(line) if len(line) >= SHORTEST_ATTRIBUTION else None
        if found is None or _STATEMENT.search(line, found.end()):
            continue
        if found[0].startswith("which") and (said := _LAST_SENTENCE.match(line[: found.start()])) is not None:
            lines[number] = said[0] + FOREIGN + line[found.end() :]  # the relative clause is about its own sentence
            continue
        above = number
        if number and not lines[number - 1].strip() and _OPENS_PARAGRAPH.match(line):
            while above and not lines[above - 1].strip():
                above -= 1
        while above and lines[above - 1].strip():
            above -= 1
            lines[above] = FOREIGN
        lines[number] = FOREIGN + line[found.end() :]


def is_continued(lines: Sequence[str], number: int) -> bool:
    """Whether the line above breaks off, so that this line may be the end of its sentence."""
    above = lines[number - 1].rstrip() if number else ""
    if len(above) <= LONGEST_ALONE:
        return False
    if lines[number].lstrip().startswith("#"):
        return False
    return bool(above) and above != FOREIGN and not above.endswith(_ENDED) and not above.lstrip().startswith(("#", "|"))
