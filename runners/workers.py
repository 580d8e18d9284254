"""Bounded concurrency: memory depends on the number of items in progress, not on the total."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeVar

from fellowship.protocols.errors import FellowshipError

ItemT = TypeVar("ItemT")

FIRST_IN_PROGRESS = 32
"""Conversations in progress until it is seen that their replies can be read, and asks of one agent likewise."""
REPLIES_BEFORE_MORE = 1_000
"""Replies that were read before more conversations begin, although some agents have not been asked yet."""
MAX_ASKS_AT_ONCE = 10_000


class Places:
    """Places for conversations in progress: at most `first` until `widen`, then `most`.

    Replies that no role can read, or a jury without results, are so met by a few conversations, not by all that the
    limits of the providers allow.
    """

    def __init__(self, most: int, *, first: int = FIRST_IN_PROGRESS) -> None:
        first = min(most, first)
        self._free, self._n_held_back = asyncio.Semaphore(first), most - first
        self.acquire, self.release = self._free.acquire, self._free.release

    @property
    def are_all_open(self) -> bool:
        """Whether no place is held back."""
        return self._n_held_back == 0

    def widen(self) -> None:
        """Open all places."""
        while self._n_held_back:
            self._n_held_back -= 1
            self._free.release()


class FirstAsks:
    """Places for the asks of one agent until a reply of it was read; `n` of them have begun.

    So an agent that is asked late, when thousands of conversations may be in progress, is not asked by all of them
    before it is seen whether its replies can be read.
    """

    def __init__(self) -> None:
        self._places = Places(MAX_ASKS_AT_ONCE)
        self.n = 0

    async def __aenter__(self) -> None:
        self.n += 1
        await self._places.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._places.release()

    def open(self) -> None:
        """Let all further asks begin."""
        self._places.widen()


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
    work: Callable[[ItemT], Coroutine[Any, Any, None]],
    *,
    places: Places,
    acquire_slot: Callable[[], Awaitable[object]],
    stop: StopSignal,
) -> None:
    """Call `work` once for every item, at once as often as `places` allow; `acquire_slot` is awaited before each.

    `work` releases the place of its item at its end: a function around it would cost a frame for each item in progress.
    After `stop`, returns when all started items have ended. An error of `work` is a bug of the runner: it cancels all.
    """
    async with asyncio.TaskGroup() as group:
        while stop.reason is None:
            await places.acquire()
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
            group.create_task(work(item))
