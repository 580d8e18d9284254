"""Styled lines: pieces of text with a named style, and the one place where they become bytes for a terminal."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from rich.cells import cell_len

from fellowship.formatting.terminal_text import fit, sanitized

Style: TypeAlias = Literal["", "dim", "bold", "mark", "good", "bad", "warn", "A", "B", "name"]
CODES: dict[Style, str] = {
    "dim": "2", "bold": "1", "mark": "7", "good": "32", "bad": "31;1", "warn": "33",
    "A": "36;1", "B": "35;1", "name": "1;34",
}  # fmt: skip
COLOURLESS: dict[Style, str] = {"dim": "2", "mark": "7"}


class Span(NamedTuple):
    """A piece of a line."""

    text: str
    style: Style = ""


StyledLine: TypeAlias = tuple[Span, ...]


def styled_line(*parts: Span | str) -> StyledLine:
    """A line of spans and plain texts."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def text_of(line: StyledLine) -> str:
    """The line without its styles."""
    return "".join(span.text for span in line)


def cut_line(line: StyledLine, width: int) -> StyledLine:
    """The line made harmless and cut to `width` cells."""
    spans: list[Span] = []
    for span in line:
        text = fit(span.text, width)
        spans.append(Span(text, span.style))
        width -= cell_len(text)
        if text.endswith("…") and text != sanitized(span.text):
            break
    return tuple(spans)


def spread_line(left: StyledLine, right: StyledLine, width: int) -> StyledLine:
    """Two lines on one: the right one flush with the border, the left one cut where they meet."""
    right = cut_line(right, width)
    left = cut_line(left, width - _width(right) - 1)
    gap = max(0, width - _width(left) - _width(right))
    return (*left, Span(" " * gap), *right)


def ansi(line: StyledLine, *, colours: bool = True) -> str:
    """The line for a terminal. Escapes are made here and nowhere else; a span's own text cannot contain any."""
    codes = CODES if colours else {**COLOURLESS, "A": "1", "B": "1", "bad": "1", "bold": "1", "name": "1"}
    return "".join(_inked(sanitized(span.text), codes.get(span.style)) for span in line)


def _inked(text: str, code: str | None) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def _width(spans: Sequence[Span]) -> int:
    return sum(cell_len(span.text) for span in spans)
