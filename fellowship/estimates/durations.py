"""How long a run takes under the limits of its quotas, and which limit is the bottleneck.

Quotas are used in parallel, so the slowest is the bottleneck. Where no limit is known, the time follows from measured
latencies and the measured number of open requests; without these it is unknown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fellowship.estimates.interval import ZERO_INTERVAL, Interval
from fellowship.protocols.quota import DAY_S, MINUTE_S, Limits


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


@dataclass(frozen=True, slots=True)
class DurationEstimate:
    """Seconds and their bottleneck, such as `openai: output tokens per minute`; or None and the reason."""

    seconds: Interval | None
    bottleneck: str


def estimate_duration(loads: Mapping[str, tuple[ProviderLoad, Limits]]) -> DurationEstimate:
    """The duration of a run, from the load and the limits of each quota by name."""
    by_quota = {name: _of_quota(name, *load) for name, load in loads.items()}
    if not by_quota:
        return DurationEstimate(ZERO_INTERVAL, "nothing is asked over a network")
    unknown = next((each for each in by_quota.values() if each.seconds is None), None)
    return unknown or max(by_quota.values(), key=_expected_s)


def total_duration(durations: Sequence[DurationEstimate]) -> DurationEstimate:
    """The duration of runs one after another: their sum, and the bottleneck of the longest."""
    unknown = next((each for each in durations if each.seconds is None), None)
    if unknown is not None or not durations:
        return unknown or DurationEstimate(ZERO_INTERVAL, "nothing is asked over a network")
    total = ZERO_INTERVAL
    for each in durations:
        total = total.plus(each.seconds or ZERO_INTERVAL)
    return DurationEstimate(total, max(durations, key=_expected_s).bottleneck)


def _of_quota(name: str, load: ProviderLoad, limits: Limits) -> DurationEstimate:
    found = [DurationEstimate(seconds, f"{name}: {what}") for what, seconds in _waits(load, limits)]
    if found:
        return max(found, key=_expected_s)
    if load.latency_s is None or not load.mean_open:
        known = limits.max_concurrency is not None
        return DurationEstimate(
            None, f"no latency measured for {name}" if known else f"no limits configured for {name}"
        )
    at_once = f"latency, with {load.mean_open:.1f} requests open at once as measured"
    return DurationEstimate(load.latency_s.scaled(1 / load.mean_open), f"{name}: {at_once}")


def _waits(load: ProviderLoad, limits: Limits) -> Iterator[tuple[str, Interval]]:
    tokens = load.prompt.plus(load.charged)
    per_minute = (
        ("requests per minute", load.requests, limits.rpm),
        ("tokens per minute", tokens, limits.tpm),
        ("input tokens per minute", load.prompt, limits.itpm),
        ("output tokens per minute", load.charged, limits.otpm),
    )
    for what, amount, limit in per_minute:
        if limit is not None:
            yield what, amount.scaled(MINUTE_S / limit)
    if limits.rpd is not None:
        yield "requests per day", _days(load.requests, limits.rpd)
    if limits.max_concurrency is not None and load.latency_s is not None:
        yield "requests open at once", load.latency_s.scaled(1 / limits.max_concurrency)


def _days(requests: Interval, limit: int) -> Interval:
    """Seconds until the last request: all of a day's requests may be sent at its beginning."""
    low, expected, high = (
        max(0.0, end - 1) // limit * DAY_S for end in (requests.low, requests.expected, requests.high)
    )
    return Interval(low, expected, high)


def _expected_s(found: DurationEstimate) -> float:
    return found.seconds.expected if found.seconds is not None else float("inf")
