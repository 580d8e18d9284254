"""The gate when the server fails: pauses and probes, attempts, and when it is given up."""

import asyncio
import random

import pytest

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import (
    MalformedResponse,
    Overloaded,
    ProviderError,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from fellowship.protocols.quota import Limits
from fellowship.ratelimit.limiter_statistics import RateLimiterCounts
from tests.ratelimit.limiter_kit import ANSWER, Server, a_limiter, a_request, failing, now
from tests.runners.kit import jumping


def test_retry_after_pauses_everybody_and_one_probe_reopens() -> None:
    """The others follow when it is answered."""
    server = Server(failing(RateLimited("slower", retry_after_s=20.0)), latency_s=2.0)

    async def main() -> None:
        async with a_limiter(server) as run:
            task = asyncio.ensure_future(run.ask("refused"))
            await asyncio.sleep(3)
            await asyncio.gather(task, run.ask_all(5))
            assert run.limiter.statistics().counts.n_pauses == 1

    jumping(main())

    assert server.asked_at[:2] == [0.0, pytest.approx(22.1, abs=0.15)]
    assert server.asked_at[2:] == [pytest.approx(24.1, abs=0.2)] * 5


def test_what_is_waited_for_is_told_at_any_moment() -> None:
    """A pause, its probe, a place, a limit."""
    server = Server(failing(RateLimited("slower", retry_after_s=20.0)), latency_s=2.0)
    told: list[tuple[str | None, float | None]] = []

    async def main() -> None:
        async with a_limiter(server, Limits(rpm=3, max_concurrency=2, bursts=True)) as run:
            task = asyncio.ensure_future(run.ask_all(6))
            for pause_s in (1.0, 2.0, 20.0, 2.0, 3.0):
                await asyncio.sleep(pause_s)
                statistics = run.limiter.statistics()
                told.append((statistics.waits_for, statistics.for_s and round(statistics.for_s)))
            task.cancel()
            await asyncio.wait([task])

    jumping(main())

    assert told == [
        ("one of 2 open requests to end", None),
        ("the provider to take requests again", 19),
        ("the provider to take requests again", None),
        ("requests per minute", 36),
        ("requests per minute", 33),
    ]


def test_refusals_of_one_burst_are_one_episode() -> None:
    """Fifty that were on their way are refused once, and do not count as attempts."""
    server = Server(failing(*(RateLimited("slower", retry_after_s=3.0) for _ in range(50))), latency_s=1.0)

    async def main() -> None:
        async with a_limiter(server) as run:
            results = await run.ask_all(50)
            assert results == [ANSWER] * 50
            counts = run.limiter.statistics().counts
            assert (counts.rejected, counts.n_pauses, counts.retried) == (50, 1, 50)

    jumping(main())


def test_probes_that_fail_double_the_pause() -> None:
    """1, 2, 4, 8 seconds."""
    server = Server(failing(*(RateLimited("slower") for _ in range(4))))

    async def main() -> None:
        async with a_limiter(server) as run:
            assert await run.ask() == ANSWER

    jumping(main())

    gaps = [after - before for before, after in zip(server.asked_at, server.asked_at[1:], strict=False)]
    assert gaps == [pytest.approx(wait_s, abs=0.26) for wait_s in (1, 2, 4, 8)]


def test_a_request_that_is_refused_eight_times_fails_as_such() -> None:
    """Something about it is wrong."""

    async def answering(request: Request) -> Completion:
        if request.key.conversation == "greedy":
            raise RateLimited("too many tokens")
        return ANSWER

    async def main() -> None:
        server = Server(answering)
        async with a_limiter(server, patience_s=1e9) as run:
            with pytest.raises(RateLimited, match=r"^too many tokens$"):
                await run.ask("greedy")
            assert server.asked.count("greedy") == 8

    jumping(main())


def test_three_overloads_in_a_row_pause_it() -> None:
    """One or two are tried again after a while."""
    server = Server(failing(*(Overloaded("busy", retry_after_s=30.0) for _ in range(3))), latency_s=0.1)

    async def main() -> None:
        async with a_limiter(server) as run:
            assert await run.ask_all(3) == [ANSWER] * 3
            assert run.limiter.statistics().counts.n_pauses == 1

    jumping(main())

    assert server.asked_at[3] == pytest.approx(30.2, abs=0.2)


@pytest.mark.parametrize(
    "error",
    [ProviderUnavailable("500"), ProviderTimeout("late"), MalformedResponse("html")],
    ids=["500", "late", "html"],
)
def test_five_attempts_and_then_the_error_says_so(error: ProviderError) -> None:
    """The conversation fails, the others go on."""

    async def main() -> None:
        kind, text = type(error), str(error)
        server = Server(failing(*(kind(text) for _ in range(5))))
        async with a_limiter(server) as run:
            with pytest.raises(kind) as caught:
                await run.ask()
            assert str(caught.value) == f"{text} (after 5 attempts)"
            assert len(server.asked) == 5
            assert await run.ask() == ANSWER

    jumping(main())


def test_a_rejected_request_is_not_tried_again() -> None:
    """The same again would be rejected again."""
    server = Server(failing(RequestRejected("no such model")))

    async def main() -> None:
        async with a_limiter(server) as run:
            with pytest.raises(RequestRejected, match=r"^no such model$"):
                await run.ask()
            assert len(server.asked) == 1

    jumping(main())


@pytest.mark.parametrize("seed", range(5))
def test_a_noisy_server_never_closes_the_gate(seed: int) -> None:
    """22 % of all requests fail, and nearly all of them get through within five attempts."""
    rng = random.Random(seed)

    async def answering(_: Request) -> Completion:
        if rng.random() < 0.22:
            raise ProviderUnavailable("500")
        return ANSWER

    async def main() -> None:
        async with a_limiter(Server(answering, latency_s=1.0), Limits(rpm=3_000)) as run:
            results = await run.ask_all(1_000)
            assert results.count(ANSWER) >= 995
            assert run.limiter.statistics().counts.n_pauses == 0

    jumping(main())


def test_a_server_on_which_most_fail_closes_the_gate() -> None:
    """What is refused meanwhile is no request's own failure, and all get through afterwards."""

    async def answering(_: Request) -> Completion:
        if 10 < now() < 100:
            raise ProviderUnavailable("500")
        return ANSWER

    async def main() -> None:
        server = Server(answering, latency_s=1.0)
        async with a_limiter(server, Limits(rpm=600)) as run:
            results = await run.ask_all(400)
            assert results == [ANSWER] * 400
            assert run.limiter.statistics().counts.n_pauses >= 1
        n_wasted = sum(10 < at + 1.0 < 100 for at in server.asked_at)
        assert n_wasted < 60

    jumping(main())


def test_a_server_that_is_gone_for_good_is_given_up_after_a_while() -> None:
    """The run stops, resumable."""

    async def answering(_: Request) -> Completion:
        if now() > 10:
            raise ProviderUnavailable("connection refused")
        return ANSWER

    async def main() -> None:
        async with a_limiter(Server(answering, latency_s=1.0), Limits(rpm=600)) as run:
            results = await run.ask_all(400)
            errors = [result for result in results if isinstance(result, BaseException)]
            assert {str(error) for error in errors if isinstance(error, ProviderRefused)} == {
                "openai at https://api.example.org/v1 has answered nothing for 10 minutes: the provider, where most "
                "requests fail"
            }
            assert 600 < now() < 700
            with pytest.raises(ProviderRefused):
                await run.ask()

    jumping(main())


def test_an_idle_hour_is_no_silence() -> None:
    """A probe that is answered with a rejection is an answer."""
    server = Server(failing(RateLimited("slower"), RequestRejected("no"), RateLimited("slower")))

    async def main() -> None:
        async with a_limiter(server) as run:
            with pytest.raises(RequestRejected):
                await run.ask()
            await asyncio.sleep(3_600)
            assert await run.ask() == ANSWER

    jumping(main())


def test_an_idle_hour_after_a_rejection_is_no_silence() -> None:
    """The rejected request was cancelled before its next attempt."""
    server = Server(failing(RateLimited("slower"), RateLimited("slower")))

    async def main() -> None:
        async with a_limiter(server) as run:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(run.ask(), 0.01)
            await asyncio.sleep(3_600)
            assert await run.ask() == ANSWER

    jumping(main())


def test_requests_one_after_another_are_no_idle_time() -> None:
    """A server that rejects them all is given up; the first request alone has too few attempts for that."""
    server = Server(failing(*[RateLimited("slower", retry_after_s=30.0)] * 100))

    async def main() -> None:
        async with a_limiter(server) as run:
            with pytest.raises(RateLimited):
                await run.ask()
            with pytest.raises(ProviderRefused, match="answered nothing for 10 minutes"):
                await run.ask()

    jumping(main())


def test_a_terminal_error_turns_everybody_away_at_once() -> None:
    """Those who wait, and those who come later."""
    server = Server(failing(ProviderRefused("no money left")), latency_s=1.0)

    async def main() -> None:
        async with a_limiter(server, Limits(max_concurrency=1)) as run:
            results = await run.ask_all(100)
            assert now() == 1.0
            assert [str(result) for result in results] == ["no money left"] * 100
            assert {type(result) for result in results} == {ProviderRefused}
            assert len(set(map(id, results))) == 100
            with pytest.raises(ProviderRefused, match=r"^no money left$"):
                await run.ask()
            assert len(server.asked) == 1

    jumping(main())


def test_a_terminal_error_is_not_its_own_cause() -> None:
    """Who follows causes would never come to an end."""

    async def main() -> None:
        async with a_limiter(Server(failing(ProviderRefused("no money left")))) as run:
            with pytest.raises(ProviderRefused) as caught:
                await run.ask()
            assert caught.value.__cause__ is None

    jumping(main())


def test_a_days_requests_that_are_used_up_stop_the_provider() -> None:
    """Nobody waits for hours."""

    async def main() -> None:
        async with a_limiter(Server(latency_s=1.0), Limits(rpd=3)) as run:
            results = await run.ask_all(5)
            assert results[:3] == [ANSWER] * 3
            assert [str(result) for result in results[3:]] == [
                "the requests per day of openai at https://api.example.org/v1 are used up; there are more in 24.0 hours"
            ] * 2
            assert now() <= 1.0

    jumping(main())


def test_a_request_that_is_too_large_is_rejected_before_it_waits() -> None:
    """With the name of the option."""

    async def main() -> None:
        server = Server()
        async with a_limiter(server, Limits(itpm=100)) as run:
            with pytest.raises(RequestRejected, match=r"or correct itpm in fellowship\.toml"):
                await run.ask(request=a_request(prompt="x" * 3_600))
            assert server.asked == []

    jumping(main())


def test_a_probe_that_fails_of_itself_keeps_the_gate_closed() -> None:
    """For twice as long as before."""
    server = Server(failing(RateLimited("slower"), ProviderUnavailable("500")))

    async def main() -> None:
        async with a_limiter(server) as run:
            assert await run.ask() == ANSWER

    jumping(main())

    assert server.asked_at[2] - server.asked_at[1] == pytest.approx(2.1, abs=0.2)


def test_after_a_probe_retries_begin_anew() -> None:
    """Seven failures before it and six behind it close the gate no second time."""
    answered, failed = None, ProviderUnavailable("500")
    outcomes = [answered, *[failed] * 7, RateLimited("slower"), answered, *[failed] * 6]

    async def in_turn(_: Request) -> Completion:
        error = outcomes.pop(0) if outcomes else None
        if error is not None:
            raise error
        return ANSWER

    async def main() -> RateLimiterCounts:
        async with a_limiter(Server(in_turn)) as run:
            await run.ask()
            assert await run.ask_all(7) == [ANSWER] * 7
            return run.limiter.statistics().counts

    counts = jumping(main())

    assert (counts.answered, counts.rejected, counts.failed["ProviderUnavailable"]) == (8, 1, 13)
    assert counts.n_pauses == 1
