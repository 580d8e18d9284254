"""The marks, lines and arrows of the output in ASCII, for terminals and pipes that take no UTF-8.

Everything else that the encoding does not have is printed as an escape, such as `\\u4e16`; nothing fails.
"""

import codecs
import io
from collections.abc import Iterable

ASCII_MARKS = {
    "…": "~", "·": "-", "─": "-", "━": "-", "│": "|", "┃": "|", "╷": "|", "╵": "|", "╴": "-", "╶": "-", "├": "+",
    "┤": "+", "┬": "+", "┴": "+", "┼": "+", "┌": "+", "┐": "+", "└": "+", "┘": "+", "╭": "+", "╮": "+", "╰": "+",
    "╯": "+", "✓": "+", "✗": "x", "✘": "x", "●": "*", "○": "o", "•": "*", "▸": ">", "▶": ">", "◀": "<", "→": ">",
    "←": "<", "↑": "^", "↓": "v", "—": "-", "–": "-", "−": "-", "≤": "<=", "≥": ">=", "≈": "~", "±": "+-", "×": "x",
    "‘": "'", "’": "'", "“": '"', "”": '"', "█": "#", "▌": "#", "\u00a0": " ", "\u202f": " ",
}  # fmt: skip
ERRORS = "fellowship_marks"


def use_ascii_marks(streams: Iterable[object]) -> None:
    """From now on these streams, unless they take UTF-8, print the marks in ASCII."""
    codecs.register_error(ERRORS, _replaced)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper) and not takes_utf8(stream.encoding):
            stream.reconfigure(errors=ERRORS)


def encoded(text: str, encoding: str | None) -> bytes:
    """The text in the encoding of a terminal, UTF-8 if it is not known."""
    codecs.register_error(ERRORS, _replaced)
    if takes_utf8(encoding):
        return text.encode("utf-8", errors="replace")
    return text.encode(encoding or "ascii", errors=ERRORS)


def takes_utf8(encoding: str | None) -> bool:
    """Whether all characters can be written in the encoding."""
    return (encoding or "utf-8").lower().replace("-", "").replace("_", "").startswith(("utf8", "utf16", "utf32"))


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    found = (ASCII_MARKS.get(letter) or letter.encode("ascii", "backslashreplace").decode() for letter in letters)
    return "".join(found), error.end
