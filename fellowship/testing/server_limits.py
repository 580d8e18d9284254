"""Rate limits as servers enforce them, for `serve-sim` and for tests in virtual time: pure, times are arguments."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from itertools import accumulate


class ServerLimit(ABC):
    """A limit on requests or tokens per window of `window_s` seconds. Times are given in order."""

    def __init__(self, limit: int, window_s: float) -> None:
        self.limit, self.window_s = limit, window_s

    def admit(self, now: float, amount: int = 1) -> float | None:
        """Admit the amount (None), or refuse it with the seconds until it fits, if nothing else is admitted.

        0 is admitted if anything would be, and takes nothing.
        """
        wait_s = self._wait_s(now, max(1, amount))
        if wait_s is None and amount:
            self.charge(now, amount)
        return wait_s

    @abstractmethod
    def charge(self, now: float, amount: int) -> None:
        """Count an amount that has been used, even above the limit: output tokens are known afterwards."""

    @abstractmethod
    def left(self, now: float) -> int:
        """The amount that would be admitted now."""

    @abstractmethod
    def _wait_s(self, now: float, amount: int) -> float | None:
        """Seconds until the amount fits; None if it does now."""


class SlidingLog(ServerLimit):
    """Sliding-window log: at most `limit` in any `window_s` seconds."""

    def __init__(self, limit: int, window_s: float) -> None:
        super().__init__(limit, window_s)
        self._taken: deque[tuple[float, int]] = deque()
        self._sum = 0

    def charge(self, now: float, amount: int) -> None:
        self._taken.append((now, amount))
        self._sum += amount

    def left(self, now: float) -> int:
        while self._taken and now - self._taken[0][0] >= self.window_s:
            self._sum -= self._taken.popleft()[1]
        return max(0, self.limit - self._sum)

    def _wait_s(self, now: float, amount: int) -> float | None:
        if amount <= self.left(now) or not self._taken:
            return None
        too_much = self._sum + amount - self.limit
        sums = accumulate(taken for _, taken in self._taken)
        latest = self._taken[-1][0]
        room_at = next((at for (at, _), freed in zip(self._taken, sums, strict=True) if freed >= too_much), latest)
        return room_at + self.window_s - now


class ServerTokenBucket(ServerLimit):
    """Token bucket that fills evenly at `limit` per `window_s` seconds and holds `burst`, a full window by default.

    An amount above its capacity is admitted when it is full.
    """

    def __init__(self, limit: int, window_s: float, *, burst: float | None = None) -> None:
        super().__init__(limit, window_s)
        self._burst = self._level = float(limit) if burst is None else burst
        self._at = 0.0

    def charge(self, now: float, amount: int) -> None:
        self._level = min(self._burst, self._level + (now - self._at) * self.limit / self.window_s) - amount
        self._at = now

    def left(self, now: float) -> int:
        self.charge(now, 0)
        return max(0, int(self._level))

    def _wait_s(self, now: float, amount: int) -> float | None:
        self.charge(now, 0)
        missing = min(float(amount), self._burst) - self._level
        return missing * self.window_s / self.limit if missing > 1e-9 else None


class PerSecond(ServerTokenBucket):
    """A token bucket that holds the amount of one second, whatever the length of the announced window."""

    def __init__(self, limit: int, window_s: float) -> None:
        super().__init__(limit, window_s, burst=max(1.0, limit / window_s))


class FixedWindow(ServerLimit):
    """Fixed windows of `window_s` seconds with `limit` each; up to twice as many pass around a boundary."""

    def __init__(self, limit: int, window_s: float) -> None:
        super().__init__(limit, window_s)
        self._number, self._sum = -1, 0

    def charge(self, now: float, amount: int) -> None:
        number = int(now // self.window_s)
        if number != self._number:
            self._number, self._sum = number, 0
        self._sum += amount

    def left(self, now: float) -> int:
        self.charge(now, 0)
        return max(0, self.limit - self._sum)

    def _wait_s(self, now: float, amount: int) -> float | None:
        fits = amount <= self.left(now) or not self._sum
        return None if fits else (self._number + 1) * self.window_s - now


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
