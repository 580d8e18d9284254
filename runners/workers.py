"""Many items worked on at once: memory follows how many these are, not how many there are in all."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from fellowship.protocols.errors import FellowshipError

ItemT = TypeVar("ItemT")


class StopSignal:
    """Asked for from anywhere; nothing new is taken, and what was begun is finished, unless it is `abandoned`.

    `n_in_flight`: how many requests of the work are being answered now. `drain`: sees to it that they are the last.
    """

    def __init__(self) -> None:
        self.reason: BaseException | str | None = None
        self.abandoned = False
        self.n_in_flight: Callable[[], int] = lambda: 0
        self.drain: Callable[[], None] = lambda: None

    def __call__(self, reason: BaseException | str) -> None:
        self.reason = self.reason or reason


async def run_bounded(
    items: Iterator[ItemT],
    work: Callable[[ItemT], Awaitable[None]],
    *,
    most: int,
    acquire_slot: Callable[[], Awaitable[None]],
    stop: StopSignal,
) -> None:
    """Every item worked on once, at most `most` at a time, the next one taken when there is a `place` for it.

    Ends early, but in order, when `stop` was asked for. An error of `work` itself ends everything: it is a bug of the
    runner, not of an item.
    """
    free = asyncio.Semaphore(most)

    async def worked(item: ItemT) -> None:
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
            except FellowshipError as error:  # of the items themselves, such as a file that has changed meanwhile
                stop(error)
                return
            if item is None:
                return
            group.create_task(worked(item))
