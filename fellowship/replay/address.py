"""Addresses on the command line: RUN, RUN/CONVERSATION or RUN/CONVERSATION@NUMBER, such as runs/jury/c00417@5.

RUN is the path of a folder and may contain slashes: the file system decides where it ends.
"""

import difflib
import re
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


def find_run(text: str) -> Address:
    """Parse an address. RunNotFound names similar runs; ConfigurationError for an invalid message number."""
    if not text.strip():
        raise RunNotFound(f"{text!r} names no run; is a variable of the shell not set? `fellowship runs` lists runs")
    whole = Path(text)
    if whole.name == JOURNAL and holds_a_run(whole.parent):
        return Address(whole.parent)
    if holds_a_run(whole):
        return Address(whole)
    if holds_a_run(whole.parent):
        conversation, at, number = whole.name.partition("@")
        if at and (not re.fullmatch(r"[0-9]+", number) or int(number) == 0):
            expected = f"expected 1 or more, as in {conversation}@5"
            raise ConfigurationError(f"{whole.parent}/{whole.name}: {number!r} is not a message number; {expected}")
        return Address(whole.parent, conversation, int(number) if at else None)
    raise _no_run(whole.parent if CONVERSATION_ADDRESS.fullmatch(whole.name) else whole)


def _no_run(folder: Path) -> RunNotFound:
    inside, beside = (sorted(found.parent for found in each.glob(f"*/{JOURNAL}")) for each in (folder, folder.parent))
    alike = difflib.get_close_matches(folder.name, [run.name for run in beside], n=1)
    if inside:
        hint = f"; there are runs in it: {', '.join(map(str, inside[:5]))}"
    elif alike:
        hint = f"; did you mean {folder.parent / alike[0]}?"
    else:
        hint = "; `fellowship runs` lists runs"
    return RunNotFound(f"no run in {folder}: it holds no {JOURNAL}{hint}")
