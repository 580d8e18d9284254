"""What refusals teach, and how it is forgotten."""

import pytest

from fellowship.protocols.errors import RateLimited
from fellowship.ratelimit.limit_adaptation import LOWEST_SCALE, LimitAdaptation
from fellowship.ratelimit.request_window import PacedRate
from fellowship.ratelimit.token_bucket import LOWEST_MARGIN, MARGIN, TokenBucket
from tests.runners.kit import jumping


def refused(learning: LimitAdaptation, *, now: float = 0.0, rate: PacedRate | None = None, ramp: bool = False) -> None:
    learning.refused(RateLimited("slower", ramp=ramp), rate, None, now)


def test_the_first_refusals_make_the_guard_longer_and_cut_nothing() -> None:
    """A pause is nearly free, a cut is not."""
    learning, rate = LimitAdaptation(), PacedRate(600, 60.0)

    refused(learning, rate=rate, now=0.0)
    refused(learning, rate=rate, now=10.0)

    assert (learning.scale, rate.guard_s) == (1.0, 1.0)


@pytest.mark.parametrize(("third_at", "scale"), [(59.0, 0.95), (61.0, 1.0)], ids=["within_a_minute", "later"])
def test_the_third_refusal_within_a_minute_cuts_a_twentieth(third_at: float, scale: float) -> None:
    """Three in two minutes are bad luck."""
    learning, rate = LimitAdaptation(), PacedRate(600, 60.0)

    for now in (0.0, 30.0, third_at):
        refused(learning, rate=rate, now=now)

    assert learning.scale == pytest.approx(scale)


def test_a_refusal_for_growth_cuts_a_tenth_at_once() -> None:
    """It was the rate itself."""
    learning, rate = LimitAdaptation(), PacedRate(600, 60.0)

    refused(learning, rate=rate, ramp=True)

    assert learning.scale == pytest.approx(0.9)
    assert rate.guard_s == 0.5


def test_a_refusal_for_tokens_takes_from_their_margin_alone() -> None:
    """Down to a lowest one."""
    learning, budget = LimitAdaptation(), TokenBucket("tokens", 1000, 60.0, 0.0)

    learning.refused(RateLimited("slower", dimension="tokens"), None, budget, 0.0)
    assert budget.margin == pytest.approx(MARGIN * 0.98)
    assert learning.scale == 1.0
    for now in range(20):
        learning.refused(RateLimited("slower", dimension="tokens"), None, budget, float(now))

    assert budget.margin == LOWEST_MARGIN


def test_cuts_end_at_a_twentieth_of_the_limit() -> None:
    """Something always goes."""
    learning = LimitAdaptation()
    for _ in range(100):
        refused(learning, ramp=True)

    assert learning.scale == LOWEST_SCALE


def test_what_was_cut_comes_back_faster_far_from_the_rate_that_failed() -> None:
    """A hundredth every five seconds, then a hundredth a minute, to the whole."""
    learning = LimitAdaptation()
    refused(learning, ramp=True)
    grown_at = [now for now in range(1, 1000) if learning.recovered(float(now), [])]

    assert grown_at[:8] == [5, 10, 15, 20, 25, 30, 35, 40]
    assert grown_at[8:] == [100, 160]
    assert learning.scale == 1.0


def test_margins_come_back_too() -> None:
    """Up to what they were, and then there is nothing to do."""
    learning, budget = LimitAdaptation(), TokenBucket("tokens", 1000, 60.0, 0.0)
    learning.refused(RateLimited("slower", dimension="tokens"), None, budget, 0.0)

    grown = [learning.recovered(float(now), [budget]) for now in range(0, 6_000, 60)]

    assert budget.margin == MARGIN
    assert sum(grown) == 4


def test_what_was_cut_twice_grows_slowly_from_the_second_rate_on() -> None:
    """That one failed, too."""
    learning = LimitAdaptation()
    refused(learning, ramp=True)
    refused(learning, ramp=True)

    grown_at = [now for now in range(1, 200) if learning.recovered(float(now), [])]

    assert grown_at == [5, 10, 15, 20, 25, 30, 35, 40, 100, 160]


def test_refusals_while_our_own_window_is_full_cut_nothing() -> None:
    """A longer guard is what is needed."""

    async def main() -> float:
        learning, rate = LimitAdaptation(), PacedRate(2, 60.0, bursts=True)
        await rate.reserve(0.0)
        await rate.reserve(0.0)
        for _ in range(5):
            refused(learning, rate=rate)
        return learning.scale

    assert jumping(main()) == 1.0
