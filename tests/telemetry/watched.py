"""Runs that are only counted: metrics with a clock of the test's own, gates that stand as they are told."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from fellowship.protocols.completions import Completion, Usage
from fellowship.protocols.quota import Quota
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.ratelimit.limiter_statistics import RateLimiterCounts, RateLimiterStatistics
from fellowship.settings.prices import Prices, Pricing
from fellowship.settings.settings import NO_SETTINGS, Price
from fellowship.telemetry.metrics import Metrics, ModelUsage

PRICE = Price.model_validate({"input": Decimal("2.5"), "output": 10, "cached": 1, "as_of": "2026-11-01"})


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class StandingGate:
    """A gate with given statistics."""

    def __init__(self, statistics: RateLimiterStatistics) -> None:
        self.quota, self.standing = statistics.quota, statistics

    def statistics(self) -> RateLimiterStatistics:
        """As given."""
        return self.standing


def a_limiter(provider: str, **fields: Any) -> StandingGate:
    """Nothing is open and nothing waits, unless it is said."""
    standing: dict[str, Any] = {
        "quota": Quota(provider),
        "waiting": 0,
        "open": 0,
        "max_open": 10_000,
        "waits_for": None,
        "for_s": None,
        "usage": {},
        "scale": 1.0,
        "share": 1.0,
        "guard_s": 0.0,
        "n_wakes": 0,
        "counts": RateLimiterCounts(failed=Counter()),
    }
    return StandingGate(RateLimiterStatistics(**{**standing, **fields}))


@dataclass
class WatchedRun:
    """Metrics and their clock."""

    metrics: Metrics
    clock: Clock

    def asks(
        self, model: str, *, n: int = 0, limiter: StandingGate | None = None, counted: bool = True, s: float = 1.0
    ) -> ModelUsage:
        """The model is asked once more than it answers, n times, in s seconds each."""
        tally = self.metrics.usage_of(model, cast("RateLimiter | None", limiter))
        usage = Usage(prompt_tokens=1_000, completion_tokens=100, cached_tokens=400) if counted else Usage()
        tally.n_asked += n + 1
        for _ in range(n):
            tally.answered(Completion("yes", usage=usage, latency_s=s))
        return tally


def a_run(label: str = "loop", *, total: int = 100, folder: Path | None = None, **prices: Price) -> WatchedRun:
    """A run that has just begun; every model of a provider has the provider's price."""
    clock, unpriced = Clock(), Prices(NO_SETTINGS, lambda model: None)

    def pricing_of(model: str) -> Pricing:
        price = prices.get(model.partition("/")[0])
        return unpriced.of(model) if price is None else Pricing("priced", price)

    return WatchedRun(Metrics(label, total, folder, pricing_of, clock), clock)
