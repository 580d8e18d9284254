"""When nothing goes out at all: the server asked for a pause, or most requests failed. One probe ends it.

All requests of an episode - those that were under way when it began - are turned away for the same reason, so they
open no other one. While it lasts nothing is sent; then one request goes ahead. If it gets through, all may follow,
at the usual pace; if it does not, the pause is twice as long.
"""

FIRST_S = 1.0
LONGEST_S = 60.0
RETRY_BUDGET = 20


class Pause:
    """Open, or closed until a moment, or waiting for its probe."""

    def __init__(self) -> None:
        self.reason = ""
        self.until = 0.0
        self._began = float("-inf")
        self._last_s = 0.0
        self._awaits_probe = False
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether everything may go out."""
        return not self._awaits_probe

    def wait_s(self, now: float) -> float | None:
        """Seconds until something may go out, 0 when it may now; None while the probe is under way."""
        if not self._awaits_probe:
            return 0.0
        if now < self.until:
            return self.until - now
        return None if self._probing else 0.0

    def probe(self) -> bool:
        """Called for what goes out; whether it is the probe."""
        if not self._awaits_probe or self._probing:
            return False
        self._probing = True
        return True

    def hold(self, now: float, reason: str, *, sent_at: float, wait_s: float | None, jitter_s: float) -> bool:
        """Close, or stay closed for longer; whether this begins a new episode.

        `wait_s` is the server's own wish; without it, one second, then twice as long as the last time, up to a minute.
        What was sent before an episode is no news any more once its pause is over, whether its probe is back or not.
        """
        if sent_at < self._began and (self.is_open or now >= self.until):
            return False
        new = self.is_open or now >= self.until
        if new:
            again = self._awaits_probe  # its probe failed
            self._last_s = min(LONGEST_S, 2 * self._last_s) if again and self._last_s else FIRST_S
            self._began, self.reason = now, reason
        wished_s = max(wait_s, FIRST_S) if wait_s is not None else 0.0
        shortest_s = self._last_s if new else 0.0
        self.until = max(self.until, now + max(wished_s, shortest_s) + jitter_s)
        self._awaits_probe = True
        return new

    def probe_ended(self, *, got_through: bool) -> None:
        """The probe was answered, turned away, or given up."""
        self._probing = False
        if got_through:
            self._awaits_probe, self._last_s = False, 0.0


class RetryBudget:
    """Retries that may be under way without most requests getting through: a failure takes one, a success gives one
    back. A noisy server, on which one in four fails, never empties it; one that is down does after twenty."""

    def __init__(self, size: int = RETRY_BUDGET) -> None:
        self._size = self.left = size

    def failed(self) -> bool:
        """Take one; whether that was the last."""
        self.left = max(0, self.left - 1)
        return self.left == 0

    def succeeded(self) -> None:
        """Give one back."""
        if self.left < self._size:
            self.left += 1

    def refill(self) -> None:
        """Give all back: a probe got through."""
        self.left = self._size
