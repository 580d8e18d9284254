"""SQLite's transactions, counted or made to fail, whatever part of the code begins them."""

import sqlite3
from collections.abc import Callable
from functools import partial

import pytest


def before_each_transaction(monkeypatch: pytest.MonkeyPatch, call: Callable[[], None]) -> None:
    """Have every connection that is opened from now on call it, in the connection's thread; it may raise."""

    class Watched(sqlite3.Connection):
        def __enter__(self) -> "Watched":
            call()
            return super().__enter__()

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Watched))
