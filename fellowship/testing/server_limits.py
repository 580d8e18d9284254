"""How servers limit what they take: pure models without a clock of their own. Moments are seconds, from the caller.

They stand behind `fellowship serve-sim` and behind tests in virtual time.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OverLimit:
    """Not now; `retry_after_s` is when there will be room, if nothing else comes."""

    retry_after_s: float


class ServerLimit(Protocol):
    """One limit, of requests or of tokens."""

    limit: int
    window_s: float

    def admit(self, now: float, amount: int = 1) -> OverLimit | None:
        """Take the amount, unless it is too much; 0 asks whether there is room at all, and takes nothing."""

    def charge(self, now: float, amount: int) -> None:
        """Take an amount that was used already, too much or not: tokens are counted when they have been written."""

    def left(self, now: float) -> int:
        """What would be taken now; 0 when it is used up."""


class SlidingLog:
    """Never more than `limit` in any `window_s` seconds."""

    def __init__(self, limit: int, window_s: float) -> None:
        self.limit, self.window_s = limit, window_s
        self._taken: deque[tuple[float, int]] = deque()
        self._sum = 0

    def admit(self, now: float, amount: int = 1) -> OverLimit | None:
        """See `ServerLimit.admit`."""
        self._forget(now)
        too_much = self._sum + max(1, amount) - self.limit
        if too_much > 0 and self._taken:
            return OverLimit(self._room_for(too_much) + self.window_s - now)
        if amount:
            self.charge(now, amount)
        return None

    def charge(self, now: float, amount: int) -> None:
        """See `ServerLimit.charge`."""
        self._taken.append((now, amount))
        self._sum += amount

    def left(self, now: float) -> int:
        """See `ServerLimit.left`."""
        self._forget(now)
        return max(0, self.limit - self._sum)

    def _forget(self, now: float) -> None:
        while self._taken and now - self._taken[0][0] >= self.window_s:
            self._sum -= self._taken.popleft()[1]

    def _room_for(self, amount: int) -> float:
        """The moment of the last of the oldest entries that have to go, to make room for an amount."""
        sums = accumulate(taken for _, taken in self._taken)
        latest = self._taken[-1][0]
        return next((at for (at, _), freed in zip(self._taken, sums, strict=True) if freed >= amount), latest)


class ServerTokenBucket:
    """Filled at `limit` in `window_s` seconds, evenly; holds `burst` at most, a whole window's by default."""

    def __init__(self, limit: int, window_s: float, *, burst: float | None = None) -> None:
        self.limit, self.window_s = limit, window_s
        self._burst = self._level = float(limit) if burst is None else burst
        self._at = 0.0

    def admit(self, now: float, amount: int = 1) -> OverLimit | None:
        """See `ServerLimit.admit`. More than the bucket holds is taken when it is full."""
        self.charge(now, 0)
        missing = min(float(max(1, amount)), self._burst) - self._level
        if missing > 1e-9:
            return OverLimit(missing * self.window_s / self.limit)
        self._level -= amount
        return None

    def charge(self, now: float, amount: int) -> None:
        """See `ServerLimit.charge`."""
        self._level = min(self._burst, self._level + (now - self._at) * self.limit / self.window_s) - amount
        self._at = now

    def left(self, now: float) -> int:
        """See `ServerLimit.left`."""
        self.charge(now, 0)
        return max(0, int(self._level))


class PerSecond(ServerTokenBucket):
    """The same, but a second's worth at once is all that is taken, however long the window is said to be."""

    def __init__(self, limit: int, window_s: float) -> None:
        super().__init__(limit, window_s, burst=max(1.0, limit / window_s))


class FixedWindow:
    """`limit` between one full minute (or other window) and the next; up to twice as many around its end."""

    def __init__(self, limit: int, window_s: float) -> None:
        self.limit, self.window_s = limit, window_s
        self._number, self._sum = -1, 0

    def admit(self, now: float, amount: int = 1) -> OverLimit | None:
        """See `ServerLimit.admit`."""
        self.charge(now, 0)
        if self._sum and self._sum + max(1, amount) > self.limit:
            return OverLimit((self._number + 1) * self.window_s - now)
        self._sum += amount
        return None

    def charge(self, now: float, amount: int) -> None:
        """See `ServerLimit.charge`."""
        number = int(now // self.window_s)
        if number != self._number:
            self._number, self._sum = number, 0
        self._sum += amount

    def left(self, now: float) -> int:
        """See `ServerLimit.left`."""
        self.charge(now, 0)
        return max(0, self.limit - self._sum)


LIMIT_KINDS: dict[str, Callable[[int, float], ServerLimit]] = {
    "sliding-log": SlidingLog,
    "token-bucket": ServerTokenBucket,
    "fixed-window": FixedWindow,
    "per-second": PerSecond,
}


class Arrivals:
    """How many arrived in any `window_s` seconds, at most; moments have to be given in order."""

    def __init__(self, window_s: float) -> None:
        self.window_s, self.most = window_s, 0
        self._lately: deque[float] = deque()

    def arrived(self, now: float) -> None:
        """One more."""
        self._lately.append(now)
        while now - self._lately[0] >= self.window_s:
            self._lately.popleft()
        self.most = max(self.most, len(self._lately))
