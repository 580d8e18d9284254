"""Whose statement it is that stands below a lead, under a heading, or inside of a sentence: the judge's own or not.

The lead is the nearest line above that is neither a statement nor a label. Where it does not end a sentence, all of it
must make the statement the judge's own (leads.py). A finished sentence introduces only where it announces ("Here is how
the draft ends.").
"""

import re
from collections.abc import Collection, Sequence
from typing import TypeVar

from fellowship.agents.reading.leads import heads_draft, hedges, is_finished, is_inside_sentence, is_own_lead
from fellowship.agents.reading.own_lines import FOREIGN
from fellowship.agents.reading.placeholders import is_template
from fellowship.agents.reading.statements import Statement
from fellowship.agents.reading.wording import SEAT_NOUN, wording

Value = TypeVar("Value")

_MINE = wording(r"\b(?:my|mine|i|we|our)\b")
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
_HEADING = re.compile(r"\s*+(?:#{1,6}\s|\*\*[^*]+\*\*[\s:：]*\Z)")
_LONGEST_SECTION = 40  # lines
_MOST_ABOVE = 12  # lines between a statement and its introduction


def own_statements(text: str, lines: list[str], statements: Sequence[Statement[Value]]) -> list[Statement[Value]]:
    """The statements that no line introduces as somebody else's; the lines of the others become FOREIGN."""
    stating = {each.line for each in statements if _has_value(each) or not _heads(lines[each.line])}
    written = _small_lines(text)
    below, foreign = "", set()
    for number in range(len(lines) - 1, -1, -1):
        if number not in stating:
            below = lines[number].strip()
        elif _is_introduced_by_others(lines, number, stating, below if below in written else ""):
            foreign.add(number)
    for place in foreign:
        lines[place] = FOREIGN
    return [each for each in statements if each.line not in foreign]


def _has_value(statement: Statement[Value]) -> bool:
    return statement.value is not None or statement.fault is not None


def _heads(line: str) -> bool:
    """Whether a line that states no value may be a lead: "My scores so far:"."""
    return line.rstrip(" \t*_`").endswith((":", "："))


def _is_introduced_by_others(lines: Sequence[str], place: int, stating: Collection[int], below: str) -> bool:
    """Whether the nearest line above a statement, save for other statements and labels, introduces it as foreign.

    It does, too, where the statement stands in the middle of a sentence, that ends in the line `below`.
    """
    number = _lead(lines, place, stating)
    if is_inside_sentence("" if number is None else lines[number], below):
        return True
    if number is None:
        return False
    lead = lines[number]
    is_section = number < place - 1 and any(lines[each].lstrip().startswith("#") for each in (place, place - 1))
    if _is_draft(lines, number, place, stating):
        return True
    is_apart = not all(map(str.strip, lines[number:place]))
    return is_foreign_introduction(lead, apart=is_apart) and (not is_section or hedges(lead, apart=is_apart))


def _is_draft(lines: Sequence[str], lead: int, place: int, stating: Collection[int]) -> bool:
    """Whether the nearest heading above says that its section precedes the result, and words follow the statement."""
    for number in range(lead, max(-1, lead - _LONGEST_SECTION), -1):
        line = lines[number]
        if (
            line.strip()
            and number not in stating
            and (_HEADING.match(line) or not number or not lines[number - 1].strip())
        ):
            if heads_draft(line):
                return any(lines[each].strip() and each not in stating for each in range(place + 1, len(lines)))
            if _HEADING.match(line):
                return False
    return False


def _lead(lines: Sequence[str], place: int, stating: Collection[int]) -> int | None:
    """The number of the line that leads to a statement, or None."""
    for number in range(place - 1, max(-1, place - _MOST_ABOVE), -1):
        line = lines[number]
        if is_template(line) and not all(map(str.strip, lines[number:place])):
            return None  # what was introduced is the empty form, and a blank line ends it
        if line.strip() and number not in stating and not (len(line) < 60 and _LABEL.fullmatch(line)):
            return number
    return None


def _small_lines(text: str) -> set[str]:
    """The lines that begin with a small letter in the reply as it was written, lower-cased."""
    return {line.lower() for line in map(str.strip, text.split("\n")) if line[:1].islower()}


def is_foreign_introduction(line: str, *, apart: bool = False) -> bool:
    """Whether a lower-cased line introduces what stands below it as somebody else's, or not clearly as the judge's."""
    if not is_finished(line):
        return not is_own_lead(line, apart=apart)
    ended = _LAST_SENTENCE.match(line)
    sentence = (line if ended is None else line[ended.end() :]).rstrip(" \t*_`.!?…)")
    if _ANNOUNCES.search(sentence) is None or is_own_lead(f"{sentence}:"):
        return False
    return _MINE.search(sentence) is None or hedges(sentence)
