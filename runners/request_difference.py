"""Describes the first difference between two requests in one line."""

from collections.abc import Mapping
from typing import Any

from fellowship.protocols.completions import Request


def difference(before: Mapping[str, Any], request: Request) -> tuple[str, str, str]:
    """The first field in which a recorded request and a new one differ, with both values shortened."""
    if before["model"] != request.model:
        return "model", repr(before["model"]), repr(request.model)
    for position, (was, now) in enumerate(zip(before["messages"], request.messages, strict=False)):
        if was != now:
            return f"message {position + 1} ({now['role']})", *around_the_change(was["content"], now["content"])
    if len(before["messages"]) != len(request.messages):
        return "number of messages", str(len(before["messages"])), str(len(request.messages))
    if before["sampling"] != request.sampling:
        return "sampling", repr(before["sampling"]), repr(request.sampling)
    return "reply form", repr(before["reply"]), repr(request.reply)


def around_the_change(was: str, now: str, *, width: int = 60) -> tuple[str, str]:
    """Excerpts of `width` characters of two texts, around the first difference."""
    start = next((i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    start = max(0, start - width // 3)
    return repr(was[start : start + width]), repr(now[start : start + width])
