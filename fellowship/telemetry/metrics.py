"""The metrics of a run: progress, cost, providers. All displays of a run read them.

Counting costs a few additions per call and per conversation; everything else is computed when it is read.
"""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from fellowship.protocols.completions import Completion, Usage
from fellowship.protocols.errors import ReplyError
from fellowship.protocols.interfaces import Status
from fellowship.protocols.quota import Quota
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.ratelimit.limiter_statistics import RateLimiterCounts, RateLimiterStatistics, named
from fellowship.settings.prices import FREE, Prices, Pricing
from fellowship.settings.settings import NO_SETTINGS
from fellowship.telemetry.eta import EtaEstimator, RemainingTime

LATENCIES = 500
LARGEST_TOKEN_COUNT = 2**53


@dataclass(frozen=True, slots=True)
class ProviderMetrics:
    """The state of one provider at one moment, as numbers of requests.

    `max_open` is the limit on open requests, None without one. `uses` maps each limit to (used, allowed); of several
    quotas of the provider the one with the highest utilisation. `p50_s`, `p95_s` are latency quantiles of its last 500
    answers, None without any.
    """

    name: str
    in_flight: int
    max_open: int | None
    waiting: int
    answered: int
    rejected: int
    failed: int
    retried: int
    p50_s: float | None
    p95_s: float | None
    uses: dict[str, tuple[int, int]]


@dataclass(slots=True)
class ModelUsage:
    """Counts of one model. `latencies_s` are those of its provider's last 500 answers."""

    provider: str
    pricing: Pricing
    latencies_s: deque[float]
    is_simulated: bool = False
    limiter: RateLimiter | None = None
    n_asked: int = 0
    n_answered: int = 0
    n_failed: int = 0
    n_unknown_usage: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0

    def answered(self, completion: Completion) -> None:
        """Count a completion; one of unknown usage makes the cost unknown."""
        usage = completion.usage
        self.n_answered += 1
        self.latencies_s.append(completion.latency_s)
        self.is_simulated |= completion.simulated
        self.n_unknown_usage += not usage.prompt_tokens
        self.prompt_tokens += usage.prompt_tokens
        self.completion_tokens += usage.completion_tokens
        self.cached_tokens += min(usage.cached_tokens, usage.prompt_tokens)

    def cost(self) -> Decimal | None:
        """US dollars; None where it was asked and the price, or the tokens of an answer, are not known."""
        is_free = self.pricing.price is None and (self.pricing.is_known or self.is_simulated)
        if is_free or not self.n_asked:
            return FREE
        if self.n_unknown_usage:
            return None
        return self.pricing.cost(Usage(self.prompt_tokens, self.completion_tokens, self.cached_tokens))


@dataclass(slots=True)
class Metrics:
    """A run of `total` conversations. `now` is the clock, in seconds; `pricing_of` a model is how it is charged.

    `n_finished` and `n_failed` include earlier starts, everything else counts this start. `n_repaired` counts calls
    whose reply was read after unreadable ones.
    """

    label: str = "run"
    total: int = 0
    folder: Path | None = None
    pricing_of: Callable[[str], Pricing] = Prices(NO_SETTINGS, lambda model: None).of
    now: Callable[[], float] = time.monotonic

    n_finished: int = 0
    n_failed: int = 0
    n_begun: int = 0
    n_unreadable: int = 0
    n_repaired: int = 0
    usage_by_model: dict[str, ModelUsage] = field(default_factory=dict)
    eta_estimator: EtaEstimator = field(init=False)
    _latencies_s: dict[str, deque[float]] = field(default_factory=dict)
    _counts_before: dict[Quota, RateLimiterCounts] = field(default_factory=dict)
    _last: tuple[float, str] | None = None

    def __post_init__(self) -> None:
        self.eta_estimator = EtaEstimator(self.now())

    # ---- recorded by the run

    def ended(self, status: Status) -> None:
        """Count a conversation that has ended."""
        self.count_done(status)
        self.eta_estimator.ended(self.now())

    def count_done(self, status: Status) -> None:
        """Count a conversation that is finished or has failed, in this start or in an earlier one."""
        if status == "failed":
            self.n_failed += 1
        else:
            self.n_finished += 1

    def unreadable(self, agent: str, error: ReplyError) -> None:
        """Count an unreadable reply; its text is not kept."""
        self.n_unreadable += 1
        self.record_error(agent, error)

    def record_error(self, source: str, error: BaseException) -> None:
        """Keep the kind of the last error and its source, not its text: that may quote prompts and replies."""
        self._last = self.now(), f"{source}: {named(error)}"

    def usage_of(self, model: str, limiter: RateLimiter | None) -> ModelUsage:
        """The counter for the model's requests."""
        name = model.partition("/")[0]
        if limiter is not None and all(each.limiter is not limiter for each in self.usage_by_model.values()):
            self._counts_before[limiter.quota] = limiter.statistics().counts  # other runs may use it as well
        if model not in self.usage_by_model:
            latencies_s = self._latencies_s.setdefault(name, deque(maxlen=LATENCIES))
            self.usage_by_model[model] = ModelUsage(name, self.pricing_of(model), latencies_s, name == "sim")
        self.usage_by_model[model].limiter = limiter
        return self.usage_by_model[model]

    # ---- read by displays

    @property
    def n_done(self) -> int:
        """Conversations that are finished or have failed, in all starts."""
        return self.n_finished + self.n_failed

    @property
    def n_in_progress(self) -> int:
        """Conversations that were begun and have not ended."""
        return max(0, self.n_begun - self.eta_estimator.n)

    @property
    def simulated(self) -> bool:
        """Whether any model of the run is simulated."""
        return any(usage.is_simulated for usage in self.usage_by_model.values())

    @property
    def n_asked(self) -> int:
        """Calls to models; replies from the journal are not counted."""
        return sum(usage.n_asked for usage in self.usage_by_model.values())

    @property
    def n_answered(self) -> int:
        """Calls that were answered by models."""
        return sum(usage.n_answered for usage in self.usage_by_model.values())

    @property
    def n_requests(self) -> int:
        """Requests sent, retries included."""
        unlimited = sum(usage.n_asked for usage in self.usage_by_model.values() if usage.limiter is None)
        return unlimited + sum(self._since(each).permitted for each in self._limiters())

    @property
    def n_in_flight(self) -> int:
        """Requests that are open now."""
        return sum(each.in_flight for each in self.providers())

    @property
    def prompt_tokens(self) -> int:
        """Prompt tokens of all answered requests."""
        return min(LARGEST_TOKEN_COUNT, sum(usage.prompt_tokens for usage in self.usage_by_model.values()))

    @property
    def completion_tokens(self) -> int:
        """Completion tokens of all answered requests."""
        return min(LARGEST_TOKEN_COUNT, sum(usage.completion_tokens for usage in self.usage_by_model.values()))

    @property
    def n_unknown_usage(self) -> int:
        """Completions for which the provider reported no tokens that can be true."""
        return sum(usage.n_unknown_usage for usage in self.usage_by_model.values())

    @property
    def spend_usd(self) -> Decimal | None:
        """The cost so far; None if the cost of any model is unknown."""
        costs = [usage.cost() for usage in self.usage_by_model.values()]
        known = [cost for cost in costs if cost is not None]
        return sum(known, Decimal(0)) if len(known) == len(costs) else None

    @property
    def projected_usd(self) -> Decimal | None:
        """The projected cost of this start, with conversations in progress counted as half done; None as `eta`."""
        spend = self.spend_usd
        if spend is None or self.eta is None:
            return None
        halves_done = 2 * self.eta_estimator.n + self.n_in_progress
        return spend * (2 * (self.eta_estimator.n + self.total - self.n_done)) / halves_done

    @property
    def per_minute(self) -> float:
        """Conversations that end per minute."""
        return 60.0 * self.eta_estimator.per_s(self.now())

    @property
    def elapsed_s(self) -> float:
        """Seconds since this start."""
        return self.now() - self.eta_estimator.begun

    @property
    def eta(self) -> RemainingTime | None:
        """The remaining time; None while there are too few completions for an estimate."""
        return self.eta_estimator.remaining(self.total - self.n_done, self.now())

    @property
    def waits_for(self) -> list[str]:
        """One line per rate limiter with waiting requests: what they wait for, and how long."""
        return [str(each) for each in self._limiters() if each.waiting]

    @property
    def last_error(self) -> str | None:
        """Source and kind of the last error; never a text written by a model, a server or a user."""
        lasts = [
            (counts.last_failure[0], f"{each.quota.provider}: {counts.last_failure[1]}")
            for each in self._limiters()
            if (counts := self._since(each)).last_failure is not None
        ]
        lasts += [self._last] if self._last is not None else []
        return max(lasts)[1] if lasts else None

    def providers(self) -> list[ProviderMetrics]:
        """All providers of the run, the busiest first."""
        names = dict.fromkeys(usage.provider for usage in self.usage_by_model.values())
        found = [self._provider(name) for name in names]
        return sorted(found, key=lambda each: (-each.in_flight - each.waiting, -each.answered, each.name))

    def _provider(self, name: str) -> ProviderMetrics:
        usages = [usage for usage in self.usage_by_model.values() if usage.provider == name]
        unlimited = [usage for usage in usages if usage.limiter is None]
        limiters = self._limiters(name)
        counts = [self._since(each) for each in limiters]
        latencies = sorted(self._latencies_s[name])
        return ProviderMetrics(
            name=name,
            in_flight=sum(each.open for each in limiters)
            + sum(usage.n_asked - usage.n_answered - usage.n_failed for usage in unlimited),
            max_open=None if unlimited else sum(each.max_open for each in limiters),
            waiting=sum(each.waiting for each in limiters),
            answered=sum(usage.n_answered for usage in usages),
            rejected=sum(each.rejected for each in counts),
            failed=sum(each.failed.total() - each.rejected for each in counts)
            + sum(usage.n_failed for usage in unlimited),
            retried=sum(each.retried for each in counts),
            p50_s=_quantile(latencies, 0.50),
            p95_s=_quantile(latencies, 0.95),
            uses=_highest_utilisation([each.usage for each in limiters]),
        )

    def _limiters(self, provider: str | None = None) -> list[RateLimiterStatistics]:
        """Statistics of the rate limiters of one provider, or of all; each limiter once."""
        usages = [usage for usage in self.usage_by_model.values() if provider in (None, usage.provider)]
        limiters = {id(each.limiter): each.limiter for each in usages}.values()
        return [limiter.statistics() for limiter in limiters if limiter is not None]

    def _since(self, limiter: RateLimiterStatistics) -> RateLimiterCounts:
        """The limiter's counts since this run started to use it."""
        return limiter.counts.since(self._counts_before[limiter.quota])


def _quantile(ordered: list[float], share: float) -> float | None:
    """The quantile by the nearest-rank method; None without values."""
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None


def _highest_utilisation(uses: list[dict[str, tuple[int, int]]]) -> dict[str, tuple[int, int]]:
    """For each limit name, the use with the highest utilisation."""
    highest: dict[str, tuple[int, int]] = {}
    for each in uses:
        for name, (used, limit) in each.items():
            if name not in highest or used * highest[name][1] > highest[name][0] * limit:
                highest[name] = used, limit
    return highest
