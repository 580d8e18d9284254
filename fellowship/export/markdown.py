"""The little Markdown a dataset card needs; foreign text is made harmless."""

from collections.abc import Iterable, Sequence

from fellowship.formatting.terminal_text import single_line

SPECIAL = str.maketrans(
    {character: f"\\{character}" for character in "\\`*_[]|~#!"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)


def markdown_text(text: str) -> str:
    """A text that renders as itself on one line: line breaks become spaces, control characters escapes."""
    return single_line(text).translate(SPECIAL) or "(no name)"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; texts in the first column to the left, the rest to the right."""
    rule = "|---|" + "---:|" * (len(header) - 1)
    lines = [f"| {' | '.join(map(str, row))} |" for row in (header, *rows)]
    return "\n".join([lines[0], rule, *lines[1:]])


def markdown_percent(part: int, whole: int) -> str:
    """A share as a percentage with one decimal."""
    return f"{100 * part / whole:.1f} %"
