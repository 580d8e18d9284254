"""Requests per window: a sliding window log, kept by asyncio-throttle's `Throttler` and mirrored here.

Thousands of tasks that wait inside a Throttler poll it and use a whole core. Here it is entered only when `wait_s`,
which the mirrored log gives, is 0, so that `acquire` returns without waiting.
"""

from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass

from asyncio_throttle.throttler import Throttler

POLL_S = 0.005
STRICTLY_AFTER_S = 1e-4  # the Throttler removes an entry that is older than the period, not one that is as old
PACE_S, SPREAD_S = 0.25, 0.025
SPREAD, BURST, AT_ONCE = 1.5, 14.0, 16
LONGEST_GUARD_S = 3.0


@dataclass(slots=True, eq=False)
class SendTime:
    """The moment at which a request was permitted; corrected to the moment at which it was sent."""

    at: float


class SlidingWindow:
    """At most `limit` requests in any `period_s` seconds, by a `log` of send times."""

    def __init__(self, limit: int, period_s: float) -> None:
        self._throttler = Throttler(limit, period_s, retry_interval=POLL_S)
        self.log: deque[SendTime] = deque()
        self.retune(limit, period_s)

    def retune(self, limit: int, period_s: float) -> None:
        """Change the limit; requests in the log count under the new one."""
        self.limit = self._throttler.rate_limit = limit
        self.period_s = self._throttler.period = period_s

    def wait_s(self, now: float) -> float:
        """Seconds until one more request fits; 0 when it fits now."""
        if len(self.log) < self.limit:
            return 0.0
        age = now - self.log[-self.limit].at
        return 0.0 if age > self.period_s else self.period_s - age + STRICTLY_AFTER_S

    async def reserve(self, now: float) -> SendTime:
        """Enter one request into the log, and remove from it, as the Throttler does, what is older than the period."""
        await self._throttler.acquire()
        log = self.log
        while log and now - log[0].at > self.period_s:
            log.popleft()
        send_time = SendTime(now)
        log.append(send_time)
        return send_time

    def n_used(self, now: float) -> int:
        """The number of requests within the period before `now`."""
        return sum(now - send_time.at <= self.period_s for send_time in self.log)


class Pace:
    """At most `limit` requests in any `period_s` seconds, as far as the client itself can tell: no server counts them.

    `log` holds the moments of the last requests, as many as the limit.
    """

    def __init__(self) -> None:
        self.log: deque[float] = deque()

    def retune(self, limit: int, period_s: float) -> None:
        """Change the limit; the last requests count under the new one."""
        self.log = deque(self.log, maxlen=limit)
        self.limit, self.period_s = limit, period_s

    def wait_s(self, now: float) -> float:
        """Seconds until one more request fits, where the log is full; 0 when it fits now."""
        age = now - self.log[0]
        return 0.0 if age > self.period_s else self.period_s - age + STRICTLY_AFTER_S


class PacedRate:
    """`limit` requests in `window_s` seconds, evenly paced unless the server accepts a whole window's requests at once.

    The guard time makes the window longer than the server's, because network latencies differ between requests: the
    smaller of 0.5 s and 1.5 % of the window, until rejections show that it is too short. `scale` in (0, 1] is the
    fraction of the limit in use: less than 1 after rejections, and while other processes use the same key.

    The pace is kept over 0.25 s, because timers fire late and a shorter period would lose throughput; within it,
    requests are spread at 1.5 times the pace. Bursts are spread at 14 times the rate, so that the server does not count
    them later than they were sent.
    """

    def __init__(self, limit: int, window_s: float, *, bursts: bool = False, at_any_pace: bool = False) -> None:
        """`at_any_pace`: no pacing, as for a limit per day, beside which another rate paces the requests."""
        self.limit, self.window_s, self.bursts, self._at_any_pace = limit, window_s, bursts, at_any_pace
        self.guard_s = min(0.5, 0.015 * window_s)
        self.scale = 1.0
        self._window, self._pace, self._spread = SlidingWindow(1, 1.0), Pace(), Pace()
        self.adjust()

    def adjust(self, *, limit: int | None = None, guard_s: float | None = None, scale: float | None = None) -> None:
        """Change some of the values from now on."""
        self.limit = self.limit if limit is None else limit
        self.guard_s = self.guard_s if guard_s is None else min(guard_s, LONGEST_GUARD_S, 0.2 * self.window_s)
        self.scale = self.scale if scale is None else scale
        scaled = self.limit * self.scale
        whole = max(1, int(scaled))  # of requests, in a longer window where the scaled limit is below one
        self._window.retune(whole, (self.window_s + self.guard_s) * (whole / scaled if scaled < 1 else 1.0))
        self._pace.retune(*_paced(self.per_s, PACE_S))
        spread = (self.per_s * SPREAD, 1) if self.is_paced else (self.per_s * BURST, AT_ONCE)
        self._spread.retune(*_paced(spread[0], SPREAD_S, at_least=spread[1]))
        paces = (self._spread, self._pace) if self.is_paced else (self._spread,)
        self._paces = () if self._at_any_pace else paces

    @property
    def is_paced(self) -> bool:
        """Whether requests are paced; bursts are allowed only with the whole limit to itself."""
        return not self.bursts or self.scale < 1.0

    @property
    def per_s(self) -> float:
        """Requests per second at full use."""
        return self.limit * self.scale / (self.window_s + self.guard_s)

    def wait_s(self, now: float) -> float:
        """Seconds until one more request may be sent; 0 when it may be sent now."""
        window = self._window
        longest_s = window.wait_s(now) if len(window.log) >= window.limit else 0.0
        for pace in self._paces:
            if len(pace.log) >= pace.limit:
                longest_s = max(longest_s, pace.wait_s(now))
        return longest_s

    def reserve(self, now: float) -> Awaitable[SendTime]:
        """Reserve one request. The caller corrects the send time when the request is sent."""
        for pace in self._paces:
            pace.log.append(now)
        return self._window.reserve(now)

    def n_used(self, now: float) -> int:
        """The number of requests in the current window."""
        return self._window.n_used(now)

    def is_full(self, now: float) -> bool:
        """Whether 95 % of the window is used, so that a rejection is to be expected."""
        return self.n_used(now) >= 0.95 * self._window.limit


def _paced(per_s: float, seconds: float, *, at_least: int = 1) -> tuple[int, float]:
    """(requests, period) close to `seconds`. The period follows from the whole number: rounding loses up to a third."""
    n = max(at_least, int(per_s * seconds))
    return n, n / per_s


def paced_rate(per_minute: int, window_s: float, *, bursts: bool = False) -> PacedRate:
    """The rate of a limit per minute that the server counts over `window_s`; a longer window where that is below one.

    The number of requests is rounded down, and the window of paced requests shortened to match, so the rate stays.
    """
    limit = max(1, int(per_minute * window_s / 60.0 + 1e-9))
    exact_s = limit * 60.0 / per_minute
    return PacedRate(limit, max(window_s, exact_s) if bursts else exact_s, bursts=bursts)
