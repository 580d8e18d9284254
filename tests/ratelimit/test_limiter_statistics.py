"""What a gate tells about itself, in one line."""

from typing import Any

import pytest

from fellowship.protocols.errors import ProviderTimeout
from fellowship.protocols.quota import Limits
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.ratelimit.limiter_statistics import RateLimiterCounts, RateLimiterStatistics
from tests.ratelimit.limiter_kit import QUOTA, Server, a_limiter, failing
from tests.runners.kit import jumping


def statistics(**changed: Any) -> RateLimiterStatistics:
    fields: dict[str, Any] = {
        "quota": QUOTA,
        "waiting": 0,
        "open": 12,
        "max_open": 10_000,
        "waits_for": None,
        "for_s": None,
        "usage": {},
        "scale": 1.0,
        "share": 1.0,
        "guard_s": 0.5,
        "n_wakes": 0,
        "counts": RateLimiterCounts(),
    }
    return RateLimiterStatistics(**{**fields, **changed})


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, "openai: 12 open"),
        ({"open": 1_200, "waiting": 8_800}, "openai: 1,200 open, 8,800 waiting"),
        ({"waiting": 3, "waits_for": "one to end"}, "openai: 12 open, 3 waiting for one to end"),
        ({"waiting": 3, "waits_for": "tokens", "for_s": 3.21}, "openai: 12 open, 3 waiting for tokens, 3.2 s more"),
        ({"waiting": 3, "waits_for": "tokens", "for_s": 75.4}, "openai: 12 open, 3 waiting for tokens, 75 s more"),
        ({"waiting": 3, "waits_for": "tokens", "for_s": 610.0}, "openai: 12 open, 3 waiting for tokens, 10 min more"),
        ({"waits_for": "nobody", "for_s": 1.0}, "openai: 12 open"),
    ],
    ids=["open", "waiting", "until_something_happens", "seconds", "a_minute", "minutes", "nobody_waits"],
)
def test_the_line_tells_what_is_waited_for_and_until_when(changed: dict[str, Any], line: str) -> None:
    """As a person reads it."""
    assert str(statistics(**changed)) == line


def test_statistics_are_those_of_one_moment() -> None:
    """What happens later does not change them."""

    async def main() -> None:
        async with a_limiter(Server(failing(ProviderTimeout("late")))) as run:
            before = run.limiter.statistics()
            await run.ask()
            after = run.limiter.statistics()

        assert (before.counts.permitted, before.counts.failed) == (0, {})
        assert (after.counts.permitted, after.counts.failed) == (2, {"ProviderTimeout": 1})

    jumping(main())


def test_a_gate_shows_them_instead_of_itself() -> None:
    """Without the digest of the key."""

    async def main() -> None:
        async with RateLimiter(QUOTA, Limits(rpm=10)) as limiter:
            assert repr(limiter) == "RateLimiter(openai: 0 open)"

    jumping(main())
