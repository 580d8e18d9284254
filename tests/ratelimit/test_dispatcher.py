"""The one task that lets requests out: in turn, without polling, and no more than is allowed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from fellowship.protocols.errors import ProviderRefused
from fellowship.ratelimit.dispatcher import PERMITS_AT_ONCE, Blocker, Dispatcher, Permit
from fellowship.ratelimit.fair_queue import NEW, FairQueue, Tenant, Waiter
from fellowship.ratelimit.request_window import SendTime
from fellowship.ratelimit.token_bucket import TokenEstimate
from tests.runners.kit import jumping


class Station:
    """A pump, what stands in its way, and what it did."""

    def __init__(
        self, blocker: Callable[[TokenEstimate], Blocker | None], taking: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._taking = taking
        self.taken: list[int] = []
        self.given_back: list[Permit] = []
        self.rested_for: list[Blocker] = []
        self.line = FairQueue()
        self.tenant: Tenant = self.line.join()
        self.dispatcher = Dispatcher(
            self.line,
            blocker=lambda estimate, _: blocker(estimate),
            reserve=self._reserve,
            on_abandoned=self.given_back.append,
            cost=lambda _: 1.0,
            on_block=self.rested_for.append,
        )

    def wait(self, name: int = 1) -> Waiter:
        """A further request in the line."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        waiter = Waiter(TokenEstimate(name, 0), future, 0.0)
        self.line.add(self.tenant, waiter, rank=NEW, n_done=0)
        self.dispatcher.notify("arrival")
        return waiter

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The pump at work."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.dispatcher.run())
            yield
            task.cancel()

    async def _reserve(self, need: TokenEstimate, at: float) -> Permit:
        if self._taking is not None:
            await self._taking()
        self.taken.append(need.input)
        return Permit(need, at, [])


def test_it_sleeps_exactly_as_long_as_is_waited_for() -> None:
    """And wakes once."""
    loop_time = [0.0]

    def hold(_: TokenEstimate) -> Blocker | None:
        now = asyncio.get_running_loop().time()
        return Blocker(7.5 - now, "a limit") if now < 7.5 else None

    async def main() -> int:
        station = Station(hold)
        async with station.running():
            await station.wait().permit
            loop_time[0] = asyncio.get_running_loop().time()
        return station.dispatcher.n_wakes

    n_wakes = jumping(main())

    assert loop_time == [7.5]
    assert n_wakes <= 3


@pytest.mark.parametrize(
    ("event", "wakes"), [("arrival", False), ("release", True), ("change", True)], ids=["arrival", "release", "change"]
)
def test_it_wakes_for_what_may_end_the_wait(event: Any, wakes: bool) -> None:
    """Thousands of arrivals do not: they stand behind the one that is waited for."""

    async def main() -> int:
        station = Station(lambda _: Blocker(None, "something", "release"))
        async with station.running():
            station.wait()
            await asyncio.sleep(1)
            before = station.dispatcher.n_wakes
            station.dispatcher.notify(event)
            await asyncio.sleep(1)
        return station.dispatcher.n_wakes - before - 1  # the end wakes it, too

    assert jumping(main()) == wakes


def test_a_change_of_limits_ends_a_wait_for_time() -> None:
    """The time was computed from the old ones."""
    holds: list[Blocker | None] = [Blocker(1_000.0, "requests per minute")]

    async def main() -> float:
        station = Station(lambda _: holds[0])
        async with station.running():
            waiter = station.wait()
            await asyncio.sleep(1)
            holds[0] = None
            station.dispatcher.notify("release")
            await asyncio.sleep(1)
            assert not waiter.permit.done()
            station.dispatcher.notify("change")
            await waiter.permit
        return asyncio.get_running_loop().time()

    assert jumping(main()) == 2.0


def test_what_is_out_gets_to_be_sent_before_more_follows() -> None:
    """Sixteen at a time."""

    async def main() -> list[int]:
        station, seen = Station(lambda _: None), list[int]()
        for _ in range(40):
            station.wait()
        async with station.running():
            while len(station.taken) < 40:
                await asyncio.sleep(0)
                seen.append(len(station.taken))
        return seen

    assert jumping(main())[:3] == [PERMITS_AT_ONCE, 2 * PERMITS_AT_ONCE, 40]


def test_who_went_away_is_not_served() -> None:
    """Nothing is taken for them."""

    async def main() -> list[int]:
        station = Station(lambda _: None)
        gone, stays = station.wait(1), station.wait(2)
        gone.permit.cancel()
        async with station.running():
            await stays.permit
        return station.taken

    assert jumping(main()) == [2]


def test_a_grant_for_who_went_away_meanwhile_is_given_back() -> None:
    """While it was taken, which takes no time unless the Throttler has to wait."""

    async def main() -> tuple[list[int], list[int]]:
        station = Station(lambda _: None, taking=lambda: asyncio.sleep(0.005))
        waiter = station.wait(5)
        async with station.running():
            await asyncio.sleep(0.001)
            waiter.permit.cancel()
            await asyncio.sleep(1)
        return station.taken, [permit.estimate.input for permit in station.given_back]

    assert jumping(main()) == ([5], [5])


async def fail() -> None:
    """A reservation that fails."""
    raise OSError("no space left on device")


async def wait_long() -> None:
    """A reservation that takes an hour."""
    await asyncio.sleep(3600)


@pytest.mark.parametrize(
    ("reserving", "error"),
    [(fail, OSError("no space left on device")), (wait_long, RuntimeError("the rate limiter is closed"))],
    ids=["failed", "cancelled"],
)
def test_a_request_gets_the_error_of_its_reservation(reserving: Any, error: Exception) -> None:
    """It has left the queue, so nothing else would end its wait."""

    async def main() -> BaseException | None:
        station = Station(lambda _: None, taking=reserving)
        waiter = station.wait()
        dispatching = asyncio.ensure_future(station.dispatcher.run())
        await asyncio.sleep(1)
        dispatching.cancel()
        await asyncio.gather(dispatching, return_exceptions=True)
        return waiter.permit.exception()

    assert repr(jumping(main())) == repr(error)


def test_who_is_turned_away_gets_an_error_of_their_own() -> None:
    """One that is raised in many places at once would collect all of them."""

    async def main() -> list[BaseException | None]:
        station = Station(lambda _: Blocker(None, "something", "release"))
        waiters = [station.wait() for _ in range(3)]
        async with station.running():
            await asyncio.sleep(0)
            station.dispatcher.reject_all(ProviderRefused("no money"))
            await asyncio.sleep(0)
        return [waiter.permit.exception() for waiter in waiters]

    errors = jumping(main())

    assert [str(error) for error in errors] == ["no money"] * 3
    assert len(set(map(id, errors))) == 3


def test_it_tells_what_it_rests_for() -> None:
    """Whenever it rests."""

    async def main() -> list[str]:
        station = Station(lambda _: Blocker(None, "something", "release"))
        async with station.running():
            await asyncio.sleep(1)
            station.wait()
            await asyncio.sleep(1)
        return [hold.reason for hold in station.rested_for]

    assert jumping(main()) == ["", "something"]


def test_a_grant_counts_from_when_it_is_sent() -> None:
    """In all its windows."""

    async def main() -> list[float]:
        permit = Permit(TokenEstimate(1, 0), 0.0, [SendTime(0.0), SendTime(0.0)])
        await asyncio.sleep(3)
        permit.sent()
        return [send_time.at for send_time in permit.send_times]

    assert jumping(main()) == [3.0, 3.0]
