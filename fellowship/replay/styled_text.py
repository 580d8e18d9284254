"""Styled lines - spans of text with a named style - and their translation into ANSI escape codes."""

from typing import Literal, NamedTuple, TypeAlias

from rich.cells import cell_len

from fellowship.formatting.terminal_text import fit, sanitized

Style: TypeAlias = Literal["", "dim", "bold", "mark", "good", "bad", "warn", "A", "B", "name"]
CODES: dict[Style, str] = {
    "dim": "2", "bold": "1", "mark": "7", "good": "32", "bad": "31;1", "warn": "33",
    "A": "36;1", "B": "35;1", "name": "1;34",
}  # fmt: skip
COLOURLESS: dict[Style, str] = {"dim": "2", "bold": "1", "mark": "7", "bad": "1", "A": "1", "B": "1", "name": "1"}


class Span(NamedTuple):
    """A part of a line in one style."""

    text: str
    style: Style = ""


StyledLine: TypeAlias = tuple[Span, ...]


def styled_line(*parts: Span | str) -> StyledLine:
    """A line made of spans and plain texts."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def text_of(line: StyledLine) -> str:
    """The text of a line."""
    return "".join(span.text for span in line)


def cut_line(line: StyledLine, width: int) -> StyledLine:
    """The line sanitized and cut to `width` cells."""
    spans: list[Span] = []
    for span in line:
        text = fit(span.text, width)
        spans.append(Span(text, span.style))
        width -= cell_len(text)
        if text.endswith("…") and text != sanitized(span.text):
            break
    return tuple(spans)


def spread_line(left: StyledLine, right: StyledLine, width: int) -> StyledLine:
    """Both lines in one of `width` cells: the right one flush right, the left one cut if they overlap."""
    right = cut_line(right, width)
    left = cut_line(left, width - cell_len(text_of(right)) - 1)
    gap = width - cell_len(text_of(left)) - cell_len(text_of(right))
    return (*left, Span(" " * gap), *right)


def ansi(line: StyledLine, *, colours: bool = True) -> str:
    """The line with ANSI codes. The only place that emits escapes: the texts of spans are sanitized."""
    codes = CODES if colours else COLOURLESS
    texts = [(sanitized(span.text), codes.get(span.style)) for span in line]
    return "".join(f"\x1b[{code}m{text}\x1b[0m" if code and text else text for text, code in texts)
