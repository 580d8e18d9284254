"""Whether a text breaks off, as far as its end shows it; for servers that do not say why a reply ended.

It does in an open block of code, object or table row, behind a sign or a word that something follows, and in a last
sentence without its end, unless that ends with a decision, or the text is verse, a heading or a list.
"""

import re
import unicodedata

FEWEST_WORDS, FEWEST_HAN, FEWEST_HAN_OF_PROSE = 4, 13, 5
"""Of a last line that may be a sentence without its end; of prose in Chinese or Japanese, whose sentences have one."""
LONGEST_VERSE = 60
"""Characters of a line of verse."""
MORE_FOLLOWS = """
    the an and or nor because although though if unless since while whereas which whose with without of to from
    for into by at as than via is are was were be been has have had must should would could will can may might shall
    not that this these those their its my your our his very more most such including i.e e.g however therefore der
    die das den dem ein eine einen und oder weil dass mit von zu für ist sind nicht le la les un une des et ou de du
    que qui est sont pour dans el los las una unos porque con por para en es son 그리고 그러나 और लेकिन
    """
"""Words that hardly end a text of several lines or sentences."""
_MORE_FOLLOWS = frozenset(MORE_FOLLOWS.split())

_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_MORE_FOLLOWS_IN_HAN = re.compile(
    r"(?:但是?|而且?|并且|因为|所以|以及|或者|如果|虽然|例如|比如|我们|他们|其中|对于|关于|通过|由于|把|被|である|ため|ので|しかし)$"
)
_OPEN_END = frozenset(",;:([{<（［｛、，；：“‘«–—&+=/\\")
_SENTENCE_END = re.compile(r"[.!?][\"'”’)]?\s|[。！？।]")
_BARE_MARK = re.compile(r"\s*+(?:#{1,6}|[-*+•>]|\d{1,3}[.)])")
_MARKUP_OF_LINE = re.compile(r"\s*+(?:#{1,6}\s|[-*+•>|]|\d{1,3}[.)]\s)")
_DECISION = re.compile(
    r"\W*+(?:\w|tie|tied|draw|both|neither|equal|equally|better|worse|winner|wins|good|first|second|one|answer|same"
    r"|gleichstand|unentschieden|besser|empate|égalité)\W*+",
    re.IGNORECASE,
)
_DECISION_IN_HAN = re.compile(r"(?:平局|平手|引き分け|同等|更好|更优|较好|甲|乙)$")
_PARTS = re.compile(r"[\n,;]|\band\b")
_SCORE_OF = re.compile(r"\d\s*+(?:/|out of|of)\s*+(?P<most>\d++)")
_NUMBER_OR_SEAT = re.compile(r"\d++(?:\.\d++)?+|\b[ab]\b")
_WITHOUT_FULL_STOPS = re.compile(r"[\u0e00-\u0eff]")  # Thai and Lao


def looks_cut_off(text: str) -> bool:
    """Whether a text ends in the middle of something, as far as that can be seen."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    if not lines:
        return False
    last = lines[-1]
    if sum(line.lstrip().startswith("```") for line in lines) % 2:
        return True
    if text.lstrip()[:1] == "{" and last[-1] not in "}`" and "}" not in last:
        return True
    if text.lstrip()[:2] in ("[{", '["') and last[-1] not in "]`":
        return True
    if len(lines) > 1 and (_BARE_MARK.fullmatch(last) or (last[0] == lines[-2][0] == "|" == lines[-2][-1] != last[-1])):
        return True
    if last[-1] in _OPEN_END or (last[-1].isdigit() and _is_part_of_score(text)):
        return True
    return unicodedata.category(last[-1])[0] in "LM" and _is_open_sentence(last, lines[:-1])


def _is_part_of_score(text: str) -> bool:
    """Whether the end is the beginning of a score such as `Score B: 9/10`, as an earlier one shows it."""
    *before, last = (part.strip() for part in _PARTS.split(text.strip()))
    for part in reversed(before):
        if (score := _SCORE_OF.search(part)) is not None:
            whole, begun = _shape(part[: score.end()]), _shape(last)
            if begun != whole:
                return whole.startswith(begun)
            most = last[len(last.rstrip("0123456789")) :]
            return most != score["most"] and score["most"].startswith(most)
    return False


def _shape(text: str) -> str:
    """A text in which every number and every seat is the same."""
    return _NUMBER_OR_SEAT.sub(lambda found: "9" if found[0][0].isdigit() else "A", text.lower())


def _is_open_sentence(last: str, before: list[str]) -> bool:
    """Whether the last line, which ends with a letter, is a sentence without its end."""
    words, n_han = last.split(), len(_HAN.findall(last))
    if n_han and _HAN.match(last[-1]):
        return _is_open_in_han(last, before, n_han)
    is_prose = len(words) >= FEWEST_WORDS or any(_SENTENCE_END.search(line + "\n") for line in before)
    if is_prose and len(words) > 1 and words[-1].strip("*_") in _MORE_FOLLOWS:
        return True
    if len(words) < FEWEST_WORDS or _MARKUP_OF_LINE.match(last) or _DECISION.fullmatch(words[-1]):
        return False
    return _WITHOUT_FULL_STOPS.match(last[-1]) is None and not _is_verse(before)


def _is_open_in_han(last: str, before: list[str], n_han: int) -> bool:
    if _DECISION_IN_HAN.search(last) or _MARKUP_OF_LINE.match(last):
        return _MORE_FOLLOWS_IN_HAN.search(last) is not None
    has_full_stops = any(_SENTENCE_END.search(line) for line in (*before, last))
    is_open = n_han >= (FEWEST_HAN_OF_PROSE if has_full_stops else FEWEST_HAN)
    return is_open or (n_han > 2 and _MORE_FOLLOWS_IN_HAN.search(last) is not None)


def _is_verse(before: list[str]) -> bool:
    return bool(before) and before[-1][-1].isalpha() and len(before[-1]) <= LONGEST_VERSE
