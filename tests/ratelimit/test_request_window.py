"""Requests per window: asyncio-throttle grants, and the wait is known exactly beforehand."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from asyncio_throttle.throttler import Throttler
from hypothesis import given
from hypothesis import strategies as st

from fellowship.ratelimit.request_window import LONGEST_GUARD_S, PacedRate, SlidingWindow, paced_rate
from tests.ratelimit.limiter_kit import let_each_throttler_grant_once, most_within
from tests.runners.kit import jumping


async def granted(rate: SlidingWindow | PacedRate, n: int, *pauses_s: float) -> list[float]:
    """The moments of so many grants, each taken as soon as there is room, after a pause."""
    loop, moments = asyncio.get_running_loop(), list[float]()
    for position in range(n):
        await asyncio.sleep(pauses_s[position] if position < len(pauses_s) else 0)
        wait_s = rate.wait_s(loop.time())
        await asyncio.sleep(wait_s)
        await rate.reserve(loop.time())
        moments.append(loop.time())
    return moments


def test_a_window_with_room_makes_nobody_wait() -> None:
    """As many as the limit go at once."""
    assert jumping(granted(SlidingWindow(3, 10.0), 3)) == [0.0, 0.0, 0.0]


def test_a_full_window_tells_exactly_when_there_is_room() -> None:
    """When the oldest has left it, and a trifle more."""

    async def main() -> float:
        window = SlidingWindow(2, 10.0)
        await window.reserve(asyncio.get_running_loop().time())
        await asyncio.sleep(4)
        await window.reserve(asyncio.get_running_loop().time())
        return window.wait_s(asyncio.get_running_loop().time())

    assert jumping(main()) == pytest.approx(6.0001)


def test_the_throttler_never_polls_after_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has room whenever it is entered: it would sleep for 5 ms otherwise."""
    slept: list[float] = []
    sleep = asyncio.sleep

    async def watched(delay: float) -> None:
        slept.append(delay)
        await sleep(delay)

    async def main() -> None:
        await granted(PacedRate(20, 60.0), 100)

    monkeypatch.setattr(asyncio, "sleep", watched)
    jumping(main())

    assert 0.005 not in slept


def test_a_window_that_was_made_longer_knows_what_the_throttler_knows() -> None:
    """What had left the shorter one is in it again, for both."""

    async def main() -> float:
        window = SlidingWindow(1, 10.0)
        await window.reserve(asyncio.get_running_loop().time())
        await asyncio.sleep(20)
        assert window.wait_s(20.0) == 0
        window.retune(1, 600.0)
        wait_s = window.wait_s(20.0)
        await asyncio.sleep(wait_s)
        await window.reserve(asyncio.get_running_loop().time())
        return asyncio.get_running_loop().time() - 20 - wait_s

    assert jumping(main()) == 0


@pytest.mark.parametrize("bursts", [False, True], ids=["paced", "bursts"])
def test_every_grant_goes_through_the_throttler(bursts: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through that of the window that the server counts."""
    entered: list[Throttler] = []
    acquire: Callable[[Throttler], Awaitable[None]] = Throttler.acquire

    async def counted(self: Throttler) -> None:
        entered.append(self)
        await acquire(self)

    monkeypatch.setattr(Throttler, "acquire", counted)
    jumping(granted(PacedRate(30, 60.0, bursts=bursts), 12))

    assert len(entered) == 12
    assert len(set(map(id, entered))) == 1


@given(
    limit=st.integers(1, 12),
    period_s=st.sampled_from([0.5, 1.0, 60.0]),
    pauses_s=st.lists(st.sampled_from([0.0, 0.1, 0.49, 1.0, 17.0]), max_size=60),
)
def test_never_more_than_the_limit_in_any_period(limit: int, period_s: float, pauses_s: list[float]) -> None:
    """However the requests arrive."""

    async def main() -> list[float]:
        loop_time = asyncio.get_running_loop().time
        window, moments = SlidingWindow(limit, period_s), list[float]()
        for pause_s in pauses_s:
            await asyncio.sleep(pause_s)
            await asyncio.sleep(window.wait_s(loop_time()))
            window_stamp = await window.reserve(loop_time())
            moments.append(window_stamp.at)
        return moments

    assert most_within(jumping(main()), period_s) <= limit


@given(
    limit=st.integers(1, 300),
    window_s=st.sampled_from([1.0, 10.0, 60.0]),
    factors=st.lists(st.floats(0.02, 1.0), min_size=1, max_size=5),
)
def test_a_rate_keeps_its_limit_whatever_its_factor(limit: int, window_s: float, factors: list[float]) -> None:
    """Retuned while it is in use, up or down."""

    async def main() -> list[float]:
        rate, moments = PacedRate(limit, window_s), list[float]()
        for scale in factors:
            rate.adjust(scale=scale)
            moments += await granted(rate, 15)
        return moments

    assert most_within(jumping(main()), window_s) <= limit


def test_pacing_spreads_a_minute_evenly() -> None:
    """No more than a quarter of a second's worth comes at once, and the whole minute is used."""
    moments = jumping(granted(PacedRate(600, 60.0), 1200))

    assert most_within(moments, 0.2) <= 2
    assert most_within(moments, 60.0) == pytest.approx(600, rel=0.01)
    assert moments[-1] == pytest.approx(2 * 60.5, rel=0.01)


def test_bursts_let_a_whole_window_out_in_a_fourteenth_of_it() -> None:
    """For servers that are known to allow it; sixteen go at once."""
    moments = jumping(granted(PacedRate(50, 60.0, bursts=True), 51))

    assert moments[:16] == [0.0] * 16
    assert moments[49] == pytest.approx(60.5 / 14, rel=0.1)
    assert moments[50] == pytest.approx(60.5, abs=0.01)


def test_bursts_are_paced_while_the_limit_is_shared() -> None:
    """Two processes would come at the same moment."""
    rate = PacedRate(600, 60.0, bursts=True)

    rate.adjust(scale=0.5)

    assert rate.is_paced
    assert jumping(granted(rate, 3))[-1] > 0.1


@pytest.mark.parametrize(
    ("window_s", "guard_s"), [(60.0, 0.5), (1.0, 0.015), (10.0, 0.15), (86_400.0, 0.5)], ids=["60", "1", "10", "day"]
)
def test_the_guard_fits_the_window(window_s: float, guard_s: float) -> None:
    """Half a second would be half of a second's window."""
    assert PacedRate(100, window_s).guard_s == pytest.approx(guard_s)


def test_the_guard_grows_to_a_limit() -> None:
    """Three seconds, or a fifth of a short window."""
    long, short = PacedRate(100, 60.0), PacedRate(100, 1.0)

    long.adjust(guard_s=10.0)
    short.adjust(guard_s=10.0)

    assert (long.guard_s, short.guard_s) == (LONGEST_GUARD_S, 0.2)


def test_a_throttler_that_grants_once_halts_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the Throttler that grants, and not a copy of it."""

    async def main() -> int:
        rate = PacedRate(600, 60.0)
        let_each_throttler_grant_once(monkeypatch)
        try:
            async with asyncio.timeout(59):
                await granted(rate, 100)
        except TimeoutError:
            return rate.n_used(asyncio.get_running_loop().time())
        return -1

    assert jumping(main()) == 1


def test_a_stamp_counts_from_when_it_was_sent() -> None:
    """A request that was held up on its way leaves the window later."""

    async def main() -> float:
        window = SlidingWindow(1, 10.0)
        send_time = await window.reserve(asyncio.get_running_loop().time())
        send_time.at = 3.0
        return window.wait_s(3.0)

    assert jumping(main()) == pytest.approx(10.0001)


@pytest.mark.parametrize(
    ("per_minute", "window_s", "limit", "in_s"),
    [
        (600, 60.0, 600, 60.0),
        (600, 1.0, 10, 1.0),
        (20, 1.0, 1, 3.0),
        (1, 60.0, 1, 60.0),
        (90, 1.0, 1, 2 / 3),
        (100, 10.0, 16, 9.6),
    ],
    ids=["a_minute", "a_second", "less_than_one", "one", "one_and_a_half", "sixteen_and_two_thirds"],
)
def test_a_limit_per_minute_is_scaled_to_the_window(per_minute: int, window_s: float, limit: int, in_s: float) -> None:
    """The rate stays what it was; what is rounded is the window."""
    rate = paced_rate(per_minute, window_s)

    assert rate.limit == limit
    assert rate.window_s == pytest.approx(in_s)
    assert rate.limit / rate.window_s == pytest.approx(per_minute / 60)


def test_a_rate_knows_what_is_used_of_it() -> None:
    """And that it is full from 95 % on."""

    async def main() -> tuple[int, bool, bool]:
        rate = PacedRate(20, 60.0, bursts=True)
        await granted(rate, 18)
        before = rate.is_full(0.0)
        await granted(rate, 1)
        return rate.n_used(0.0), before, rate.is_full(0.0)

    assert jumping(main()) == (19, False, True)
