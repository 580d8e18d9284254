"""How long a load takes, and what decides it."""

import pytest

from fellowship.protocols.quota import Limits
from fellowship.runners.plan.durations import Duration, Load, duration, longest
from fellowship.runners.plan.ranges import NOTHING, Range

LOAD = Load(requests=Range.sure(600), prompt=Range.sure(120_000), charged=Range(10_000, 30_000, 60_000))
TIMED = Load(LOAD.requests, LOAD.prompt, LOAD.charged, latency_s=Range.sure(1200), mean_open=8.0)


@pytest.mark.parametrize(
    ("load", "limits", "expected"),
    [
        (LOAD, Limits(rpm=60), Duration(Range.sure(600), "openai: requests per minute")),
        (LOAD, Limits(rpm=600, tpm=30_000), Duration(Range(260, 300, 360), "openai: tokens per minute")),
        (LOAD, Limits(itpm=60_000, otpm=30_000), Duration(Range.sure(120), "openai: input tokens per minute")),
        (LOAD, Limits(itpm=600_000, otpm=3_000), Duration(Range(200, 600, 1200), "openai: output tokens per minute")),
        (LOAD, Limits(rpm=600, rpd=250), Duration(Range.sure(2 * 86_400), "openai: requests per day")),
        (TIMED, Limits(max_concurrency=4), Duration(Range.sure(300), "openai: requests open at once")),
        (LOAD, Limits(max_concurrency=4), Duration(None, "no latency measured for openai")),
        (LOAD, Limits(), Duration(None, "no limits configured for openai")),
        (
            TIMED,
            Limits(),
            Duration(Range.sure(150), "openai: latency, with 8.0 requests open at once as measured"),
        ),
    ],
    ids=["rpm", "tpm", "itpm", "otpm", "rpd", "concurrency", "concurrency alone", "nothing known", "measured"],
)
def test_the_slowest_limit_decides(load: Load, limits: Limits, expected: Duration) -> None:
    """By hand: amount / limit."""
    assert duration({"openai": (load, limits)}) == expected


def test_quotas_are_used_side_by_side() -> None:
    """The slower one decides."""
    loads = {"openai": (LOAD, Limits(rpm=600)), "groq": (LOAD, Limits(rpm=30))}

    assert duration(loads) == Duration(Range.sure(1200), "groq: requests per minute")


def test_one_unknown_quota_makes_the_time_unknown() -> None:
    """It may be the slowest."""
    loads = {"openai": (LOAD, Limits(rpm=600)), "groq": (LOAD, Limits())}

    assert duration(loads) == Duration(None, "no limits configured for groq")


def test_runs_come_one_after_another() -> None:
    """Their times add up; the bottleneck is the longest run's; one unknown makes it unknown."""
    short, long = Duration(Range.sure(10), "a: x"), Duration(Range.sure(20), "b: y")

    assert longest([short, long]) == Duration(Range.sure(30), "b: y")
    assert longest([short, Duration(None, "z")]) == Duration(None, "z")
    assert longest([]) == duration({}) == Duration(NOTHING, "nothing is asked over a network")
