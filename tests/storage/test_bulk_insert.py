"""Rows are written many at a time, all of them and in order."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.storage.bulk_insert import MOST_AT_ONCE, BulkInsert

INSERT = BulkInsert("INSERT INTO t", 2, "ON CONFLICT (a) DO UPDATE SET b = excluded.b")


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """An empty table."""
    with closing(a_table()) as connection:
        yield connection


def a_table() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL) STRICT")
    return connection


@given(st.lists(st.tuples(st.integers(0, 300), st.text(max_size=3)), max_size=3 * MOST_AT_ONCE))
def test_all_rows_are_written_and_the_last_one_wins(rows: list[tuple[int, str]]) -> None:
    """As a loop over them would."""
    with closing(a_table()) as connection:
        INSERT.execute(connection, rows)

        assert dict(connection.execute("SELECT a, b FROM t").fetchall()) == dict(rows)


@pytest.mark.parametrize(("n", "steps"), [(0, 0), (1, 1), (13, 3), (64, 1), (200, 4)])
def test_a_few_steps_are_enough(connection: sqlite3.Connection, n: int, steps: int) -> None:
    """By powers of two, up to 64 at once."""
    taken: list[str] = []
    connection.set_trace_callback(taken.append)

    INSERT.execute(connection, [(number, "x") for number in range(n)])

    assert len([each for each in taken if each.startswith("INSERT")]) == steps
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (n,)


def test_one_bad_row_is_told(connection: sqlite3.Connection) -> None:
    """By SQLite; what is undone then is the transaction's business."""
    with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
        INSERT.execute(connection, [(1, "x"), (2, None)])


def test_rows_stand_for_values_in_any_statement(connection: sqlite3.Connection) -> None:
    """In a DELETE and in an UPDATE too."""
    INSERT.execute(connection, [(number, "x") for number in range(4)])

    BulkInsert("DELETE FROM t WHERE a IN (", 1, ")").execute(connection, [(0,), (2,), (9,)])
    BulkInsert("UPDATE t SET b = column2 FROM (", 2, ") WHERE a = column1").execute(connection, [(1, "y"), (9, "z")])

    assert connection.execute("SELECT a, b FROM t ORDER BY a").fetchall() == [(1, "y"), (3, "x")]
