"""Addresses on the command line: RUN, RUN/CONVERSATION or RUN/CONVERSATION@NUMBER, such as runs/jury/c00417@5.

RUN is the path of a folder and may contain slashes: the file system decides where it ends.
"""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fellowship.protocols.errors import ConfigurationError, RunNotFound
from fellowship.storage.recorded_run import JOURNAL

CONVERSATION_ADDRESS = re.compile(r"c\d{5,}(@.*)?|[^@]+@\d+")


@dataclass(frozen=True, slots=True)
class Address:
    """A run, one of its conversations, or a message of that; messages are numbered from 1 in canonical order."""

    folder: Path
    conversation: str | None = None
    number: int | None = None

    def __str__(self) -> str:
        number = "" if self.number is None else f"@{self.number}"
        return f"{self.folder}" if self.conversation is None else f"{self.folder}/{self.conversation}{number}"


def holds_a_run(folder: Path) -> bool:
    """Whether the folder has a journal."""
    return (folder / JOURNAL).is_file()


def find_run(text: str, *, is_run: Callable[[Path], bool] = holds_a_run) -> Address:
    """Parse an address. RunNotFound names similar runs; ConfigurationError for an invalid message number."""
    whole = Path(text)
    if whole.name == JOURNAL and is_run(whole.parent):
        return Address(whole.parent)
    if is_run(whole):
        return Address(whole)
    if is_run(whole.parent) or CONVERSATION_ADDRESS.fullmatch(whole.name):
        return _within(whole.parent, whole.name) if is_run(whole.parent) else _nearest_run(whole.parent, is_run)
    return _nearest_run(whole, is_run)


def _within(folder: Path, name: str) -> Address:
    conversation, at, number = name.partition("@")
    if not at:
        return Address(folder, conversation)
    if not re.fullmatch(r"[0-9]+", number) or int(number) == 0:
        msg = f"{folder}/{name}: {number!r} is not a message number; expected 1 or more, as in {conversation}@5"
        raise ConfigurationError(msg)
    return Address(folder, conversation, int(number))


def _nearest_run(folder: Path, is_run: Callable[[Path], bool]) -> Address:
    inside, beside = _runs_in(folder, is_run), _runs_in(folder.parent, is_run)
    alike = difflib.get_close_matches(folder.name, [run.name for run in beside], n=1)
    if inside:
        hint = f"; there are runs in it: {', '.join(map(str, inside[:5]))}"
    elif alike:
        hint = f"; did you mean {folder.parent / alike[0]}?"
    else:
        hint = "; `fellowship runs` lists runs"
    raise RunNotFound(f"no run in {folder}: it holds no {JOURNAL}{hint}")


def _runs_in(folder: Path, is_run: Callable[[Path], bool]) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(inside for inside in folder.iterdir() if is_run(inside))
