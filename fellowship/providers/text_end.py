"""Whether a text breaks off, as far as its end shows it; for servers that do not say why a reply ended.

It does inside of a mark that is open (`open_marks.py`), behind a sign or a word that something follows
(`function_words.py`), in the last item of a list or row of a table that has not the form of those before it, and in a
last sentence without its end, unless that ends with a decision, or the text is verse, code, a title or a list.
"""

import re
import unicodedata
from collections.abc import Sequence

from fellowship.providers.function_words import ends_with_function_word
from fellowship.providers.open_marks import FENCES, ends_inside_a_mark

FEWEST_WORDS, FEWEST_BEHIND_SENTENCE, FEWEST_ALONE = 4, 3, 6
"""Words of a last line that may be a sentence without its end; of one with a whole sentence before; of the only line,
which may be a title."""
FEWEST_HAN, FEWEST_HAN_OF_PROSE = 13, 5
"""Signs of such a line in Chinese or Japanese; of prose in them, whose sentences have an end."""
LONGEST_VERSE = 60
"""Characters of a line of verse."""
SHORTEST_TITLE_WORD = 4
"""Characters of a word that titles in English begin with a capital letter."""

_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_MORE_FOLLOWS_IN_HAN = re.compile(
    r"(?:但是?|而且?|并且|因为|所以|以及|或者|如果|虽然|例如|比如|我们|他们|其中|对于|关于|通过|由于|把|被|である|ため|ので|しかし|を)$"
)
_OPEN_END = frozenset(",:([{<（［｛、，；：–—&\\")
_OPERATORS = frozenset("-+=/*×÷^≤≥≠≈→⇒±∈‐")
_EMOTICON = re.compile(r"[:;=8]['’]?-?[(\[{]$")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{6,}={1,2}")
_OPEN_WORD = re.compile(
    r"[^\W\d_][-‐]$(?<![A-Z]-)|\d/$|\b(?:and|or|he|his|und|et|y)/$|:/{1,2}$|(?<![A-Za-z0-9+/]{5})[^\s=]=$"
)
_SENTENCE_END = re.compile(r"[.!?][\"'”’)]?\s|[。！？।]")
_ENDS_SENTENCE = re.compile(r"[.!?。！？।…][\"'”’)）」』*_`]*+$")
_BARE_MARK = re.compile(r"\s*+(?:#{1,6}|[-*+•>]|\d{1,3}[.)])")
_PHRASE = re.compile(r"[\w'’&-]+(?: [\w'’&-]+)*+")
_HEADING = re.compile(r"#{1,6}\s|\*\*.*\*\*$")
_MARKUP_OF_LINE = re.compile(r"\s*+(?:#{1,6}\s|[>|])")
_ITEM = re.compile(
    r"(?P<level>\s*+(?:[-*+•–▪◦]|\(?\d{1,3}[.)、]|\(?[a-z][.)]|[①-⑳]))(?:\s++|(?=[^\x00-\x7f]))(?P<text>.*)", re.DOTALL
)
_LEVEL = re.compile(r"[0-9]+|[a-z]|[①-⑳]")
_LABEL = re.compile(r"\**+(?P<label>[^:：\n]{1,60})[:：]\**+(?P<text>\s.*|.*)", re.DOTALL)
_LABELLED = re.compile(r"[\w ]{1,30}: \S")
_CODE = re.compile(
    r"\s*+(?:def |class |return\b|import |from \S++ import|(?:async |await )|(?:for|if|while|elif|else)\b.*[:{]$"
    r"|function |const |let |var |public |#include|SELECT |INSERT |UPDATE |DELETE |CREATE |[$>]\s\S"
    r"|[\w.\[\]]++ [-+*/|]?= )"
)
_CODE_WITHIN = re.compile(r"\s--?[a-z]|\w\([^()]*+\);?$|[{}]$|[=)\]}]\s*+;$")
MOST_LINES, CODE_CHARS = 200, 200
"""Lines at the end of a text that may be items of its last list; characters at the end of a line of code."""
_MORE_CODE = re.compile(
    r"(?:\b(?:FROM|WHERE|AND|OR|BY|SELECT|JOIN|ON|SET|INTO|VALUES|LIKE|AS|IN|and|or|not|in|import|if)|[-+*/=|.])$"
)
_DECISION = re.compile(
    r"\W*+(?:[^\Wi]|tie|tied|draw|both|neither|equal|equally|better|worse|winner|wins|good|first|second|one|answer|same"
    r"|gleichstand|unentschieden|besser|empate|égalité)\W*+",
    re.IGNORECASE,
)
_DECISION_IN_HAN = re.compile(r"(?:平局|平手|引き分け|同等|更好|更优|较好|甲|乙)$")
_ADDRESS = re.compile(r"\w://\S|\S@\w|^www\.|^[~.]{0,2}/\w|\w\.(?:com|org|net|io|edu|gov|html?|py|md|txt|json)/?$")
_PROSE_COMMA = re.compile(r",(?:\s|$)")
_BLANK_LINE = re.compile(r"\n\s*\n")
_PARTS = re.compile(r"[\n,;]|\band\b")
_SCORE_OF = re.compile(r"\d\s*+(?:/|out of|of)\s*+(?P<most>\d++)")
_NUMBER_OR_SEAT = re.compile(r"\d++(?:\.\d++)?+|\b[ab]\b")
_WITHOUT_FULL_STOPS = re.compile(r"[\u0e00-\u0eff]")  # Thai and Lao


def looks_cut_off(text: str) -> bool:
    """Whether a text ends in the middle of something, as far as that can be seen."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    if not lines:
        return False
    *before, last = lines
    if ends_inside_a_mark(text, lines):
        return True
    if last.lstrip().startswith(FENCES):
        return False
    if before and (_BARE_MARK.fullmatch(last) or _is_open_row(last, before)):
        return True
    if _has_open_end(last, before) or (last[-1].isdigit() and _is_part_of_score(text)):
        return True
    items = _items(lines[-MOST_LINES:])
    if items and items[-1][0]:
        level, end = items.pop()
        return _is_open_item(level, end, items, text)
    return _is_letter(last) and _is_open_sentence(last, before, text)


def _has_open_end(last: str, before: Sequence[str]) -> bool:
    """Whether the last sign of a line is one that something follows."""
    end, word = last[-1], last.split()[-1]
    if end == ";":
        return not any(map(_is_code, (*before[-3:], last)))
    if end in _OPERATORS and word == end:
        return len(last.split()) > 1
    if end == "‘":
        return "‚" not in last
    if end in _OPEN_END:
        return _EMOTICON.search(last) is None
    return _OPEN_WORD.search(word) is not None and _BASE64.fullmatch(word) is None


def _is_open_row(last: str, before: list[str]) -> bool:
    """Whether the last row of a table, or of values with commas, has fewer cells than those before it."""
    if last[0] == before[-1][0] == "|" == before[-1][-1]:
        return last[-1] != "|" or last.count("|") < before[-1].count("|")
    n_commas = {_n_commas(line) for line in before}
    return len(before) > 1 and len(n_commas) == 1 and 0 <= _n_commas(last) < n_commas.pop()


def _n_commas(line: str) -> int:
    """Of a row; -1 for prose, which has blanks behind its commas."""
    return -1 if _PROSE_COMMA.search(line) else line.count(",")


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


def _items(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Level and last line of each item of the lists in a text; indented lines continue an item."""
    items: list[tuple[str, str]] = []
    for line in lines:
        if (item := _ITEM.match(line)) is not None:
            items.append((_LEVEL.sub("1", item["level"]), item["text"]))
        elif items and line[0].isspace():
            items[-1] = (items[-1][0], line)
        elif items:
            items.append(("", ""))
    return items


def _is_open_item(level: str, last: str, earlier: Sequence[tuple[str, str]], text: str) -> bool:
    """Whether the last item of a list breaks off: it lacks the end of a sentence, which all items before it have.

    An item alone lacks it if it has sentences, or a label with more than a few words behind it.
    """
    last = last.rstrip("*_")
    if not last or (not last[-1].isalnum() and not _is_letter(last)):
        return False
    if _MORE_FOLLOWS_IN_HAN.search(last) or ends_with_function_word(last, text, is_behind_text=True):
        return True
    label = _LABEL.match(last)
    said = label["text"].strip() if label is not None else last
    if not said or (label is not None and said[0].isdigit()) or ("=" in said and said[-1].isdigit()):
        return False
    if _DECISION.fullmatch(end := said.split()[-1]) and not end.isdigit():
        return False
    ends = [end for each, end in earlier if each == level and end[-1:] not in (":", "：", "")]
    if ends:
        return all(_ENDS_SENTENCE.search(end) for end in ends)
    return _is_letter(last) and (
        _SENTENCE_END.search(last) is not None or (label is not None and len(said.split()) >= FEWEST_WORDS)
    )


def _is_code(line: str) -> bool:
    return _CODE.match(line) is not None or _CODE_WITHIN.search(line[-CODE_CHARS:]) is not None


def _is_letter(line: str) -> bool:
    return unicodedata.category(line[-1])[0] in "LM"


def _is_open_sentence(last: str, before: list[str], text: str) -> bool:
    """Whether the last line, which ends with a letter, is a sentence without its end."""
    words, n_han = last.split(), len(_HAN.findall(last))
    if n_han and _HAN.match(last[-1]):
        return _is_open_in_han(last, before, n_han)
    is_like_code = last[0].isspace() or words[0].isupper()
    if _is_code(last) or (is_like_code and any(map(_is_code, before[-3:]))):
        return _MORE_CODE.search(last) is not None
    has_sentence = _SENTENCE_END.search(last) is not None
    if ends_with_function_word(last, text, is_behind_text=bool(before) or has_sentence):
        return True
    is_phrase = not before and _PHRASE.fullmatch(last) is not None
    fewest = FEWEST_ALONE if is_phrase else FEWEST_BEHIND_SENTENCE if has_sentence else FEWEST_WORDS
    if (
        len(words) < fewest
        or _MARKUP_OF_LINE.match(last)
        or _DECISION.fullmatch(words[-1])
        or _ADDRESS.search(words[-1])
    ):
        return False
    if _WITHOUT_FULL_STOPS.match(last[-1]) or _is_enumeration(last):
        return False
    return not (_is_verse(last, before, text) if before else _is_title(words, may_be_small=not has_sentence))


def _is_open_in_han(last: str, before: list[str], n_han: int) -> bool:
    if _DECISION_IN_HAN.search(last) or _MARKUP_OF_LINE.match(last):
        return _MORE_FOLLOWS_IN_HAN.search(last) is not None
    if len(before) > 1 and len({len(line) for line in before}) == 1 and len(last) < len(before[0]) <= FEWEST_HAN:
        return True  # in a poem with lines of one length
    has_full_stops = any(_SENTENCE_END.search(line) for line in (*before, last))
    is_open = n_han >= (FEWEST_HAN_OF_PROSE if has_full_stops else FEWEST_HAN)
    return is_open or (n_han > 2 and _MORE_FOLLOWS_IN_HAN.search(last) is not None)


def _is_verse(last: str, before: list[str], text: str) -> bool:
    """Whether the lines are short, and some run on, as in verse, or are labelled values."""
    if _HEADING.match(before[-1]) or (len(before) == 1 and _BLANK_LINE.search(text.strip())):
        return False
    if before[-1][-1].isalpha() and len(before[-1]) <= LONGEST_VERSE:
        return True
    if _LABELLED.match(last) and _LABELLED.match(before[-1]):
        return True
    near = before[-3:]
    is_short = len(before) > 1 and all(len(line) <= LONGEST_VERSE and line[0].isupper() for line in (*near, last))
    return is_short and any(line[-1] in ",;—" for line in near)


def _is_title(words: Sequence[str], *, may_be_small: bool) -> bool:
    """Whether all words begin with a capital letter; those in the middle `may_be_small` if they are short."""
    fewest = SHORTEST_TITLE_WORD if may_be_small else 1
    return words[-1][0].isupper() and not any(word[0].islower() for word in words if len(word) >= fewest)


def _is_enumeration(last: str) -> bool:
    parts = last.split(", ")
    return len(parts) > 2 and all(len(part.split()) < FEWEST_WORDS for part in parts)
