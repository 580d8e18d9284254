"""Untrusted text sanitized for a terminal, and laid out in terminal cells.

A character that a terminal could take for a command (escapes, control characters, changes of the writing direction,
invisible characters) is shown as an escape sequence of letters, such as `\\x1b`. Markup is never interpreted.
"""

import re
import unicodedata
from functools import lru_cache

from rich.cells import cell_len

# they change the look of their neighbours, and make widths uncertain
JOINERS = re.compile("[\u200c\u200d\ufe0e\ufe0f]")
SUSPECT_CHARACTERS = re.compile(r"[^\n\x20-\x7e]")
HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@lru_cache(maxsize=256)
def sanitized(text: str) -> str:
    """The text with line breaks as its only control characters; tabs are spaces, others are shown as escapes."""
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    return SUSPECT_CHARACTERS.sub(lambda found: _escaped(found[0]), JOINERS.sub("", text))


def single_line(text: str) -> str:
    """The whole text on one line, sanitized; every run of white space becomes a space."""
    return sanitized(" ".join(text.split()))


def first_line(text: str) -> str:
    """The first line that is not blank, sanitized."""
    return next((line.strip() for line in sanitized(text).split("\n") if line.strip()), "")


def fit(text: str, width: int) -> str:
    """The text, sanitized and cut to `width` cells with an ellipsis at the end; line breaks become spaces."""
    text = sanitized(text).replace("\n", " ")
    if cell_len(text) <= width:
        return text
    return f"{_beginning(text, width - 1)}…" if width > 0 else ""


def pad(text: str, width: int) -> str:
    """The text, cut by `fit` or filled with spaces to exactly `width` cells."""
    text = fit(text, width)
    return text + " " * (width - cell_len(text))


@lru_cache(maxsize=64)
def wrap(text: str, width: int) -> tuple[str, ...]:
    """The text as lines of at most `width` cells, broken at spaces where possible; indentation is kept."""
    return tuple(piece for line in sanitized(text).split("\n") for piece in _pieces(line.rstrip(), max(width, 2)))


def _pieces(line: str, width: int) -> list[str]:
    pieces = []
    while cell_len(line) > width:
        head = _beginning(line, width)
        space = head.rfind(" ") if line[len(head)] != " " else len(head)
        if not head[: max(space, 0)].strip():
            space = len(head)
        pieces.append(line[:space].rstrip())
        line = line[space:].lstrip(" ")
    return [*pieces, line]


def _beginning(text: str, width: int) -> str:
    """The longest beginning of the text that fits into `width` cells."""
    used = 0
    for position, letter in enumerate(text):
        used += 1 if " " <= letter <= "~" else cell_len(letter)
        if used > width:
            return text[:position]
    return text


def is_hidden(letter: str) -> bool:
    """Whether a character is a control character, or invisible."""
    return unicodedata.category(letter) in HIDDEN


def _escaped(letter: str) -> str:
    if not is_hidden(letter):
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
