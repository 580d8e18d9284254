"""A statement that writes many rows in one step.

SQLite works outside of the interpreter's lock, a step at a time. `executemany` takes a step for every row, and where
another thread is busy, handing the lock over costs more than the row; so rows are written by the power of two.
"""

import sqlite3
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

SqlRow: TypeAlias = tuple[Any, ...]

MOST_AT_ONCE = 64


class BulkInsert(NamedTuple):
    """SQL with a place for `VALUES` of rows of `width` values, between `head` and `tail`."""

    head: str
    width: int
    tail: str = ""

    def execute(self, connection: sqlite3.Connection, rows: Sequence[SqlRow]) -> None:
        """Every row written, in order. sqlite3.Error if one of them cannot be."""
        start = 0
        while start < len(rows):
            n = min(MOST_AT_ONCE, 1 << (len(rows) - start).bit_length() - 1)
            connection.execute(_sql(self, n), tuple(chain.from_iterable(rows[start : start + n])))
            start += n


@cache
def _sql(statement: BulkInsert, n: int) -> str:
    row = f"({', '.join('?' * statement.width)})"
    return f"{statement.head} VALUES {', '.join([row] * n)} {statement.tail}"
