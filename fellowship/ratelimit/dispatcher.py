"""The one task of a rate limiter that permits requests, in the order of the fair queue, and sleeps between them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from fellowship.protocols.errors import ProviderError
from fellowship.ratelimit.fair_queue import FairQueue, Tenant, Waiter
from fellowship.ratelimit.request_window import SendTime
from fellowship.ratelimit.token_bucket import TokenEstimate

PERMITS_AT_ONCE = 16
SHORTEST_SLEEP_S = 0.0005  # shorter sleeps are below the clock's resolution and would make the loop spin

QueueEvent: TypeAlias = Literal["arrival", "release", "change"]


class Blocker(NamedTuple):
    """Why no request may be sent: how many seconds (None: until the event), and the event that may end it sooner."""

    wait_s: float | None
    reason: str
    ends_with: QueueEvent | None = None


EMPTY_QUEUE = Blocker(None, "", "arrival")


@dataclass(slots=True, eq=False)
class Permit:
    """The permission to send one request: its reserved tokens, the moment, and its entries in the windows' logs."""

    estimate: TokenEstimate
    at: float
    send_times: Sequence[SendTime]
    is_probe: bool = False

    def sent(self) -> None:
        """The request is written to the server now: the windows count it from this moment."""
        now = asyncio.get_running_loop().time()
        for send_time in self.send_times:
            send_time.at = now


class Dispatcher:
    """Permits the head of the queue as soon as `blocker` returns None for its estimate.

    blocker       what delays a request of this estimate at a moment of the loop's clock
    reserve       reserves its requests and tokens in all limits at that moment
    cost          of a request for the fair queue, in shares of the limits
    on_block      called with the blocker before each sleep
    on_abandoned  called with a permit whose waiter was cancelled while it was reserved
    """

    def __init__(
        self,
        queue: FairQueue,
        *,
        blocker: Callable[[TokenEstimate, float], Blocker | None],
        reserve: Callable[[TokenEstimate, float], Awaitable[Permit]],
        on_abandoned: Callable[[Permit], None],
        cost: Callable[[TokenEstimate], float],
        on_block: Callable[[Blocker], None],
    ) -> None:
        self._queue, self._find_blocker, self._reserve, self._on_abandoned = queue, blocker, reserve, on_abandoned
        self._cost, self._on_block = cost, on_block
        self._alarm: asyncio.Future[None] | None = None
        self._blocker = EMPTY_QUEUE
        self.n_wakes = 0

    def notify(self, event: QueueEvent) -> None:
        """Wakes the dispatcher if the event may end its blocker; `change` (of the limits) always may."""
        if self._alarm is not None and event in (self._blocker.ends_with, "change"):
            _wake(self._alarm)

    def reject_all(self, error: ProviderError) -> None:
        """Every waiting request fails with a copy of this error."""
        for waiter in self._queue.waiters():
            waiter.permit.set_exception(copy(error))  # a copy, because each task adds its own traceback

    async def run(self) -> None:
        """Permits requests until cancelled."""
        n_at_once, now = 0, asyncio.get_running_loop().time
        while True:
            head, at = self._queue.head(), now()
            blocker = EMPTY_QUEUE if head is None else self._find_blocker(head.waiter.estimate, at)
            if head is None or blocker is not None:
                await self._sleep(blocker or EMPTY_QUEUE)
                n_at_once = 0
                continue
            await self._permit(head.tenant, head.waiter, at)
            n_at_once += 1
            if n_at_once % PERMITS_AT_ONCE == 0:  # permitted requests are sent before more are permitted
                await asyncio.sleep(0)

    async def _permit(self, tenant: Tenant, waiter: Waiter, at: float) -> None:
        self._queue.serve(tenant, self._cost(waiter.estimate))
        try:
            permit = await self._reserve(waiter.estimate, at)
        except BaseException as error:  # the waiter has left the queue: only here it can get an error
            if not waiter.permit.done():
                closed = isinstance(error, asyncio.CancelledError)
                waiter.permit.set_exception(RuntimeError("the rate limiter is closed") if closed else error)
            raise
        if waiter.permit.done():
            self._on_abandoned(permit)
        else:
            waiter.permit.set_result(permit)

    async def _sleep(self, blocker: Blocker) -> None:
        loop = asyncio.get_running_loop()
        self._on_block(blocker)
        self._alarm, self._blocker = loop.create_future(), blocker
        alarm = self._alarm
        timer = None if blocker.wait_s is None else loop.call_later(max(blocker.wait_s, SHORTEST_SLEEP_S), _wake, alarm)
        try:
            await alarm
        finally:
            self.n_wakes += 1
            self._alarm = None
            if timer is not None:
                timer.cancel()


def _wake(alarm: "asyncio.Future[None]") -> None:
    if not alarm.done():
        alarm.set_result(None)
