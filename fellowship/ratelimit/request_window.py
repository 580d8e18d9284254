"""Requests per window: asyncio-throttle's `Throttler` grants, and a mirror of its log tells how long to sleep.

Thousands of tasks that wait inside a Throttler poll it and cost a whole core. Here one pump enters it, after having
slept exactly as long as `wait_s` says, so that `acquire` returns without waiting.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

from asyncio_throttle import Throttler

POLL_S = 0.005
STRICTLY_AFTER_S = 1e-4  # the Throttler frees a place when it is older than the period, not when it is as old
PACE_S, SPREAD_S = 0.25, 0.025
SPREAD, BURST, AT_ONCE = 1.5, 14.0, 16
LONGEST_GUARD_S = 3.0


@dataclass(slots=True, eq=False)
class SendTime:
    """When a request was granted, or, once that is known, when it was really sent."""

    at: float


class SlidingWindow:
    """At most `limit` requests in any `period_s` seconds."""

    def __init__(self, limit: int, period_s: float) -> None:
        self._throttler = Throttler(limit, period_s, retry_interval=POLL_S)
        self._stamps: deque[SendTime] = deque()
        self.retune(limit, period_s)

    def retune(self, limit: int, period_s: float) -> None:
        """Another limit from now on; what was granted already counts."""
        self.limit = self._throttler.rate_limit = limit
        self.period_s = self._throttler.period = period_s

    def wait_s(self, now: float) -> float:
        """Seconds until there is room for one more request; 0 when there is room."""
        if len(self._stamps) < self.limit:
            return 0.0
        age = now - self._stamps[-self.limit].at
        return 0.0 if age > self.period_s else self.period_s - age + STRICTLY_AFTER_S

    async def take(self) -> SendTime:
        """One place, through the Throttler, which forgets here, and only here, what is older than the period."""
        await self._throttler.acquire()
        send_time = SendTime(asyncio.get_running_loop().time())
        while self._stamps and send_time.at - self._stamps[0].at > self.period_s:
            self._stamps.popleft()
        self._stamps.append(send_time)
        return send_time

    def n_used(self, now: float) -> int:
        """Requests that count at this moment."""
        return sum(now - send_time.at <= self.period_s for send_time in self._stamps)


class PacedRate:
    """`limit` requests in `window_s` seconds, evenly paced unless the server allows a whole window's at once.

    The guard makes the window longer than the server's, because requests need different times to get there: the
    smaller of half a second and 1.5 % of the window, until refusals show that more is needed. `factor` in (0, 1] is
    what is left of the limit when refusals have shown that it is lower, or when other processes use the same key.

    Pace is kept over a quarter of a second, because timers are late and a shorter one would lose by it; within that,
    requests are spread at a little more than the pace. Bursts are spread at fourteen times the rate, so that a server
    does not count them later than they were sent.
    """

    def __init__(self, limit: int, window_s: float, *, bursts: bool = False, at_any_pace: bool = False) -> None:
        """`at_any_pace`: another rate sees to that, as for a limit per day."""
        self.limit, self.window_s, self.bursts, self._at_any_pace = limit, window_s, bursts, at_any_pace
        self.guard_s = min(0.5, 0.015 * window_s)
        self.scale = 1.0
        self._window, self._pace, self._spread = (SlidingWindow(1, 1.0) for _ in range(3))
        self.adjust()

    def adjust(self, *, limit: int | None = None, guard_s: float | None = None, scale: float | None = None) -> None:
        """Other values from now on."""
        self.limit = self.limit if limit is None else limit
        self.guard_s = self.guard_s if guard_s is None else min(guard_s, LONGEST_GUARD_S, 0.2 * self.window_s)
        self.scale = self.scale if scale is None else scale
        self._window.retune(*self._legal())
        self._pace.retune(*_paced(self.per_s, PACE_S))
        spread = (self.per_s * SPREAD, 1) if self.is_paced else (self.per_s * BURST, AT_ONCE)
        self._spread.retune(*_paced(spread[0], SPREAD_S, at_least=spread[1]))
        self._windows = self._in_force()

    @property
    def is_paced(self) -> bool:
        """Bursts are for who has the limit to themselves."""
        return not self.bursts or self.scale < 1.0

    @property
    def per_s(self) -> float:
        """Requests per second when it is used to the full."""
        return self.limit * self.scale / (self.window_s + self.guard_s)

    def wait_s(self, now: float) -> float:
        """Seconds until one more request may go out; 0 when it may now."""
        return max([window.wait_s(now) for window in self._windows])

    async def take(self) -> SendTime:
        """One request; the stamp is to be set to the moment at which it is really sent."""
        for window in self._windows:
            send_time = await window.take()
        return send_time

    def n_used(self, now: float) -> int:
        """Requests of the current window."""
        return self._window.n_used(now)

    def is_full(self, now: float) -> bool:
        """Whether the window is used up but for a twentieth, so that a refusal is no surprise."""
        return self.n_used(now) >= 0.95 * self._window.limit

    def _legal(self) -> tuple[int, float]:
        limit = self.limit * self.scale
        whole = max(1, int(limit))
        return whole, (self.window_s + self.guard_s) * (whole / limit if limit < 1 else 1.0)

    def _in_force(self) -> tuple[SlidingWindow, ...]:
        """The window of the server is the last of them."""
        if self._at_any_pace:
            return (self._window,)
        return (self._spread, self._pace, self._window) if self.is_paced else (self._spread, self._window)


def _paced(per_s: float, seconds: float, *, at_least: int = 1) -> tuple[int, float]:
    """So many in about so many seconds: the period follows from the whole number, rounding would lose a third."""
    n = max(at_least, int(per_s * seconds))
    return n, n / per_s


def paced_rate(per_minute: int, window_s: float, *, bursts: bool = False) -> PacedRate:
    """The rate of a limit per minute that the server counts over `window_s`; over longer where that is below one.

    A fraction of a request is left off, and the window of paced requests shortened by as much, so that the rate stays.
    """
    limit = max(1, int(per_minute * window_s / 60.0 + 1e-9))
    exact_s = limit * 60.0 / per_minute
    return PacedRate(limit, max(window_s, exact_s) if bursts else exact_s, bursts=bursts)
