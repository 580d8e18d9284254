"""Tables for a terminal or a file: rich where it is read by people, plain text elsewhere."""

from collections.abc import Sequence
from typing import Any, TextIO

from rich.cells import cell_len

from fellowship.formatting.terminal_text import pad

TABLE_WIDTH = 120


def text_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, caption: str | None = None) -> Any:
    """A table; the first column is on the left and may wrap, the others are on the right. Markup is not read."""
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    made = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    made.add_column(Text(columns[0]), overflow="fold")
    for column in zip(columns[1:], *(row[1:] for row in rows), strict=True):
        made.add_column(Text(column[0]), justify="right", no_wrap=True, min_width=max(map(len, column)))
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    return Group(made, Text(f"{caption}\n")) if caption else made


def column_widths_of(rows: Sequence[Sequence[str]]) -> list[int]:
    """The cells that the widest text of each column takes."""
    return [max(map(cell_len, column)) for column in zip(*rows, strict=True)]


def text_row(cells: Sequence[str], widths: Sequence[int], *, n_left: int) -> str:
    """A line of plain text: the first `n_left` cells are on the left, and cut where they do not fit."""
    left = map(pad, cells[:n_left], widths)
    right = (f"{text:>{width}}" for text, width in zip(cells[n_left:], widths[n_left:], strict=True))
    return "  ".join((*left, *right)).rstrip()


def mark_simulated(text: str, simulated: bool) -> str:
    """A heading, marked where it is about simulated models."""
    return f"{text}  [SIMULATED]" if simulated else text


def print_text(parts: Sequence[Any], stream: TextIO) -> None:
    """Show tables and lines on a stream, in colours only on a terminal, never wider than it."""
    from rich.console import Console

    console = Console(file=stream, width=None if stream.isatty() else TABLE_WIDTH, highlight=False, soft_wrap=False)
    for part in parts:
        console.print(part, markup=False)
