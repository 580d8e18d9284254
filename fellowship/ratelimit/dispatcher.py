"""The one task of a gate that lets requests out, in turn, and sleeps exactly as long as nothing may go."""

import asyncio
from collections.abc import Awaitable, Callable
from copy import copy
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from fellowship.protocols.errors import ProviderError
from fellowship.ratelimit.fair_queue import FairQueue, Tenant, Waiter
from fellowship.ratelimit.request_window import SendTime
from fellowship.ratelimit.token_bucket import TokenEstimate

PERMITS_AT_ONCE = 16
SHORTEST_SLEEP_S = 0.0005  # less is less than a clock tells apart, and the pump would turn in place

QueueEvent: TypeAlias = Literal["arrival", "release", "change"]


class Blocker(NamedTuple):
    """What is in the way: for how many seconds (None: until the event), for what reason, and what may end it sooner."""

    wait_s: float | None
    reason: str
    ends_with: QueueEvent | None = None


EMPTY_QUEUE = Blocker(None, "", "arrival")


@dataclass(slots=True, eq=False)
class Permit:
    """A request that is out: what was reserved for it, when, and its places in the windows."""

    need: TokenEstimate
    at: float
    send_times: list[SendTime]
    is_probe: bool = False

    def sent(self) -> None:
        """It is being written to the server now: from here on it counts there."""
        now = asyncio.get_running_loop().time()
        for send_time in self.send_times:
            send_time.at = now


class Dispatcher:
    """Lets out the head of the line when `hold` says that nothing is in the way; `take` takes what it needs.

    `on_block` is told what it is going to rest for; `on_abandoned` gets the grant of who went away while it was taken.
    """

    def __init__(
        self,
        line: FairQueue,
        *,
        hold: Callable[[TokenEstimate], Blocker | None],
        take: Callable[[TokenEstimate], Awaitable[Permit]],
        on_abandoned: Callable[[Permit], None],
        cost: Callable[[TokenEstimate], float],
        on_block: Callable[[Blocker], None],
    ) -> None:
        self._line, self._hold, self._take, self._give_back = line, hold, take, on_abandoned
        self._cost, self._told = cost, on_block
        self._alarm: asyncio.Future[None] | None = None
        self._blocker = EMPTY_QUEUE
        self.n_wakes = 0

    def notify(self, event: QueueEvent) -> None:
        """Something happened; the pump wakes up if that may have ended what it rests for, as a change of limits may."""
        if self._alarm is not None and event in (self._blocker.ends_with, "change"):
            _ring(self._alarm)

    def reject_all(self, error: ProviderError) -> None:
        """Everybody in the line gets this error."""
        for waiter in self._line.waiters():
            waiter.granted.set_exception(copy(error))  # each is raised in a place of its own

    async def run(self) -> None:
        """Until cancelled."""
        n_at_once = 0
        while True:
            head = self._line.head()
            hold = EMPTY_QUEUE if head is None else self._hold(head.waiter.need)
            if head is None or hold is not None:
                await self._rest(hold or EMPTY_QUEUE)
                n_at_once = 0
                continue
            await self._let_out(head.share, head.waiter)
            n_at_once += 1
            if n_at_once % PERMITS_AT_ONCE == 0:  # what is out gets to be sent before more follows
                await asyncio.sleep(0)

    async def _let_out(self, share: Tenant, waiter: Waiter) -> None:
        self._line.serve(share, self._cost(waiter.need))
        permit = await self._take(waiter.need)
        if waiter.granted.done():
            self._give_back(permit)
        else:
            waiter.granted.set_result(permit)

    async def _rest(self, hold: Blocker) -> None:
        loop = asyncio.get_running_loop()
        self._told(hold)
        self._alarm, self._blocker = loop.create_future(), hold
        alarm = self._alarm
        timer = None if hold.wait_s is None else loop.call_later(max(hold.wait_s, SHORTEST_SLEEP_S), _ring, alarm)
        try:
            await alarm
        finally:
            self.n_wakes += 1
            self._alarm = None
            if timer is not None:
                timer.cancel()


def _ring(alarm: "asyncio.Future[None]") -> None:
    if not alarm.done():
        alarm.set_result(None)
