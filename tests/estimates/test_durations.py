"""How long a load takes, and what decides it."""

from dataclasses import replace

import pytest

from fellowship.estimates.durations import DurationEstimate, ProviderLoad, estimate_duration, total_duration
from fellowship.estimates.interval import ZERO_INTERVAL, Interval
from fellowship.protocols.quota import Limits

LOAD = ProviderLoad(
    requests=Interval.sure(600), prompt=Interval.sure(120_000), charged=Interval(10_000, 30_000, 60_000)
)
TIMED = ProviderLoad(LOAD.requests, LOAD.prompt, LOAD.charged, latency_s=Interval.sure(1200), mean_open=8.0)


@pytest.mark.parametrize(
    ("load", "limits", "expected"),
    [
        (LOAD, Limits(rpm=60), DurationEstimate(Interval.sure(600), "openai: requests per minute")),
        (LOAD, Limits(rpm=600, tpm=30_000), DurationEstimate(Interval(260, 300, 360), "openai: tokens per minute")),
        (
            LOAD,
            Limits(itpm=60_000, otpm=30_000),
            DurationEstimate(Interval.sure(120), "openai: input tokens per minute"),
        ),
        (
            LOAD,
            Limits(itpm=600_000, otpm=3_000),
            DurationEstimate(Interval(200, 600, 1200), "openai: output tokens per minute"),
        ),
        (LOAD, Limits(rpm=600, rpd=250), DurationEstimate(Interval.sure(2 * 86_400), "openai: requests per day")),
        (TIMED, Limits(max_concurrency=4), DurationEstimate(Interval.sure(300), "openai: requests open at once")),
        (LOAD, Limits(max_concurrency=4), DurationEstimate(None, "no latency measured for openai")),
        (LOAD, Limits(), DurationEstimate(None, "no limits configured for openai")),
        (
            TIMED,
            Limits(),
            DurationEstimate(Interval.sure(150), "openai: latency, with 8.0 requests open at once as measured"),
        ),
    ],
    ids=["rpm", "tpm", "itpm", "otpm", "rpd", "concurrency", "concurrency alone", "nothing known", "measured"],
)
def test_the_slowest_limit_decides(load: ProviderLoad, limits: Limits, expected: DurationEstimate) -> None:
    """By hand: amount / limit."""
    assert estimate_duration({"openai": (load, limits)}) == expected


def test_quotas_are_used_side_by_side() -> None:
    """The slower one decides."""
    loads = {"openai": (LOAD, Limits(rpm=600)), "groq": (LOAD, Limits(rpm=30))}

    assert estimate_duration(loads) == DurationEstimate(Interval.sure(1200), "groq: requests per minute")


def test_one_unknown_quota_does_not_hide_the_others() -> None:
    """It may be the slowest, so the known time is the least."""
    loads = {"groq": (LOAD, Limits()), "openai": (LOAD, Limits(rpm=600)), "mistral": (LOAD, Limits(max_concurrency=2))}

    assert estimate_duration(loads) == DurationEstimate(
        Interval.sure(60),
        "openai: requests per minute",
        unknown=("no limits configured for groq", "no latency measured for mistral"),
    )


def test_runs_come_one_after_another() -> None:
    """Their times add up; the bottleneck is the longest run's; one unknown leaves the rest known."""
    short, long = DurationEstimate(Interval.sure(10), "a: x"), DurationEstimate(Interval.sure(20), "b: y")

    assert total_duration([short, long]) == DurationEstimate(Interval.sure(30), "b: y")
    assert total_duration([DurationEstimate(None, "z")]) == DurationEstimate(None, "z")
    assert total_duration([short, DurationEstimate(None, "z")]) == replace(short, unknown=("z",))
    assert total_duration([long, replace(short, unknown=("w",))]) == replace(
        long, seconds=Interval.sure(30), unknown=("w",)
    )
    assert (
        total_duration([])
        == estimate_duration({})
        == DurationEstimate(ZERO_INTERVAL, "nothing is asked over a network")
    )
