"""All limits of a quota together: given, announced, or shown by refusals."""

import asyncio
from dataclasses import replace

import pytest

from fellowship.protocols.errors import RateLimited, RequestRejected
from fellowship.protocols.quota import DAY_S, AdvertisedLimit, Limits
from fellowship.ratelimit.dispatcher import Blocker
from fellowship.ratelimit.quota_limits import QuotaLimits
from fellowship.ratelimit.token_bucket import TokenEstimate
from tests.ratelimit.limiter_kit import QUOTA
from tests.runners.kit import jumping

SMALL = TokenEstimate(1, 1)


def an_allowance(**limits: float) -> QuotaLimits:
    return QuotaLimits(QUOTA, Limits.model_validate(limits), 0.0)


def test_without_limits_nothing_is_in_the_way() -> None:
    """And nothing is known."""
    quota_limits = an_allowance()

    assert not quota_limits.is_known
    assert quota_limits.blocker(TokenEstimate(10**9, 10**9), 0.0) is None


@pytest.mark.parametrize("limit", ["rpm", "rpd", "tpm", "itpm", "otpm"])
def test_any_limit_makes_it_known(limit: str) -> None:
    """Of requests or tokens."""
    assert an_allowance(**{limit: 100}).is_known


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"rpm": 1}, "requests per minute"),
        ({"rpd": 1}, "requests per day"),
        ({"rpm": 1, "rpd": 1}, "requests per day"),
        ({"tpm": 600}, "tokens per minute"),
        ({"itpm": 600}, "input tokens per minute"),
        ({"otpm": 600}, "output tokens per minute"),
        ({"rpm": 600, "otpm": 60}, "output tokens per minute"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_the_limit_that_is_longest_in_the_way_is_told(limits: dict[str, int], reason: str) -> None:
    """After a request that takes much of all."""

    async def main() -> Blocker | None:
        quota_limits, need = an_allowance(**limits), TokenEstimate(300, 300)
        assert quota_limits.blocker(need, 0.0) is None
        await quota_limits.reserve(need, asyncio.get_running_loop().time())
        return quota_limits.blocker(need, 0.0)

    hold = jumping(main())

    assert hold is not None
    assert (hold.reason, (hold.wait_s or 0) > 0) == (reason, True)


def test_a_request_larger_than_a_minute_is_rejected_by_the_name_of_its_limit() -> None:
    """It would never go out."""
    quota_limits = an_allowance(tpm=1_000)

    with pytest.raises(RequestRejected) as caught:
        quota_limits.refuse_too_large(TokenEstimate(1_200, 50), "c00000/judge.0")

    assert str(caught.value) == (
        "c00000/judge.0 needs about 1,200 tokens, more than the 1,000 tokens per minute of openai at "
        "https://api.example.org/v1; shorten the prompt or lower max_tokens, or correct tpm in fellowship.toml if the "
        "limit is higher"
    )


@pytest.mark.parametrize(
    ("charges", "rejected"), [(True, True), (False, False)], ids=["charged_at_once", "charged_as_used"]
)
def test_room_for_a_reply_counts_where_it_is_charged(charges: bool, rejected: bool) -> None:
    """Elsewhere the reply may be short."""
    quota_limits = QuotaLimits(replace(QUOTA, charges_max_tokens=charges), Limits(tpm=1_000), 0.0)

    try:
        quota_limits.refuse_too_large(TokenEstimate(600, 600), "c00000/judge.0")
    except RequestRejected:
        assert rejected
    else:
        assert not rejected


def test_announced_limits_are_adopted() -> None:
    """Requests, requests per day, tokens."""
    quota_limits = an_allowance()

    changed = quota_limits.answered(
        [
            AdvertisedLimit("requests", 600),
            AdvertisedLimit("requests", 10_000, window_s=DAY_S),
            AdvertisedLimit("tokens", 90_000),
            AdvertisedLimit("input_tokens", 1_000, window_s=1.0),
            AdvertisedLimit("output_tokens", 0),
        ],
        0.0,
        SMALL,
    )

    assert changed
    assert quota_limits.usage(0.0) == {
        "requests per minute": (0, 600),
        "requests per day": (0, 10_000),
        "tokens per minute": (0, 90_000),
        "input tokens per minute": (0, 60_000),
    }
    assert not quota_limits.answered([AdvertisedLimit("requests", 600), AdvertisedLimit("tokens", 90_000)], 0.0, SMALL)


@pytest.mark.parametrize("announced", [1, 300, 900, 10**12], ids=["one", "lower", "higher", "huge"])
def test_limits_of_the_user_are_not_changed_by_a_server(announced: int) -> None:
    """Neither above nor below what the user has set, also while nothing is said to remain."""
    quota_limits = an_allowance(rpm=600, rpd=5_000, tpm=600)

    quota_limits.answered(
        [
            AdvertisedLimit("requests", announced, 0),
            AdvertisedLimit("requests", announced, 0, window_s=DAY_S),
            AdvertisedLimit("tokens", announced, 0),
        ],
        0.0,
        SMALL,
    )

    assert quota_limits.usage(0.0) == {
        "requests per minute": (0, 600),
        "requests per day": (0, 5_000),
        "tokens per minute": (0, 600),
    }
    assert quota_limits.blocker(SMALL, 0.0) is None


def test_an_announced_limit_below_the_request_that_was_answered_is_forgotten() -> None:
    """Each kind of tokens for itself; one that was adopted before is dropped."""
    quota_limits = an_allowance()
    sent = TokenEstimate(400, 100)
    quota_limits.answered([AdvertisedLimit("tokens", 90_000), AdvertisedLimit("output_tokens", 9_000)], 0.0, sent)

    changed = quota_limits.answered(
        [AdvertisedLimit("tokens", 499), AdvertisedLimit("input_tokens", 1), AdvertisedLimit("output_tokens", 99)],
        0.0,
        sent,
    )

    assert (changed, quota_limits.usage(0.0)) == (False, {})


def test_an_announced_limit_below_the_next_request_is_forgotten_and_not_held_against_it() -> None:
    quota_limits = an_allowance()
    quota_limits.answered([AdvertisedLimit("tokens", 1_000)], 0.0, TokenEstimate(10, 10))

    quota_limits.refuse_too_large(TokenEstimate(1_200, 10), "c00000/judge.0")

    assert quota_limits.usage(0.0) == {}


def test_an_announced_limit_per_day_that_is_used_up_is_forgotten_and_one_of_the_user_is_kept() -> None:
    announced, given = an_allowance(), an_allowance(rpd=1)
    announced.answered([AdvertisedLimit("requests", 1, window_s=DAY_S)], 0.0, SMALL)

    assert [each.forget_day() for each in (announced, given)] == [True, False]
    assert [each.usage(0.0) for each in (announced, given)] == [{}, {"requests per day": (0, 1)}]


def test_tokens_used_are_those_of_a_window() -> None:
    """Reserved, and forgotten little by little."""

    async def main() -> None:
        quota_limits = an_allowance(tpm=6_000)
        await quota_limits.reserve(TokenEstimate(1_000, 500), asyncio.get_running_loop().time())

        assert quota_limits.usage(0.0) == {"tokens per minute": (1_500, 6_000)}
        assert quota_limits.usage(60.0) == {"tokens per minute": (552, 6_000)}  # 1,500 / e

    jumping(main())


def test_another_limit_remembers_what_was_sent() -> None:
    """The server does, too."""

    async def main() -> int:
        quota_limits = an_allowance(bursts=True)
        quota_limits.answered([AdvertisedLimit("requests", 600)], 0.0, SMALL)
        for _ in range(5):
            await quota_limits.reserve(SMALL, asyncio.get_running_loop().time())
        quota_limits.answered([AdvertisedLimit("requests", 5)], 0.0, SMALL)
        hold = quota_limits.blocker(SMALL, 1.0)
        assert hold is not None
        return round(hold.wait_s or 0)

    assert jumping(main()) == 60


def test_what_is_left_by_the_server_holds_requests_up() -> None:
    """Somebody else uses the key."""
    quota_limits = an_allowance()
    quota_limits.answered([AdvertisedLimit("tokens", 60_000)], 0.0, SMALL)

    quota_limits.answered([AdvertisedLimit("tokens", remaining=0)], 0.0, SMALL)

    hold = quota_limits.blocker(TokenEstimate(500, 0), 0.0)
    assert hold is not None
    assert hold.reason == "tokens per minute"
    assert hold.ends_with == "release"


def test_limits_adopted_later_are_shared_from_the_beginning() -> None:
    """The share was agreed on before there was a limit."""
    quota_limits = an_allowance()
    quota_limits.share = 0.5
    quota_limits.apply()

    quota_limits.answered([AdvertisedLimit("requests", 600), AdvertisedLimit("tokens", 60_000)], 0.0, SMALL)

    assert quota_limits.requests is not None
    assert quota_limits.requests.scale == 0.5
    assert quota_limits.budgets["tokens"].scale == 0.5


def test_a_day_has_no_shares() -> None:
    """Half of a key does not make requests wait for half of the day's next part, nor use up the day."""

    async def main() -> Blocker | None:
        quota_limits = an_allowance(rpd=100)
        quota_limits.share = 0.1
        quota_limits.apply()
        for _ in range(99):
            assert quota_limits.blocker(SMALL, asyncio.get_running_loop().time()) is None
            await quota_limits.reserve(SMALL, asyncio.get_running_loop().time())
        return quota_limits.blocker(SMALL, asyncio.get_running_loop().time())

    assert jumping(main()) is None


def test_without_a_share_everything_waits_for_the_other_process() -> None:
    """Until it gives something up."""
    quota_limits = an_allowance(rpm=600)
    quota_limits.share = 0.0
    quota_limits.apply()

    assert quota_limits.blocker(SMALL, 0.0) == Blocker(
        None, "another process of yours, on the same key, to give up its part of the quota", "release"
    )


def test_refusals_where_nothing_is_known_show_a_limit() -> None:
    """The rate of late, less a tenth."""
    quota_limits = an_allowance()

    quota_limits.refused(RateLimited("slower"), 0.0, recent_per_s=10.0)

    assert quota_limits.usage(0.0) == {"requests per minute": (0, 540)}


def test_too_few_requests_show_nothing() -> None:
    """Five a minute at least."""
    quota_limits = an_allowance()

    quota_limits.refused(RateLimited("slower"), 0.0, recent_per_s=0.05)

    assert not quota_limits.is_known


@pytest.mark.parametrize(
    ("limits", "cost"),
    [({"rpm": 100}, 0.01), ({"rpm": 100, "otpm": 1_000}, 0.5), ({"tpm": 6_000}, 0.1), ({}, 1.0)],
    ids=["requests", "output", "tokens", "none"],
)
def test_a_request_costs_the_largest_part_of_a_limit(limits: dict[str, int], cost: float) -> None:
    """What is scarce is what is shared."""
    assert an_allowance(**limits).cost(TokenEstimate(100, 500)) == pytest.approx(cost)


def test_the_share_that_is_used_is_that_of_the_scarcest_limit() -> None:
    """What waits would take its part of it."""

    async def main() -> QuotaLimits:
        quota_limits = an_allowance(rpm=100, tpm=1_000)
        await quota_limits.reserve(TokenEstimate(300, 200), asyncio.get_running_loop().time())
        return quota_limits

    quota_limits = jumping(main())

    assert quota_limits.used_share(0.0) == pytest.approx(0.5)
    assert (quota_limits.share_of(0), quota_limits.share_of(1)) == (0.0, 1.0)
    assert an_allowance(rpm=100).share_of(30) == pytest.approx(0.3)
