"""The one task that lets requests out: in turn, without polling, and no more than is allowed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from fellowship.protocols.errors import ProviderRefused
from fellowship.runners.gate.line import NEW, Line, Share, Waiter
from fellowship.runners.gate.pump import GRANTS_AT_ONCE, Grant, Hold, Pump
from fellowship.runners.gate.tokens import Need
from fellowship.runners.gate.windows import Stamp
from tests.runners.kit import jumping


class Station:
    """A pump, what stands in its way, and what it did."""

    def __init__(
        self, hold: Callable[[Need], Hold | None], taking: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._taking = taking
        self.taken: list[int] = []
        self.given_back: list[Grant] = []
        self.rested_for: list[Hold] = []
        self.line = Line()
        self.share: Share = self.line.join()
        self.pump = Pump(
            self.line,
            hold=hold,
            take=self._take,
            give_back=self.given_back.append,
            cost=lambda _: 1.0,
            resting=self.rested_for.append,
        )

    def wait(self, name: int = 1) -> Waiter:
        """A further request in the line."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        waiter = Waiter(Need(name, 0), future, 0.0)
        self.line.add(self.share, waiter, rank=NEW, n_done=0)
        self.pump.hear("arrival")
        return waiter

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The pump at work."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.pump.run())
            yield
            task.cancel()

    async def _take(self, need: Need) -> Grant:
        if self._taking is not None:
            await self._taking()
        self.taken.append(need.input)
        return Grant(need, 0.0, [])


def test_it_sleeps_exactly_as_long_as_is_waited_for() -> None:
    """And wakes once."""
    loop_time = [0.0]

    def hold(_: Need) -> Hold | None:
        now = asyncio.get_running_loop().time()
        return Hold(7.5 - now, "a limit") if now < 7.5 else None

    async def main() -> int:
        station = Station(hold)
        async with station.running():
            await station.wait().granted
            loop_time[0] = asyncio.get_running_loop().time()
        return station.pump.n_wakes

    n_wakes = jumping(main())

    assert loop_time == [7.5]
    assert n_wakes <= 3


@pytest.mark.parametrize(
    ("event", "wakes"), [("arrival", False), ("release", True), ("change", True)], ids=["arrival", "release", "change"]
)
def test_it_wakes_for_what_may_end_the_wait(event: Any, wakes: bool) -> None:
    """Thousands of arrivals do not: they stand behind the one that is waited for."""

    async def main() -> int:
        station = Station(lambda _: Hold(None, "something", "release"))
        async with station.running():
            station.wait()
            await asyncio.sleep(1)
            before = station.pump.n_wakes
            station.pump.hear(event)
            await asyncio.sleep(1)
        return station.pump.n_wakes - before - 1  # the end wakes it, too

    assert jumping(main()) == wakes


def test_a_change_of_limits_ends_a_wait_for_time() -> None:
    """The time was computed from the old ones."""
    holds: list[Hold | None] = [Hold(1_000.0, "requests per minute")]

    async def main() -> float:
        station = Station(lambda _: holds[0])
        async with station.running():
            waiter = station.wait()
            await asyncio.sleep(1)
            holds[0] = None
            station.pump.hear("release")
            await asyncio.sleep(1)
            assert not waiter.granted.done()
            station.pump.hear("change")
            await waiter.granted
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

    assert jumping(main())[:3] == [GRANTS_AT_ONCE, 2 * GRANTS_AT_ONCE, 40]


def test_who_went_away_is_not_served() -> None:
    """Nothing is taken for them."""

    async def main() -> list[int]:
        station = Station(lambda _: None)
        gone, stays = station.wait(1), station.wait(2)
        gone.granted.cancel()
        async with station.running():
            await stays.granted
        return station.taken

    assert jumping(main()) == [2]


def test_a_grant_for_who_went_away_meanwhile_is_given_back() -> None:
    """While it was taken, which takes no time unless the Throttler has to wait."""

    async def main() -> tuple[list[int], list[int]]:
        station = Station(lambda _: None, taking=lambda: asyncio.sleep(0.005))
        waiter = station.wait(5)
        async with station.running():
            await asyncio.sleep(0.001)
            waiter.granted.cancel()
            await asyncio.sleep(1)
        return station.taken, [grant.need.input for grant in station.given_back]

    assert jumping(main()) == ([5], [5])


def test_who_is_turned_away_gets_an_error_of_their_own() -> None:
    """One that is raised in many places at once would collect all of them."""

    async def main() -> list[BaseException | None]:
        station = Station(lambda _: Hold(None, "something", "release"))
        waiters = [station.wait() for _ in range(3)]
        async with station.running():
            await asyncio.sleep(0)
            station.pump.turn_away(ProviderRefused("no money"))
            await asyncio.sleep(0)
        return [waiter.granted.exception() for waiter in waiters]

    errors = jumping(main())

    assert [str(error) for error in errors] == ["no money"] * 3
    assert len(set(map(id, errors))) == 3


def test_it_tells_what_it_rests_for() -> None:
    """Whenever it rests."""

    async def main() -> list[str]:
        station = Station(lambda _: Hold(None, "something", "release"))
        async with station.running():
            await asyncio.sleep(1)
            station.wait()
            await asyncio.sleep(1)
        return [hold.reason for hold in station.rested_for]

    assert jumping(main()) == ["", "something"]


def test_a_grant_counts_from_when_it_is_sent() -> None:
    """In all its windows."""

    async def main() -> list[float]:
        grant = Grant(Need(1, 0), 0.0, [Stamp(0.0), Stamp(0.0)])
        await asyncio.sleep(3)
        grant.sent()
        return [stamp.at for stamp in grant.stamps]

    assert jumping(main()) == [3.0, 3.0]
