"""Values that hold in all threads of a process for the duration of a block, as the options of a command do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

ValueT = TypeVar("ValueT")


class ProcessValue(Generic[ValueT]):
    """A value of the whole process, in place of which a context may have its own.

    A new thread has a new context, so a context variable alone does not reach the threads of an executor.
    """

    def __init__(self, name: str, default: ValueT) -> None:
        self._here: ContextVar[ValueT] = ContextVar(name)
        self._everywhere = default
        self._of_threads: WeakKeyDictionary[threading.Thread, ValueT] = WeakKeyDictionary()

    def get(self) -> ValueT:
        """The value of this context, or else that of the process."""
        try:
            return self._here.get()
        except LookupError:
            return self._of_threads.get(threading.current_thread(), self._everywhere)

    @contextmanager
    def set_here(self, value: ValueT) -> Iterator[None]:
        """Set the value inside the block for this context."""
        token = self._here.set(value)
        try:
            yield
        finally:
            self._here.reset(token)

    @contextmanager
    def set_everywhere(self, value: ValueT) -> Iterator[None]:
        """Set the value inside the block for all threads; those that begin in it and outlive it keep the value."""
        before, threads = self._everywhere, set(threading.enumerate())
        self._everywhere = value
        try:
            with self.set_here(value):
                yield
        finally:
            self._everywhere = before
            self._of_threads.update((each, value) for each in threading.enumerate() if each not in threads)
