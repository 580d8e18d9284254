"""When nothing goes out at all: the server asked for a pause, or most requests failed. One probe ends it.

All requests of an episode - those that were under way when it began - are turned away for the same reason, so they
open no other one. While it lasts nothing is sent; then one request goes ahead. If it gets through, all may follow,
at the usual pace; if it does not, the pause is twice as long.
"""

FIRST_PAUSE_S = 1.0
LONGEST_S, LONGEST_WISH_S = 60.0, 120.0
RETRY_BUDGET = 8


class CircuitBreaker:
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

        `wait_s` is the server's own wish, two minutes at most; without it, one second, then twice as long as the last
        time, up to a minute.
        What was sent before an episode is no news any more once its pause is over, whether its probe is back or not.
        """
        if sent_at < self._began and (self.is_open or now >= self.until):
            return False
        new = self.is_open or now >= self.until
        if new:
            again = self._awaits_probe  # its probe failed
            self._last_s = min(LONGEST_S, 2 * self._last_s) if again and self._last_s else FIRST_PAUSE_S
            self._began, self.reason = now, reason
        wished_s = min(max(wait_s, FIRST_PAUSE_S), LONGEST_WISH_S) if wait_s is not None else 0.0
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
    """How far failures may be ahead of successes: eight, or half of what is open, as failures come back sooner.

    A noisy server, on which one request in four fails, never gets there; one that is down does at once.
    """

    def __init__(self, size: int = RETRY_BUDGET) -> None:
        self._size = size
        self._ahead = 0

    def failed(self, *, n_open: int) -> bool:
        """One more; whether there are too many."""
        self._ahead += 1
        return self._ahead >= max(self._size, n_open // 2)

    @property
    def is_full(self) -> bool:
        """Whether no failure is unanswered by a success."""
        return not self._ahead

    def succeeded(self) -> None:
        """One less."""
        if self._ahead:
            self._ahead -= 1

    def refill(self) -> None:
        """Begin anew: a probe got through."""
        self._ahead = 0
