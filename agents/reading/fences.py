"""Fenced blocks in the lines of a reply."""

from collections.abc import Sequence


def fences(lines: Sequence[str]) -> list[tuple[int, int]]:
    """First and last line number of each fenced block. One that is never closed runs to the end of the reply."""
    found: list[tuple[int, int]] = []
    opened: tuple[int, str] | None = None
    for number, line in enumerate(lines):
        mark = line.strip()
        if not mark.startswith(("```", "~~~")):
            continue
        if opened is None:
            if mark[0] not in mark.lstrip(mark[0]):
                opened = (number, mark[: len(mark) - len(mark.lstrip(mark[0]))])
        elif mark.startswith(opened[1]) and not mark.strip(mark[0]):
            found.append((opened[0], number))
            opened = None
    return found if opened is None else [*found, (opened[0], len(lines))]
