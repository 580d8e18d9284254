"""N workers pulling from one iterator: memory follows N, not the data set."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from fellowship.protocols.errors import FellowshipError

ItemT = TypeVar("ItemT")


class Stop:
    """Asked for from anywhere; workers finish what they have begun, unless it is `abandoned`, and take nothing new."""

    def __init__(self) -> None:
        self.reason: BaseException | str | None = None
        self.abandoned = False

    def __call__(self, reason: BaseException | str) -> None:
        self.reason = self.reason or reason


async def carry_out(
    items: Iterator[ItemT], work: Callable[[ItemT], Awaitable[None]], *, workers: int, stop: Stop
) -> None:
    """Every item worked on once, at most `workers` at a time. Ends early, but in order, when `stop` was asked for.

    An error of `work` itself ends everything: it is a bug of the runner, not of an item.
    """

    async def worker() -> None:
        for item in items:
            if stop.reason is not None:
                return
            await work(item)

    async def guarded() -> None:
        try:
            await worker()
        except FellowshipError as error:  # of the items themselves, such as a file that has changed meanwhile
            stop(error)

    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(guarded())
