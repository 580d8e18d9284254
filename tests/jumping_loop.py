"""An event loop for tests about time: when nothing is ready, its clock jumps to the next timer instead of waiting.

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(main())        # an hour of asyncio.sleep takes no time

The loop waits in real time for work in threads, and its clock stands still meanwhile. It does not wait for sockets:
both ends of a connection must be in the same loop.
"""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

ResultT = TypeVar("ResultT")
Ts = TypeVarTuple("Ts")


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time: it starts at 0 and advances only in jumps."""

    def __init__(self) -> None:
        self._time_s = 0.0
        self._n_in_threads = 0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """Virtual time in seconds."""
        return self._time_s

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], ResultT], *args: *Ts
    ) -> asyncio.Future[ResultT]:
        """Run in a thread; the clock stands still until it is done."""
        self._n_in_threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._on_thread_done)
        return future

    def _on_thread_done(self, _: asyncio.Future[Any]) -> None:
        self._n_in_threads -= 1


class _JumpingSelector(selectors.DefaultSelector):
    """Jumps to the next timer instead of waiting for it."""

    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        if self._loop._n_in_threads:
            return super().select(None)
        ready = super().select(0)
        if not ready:
            self._loop._time_s += timeout
        return ready
