"""How long a run takes under the limits of its quotas, and which of them decides it.

Quotas are used side by side, so the slowest decides. Where no limit is known, measured latencies at the measured
number of open requests do; without them the time is not known.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fellowship.estimates.interval import ZERO_INTERVAL, Interval
from fellowship.protocols.quota import DAY_S, MINUTE_S, Limits


@dataclass(frozen=True, slots=True)
class ProviderLoad:
    """What goes through one quota. `charged` are tokens of replies as the server counts them against its limits.

    `latency_s` of all requests together and `mean_open` are None, or 0, where nothing was measured.
    """

    requests: Interval
    prompt: Interval
    charged: Interval
    latency_s: Interval | None = None
    mean_open: float = 0.0


@dataclass(frozen=True, slots=True)
class DurationEstimate:
    """Seconds, and what decides them: `openai: output tokens per minute`. None is not known, and says why."""

    seconds: Interval | None
    bottleneck: str


def estimate_duration(loads: Mapping[str, tuple[ProviderLoad, Limits]]) -> DurationEstimate:
    """Of a run whose quotas, by name, carry these loads under these limits."""
    each = {name: _of_quota(name, *load) for name, load in loads.items()}
    if not each:
        return DurationEstimate(ZERO_INTERVAL, "nothing is asked over a network")
    unknown = next((found for found in each.values() if found.seconds is None), None)
    return unknown or max(each.values(), key=_expected)


def longest_duration(durations: Sequence[DurationEstimate]) -> DurationEstimate:
    """Of runs one after another: their sum, and the bottleneck of the longest."""
    unknown = next((each for each in durations if each.seconds is None), None)
    if unknown is not None or not durations:
        return unknown or DurationEstimate(ZERO_INTERVAL, "nothing is asked over a network")
    added = ZERO_INTERVAL
    for each in durations:
        added = added.plus(each.seconds or ZERO_INTERVAL)
    return DurationEstimate(added, max(durations, key=_expected).bottleneck)


def _of_quota(name: str, load: ProviderLoad, limits: Limits) -> DurationEstimate:
    found = [DurationEstimate(seconds, f"{name}: {what}") for what, seconds in _waits(load, limits)]
    if found:
        return max(found, key=_expected)
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
    """A day's requests may go out at once; only then is there a wait until the next."""
    low, expected, high = (
        max(0.0, end - 1) // limit * DAY_S for end in (requests.low, requests.expected, requests.high)
    )
    return Interval(low, expected, high)


def _expected(found: DurationEstimate) -> float:
    return found.seconds.expected if found.seconds is not None else float("inf")
