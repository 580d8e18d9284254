"""The little Markdown a dataset card needs; foreign text is made harmless."""

from collections.abc import Iterable, Sequence

SPECIAL = str.maketrans(
    {character: f"\\{character}" for character in "\\`*_[]|~#!"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)


def markdown_text(text: str) -> str:
    """A text that renders as itself on one line: control characters and line breaks become spaces."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split()).translate(SPECIAL) or "(no name)"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; texts in the first column to the left, the rest to the right."""
    rule = "|---|" + "---:|" * (len(header) - 1)
    lines = [f"| {' | '.join(map(str, row))} |" for row in (header, *rows)]
    return "\n".join([lines[0], rule, *lines[1:]])


def markdown_count(n: int, noun: str) -> str:
    """The number with its noun."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def markdown_percent(part: int, whole: int) -> str:
    """A share as a percentage with one decimal."""
    return f"{100 * part / whole:.1f} %"
