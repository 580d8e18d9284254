"""Bounded concurrency: memory depends on the number of items in progress, not on the total."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from fellowship.protocols.errors import FellowshipError

ItemT = TypeVar("ItemT")


class StopSignal:
    """Call it with a reason to stop a run: no new item is started, and started ones end, unless `abandoned` is set.

    `n_in_flight()` is the number of open requests; `drain()` prevents further ones. Both belong to the run that is
    connected; before that, none is open. `signal` is the number of the process signal that stopped the run, 0 if none
    did.
    """

    def __init__(self) -> None:
        self.reason: BaseException | str | None = None
        self.abandoned = False
        self.signal = 0
        self.n_in_flight: Callable[[], int] = lambda: 0
        self.drain: Callable[[], None] = lambda: None

    def connect(self, *, n_in_flight: Callable[[], int], drain: Callable[[], None]) -> None:
        """Connect the run that this signal stops."""
        self.n_in_flight, self.drain = n_in_flight, drain

    def __call__(self, reason: BaseException | str) -> None:
        self.reason = self.reason or reason


async def run_bounded(
    items: Iterator[ItemT],
    work: Callable[[ItemT], Awaitable[None]],
    *,
    most: int,
    acquire_slot: Callable[[], Awaitable[object]],
    stop: StopSignal,
) -> None:
    """Call `work` once for every item, for at most `most` at a time; the next item is read after `acquire_slot`.

    After `stop`, returns when all started items have ended. An error of `work` is a bug of the runner: it cancels all.
    """
    free = asyncio.Semaphore(most)

    async def work_on(item: ItemT) -> None:
        try:
            await work(item)
        finally:
            free.release()

    async with asyncio.TaskGroup() as group:
        while stop.reason is None:
            await free.acquire()
            await acquire_slot()
            if stop.reason is not None:
                return
            try:
                item = next(items, None)
            except FellowshipError as error:  # raised while reading items, for example if a file has changed
                stop(error)
                return
            if item is None:
                return
            group.create_task(work_on(item))
