"""Whether a text ends inside of a mark that has a begin and an end: code, brackets, quotation marks, emphasis, math.

No vocabulary is needed for it. Only the end of the text is read, apart from blocks of code, JSON and math: an earlier
mark without its end is a slip of the author.
"""

import re
from collections.abc import Sequence

FENCES = ("```", "~~~")
_BRACKETS = {**dict.fromkeys("([{（［｛【《「『", 1), **dict.fromkeys(")]}）］｝】》」』", -1)}
_NOT_BRACKETS = re.compile(r"`[^`]*+`|[:;=8]['’]?-?[(\[{]|\\.")  # inline code, emoticons, escapes
_JSON = re.compile(r"\s*+(?:\{\s*+(?:[\"}]|\Z)|\[\s*+(?:[\[{\"\d-]|\Z))")
_JSON_PARTS = re.compile(r"\"(?:[^\"\\]|\\.)*+(?P<end>\"?)|[{}\[\]]", re.DOTALL)
_OPENING_QUOTE = re.compile(r"(?:^|[\s(\[{—:=])\"(?:[^\s\"][^\"]*+)?$")
_OPENING_EMPHASIS = re.compile(r"(?:^|\s)\*\*[^\s*][^*()=]*+$")
_MATH = re.compile(r"[\\=^_]")


def ends_inside_a_mark(text: str, lines: Sequence[str]) -> bool:
    """Whether a mark is open at the end of the text, whose lines with text these are."""
    if any(sum(_n_fences(line, fence) for line in lines) % 2 for fence in FENCES):
        return True
    last = lines[-1]
    if last.lstrip().startswith(FENCES):
        return False
    paragraph = re.split(r"\n\s*\n", text.rstrip()[-10_000:])[-1]
    return (
        _is_open_json(text)
        or _has_open_bracket(last)
        or _has_open_quote(paragraph, last)
        or last.count("`") % 2 == 1
        or _OPENING_EMPHASIS.search(last) is not None
        or _has_open_math(text, last)
        or paragraph.rfind("¿") > max(paragraph.rfind("?"), paragraph.rfind("!"))
        or paragraph.rfind("¡") > max(paragraph.rfind("?"), paragraph.rfind("!"))
    )


def _n_fences(line: str, fence: str) -> int:
    """Fences at the beginning and at the end of a line; code between two of them in one line is no block."""
    line = line.strip()
    if line.strip(fence[0]) == "":
        return int(len(line) >= len(fence))
    return line.startswith(fence) + line.endswith(fence)


def _is_open_json(text: str) -> bool:
    if _JSON.match(text) is None:
        return False
    depth = 0
    for part in _JSON_PARTS.finditer(text):
        if part[0][0] == '"':
            if not part["end"]:
                return True
            continue
        depth += 1 if part[0] in "{[" else -1
        if depth == 0:
            return False
    return depth > 0


def _has_open_bracket(last: str) -> bool:
    """Any closing bracket closes the last one that is open: intervals have two kinds, as in [0, 1)."""
    depth = 0
    for char in _NOT_BRACKETS.sub("", last):
        if char in _BRACKETS:
            depth = max(0, depth + _BRACKETS[char])
    return depth > 0


def _has_open_quote(paragraph: str, last: str) -> bool:
    if _OPENING_QUOTE.search(last) and paragraph.count('"') % 2:
        return True
    is_low = (
        "„" in paragraph
    )  # German and Polish begin with this mark, and may end with the one that English begins with
    n_closed = paragraph.count("”") + (paragraph.count("“") if is_low else 0)
    if paragraph.count("„" if is_low else "“") > n_closed:
        return True
    first = re.search(r"«|»(?=\S)", paragraph)
    if first is not None:
        return paragraph.count(first[0]) > paragraph.count("»" if first[0] == "«" else "«")
    return any(paragraph.count(begin) > paragraph.count(end) for begin, end in ("「」", "『』"))


def _has_open_math(text: str, last: str) -> bool:
    if text.count("\\begin{") > text.count("\\end{"):
        return True
    before, mark, rest = text.rpartition("$$")
    if mark and before.count("$$") % 2 == 0 and _MATH.search(rest):
        return True
    before, mark, rest = last.rpartition("\\(")
    if mark and (not before or before[-1] in " (") and "\\)" not in rest:
        return True
    before, mark, rest = text.rpartition("\\[")
    return bool(mark) and not before[before.rfind("\n") + 1 :].strip() and "\\]" not in rest
