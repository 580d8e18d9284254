"""The gate of one quota: who is let out, and what becomes of those who go away."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest
from asyncio_throttle.throttler import Throttler

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import (
    Overloaded,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from fellowship.protocols.quota import Limits
from fellowship.protocols.sending import sending
from fellowship.ratelimit.dispatcher import Blocker
from fellowship.ratelimit.limiter import RateLimiter
from tests.ratelimit.limiter_kit import (
    ANSWER,
    QUOTA,
    Asker,
    Server,
    a_limiter,
    a_request,
    failing,
    let_each_throttler_grant_once,
    most_within,
    now,
    until,
)
from tests.runners.kit import jumping


@pytest.mark.parametrize("bursts", [False, True], ids=["paced", "bursts"])
def test_every_request_goes_through_the_throttler(bursts: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the window that the server counts."""
    entered: list[Throttler] = []
    acquire: Callable[[Throttler], Awaitable[None]] = Throttler.acquire

    async def counted(self: Throttler) -> None:
        entered.append(self)
        await acquire(self)

    async def main() -> None:
        async with a_limiter(Server(latency_s=1.0), Limits(rpm=600, bursts=bursts)) as run:
            await run.ask_all(50)

    monkeypatch.setattr(Throttler, "acquire", counted)
    jumping(main())

    assert len(entered) == 50


def test_the_limits_hold_at_the_server() -> None:
    """Of a minute, and all of it is used."""
    server = Server(latency_s=2.0)

    async def main() -> None:
        async with a_limiter(server, Limits(rpm=120)) as run:
            await run.ask_all(300)

    jumping(main())

    assert most_within(server.asked_at, 60.0) in (119, 120)


def test_a_throttler_that_lets_one_through_halts_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what grants."""
    let_each_throttler_grant_once(monkeypatch)

    async def main() -> int:
        async with a_limiter(Server(), Limits(rpm=600)) as run:
            task = asyncio.ensure_future(run.ask_all(10))
            await asyncio.sleep(59)
            n_asked = len(run.server.asked)
            task.cancel()
            await asyncio.wait([task])
            return n_asked

    assert jumping(main()) == 1


def test_a_request_that_waits_in_a_throttler_has_its_place_among_the_open_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one does not take it, and it is given back when the request is cancelled."""
    let_each_throttler_grant_once(monkeypatch)

    async def main() -> tuple[int, int]:
        async with a_limiter(Server(), Limits(rpm=600, max_concurrency=1)) as run:
            await run.ask("first")
            await asyncio.sleep(1)
            task = asyncio.ensure_future(run.ask_all(3))
            await asyncio.sleep(5)
            statistics = run.limiter.statistics()
            task.cancel()
            await asyncio.wait([task])
            return statistics.open, statistics.waiting

    assert jumping(main()) == (1, 2)


def test_ten_thousand_that_wait_cost_no_wakes() -> None:
    """Less than five a second, and the Throttler is never waited for."""

    async def main() -> tuple[int, float]:
        async with a_limiter(Server(latency_s=30.0), Limits(rpm=60_000, max_concurrency=1)) as run:
            task = asyncio.ensure_future(run.ask_all(10_000))
            await asyncio.sleep(1)
            before, began = run.limiter.statistics(), now()
            await asyncio.sleep(28)
            after = run.limiter.statistics()
            task.cancel()
            await asyncio.wait([task])
            assert before.waiting == after.waiting == 9_999
            return after.n_wakes - before.n_wakes, now() - began

    n_wakes, in_s = jumping(main())

    assert n_wakes / in_s < 5


def test_retries_then_those_under_way_then_new_ones() -> None:
    """The deepest first."""
    server = Server(latency_s=1.0)

    async def main() -> None:
        async with a_limiter(server, Limits(max_concurrency=1)) as run, asyncio.TaskGroup() as group:
            for name, n_done in (("first", 0), ("new", 0), ("one", 1), ("four", 4), ("two", 2)):
                group.create_task(_asked(run.ask(name, n_done=n_done)))
                await asyncio.sleep(0)

    jumping(main())

    assert server.asked == ["first", "four", "two", "one", "new"]


def test_what_is_tried_again_comes_before_all_others() -> None:
    """It has waited already."""
    server = Server(failing(RateLimited("slower")), latency_s=1.0)

    async def main() -> None:
        async with a_limiter(server, Limits(max_concurrency=1)) as run, asyncio.TaskGroup() as group:
            for name, n_done in (("refused", 0), ("new", 0), ("started", 3)):
                group.create_task(_asked(run.ask(name, n_done=n_done)))
                await asyncio.sleep(0)

    jumping(main())

    assert server.asked == ["refused", "refused", "started", "new"]


def test_two_runs_have_equal_parts() -> None:
    """The one with ten requests does not wait for the one with two hundred."""
    server = Server(latency_s=0.5)

    async def main() -> float:
        async with a_limiter(server, Limits(rpm=120)) as large:
            small = Asker(large.limiter, server)
            task = asyncio.ensure_future(large.ask_all(200))
            await asyncio.sleep(0)
            await small.ask_all(10)
            ended = now()
            await task
            return ended

    assert jumping(main()) == pytest.approx(20 * 0.5, abs=1.5)


def test_it_tells_the_provider_how_to_say_that_a_request_is_sent() -> None:
    """From then on it counts."""
    told: list[bool] = []

    async def answering(_: Request) -> Completion:
        await asyncio.sleep(5)
        sent = sending.get()
        told.append(sent is not None)
        assert sent is not None
        sent()
        return ANSWER

    async def main() -> float:
        async with a_limiter(Server(answering), Limits(rpm=1)) as run:
            await run.ask()
            await run.ask()
            return run.server.asked_at[1]

    assert jumping(main()) == pytest.approx(65.5, abs=0.01)
    assert told == [True, True]


def test_on_grant_is_called_whenever_a_request_is_let_out() -> None:
    """For every attempt."""
    granted_at: list[float] = []

    async def main() -> None:
        async with a_limiter(Server(failing(RateLimited("slower", retry_after_s=9.0)))) as run:
            await run.limiter.complete(
                run.server, a_request(), tenant=run.tenant, on_permit=lambda: granted_at.append(now())
            )

    jumping(main())

    assert granted_at == [0.0, pytest.approx(9.1, abs=0.2)]


def test_a_request_that_is_given_up_while_it_waits_is_not_sent() -> None:
    """And nothing of it is left."""

    async def main() -> None:
        async with a_limiter(Server(latency_s=10.0), Limits(max_concurrency=1)) as run:
            first = asyncio.ensure_future(run.ask("first"))
            second = asyncio.ensure_future(run.ask("second"))
            third = asyncio.ensure_future(run.ask("third"))
            await asyncio.sleep(1)
            second.cancel()
            await asyncio.wait([second])
            await asyncio.gather(first, third)
            assert run.server.asked == ["first", "third"]
            assert run.limiter.statistics().waiting == 0

    jumping(main())


def test_a_request_that_is_cancelled_in_the_moment_of_its_permit_gives_its_place_back() -> None:
    """It has waited for another one, is permitted, and is never sent."""

    async def main() -> None:
        async with a_limiter(Server(latency_s=1.0), Limits(rpm=600, max_concurrency=1)) as run:
            first = asyncio.ensure_future(run.ask("first"))
            await asyncio.sleep(0.1)
            cancelled = asyncio.ensure_future(run.ask("cancelled"))
            await asyncio.sleep(0.1)
            first.cancel()
            await until(lambda: run.limiter.statistics().counts.permitted == 2)
            cancelled.cancel()
            await asyncio.wait([first, cancelled])
            assert cancelled.cancelled()
            assert run.server.asked == ["first"]
            await run.ask("next")
            assert run.server.asked == ["first", "next"]

    jumping(main())


@pytest.mark.parametrize("limits", [Limits(), Limits(rpm=600, tpm=60_000)], ids=["unknown", "known"])
def test_a_request_that_is_given_up_while_it_is_out_gives_its_place_back(limits: Limits) -> None:
    """Its tokens stay taken: the server may have written them."""

    async def main() -> None:
        limits_of_one = limits.model_copy(update={"max_concurrency": 1})
        async with a_limiter(Server(latency_s=10.0), limits_of_one) as run:
            task = asyncio.ensure_future(run.ask("gone"))
            await asyncio.sleep(0.1)
            levels = run.limiter.tokens_left()
            task.cancel()
            await asyncio.wait([task])
            assert run.limiter.statistics().open == 0
            assert run.limiter.tokens_left() == levels
            await run.ask("next")

    jumping(main())


@pytest.mark.parametrize("seed", range(10))
def test_however_requests_are_given_up_nothing_is_lost(seed: int) -> None:
    """Places come back, whether they wait, are let out or are out, with pauses in between."""
    rng = random.Random(seed)

    async def answering(_: Request) -> Completion:
        await asyncio.sleep(rng.choice([0.0, 0.5, 3.0]))
        if rng.random() < 0.2:
            raise rng.choice([RateLimited("slower"), ProviderUnavailable("500"), Overloaded("busy")])
        return ANSWER

    async def main() -> None:
        async with a_limiter(Server(answering), Limits(rpm=600, tpm=600_000, max_concurrency=4)) as run:
            tasks = [asyncio.ensure_future(run.ask(f"c{i:05}", n_done=i % 3)) for i in range(60)]
            while not all(task.done() for task in tasks):
                rng.choice(tasks).cancel()
                await asyncio.sleep(rng.choice([0.0, 0.0, 0.01, 1.0]))
            await asyncio.wait(tasks)
            assert run.limiter.statistics().open == 0
            async with asyncio.timeout(200):
                results = await run.ask_all(5)
            assert results.count(ANSWER) >= 3

    jumping(main())


@pytest.mark.parametrize("way", ["cancelled", "rejected", "broken"])
def test_a_probe_that_is_gone_does_not_leave_the_gate_closed(way: str) -> None:
    """The next one is the probe."""

    async def answering(request: Request) -> Completion:
        if len(run_server.asked) == 1:
            raise RateLimited("slower", retry_after_s=5.0)
        if len(run_server.asked) == 2:
            if way == "rejected":
                raise RequestRejected("no")
            if way == "broken":
                raise ZeroDivisionError
            await asyncio.sleep(1_000)
        return ANSWER

    run_server = Server(answering)

    async def main() -> float:
        async with a_limiter(run_server) as run:
            probe = asyncio.ensure_future(run.ask("probe"))
            await asyncio.sleep(6)
            probe.cancel()
            await asyncio.wait([probe])
            async with asyncio.timeout(30):
                assert await run.ask("next") == ANSWER
            return now()

    assert jumping(main()) < 10


# ---- when it is closed


def test_nobody_waits_at_a_gate_that_is_closed() -> None:
    """A bug of whoever closed it."""

    async def main() -> None:
        async with RateLimiter(QUOTA, Limits(max_concurrency=1)) as limiter:
            run = Asker(limiter, Server(latency_s=10.0))
            task = asyncio.ensure_future(run.ask_all(2))
            await asyncio.sleep(1)

        results = await task
        (_, error) = results
        assert str(error) == "the rate limiter of openai at https://api.example.org/v1 is closed"
        with pytest.raises(RuntimeError, match=r"is closed$"):
            await run.ask()

    jumping(main())


def test_nobody_waits_at_a_gate_that_is_broken() -> None:
    """They get the error, instead of waiting for ever."""

    class Broken(RateLimiter):
        def _on_block(self, blocker: Blocker) -> None:
            if blocker.reason:
                raise ZeroDivisionError

    async def main() -> None:
        async with Broken(QUOTA, Limits(max_concurrency=1)) as limiter:
            results = await Asker(limiter, Server(latency_s=10.0)).ask_all(3)
            assert [type(result) for result in results] == [Completion, ZeroDivisionError, ZeroDivisionError]

    jumping(main())


async def _asked(context: Awaitable[Completion]) -> None:
    await context
