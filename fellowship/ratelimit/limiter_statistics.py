"""The state of a rate limiter at one moment, and what it has counted so far."""

from collections import Counter
from dataclasses import dataclass, field

from fellowship.formatting.units import format_duration
from fellowship.protocols.quota import Quota


@dataclass(slots=True)
class RateLimiterCounts:
    """Numbers of requests since the rate limiter was opened.

    permitted     requests to be sent; each is then answered, rejected, failed or abandoned
    answered      with a completion
    rejected      with a 429
    failed        all failures, rejections included, by class of error
    retried       permitted again after a failure
    n_pauses      how often the circuit breaker opened
    last_failure  moment (seconds of the loop's clock) and class of the last failure
    """

    permitted: int = 0
    answered: int = 0
    rejected: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    retried: int = 0
    n_pauses: int = 0
    last_failure: tuple[float, str] | None = None

    def since(self, before: "RateLimiterCounts") -> "RateLimiterCounts":
        """The difference to an earlier count."""
        numbers = ("permitted", "answered", "rejected", "failed", "retried", "n_pauses")
        differences = {name: getattr(self, name) - getattr(before, name) for name in numbers}
        last_failure = self.last_failure if self.last_failure != before.last_failure else None
        return RateLimiterCounts(**differences, last_failure=last_failure)


@dataclass(frozen=True, slots=True)
class RateLimiterStatistics:
    """The state of a rate limiter at one moment.

    waiting, open    numbers of requests; `max_open` bounds `open`
    waits_for, for_s the reason for which the next request waits, and seconds until it ends (None: until an event)
    usage            (used, limit) by limit
    scale            fraction of the limits that adaptation allows, in (0, 1]
    share            fraction of the quota that this process has, in (0, 1]
    n_wakes          how often the dispatcher woke up
    """

    quota: Quota
    waiting: int
    open: int
    max_open: int
    waits_for: str | None
    for_s: float | None
    usage: dict[str, tuple[int, int]]
    scale: float
    share: float
    guard_s: float
    n_wakes: int
    counts: RateLimiterCounts

    def __str__(self) -> str:
        """One line for people: open and waiting requests, and what the next one waits for."""
        line = f"{self.quota.provider}: {self.open:,} open" + (f", {self.waiting:,} waiting" if self.waiting else "")
        if not self.waiting or self.waits_for is None:
            return line
        until = "" if self.for_s is None else f", {format_duration(self.for_s)} more"
        return f"{line} for {self.waits_for}{until}"


def named(error: BaseException) -> str:
    """The class of an error and the wait that the provider asks for; not its text, which may quote private data."""
    wish = getattr(error, "retry_after_s", None)
    return type(error).__name__ + ("" if wish is None else f", to be tried again in {format_duration(wish)}")
