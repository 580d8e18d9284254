"""The gate before servers that fail, refuse, overload or go down: what requests see of it."""

import asyncio
import random
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from fellowship.protocols.completions import Completion, Request, Usage
from fellowship.protocols.errors import (
    NotRecorded,
    Overloaded,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from fellowship.protocols.quota import AdvertisedLimit, Limits, Quota
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.ratelimit.limiter_statistics import RateLimiterStatistics
from tests.ratelimit.asks import DONE, Answering, a_request, jumping

LAB = Quota("lab", "http://lab/v1")


def failing(*errors: Exception) -> Callable[[int], Completion | Exception]:
    """These, one after the other; from then on it answers."""
    return lambda n: errors[n] if n < len(errors) else DONE


def asked(provider: Answering, limits: Limits | None = None, n: int = 1, quota: Quota = LAB) -> list[object]:
    """What came of n requests made at once: completions and errors."""

    async def main() -> list[object]:
        async with RateLimiter(quota, limits) as limiter:
            share = limiter.join()
            return list(
                await asyncio.gather(
                    *(limiter.complete(provider, a_request(f"c{i}"), tenant=share) for i in range(n)),
                    return_exceptions=True,
                )
            )

    return jumping(main)


def test_a_failed_request_is_made_again() -> None:
    """Five times at most, with growing waits."""
    provider = Answering(failing(*[ProviderUnavailable("down")] * 4))

    assert asked(provider) == [DONE]
    assert len(provider.asked) == 5
    assert 0 < provider.at[-1] < 0.5 + 1 + 2 + 4


def test_the_fifth_failure_is_the_last_and_says_so() -> None:
    """The conversation fails with a reason of its own."""
    (error,) = asked(Answering(lambda n: ProviderUnavailable("down")))

    assert isinstance(error, ProviderUnavailable)
    assert str(error) == "down (after 5 attempts)"


def test_a_rejected_request_is_not_made_again() -> None:
    """The same would be rejected again."""
    provider = Answering(lambda n: RequestRejected("no such model"))

    (error,) = asked(provider)

    assert (type(error), len(provider.asked)) == (RequestRejected, 1)


@pytest.mark.parametrize("final", [RequestRejected("no"), NotRecorded("no"), ProviderUnavailable("down for good")])
def test_an_error_that_is_final_is_raised_as_it_was(final: ProviderError) -> None:
    """`retryable` of the object counts, not that of its class."""
    final.retryable = False
    text, provider = str(final), Answering(lambda n: final)

    (error,) = asked(provider)

    assert error is final
    assert (str(error), len(provider.asked)) == (text, 1)


@pytest.mark.parametrize("last", [ProviderUnavailable("last"), RequestRejected("last")])
def test_the_last_error_says_how_many_attempts_were_made(last: ProviderError) -> None:
    """Whether the attempts are used up or the error has become final."""
    (error,) = asked(Answering(failing(*[ProviderUnavailable("down")] * 4, last)))

    assert error is last
    assert str(error) == "last (after 5 attempts)"


def test_the_last_error_keeps_what_it_carries() -> None:
    """A rate limit still says how long."""
    (error,) = asked(Answering(lambda n: RateLimited("slow down", retry_after_s=2.0)))

    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 2.0


@pytest.mark.parametrize("bug", [ValueError("a bug"), KeyError("a bug")])
def test_what_is_no_provider_error_is_not_tried_again(bug: Exception) -> None:
    """A bug stays a bug."""
    provider = Answering(lambda n: bug)

    (error,) = asked(provider)

    assert error is bug
    assert len(provider.asked) == 1


def test_every_retry_is_logged_without_texts() -> None:
    """Which model and agent, which error, how many attempts."""
    with capture_logs() as logs:
        asked(Answering(failing(ProviderUnavailable("a text of a prompt"))))

    assert logs == [
        {
            "event": "request_made_again",
            "log_level": "info",
            "model": "lab/m",
            "agent": "agent",
            "error": "ProviderUnavailable",
            "n_failed": 1,
            "n_rejected": 0,
        }
    ]


def test_a_terminal_error_turns_everybody_away_at_once() -> None:
    """Those that wait, and those that come later; nothing more is asked."""
    provider = Answering(lambda n: ProviderRefused("no quota left"), takes_s=1.0)

    errors = asked(provider, Limits(max_concurrency=2), n=50)

    assert [type(error) for error in errors] == [ProviderRefused] * 50
    assert len(provider.asked) == 2


def test_a_limit_that_is_hit_pauses_everybody_until_one_probe_gets_through() -> None:
    """What the server wishes for is waited for; refusals are no attempts."""
    provider = Answering(lambda n: RateLimited("slow down", retry_after_s=30.0) if n < 8 else DONE, takes_s=0.1)

    assert asked(provider, Limits(max_concurrency=8), n=20) == [DONE] * 20

    assert [at for at in provider.at if 0.2 < at < 30.0] == []
    after = [at for at in provider.at if at >= 30.0]
    assert after[1] - after[0] >= 0.1  # the probe went alone
    assert len(provider.asked) == 28


def test_a_probe_that_fails_doubles_the_pause() -> None:
    """One second, two, four."""
    provider = Answering(failing(*[RateLimited("slow down")] * 4))

    assert asked(provider) == [DONE]

    waits = [after - before for before, after in zip(provider.at, provider.at[1:], strict=False)]
    assert [int(wait) for wait in waits] == [1, 2, 4, 8]


def test_a_probe_that_is_given_up_leaves_room_for_another() -> None:
    """The pause does not wait for ever for a probe that is gone."""
    provider = Answering(lambda n: RateLimited("slow down") if n == 0 else DONE, takes_s=5.0)

    async def main() -> Completion:
        async with RateLimiter(LAB) as limiter:
            share = limiter.join()
            first = asyncio.ensure_future(limiter.complete(provider, a_request("c1"), tenant=share))
            await asyncio.sleep(8.0)  # refused after five seconds, on its way again as the probe
            second = asyncio.ensure_future(limiter.complete(provider, a_request("c2"), tenant=share))
            await asyncio.sleep(0.5)
            first.cancel()
            return await second

    assert jumping(main) == DONE
    assert provider.asked == ["c1", "c1", "c2"]


def test_refusals_without_an_end_end_the_run() -> None:
    """After ten minutes without a single answer the provider counts as gone."""
    errors = asked(Answering(lambda n: RateLimited("slow down")), n=50)

    assert {type(error) for error in errors} == {ProviderRefused}
    assert str(errors[0]).startswith("lab at http://lab/v1 has answered nothing for 10 minutes")


def test_one_request_that_alone_is_refused_fails_in_the_end() -> None:
    """Such as one that is larger than the limit, where the server does not say so."""

    asked: list[str] = []

    class Choosy(Answering):
        async def complete(self, request: Request) -> Completion:
            asked.append(request.key.conversation)
            if request.key.conversation == "large":
                raise RateLimited("slow down")
            return DONE

    async def main() -> object:
        async with RateLimiter(LAB) as limiter:
            share = limiter.join()
            large = asyncio.ensure_future(limiter.complete(Choosy(), a_request("large"), tenant=share))
            await asyncio.sleep(0.1)  # it is refused, and the gate is closed
            for _ in range(100):
                await limiter.complete(Choosy(), a_request("small"), tenant=share)
            before.extend(asked)
            await asyncio.wait([large])
            return large.exception()

    before: list[str] = []
    assert isinstance(jumping(main), RateLimited)
    assert before.count("large") <= 2  # the others did not wait behind it
    assert asked.count("large") == 8


def test_a_noisy_server_stops_nobody() -> None:
    """Every fourth request fails, hundreds are open at once, and there is no pause."""
    rng = random.Random(1)
    provider = Answering(lambda n: ProviderUnavailable("noise") if rng.random() < 0.25 else DONE, takes_s=0.05)

    async def main() -> tuple[list[object], RateLimiterStatistics]:
        async with RateLimiter(LAB, Limits(max_concurrency=300)) as limiter:
            share = limiter.join()
            asks = (limiter.complete(provider, a_request(f"c{i}"), tenant=share) for i in range(1000))
            return list(await asyncio.gather(*asks, return_exceptions=True)), limiter.statistics()

    results, statistics = jumping(main)

    assert results.count(DONE) >= 990
    assert statistics.counts.n_pauses == 0


def test_a_server_that_goes_down_is_left_alone_until_it_is_back() -> None:
    """Most requests fail, so none is sent but probes; no conversation is lost."""

    async def main() -> tuple[list[object], int]:
        loop, n_wasted = asyncio.get_running_loop(), 0

        class Down(Answering):
            async def complete(self, request: object) -> Completion:
                nonlocal n_wasted
                if 5.0 <= loop.time() < 60.0:
                    n_wasted += 1
                    raise ProviderUnavailable("down")
                await asyncio.sleep(0.5)
                return DONE

        async with RateLimiter(LAB, Limits(rpm=600)) as limiter:
            share = limiter.join()
            results = await asyncio.gather(
                *(limiter.complete(Down(), a_request(f"c{i}"), tenant=share) for i in range(300)),
                return_exceptions=True,
            )
            return list(results), n_wasted

    results, n_wasted = jumping(main)

    assert results == [DONE] * 300
    assert n_wasted <= 45


def test_overload_is_met_by_less_at_once() -> None:
    """A server that takes four at a time and answers 503 to the fifth is not asked much more than it takes."""
    provider = Answering(takes_s=1.0)
    original = provider.complete

    async def at_most_four(request: object) -> Completion:
        if provider.n_open >= 4:
            raise Overloaded("queue full")
        return await original(request)  # type: ignore[arg-type]

    provider.complete = at_most_four  # type: ignore[method-assign]

    results = asked(provider, n=400)

    assert results == [DONE] * 400
    assert provider.at[-1] <= 1.3 * 400 / 4


def test_the_order_is_retries_then_started_ones_then_new_ones() -> None:
    """Of those under way the one that has come furthest goes first."""
    provider = Answering(failing(ProviderUnavailable("once")), takes_s=1.0)

    async def main() -> None:
        async with RateLimiter(LAB, Limits(max_concurrency=1)) as limiter, asyncio.TaskGroup() as group:
            share = limiter.join()

            def ask(name: str, n_done: int) -> None:
                group.create_task(limiter.complete(provider, a_request(name), tenant=share, n_done=n_done))

            ask("failing", 0)
            await asyncio.sleep(0.1)
            ask("blocking", 1)
            await asyncio.sleep(0.9)
            for name, n_done in (("new", 0), ("started", 1), ("further", 4), ("newer", 0)):
                ask(name, n_done)

    jumping(main)

    assert provider.asked[:2] == ["failing", "blocking"]
    assert provider.asked[2:] in (
        ["failing", "further", "started", "new", "newer"],
        ["further", "failing", "started", "new", "newer"],  # its wait was not over yet
    )


def test_a_cancelled_request_gives_its_place_back() -> None:
    """Whether it waits, is out, or is let out in that very moment."""
    provider = Answering(takes_s=10.0)

    async def main() -> RateLimiterStatistics:
        async with RateLimiter(LAB, Limits(max_concurrency=2, rpm=60_000)) as limiter:
            share = limiter.join()
            tasks = [
                asyncio.ensure_future(limiter.complete(provider, a_request(f"c{i}"), tenant=share)) for i in range(6)
            ]
            await asyncio.sleep(0)
            tasks[5].cancel()  # waits
            await asyncio.sleep(1.0)
            tasks[0].cancel()  # is out
            tasks[4].cancel()
            await asyncio.sleep(0)
            tasks[2].cancel()
            await asyncio.wait(tasks)
            return limiter.statistics()

    statistics = jumping(main)

    assert (statistics.open, statistics.waiting) == (0, 0)


def test_the_first_request_goes_alone_where_its_response_will_name_the_limits() -> None:
    """And what it names is kept to from the second on."""
    told = (AdvertisedLimit("requests", limit=60, remaining=59), AdvertisedLimit("tokens", limit=6000, remaining=5900))
    provider = Answering(lambda n: Completion("done", announced=told), takes_s=2.0)
    quota = Quota("lab", "http://lab/v1", announces=True)

    asked(provider, n=10, quota=quota)

    assert provider.at[1] >= 2.0
    assert provider.at[-1] - provider.at[1] >= 7.5  # one a second


def test_a_limit_that_the_user_gave_is_not_raised_by_the_server() -> None:
    """They may want to leave something to others."""
    provider = Answering(lambda n: Completion("done", announced=(AdvertisedLimit("requests", limit=60_000),)))

    asked(provider, Limits(rpm=60), n=10)

    assert provider.at[-1] >= 8.0


def test_a_request_larger_than_a_minutes_limit_is_refused_before_it_is_sent() -> None:
    """It would wait for ever; the option that sets the limit is named."""
    provider = Answering()

    async def main() -> None:
        async with RateLimiter(LAB, Limits(itpm=100)) as limiter:
            await limiter.complete(provider, a_request(text="why " * 500), tenant=limiter.join())

    with pytest.raises(
        RequestRejected,
        match=r"^c1/agent\.0 needs about 556 tokens, more than the 100 input tokens per minute of lab at "
        r"http://lab/v1; shorten the prompt or lower max_tokens, or correct itpm in fellowship\.toml if the "
        r"limit is higher$",
    ):
        jumping(main)
    assert provider.asked == []


def test_a_day_that_is_used_up_ends_the_run() -> None:
    """Nobody waits for hours in silence."""
    provider = Answering()

    results = asked(provider, Limits(rpd=3, rpm=6000), n=5)

    errors = [result for result in results if isinstance(result, ProviderError)]
    assert (results.count(DONE), len(errors)) == (3, 2)
    assert str(errors[0]) == "the requests per day of lab at http://lab/v1 are used up; there are more in 24.0 hours"


def test_tokens_are_settled_by_what_was_used() -> None:
    """A thousand were reserved each time, and ten used: the limit holds many more requests than it seemed."""
    provider = Answering(lambda n: Completion("done", usage=Usage(5, 5)), takes_s=0.1)

    asked(provider, Limits(tpm=6000), n=200)

    assert provider.at[-1] <= 60.0


def test_statistics_say_what_is_waited_for() -> None:
    """And until when."""
    provider = Answering(takes_s=1.0)

    async def main() -> str:
        async with RateLimiter(LAB, Limits(rpm=60)) as limiter, asyncio.TaskGroup() as group:
            share = limiter.join()
            for i in range(3):
                group.create_task(limiter.complete(provider, a_request(f"c{i}"), tenant=share))
            await asyncio.sleep(0.5)
            return str(limiter.statistics())

    assert jumping(main) == "lab: 1 open, 2 waiting for requests per minute, 0.51 s more"


def test_ten_thousand_waiting_requests_cost_no_wake_ups() -> None:
    """Nothing can go out, so nothing happens."""
    provider = Answering(takes_s=1000.0)

    async def main() -> int:
        async with RateLimiter(LAB, Limits(max_concurrency=1)) as limiter:
            share = limiter.join()
            tasks = [
                asyncio.ensure_future(limiter.complete(provider, a_request(f"c{i}"), tenant=share))
                for i in range(10_000)
            ]
            await asyncio.sleep(1.0)
            before = limiter.statistics().n_wakes
            await asyncio.sleep(100.0)
            after = limiter.statistics().n_wakes
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            return after - before

    assert jumping(main) == 0
