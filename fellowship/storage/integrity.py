"""What is wrong with a journal's file, on one sanitized line, as SQLite quotes what it finds there."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fellowship.formatting.terminal_text import single_line
from fellowship.protocols.errors import StoreError
from fellowship.storage import queries

LARGEST_READ = 64_000_000


@contextmanager
def naming_journal(path: object, done: str) -> Iterator[None]:
    """StoreError for an error of SQLite, with the journal's path and what cannot be `done`: opened, read, written."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter where what SQLite quotes is no text
        raise StoreError(f"the journal {path} cannot be {done}: {single_line(str(error))}") from error


def refuse_damaged(connection: sqlite3.Connection, path: Path | None) -> None:
    """StoreError where any page is broken, also one that a run would not read.

    The whole file is read, so a large one is not checked: 1.4 GB took 95 s from a slow disk. What is broken there is
    reported when it is read.
    """
    if path is None or path.stat().st_size > LARGEST_READ:
        return
    ((said,),) = connection.execute(queries.QUICK_CHECK).fetchall()
    if said != b"ok":
        found = single_line(said.decode(errors="replace").replace("*** in database main ***", ""))
        raise StoreError(
            f"the journal {path} cannot be opened: it is damaged ({found}); put a copy of it back, or start over with "
            "--fresh, which sets it aside"
        )
