"""Texts cut to a number of characters, with a mark where something is missing."""

from typing import Any


def shorten(text: str, most: int) -> str:
    """The text, or its beginning and "...", in at most `most` characters."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def short_repr(value: Any, most: int = 60) -> str:
    """The repr of a value, in at most `most` characters."""
    return shorten(repr(value), most)


def shorten_middle(text: str, most: int) -> str:
    """The beginning and the end of a long text, with the number of characters left out between them.

    Nothing is left out where that saves less than a quarter of `most`.
    """
    left_out = len(text) - most
    if left_out <= most // 4:
        return text
    return f"{text[: most // 2].rstrip()}\n[... {left_out:,} characters ...]\n{text[-most // 2 :].lstrip()}"


def around_the_change(was: str, now: str, *, width: int = 60) -> tuple[str, str]:
    """Excerpts of `width` characters of two texts, around the first difference."""
    start = next((i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    start = max(0, start - width // 3)
    return repr(was[start : start + width]), repr(now[start : start + width])
