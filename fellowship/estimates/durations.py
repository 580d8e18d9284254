"""How long a run takes under the limits of its quotas, and which limit is the bottleneck.

Quotas are used in parallel, so the slowest is the bottleneck. Where no limit is known, the time follows from measured
latencies and the measured number of open requests; without these it is unknown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fellowship.estimates.agent_estimate import AgentEstimate
from fellowship.estimates.interval import ZERO_INTERVAL, Interval, sum_intervals
from fellowship.protocols.quota import DAY_S, MINUTE_S, Limits
from fellowship.providers.catalog import BUILT_IN_PROVIDERS, server_address
from fellowship.runners.run_spec import RunSpec
from fellowship.settings.limits import ConfiguredLimits
from fellowship.settings.settings import Settings, known_servers


@dataclass(frozen=True, slots=True)
class ProviderLoad:
    """The load of one quota. `charged` are tokens of replies as the server counts them against its limits.

    `latency_s` is that of all requests together, None where it was not measured; `mean_open` is then 0.
    """

    requests: Interval
    prompt: Interval
    charged: Interval
    latency_s: Interval | None = None
    mean_open: float = 0.0

    def plus(self, other: "ProviderLoad") -> "ProviderLoad":
        """Both loads together; `mean_open` is that of the whole run in either."""
        return ProviderLoad(
            self.requests.plus(other.requests),
            self.prompt.plus(other.prompt),
            self.charged.plus(other.charged),
            self.latency_s.plus(other.latency_s) if self.latency_s and other.latency_s else None,
            self.mean_open,
        )


@dataclass(frozen=True, slots=True)
class DurationEstimate:
    """Seconds and their bottleneck, such as `openai: output tokens per minute`; or None and the reason.

    `unknown`: the reasons for quotas whose time is not part of the seconds, which are then the least.
    """

    seconds: Interval | None
    bottleneck: str
    unknown: tuple[str, ...] = ()


def provider_loads(
    spec: RunSpec, estimates: Sequence[AgentEstimate], mean_open: float
) -> dict[str, tuple[ProviderLoad, Limits]]:
    """By quota, named like its provider or, where a model has limits of its own, like the model.

    Simulated and recorded models have no quota.
    """
    limits = ConfiguredLimits(spec.settings, spec.options.limits)
    found: dict[str, tuple[ProviderLoad, Limits]] = {}
    for estimate in estimates:
        provider = estimate.agent_model.model.partition("/")[0]
        if provider in BUILT_IN_PROVIDERS:
            continue
        group, own = limits.of(estimate.agent_model.model)
        name, load = group or provider, _load(estimate, provider, spec.settings, mean_open)
        found[name] = (found[name][0].plus(load) if name in found else load, own)
    return found


def estimate_duration(loads: Mapping[str, tuple[ProviderLoad, Limits]]) -> DurationEstimate:
    """The duration of a run, from the load and the limits of each quota by name."""
    return _slowest([_of_quota(name, *load) for name, load in loads.items()])


def total_duration(durations: Sequence[DurationEstimate]) -> DurationEstimate:
    """The duration of runs one after another: the sum of those known, and the bottleneck of the longest."""
    slowest = _slowest(durations)
    known = [each.seconds for each in durations if each.seconds is not None]
    return slowest if slowest.seconds is None else replace(slowest, seconds=sum_intervals(known))


def _slowest(durations: Sequence[DurationEstimate]) -> DurationEstimate:
    """The longest known duration, with the reasons for those that are unknown."""
    if not durations:
        return DurationEstimate(ZERO_INTERVAL, "nothing is asked over a network")
    without = [each for each in durations if each.seconds is None]
    reasons = tuple(dict.fromkeys([*(each.bottleneck for each in without), *(r for d in durations for r in d.unknown)]))
    known = [(each.seconds.expected, at) for at, each in enumerate(durations) if each.seconds is not None]
    if not known:
        return DurationEstimate(None, "; ".join(reasons))
    return replace(durations[max(known, key=lambda pair: (pair[0], -pair[1]))[1]], unknown=reasons)


def _load(estimate: AgentEstimate, provider: str, settings: Settings, mean_open: float) -> ProviderLoad:
    """`max_tokens` count in full where that is known: of a provider's own server, not of one at another address."""
    requests = estimate.asks.scaled(estimate.attempts_per_ask)
    server = known_servers(settings).get(provider)
    in_full = server is not None and server.charges_max_tokens and server_address(provider, server) == server.base_url
    reserved = requests.scaled(estimate.longest_reply) if in_full else ZERO_INTERVAL
    charged = max(estimate.completion, reserved, key=lambda tokens: tokens.expected)
    return ProviderLoad(requests, estimate.prompt, charged, estimate.latency_s, mean_open)


def _of_quota(name: str, load: ProviderLoad, limits: Limits) -> DurationEstimate:
    waits = [DurationEstimate(seconds, f"{name}: {what}") for what, seconds in _waits(load, limits)]
    if waits:
        return _slowest(waits)
    if load.latency_s is None or not load.mean_open:
        unknown = "no limits configured" if limits.max_concurrency is None else "no latency measured"
        return DurationEstimate(None, f"{unknown} for {name}")
    at_once = f"latency, with {load.mean_open:.1f} requests open at once as measured"
    return DurationEstimate(load.latency_s.scaled(1 / load.mean_open), f"{name}: {at_once}")


def _waits(load: ProviderLoad, limits: Limits) -> Iterator[tuple[str, Interval]]:
    per_minute = (
        ("requests per minute", load.requests, limits.rpm),
        ("tokens per minute", load.prompt.plus(load.charged), limits.tpm),
        ("input tokens per minute", load.prompt, limits.itpm),
        ("output tokens per minute", load.charged, limits.otpm),
    )
    for what, amount, limit in per_minute:
        if limit is not None:
            yield what, amount.scaled(MINUTE_S / limit)
    if limits.rpd is not None:  # all of a day's requests may be sent at its beginning
        yield "requests per day", Interval(*(max(0.0, end - 1) // limits.rpd * DAY_S for end in load.requests))
    if limits.max_concurrency is not None and load.latency_s is not None:
        yield "requests open at once", load.latency_s.scaled(1 / limits.max_concurrency)
