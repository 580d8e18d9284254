"""Rate limits as servers enforce them: pure models, with times in seconds passed in by the caller.

`fellowship serve-sim` and tests in virtual time use them.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OverLimit:
    """A refusal; `retry_after_s` is the wait until the amount fits, if nothing else is admitted."""

    retry_after_s: float


class ServerLimit(Protocol):
    """A limit on requests or tokens per window."""

    limit: int
    window_s: float

    def admit(self, now: float, amount: int = 1) -> OverLimit | None:
        """Admit the amount, or refuse it; 0 is admitted if anything would be, and takes nothing."""
        ...

    def charge(self, now: float, amount: int) -> None:
        """Count an amount that has been used, even above the limit: output tokens are known afterwards."""
        ...

    def left(self, now: float) -> int:
        """The amount that would be admitted now."""
        ...


class SlidingLog:
    """Sliding-window log: at most `limit` in any `window_s` seconds."""

    def __init__(self, limit: int, window_s: float) -> None:
        self.limit, self.window_s = limit, window_s
        self._taken: deque[tuple[float, int]] = deque()
        self._sum = 0

    def admit(self, now: float, amount: int = 1) -> OverLimit | None:
        """Admit the amount, or refuse it with the time to wait."""
        self._drop_expired(now)
        too_much = self._sum + max(1, amount) - self.limit
        if too_much > 0 and self._taken:
            return OverLimit(self._time_of_room(too_much) + self.window_s - now)
        if amount:
            self.charge(now, amount)
        return None

    def charge(self, now: float, amount: int) -> None:
        """Count an amount that has been used, even above the limit."""
        self._taken.append((now, amount))
        self._sum += amount

    def left(self, now: float) -> int:
        """The amount that would be admitted now."""
        self._drop_expired(now)
        return max(0, self.limit - self._sum)

    def _drop_expired(self, now: float) -> None:
        while self._taken and now - self._taken[0][0] >= self.window_s:
            self._sum -= self._taken.popleft()[1]

    def _time_of_room(self, amount: int) -> float:
        """The time of the last of the oldest entries that must expire to make room for the amount."""
        sums = accumulate(taken for _, taken in self._taken)
        latest = self._taken[-1][0]
        return next((at for (at, _), freed in zip(self._taken, sums, strict=True) if freed >= amount), latest)


class ServerTokenBucket:
    """Token bucket that fills evenly at `limit` per `window_s` seconds and holds `burst`, a full window by default."""

    def __init__(self, limit: int, window_s: float, *, burst: float | None = None) -> None:
        self.limit, self.window_s = limit, window_s
        self._burst = self._level = float(limit) if burst is None else burst
        self._at = 0.0

    def admit(self, now: float, amount: int = 1) -> OverLimit | None:
        """Admit the amount, or refuse it; an amount above the capacity is admitted when the bucket is full."""
        self.charge(now, 0)
        missing = min(float(max(1, amount)), self._burst) - self._level
        if missing > 1e-9:
            return OverLimit(missing * self.window_s / self.limit)
        self._level -= amount
        return None

    def charge(self, now: float, amount: int) -> None:
        """Count an amount that has been used, even above the limit."""
        self._level = min(self._burst, self._level + (now - self._at) * self.limit / self.window_s) - amount
        self._at = now

    def left(self, now: float) -> int:
        """The amount that would be admitted now."""
        self.charge(now, 0)
        return max(0, int(self._level))


class PerSecond(ServerTokenBucket):
    """A token bucket that holds the amount of one second, whatever the length of the announced window."""

    def __init__(self, limit: int, window_s: float) -> None:
        super().__init__(limit, window_s, burst=max(1.0, limit / window_s))


class FixedWindow:
    """Fixed windows of `window_s` seconds with `limit` each; up to twice as many pass around a boundary."""

    def __init__(self, limit: int, window_s: float) -> None:
        self.limit, self.window_s = limit, window_s
        self._number, self._sum = -1, 0

    def admit(self, now: float, amount: int = 1) -> OverLimit | None:
        """Admit the amount, or refuse it with the time to wait."""
        self.charge(now, 0)
        if self._sum and self._sum + max(1, amount) > self.limit:
            return OverLimit((self._number + 1) * self.window_s - now)
        self._sum += amount
        return None

    def charge(self, now: float, amount: int) -> None:
        """Count an amount that has been used, even above the limit."""
        number = int(now // self.window_s)
        if number != self._number:
            self._number, self._sum = number, 0
        self._sum += amount

    def left(self, now: float) -> int:
        """The amount that would be admitted now."""
        self.charge(now, 0)
        return max(0, self.limit - self._sum)


LIMIT_KINDS: dict[str, Callable[[int, float], ServerLimit]] = {
    "sliding-log": SlidingLog,
    "token-bucket": ServerTokenBucket,
    "fixed-window": FixedWindow,
    "per-second": PerSecond,
}


class Arrivals:
    """The largest number of arrivals in any `window_s` seconds; times must be given in order."""

    def __init__(self, window_s: float) -> None:
        self.window_s, self.most = window_s, 0
        self._recent: deque[float] = deque()

    def arrived(self, now: float) -> None:
        """Count an arrival."""
        self._recent.append(now)
        while now - self._recent[0] >= self.window_s:
            self._recent.popleft()
        self.most = max(self.most, len(self._recent))
