"""The gate finds limits out, and keeps to those of tokens."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

import pytest

from fellowship.protocols.completions import Completion, Request, Usage
from fellowship.protocols.errors import (
    Overloaded,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from fellowship.protocols.quota import DAY_S, AdvertisedLimit, Limits
from fellowship.ratelimit.adaptive_concurrency import MAX_OPEN
from fellowship.ratelimit.limiter import RateLimiter
from tests.ratelimit.limiter_kit import ANSWER, QUOTA, Asker, Server, a_limiter, failing, most_within, now, until
from tests.runners.kit import jumping


def announcing(*announced: AdvertisedLimit) -> Callable[[Request], Awaitable[Completion]]:
    async def answering(_: Request) -> Completion:
        return Completion("yes", usage=Usage(10, 990), announced=announced)

    return answering


def test_where_limits_are_announced_the_first_request_goes_alone() -> None:
    """Then the limits are kept from the second request on."""
    server = Server(announcing(AdvertisedLimit("requests", 60)), latency_s=3.0)

    async def main() -> None:
        async with a_limiter(server, Limits(), announces=True) as run:
            await run.ask_all(100)
            assert run.limiter.statistics().max_open == MAX_OPEN

    jumping(main())

    assert server.asked_at[:2] == [0.0, 3.0]
    assert most_within(server.asked_at[1:], 60.0) in (59, 60)


def test_those_who_waited_for_the_first_answer_count_their_tokens() -> None:
    """They came before anybody knew of a limit."""
    server = Server(announcing(AdvertisedLimit("output_tokens", 60_000)), latency_s=1.0)

    async def main() -> None:
        async with a_limiter(server, Limits(), announces=True) as run:
            await run.ask_all(121)

    jumping(main())

    assert server.asked_at[-1] > 100


def test_where_nothing_is_announced_after_all_it_is_found_out() -> None:
    """Eight at first."""

    async def main() -> None:
        async with a_limiter(Server(latency_s=1.0), Limits(), announces=True) as run:
            await run.ask()
            assert run.limiter.statistics().max_open == 8

    jumping(main())


def test_a_day_that_is_announced_and_used_up_does_not_stop_a_run_that_the_server_still_answers() -> None:
    """The server itself refuses when it means it."""
    server = Server(announcing(AdvertisedLimit("requests", 2, window_s=DAY_S)), latency_s=1.0)

    async def main() -> None:
        async with a_limiter(server, Limits(), announces=True) as run:
            results = await run.ask_all(5)
            assert [type(result) for result in results] == [Completion] * 5

    jumping(main())


def test_refusals_show_a_limit_where_none_is_known() -> None:
    """What was let out lately, less a tenth."""

    n_answered = count()

    async def answering(_: Request) -> Completion:
        if next(n_answered) == 100:
            raise RateLimited("slower", retry_after_s=1.0)
        return ANSWER

    server = Server(answering, latency_s=1.0)

    async def main() -> None:
        async with a_limiter(server, Limits()) as run:
            await run.ask_all(150)
            assert list(run.limiter.statistics().usage) == ["requests per minute"]

    jumping(main())


def test_a_raised_share_is_used_at_once() -> None:
    """The pump does not sleep on by the old one."""

    async def main() -> None:
        async with a_limiter(Server(), Limits(rpm=60)) as run:
            run.limiter.share_with_others(0.02)
            task = asyncio.ensure_future(run.ask_all(10))
            await asyncio.sleep(5)
            assert len(run.server.asked) == 1
            run.limiter.share_with_others(1.0)
            await task
            assert now() < 20

    jumping(main())


def test_tokens_are_reserved_and_settled() -> None:
    """By what was used, so that a wrong estimate costs nothing."""
    server = Server(announcing(), latency_s=1.0)

    async def main() -> float:
        async with a_limiter(server, Limits(otpm=60_000)) as run:
            await run.ask_all(120)
            return now()

    assert jumping(main()) == pytest.approx(120 * 1.0 / 0.97, rel=0.06)


@pytest.mark.parametrize(
    ("error", "taken"),
    [
        (RateLimited("slower"), 0),
        (Overloaded("busy"), 0),
        (RequestRejected("no"), 0),
        (ProviderUnavailable("500"), 2),
        (ProviderTimeout("late"), 515),
    ],
    ids=["refused", "overloaded", "rejected", "failed", "late"],
)
def test_a_failure_gives_tokens_back(error: ProviderError, taken: int) -> None:
    """All of a request that was turned away, the reply's of one that failed, none of one that may be written still."""

    async def main() -> float:
        async with a_limiter(Server(failing(error)), Limits(tpm=600_000)) as run:
            level = run.limiter.tokens_left()["tokens"]
            task = asyncio.ensure_future(run.ask())
            await until(lambda: run.limiter.statistics().counts.failed)
            left = run.limiter.tokens_left()["tokens"]
            task.cancel()
            await asyncio.wait([task])
            return level - left

    assert jumping(main()) == taken


def test_overload_lets_less_be_open() -> None:
    """Where the number is found out."""

    async def main() -> None:
        async with a_limiter(Server(failing(Overloaded("busy")), latency_s=1.0), Limits()) as run:
            await run.ask()
            assert run.limiter.statistics().max_open == 6

    jumping(main())


def test_a_rate_that_was_cut_comes_back_where_only_requests_are_limited() -> None:
    """The server names no limits, so only answers show that it has recovered."""

    async def main() -> list[float]:
        failing = iter([*[None] * 20, RateLimited("429", ramp=True)])

        async def answering(request: Request) -> Completion:
            error = next(failing, None)
            if error is not None:
                raise error
            return ANSWER

        scales: list[float] = []
        async with RateLimiter(QUOTA, Limits(rpm=1200)) as limiter:
            run = Asker(limiter, Server(answering))
            for _ in range(3):
                for _ in range(90):
                    await run.ask()
                scales.append(round(limiter.statistics().scale, 2))
        return scales

    scales = jumping(main())

    assert scales[0] < 1.0
    assert scales == sorted(scales)
    assert scales[-1] > scales[0]


def test_requests_that_no_limit_delays_do_not_wake_the_dispatcher() -> None:
    """They are permitted in their own tasks, and counted in all limits."""
    limits = Limits(rpm=6_000, tpm=6_000_000, bursts=True)

    async def main() -> None:
        async with a_limiter(Server(latency_s=0.1), limits) as run:
            await run.ask("first")
            before = run.limiter.statistics().n_wakes
            for name in range(10):
                await run.ask(str(name))
            statistics = run.limiter.statistics()
            assert statistics.n_wakes == before
            assert statistics.usage["requests per minute"][0] == 11
            assert statistics.usage["tokens per minute"][0] > 0

    jumping(main())
