"""The one task of a gate that lets requests out, in turn, and sleeps exactly as long as nothing may go."""

import asyncio
from collections.abc import Awaitable, Callable
from copy import copy
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from fellowship.protocols.errors import ProviderError
from fellowship.runners.gate.line import Line, Share, Waiter
from fellowship.runners.gate.tokens import Need
from fellowship.runners.gate.windows import Stamp

GRANTS_AT_ONCE = 16
SHORTEST_S = 0.0005  # less is less than a clock tells apart, and the pump would turn in place

Event: TypeAlias = Literal["arrival", "release", "change"]


class Hold(NamedTuple):
    """What is in the way: for how many seconds (None: until the event), for what reason, and what may end it sooner."""

    wait_s: float | None
    reason: str
    ends_with: Event | None = None


NOBODY = Hold(None, "", "arrival")


@dataclass(slots=True, eq=False)
class Grant:
    """A request that is out: what was reserved for it, when, and its places in the windows."""

    need: Need
    at: float
    stamps: list[Stamp]
    is_probe: bool = False

    def sent(self) -> None:
        """It is being written to the server now: from here on it counts there."""
        now = asyncio.get_running_loop().time()
        for stamp in self.stamps:
            stamp.at = now


class Pump:
    """Lets out the head of the line when `hold` says that nothing is in the way; `take` takes what it needs.

    `resting` is told what it is going to rest for; `give_back` gets the grant of who went away while it was taken.
    """

    def __init__(
        self,
        line: Line,
        *,
        hold: Callable[[Need], Hold | None],
        take: Callable[[Need], Awaitable[Grant]],
        give_back: Callable[[Grant], None],
        cost: Callable[[Need], float],
        resting: Callable[[Hold], None],
    ) -> None:
        self._line, self._hold, self._take, self._give_back = line, hold, take, give_back
        self._cost, self._told = cost, resting
        self._alarm: asyncio.Future[None] | None = None
        self._resting = NOBODY
        self.n_wakes = 0

    def hear(self, event: Event) -> None:
        """Something happened; the pump wakes up if that may have ended what it rests for, as a change of limits may."""
        if self._alarm is not None and event in (self._resting.ends_with, "change"):
            _ring(self._alarm)

    def turn_away(self, error: ProviderError) -> None:
        """Everybody in the line gets this error."""
        for waiter in self._line.waiters():
            waiter.granted.set_exception(copy(error))  # each is raised in a place of its own

    async def run(self) -> None:
        """Until cancelled."""
        n_at_once = 0
        while True:
            head = self._line.head()
            hold = NOBODY if head is None else self._hold(head.waiter.need)
            if head is None or hold is not None:
                await self._rest(hold or NOBODY)
                n_at_once = 0
                continue
            await self._let_out(head.share, head.waiter)
            n_at_once += 1
            if n_at_once % GRANTS_AT_ONCE == 0:  # what is out gets to be sent before more follows
                await asyncio.sleep(0)

    async def _let_out(self, share: Share, waiter: Waiter) -> None:
        self._line.serve(share, self._cost(waiter.need))
        grant = await self._take(waiter.need)
        if waiter.granted.done():
            self._give_back(grant)
        else:
            waiter.granted.set_result(grant)

    async def _rest(self, hold: Hold) -> None:
        loop = asyncio.get_running_loop()
        self._told(hold)
        self._alarm, self._resting = loop.create_future(), hold
        alarm = self._alarm
        timer = None if hold.wait_s is None else loop.call_later(max(hold.wait_s, SHORTEST_S), _ring, alarm)
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
