"""What a gate tells about itself, at any moment."""

from collections import Counter
from dataclasses import dataclass, field

from fellowship.formatting.units import format_duration
from fellowship.protocols.quota import Quota


@dataclass(slots=True)
class RateLimiterCounts:
    """What has happened since the gate was opened; numbers of requests.

    granted     let out; each of them ends up in one of the next three, or was given up
    answered    with a completion
    rejected    429: too much was asked
    failed      otherwise, by kind of error
    retried     let out once more after a failure
    n_pauses    how often everything was held back
    last_failure  when the last one failed (seconds of the loop's clock), and by what kind of error
    """

    granted: int = 0
    answered: int = 0
    rejected: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    retried: int = 0
    n_pauses: int = 0
    last_failure: tuple[float, str] | None = None

    def since(self, before: "RateLimiterCounts") -> "RateLimiterCounts":
        """What was added to an earlier count."""
        return RateLimiterCounts(
            granted=self.granted - before.granted,
            answered=self.answered - before.answered,
            rejected=self.rejected - before.rejected,
            failed=self.failed - before.failed,
            retried=self.retried - before.retried,
            n_pauses=self.n_pauses - before.n_pauses,
            last_failure=self.last_failure if self.last_failure != before.last_failure else None,
        )


@dataclass(frozen=True, slots=True)
class RateLimiterStatistics:
    """The gate at one moment. `waits_for` and `for_s` (None: until something happens): what the next one waits for.

    `uses` gives used and limit by limit; `max_open` is how many requests may be open; `share` is what this process
    has of the quota; `factor` is what refusals have left of the limit. `n_wakes`: how often
    the pump woke up.
    """

    quota: Quota
    waiting: int
    open: int
    max_open: int
    waits_for: str | None
    for_s: float | None
    uses: dict[str, tuple[int, int]]
    scale: float
    share: float
    guard_s: float
    n_wakes: int
    counts: RateLimiterCounts

    def __str__(self) -> str:
        """One line that a person reads: what is open, what waits, for what and how long."""
        line = f"{self.quota.provider}: {self.open:,} open"
        if not self.waiting:
            return line
        line += f", {self.waiting:,} waiting"
        if self.waits_for is None:
            return line
        until = "" if self.for_s is None else f", {format_duration(self.for_s)} more"
        return f"{line} for {self.waits_for}{until}"


def named(error: BaseException) -> str:
    """The kind of an error, and the wait that a provider wishes for; never its text, which quotes others."""
    wish = getattr(error, "retry_after_s", None)
    return type(error).__name__ + ("" if wish is None else f", to be tried again in {format_duration(wish)}")
