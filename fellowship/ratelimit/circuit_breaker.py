"""Circuit breaker (Nygard 2007, Release It!): nothing is sent while the server asks for a pause or most requests fail.

Closed: requests are sent. Open: none is sent until a moment. Half-open: one request, the probe, is sent; if it gets
through the breaker closes, if not it opens again for twice as long.

All requests that were in progress when the breaker opened fail for the same reason, so they do not open it again.
"""

FIRST_PAUSE_S = 1.0
LONGEST_S, LONGEST_REQUESTED_S = 60.0, 120.0
RETRY_BUDGET = 8


class CircuitBreaker:
    """The breaker of one server; `reason` and `until` describe why and until when it is open."""

    def __init__(self) -> None:
        self.reason = ""
        self.until = 0.0
        self.is_closed = True
        self._opened_at = float("-inf")
        self._last_s = 0.0
        self._is_probing = False

    def wait_s(self, now: float) -> float | None:
        """Seconds until a request may be sent, 0 when it may be sent now; None while the probe is in progress."""
        if self.is_closed:
            return 0.0
        if now < self.until:
            return self.until - now
        return None if self._is_probing else 0.0

    def probe(self) -> bool:
        """Called for each request that is sent; whether it is the probe."""
        if self.is_closed or self._is_probing:
            return False
        self._is_probing = True
        return True

    def trip(self, now: float, reason: str, *, sent_at: float, wait_s: float | None, jitter_s: float) -> bool:
        """Open, or stay open for longer; whether this starts a new episode.

        `wait_s` is the pause that the server asks for, of which at most 120 s are granted. Without it the pause is 1 s,
        then twice the last one, at most 60 s. A failure of a request that was sent before the episode started does not
        count after the pause is over, whether the probe has returned or not.
        """
        if sent_at < self._opened_at and (self.is_closed or now >= self.until):
            return False
        is_new = self.is_closed or now >= self.until
        if is_new:
            has_failed_probe = not self.is_closed
            self._last_s = min(LONGEST_S, 2 * self._last_s) if has_failed_probe and self._last_s else FIRST_PAUSE_S
            self._opened_at, self.reason = now, reason
        requested_s = min(max(wait_s, FIRST_PAUSE_S), LONGEST_REQUESTED_S) if wait_s is not None else 0.0
        shortest_s = self._last_s if is_new else 0.0
        self.until = max(self.until, now + max(requested_s, shortest_s) + jitter_s)
        self.is_closed = False
        return is_new

    def probe_ended(self, *, got_through: bool) -> None:
        """The probe was answered (`got_through`), was rejected or failed, or was cancelled."""
        self._is_probing = False
        if got_through:
            self.is_closed, self._last_s = True, 0.0


class RetryBudget:
    """The most failures by which successes may be outnumbered: 8, or half of the open requests, if that is more.

    `n_ahead` is by how many. Failures return sooner than answers, hence the share of the open requests. A server on
    which one request in four fails does not use up the budget; one that is down does at once.
    """

    def __init__(self) -> None:
        self.n_ahead = 0

    def failed(self, *, n_open: int) -> bool:
        """Count a failure; whether the budget is used up."""
        self.n_ahead += 1
        return self.n_ahead >= max(RETRY_BUDGET, n_open // 2)

    @property
    def is_full(self) -> bool:
        """Whether successes have made up for all failures."""
        return not self.n_ahead

    def succeeded(self) -> None:
        """Count a success."""
        if self.n_ahead:
            self.n_ahead -= 1

    def refill(self) -> None:
        """Forget all failures, as after a probe that got through."""
        self.n_ahead = 0
