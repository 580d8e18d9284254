"""A statement that writes many rows in one step.

SQLite works outside of the interpreter's lock, a step at a time. `executemany` takes a step for every row, and where
another thread is busy, handing the lock over costs more than the row; so rows are written by the power of two.
"""

import sqlite3
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

from fellowship.formatting.valid_unicode import replace_surrogates

SqlRow: TypeAlias = tuple[Any, ...]

MOST_AT_ONCE = 64
LARGEST_INTEGER = 2**63 - 1
UNSTORABLE = (UnicodeEncodeError, OverflowError, sqlite3.InterfaceError, sqlite3.ProgrammingError)


class BulkInsert(NamedTuple):
    """SQL with a place for `VALUES` of rows of `width` values, between `head` and `tail`."""

    head: str
    width: int
    tail: str = ""

    def execute(self, connection: sqlite3.Connection, rows: Sequence[SqlRow]) -> None:
        """Every row written, in order. sqlite3.Error if one of them cannot be.

        A value that SQLite has no form for, such as half a surrogate pair, is changed: one such row must not cost
        the commit of all others.
        """
        start = 0
        while start < len(rows):
            n = min(MOST_AT_ONCE, 1 << (len(rows) - start).bit_length() - 1)
            values = tuple(chain.from_iterable(rows[start : start + n]))
            try:
                connection.execute(_sql(self, n), values)
            except UNSTORABLE:
                connection.execute(_sql(self, n), tuple(map(_storable, values)))
            start += n


def _storable(value: Any) -> Any:
    """A value as SQLite can hold it: a text without lone surrogates, an integer of at most 64 bits."""
    if value is None or isinstance(value, float | bytes):
        return value
    if isinstance(value, int):
        return max(-LARGEST_INTEGER, min(int(value), LARGEST_INTEGER))
    return replace_surrogates(str(value))


@cache
def _sql(statement: BulkInsert, n: int) -> str:
    row = f"({', '.join('?' * statement.width)})"
    return f"{statement.head} VALUES {', '.join([row] * n)} {statement.tail}"
