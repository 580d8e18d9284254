"""The health of one server, from the outcomes of all its requests: when the circuit breaker opens, and when to give up.

The breaker opens for a rejection (429), for the third overload in a row, when the retry budget is used up on a server
that has answered before, and when its own probe fails.
"""

import random
from collections.abc import Callable

from fellowship.protocols.errors import Overloaded, ProviderError, ProviderRefused, RateLimited
from fellowship.protocols.events import get_logger
from fellowship.protocols.quota import Quota
from fellowship.ratelimit.circuit_breaker import CircuitBreaker, RetryBudget
from fellowship.ratelimit.dispatcher import Permit
from fellowship.ratelimit.limiter_statistics import RateLimiterCounts

OVERLOADS_BEFORE_PAUSE = 3

log = get_logger()


class ServerHealth:
    """Circuit breaker and retry budget of a quota's server.

    `on_gone` is called with a ProviderRefused when the server has answered nothing for `patience_s` seconds.
    """

    def __init__(
        self,
        quota: Quota,
        counts: RateLimiterCounts,
        rng: random.Random,
        *,
        patience_s: float,
        on_gone: Callable[[ProviderRefused], None],
    ) -> None:
        self.breaker, self.retry_budget = CircuitBreaker(), RetryBudget()
        self._quota, self._counts, self._rng = quota, counts, rng
        self._patience_s, self._on_gone = patience_s, on_gone
        self.silent_since: float | None = None  # without idle time
        self._last_active = 0.0
        self._n_overloads = 0

    @property
    def is_good(self) -> bool:
        """Whether the breaker is closed and no failure is left in the retry budget."""
        return self.breaker.is_closed and self.retry_budget.is_full

    def ended(self, permit: Permit, *, got_through: bool) -> None:
        """A request has ended; `got_through`: the server took it."""
        if got_through:
            self.silent_since = None
        if permit.is_probe:
            self.breaker.probe_ended(got_through=got_through)
            if got_through:
                self.retry_budget.refill()

    def was_idle(self, silent_since: float, now: float) -> None:
        """A request comes after a time without any: that time is no silence of the server."""
        self.silent_since = silent_since + now - self._last_active
        self._last_active = now

    def answered(self, permit: Permit) -> None:
        """A request was answered with a completion."""
        if permit.is_probe:
            self.ended(permit, got_through=True)
        self.silent_since = None
        if self.retry_budget.n_ahead:
            self.retry_budget.succeeded()
        self._n_overloads = 0

    def rejected(self, permit: Permit, error: RateLimited, now: float) -> bool:
        """A request was rejected with a 429; whether this starts a new episode."""
        return self._trip(permit, now, "the provider to take requests again", error.retry_after_s)

    def failed(self, permit: Permit, error: ProviderError, now: float, *, n_open: int) -> None:
        """A request failed by overload, a 500, a time-out or a malformed response."""
        is_used_up = self.retry_budget.failed(n_open=n_open)
        if isinstance(error, Overloaded):
            self._n_overloads += 1
            if self._n_overloads >= OVERLOADS_BEFORE_PAUSE or permit.is_probe:
                self._trip(permit, now, "the provider, which is overloaded", error.retry_after_s)
        elif permit.is_probe or (is_used_up and self._counts.answered):
            self._trip(permit, now, "the provider, where most requests fail", None)

    def _trip(self, permit: Permit, now: float, reason: str, wait_s: float | None) -> bool:
        self.silent_since = now if self.silent_since is None else self.silent_since
        self._last_active = now
        if now - self.silent_since > self._patience_s:
            minutes = self._patience_s / 60
            self._on_gone(ProviderRefused(f"{self._quota} has answered nothing for {minutes:.0f} minutes: {reason}"))
        jitter_s = self._rng.uniform(0.0, 0.25)
        is_new = self.breaker.trip(now, reason, sent_at=permit.at, wait_s=wait_s, jitter_s=jitter_s)
        if is_new:
            self._counts.n_pauses += 1
            log.info("quota_paused", quota=str(self._quota), reason=reason, wait_s=round(self.breaker.until - now, 2))
        return is_new
