"""An event loop for tests about time: when nothing is ready, its clock jumps to the next timer instead of waiting.

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(main())        # an hour of asyncio.sleep takes no time

Work that was handed to a thread is waited for in earnest, and the clock stands still meanwhile. Sockets are not
waited for: what a test talks to has to be in the same loop.
"""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

ResultT = TypeVar("ResultT")
Ts = TypeVarTuple("Ts")


class JumpingLoop(asyncio.SelectorEventLoop):
    """Time starts at 0 and passes only in jumps; `n_jumps` counts them."""

    def __init__(self) -> None:
        self.n_jumps = 0
        self._time_s = 0.0
        self._n_in_threads = 0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """Seconds of the loop's own time."""
        return self._time_s

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], ResultT], *args: *Ts
    ) -> asyncio.Future[ResultT]:
        """As every loop does it; the clock stands still until it is done."""
        self._n_in_threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._back_from_thread)
        return future

    def _back_from_thread(self, _: asyncio.Future[Any]) -> None:
        self._n_in_threads -= 1

    def _jump(self, seconds: float) -> None:
        self.n_jumps += 1
        self._time_s += seconds


class _JumpingSelector(selectors.DefaultSelector):
    """Is told by the loop how long nothing is going to happen; None is for ever."""

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
            self._loop._jump(timeout)
        return ready
