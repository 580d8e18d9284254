"""What a text quotes of other texts: a server's error of the request, in any quotation marks or none.

The words are compared, so that marks, escapes and brackets make no difference.
"""

import re
from collections.abc import Iterable

QUOTED_WORD = re.compile(r"\w+")
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|.)", re.DOTALL)
CUT = re.compile(r"\w*(?:\.{3}|…)")
FEWEST_QUOTED = 3
"""Words in a row that a quotation has, unless it is the whole of a text."""


def without_quotations(text: str, sources: Iterable[str]) -> str:
    r"""The text without what it quotes of the sources, escapes and words that are cut off.

    >>> without_quotations(r"bad input: 'A filter\nof sand'", ["A filter\nof sand"])
    "bad input: ' '"
    """
    text = CUT.sub(" ", ESCAPE.sub(_character, text))
    found = list(QUOTED_WORD.finditer(text))
    words = [match[0].casefold() for match in found]
    whole = [_joined(source) for source in sources]
    kept, end, at = [], 0, 0
    while at < len(words):
        n = _n_quoted(words[at:], whole)
        if n:
            kept.append(text[end : found[at].start()])
            end = found[at + n - 1].end()
        at += n or 1
    return " ".join((*kept, text[end:])) if kept else text


def _n_quoted(words: list[str], sources: list[str]) -> int:
    """How many of the first words are a quotation."""
    longest = 0
    for source in sources:
        n = 0
        while n < len(words) and f" {' '.join(words[: n + 1])} " in source:
            n += 1
        if n >= FEWEST_QUOTED or f" {' '.join(words[:n])} " == source:
            longest = max(longest, n)
    return longest


def _joined(text: str) -> str:
    return f" {' '.join(QUOTED_WORD.findall(text.casefold()))} "


def _character(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    return chr(int(code, 16)) if code else " "
