"""Requests in windows: what the Throttler grants, when, and how evenly."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace

import asyncio_throttle.throttler
import pytest
from asyncio_throttle import Throttler
from hypothesis import given
from hypothesis import strategies as st

from fellowship.runners.gate.windows import RequestRate, Window, request_rate
from tests.runners.gate.asks import jumping


async def taken(rate: RequestRate | Window, n: int) -> list[float]:
    """The moments of n grants, each as early as the rate allows."""
    loop, moments = asyncio.get_running_loop(), list[float]()
    for _ in range(n):
        if wait_s := rate.wait_s(loop.time()):
            await asyncio.sleep(wait_s)
        await rate.take()
        moments.append(loop.time())
    return moments


def most_within(moments: Sequence[float], seconds: float) -> int:
    """The most of them in any span of so many seconds."""
    return max(sum(start <= at < start + seconds for at in moments) for start in moments)


@given(limit=st.integers(1, 50), period_s=st.floats(0.1, 10.0))
def test_a_window_never_holds_more_than_its_limit(limit: int, period_s: float) -> None:
    """Whatever the limit and the period; and it is used to the full."""
    with pytest.MonkeyPatch.context() as patch:
        clock = SimpleNamespace(monotonic=lambda: asyncio.get_running_loop().time())
        patch.setattr(asyncio_throttle.throttler, "time", clock)

        moments = jumping(lambda: taken(Window(limit, period_s), 3 * limit))

    assert most_within(moments, period_s) == limit
    assert moments[-1] == pytest.approx(2 * period_s, abs=0.001)


def test_every_grant_goes_through_the_throttler_and_never_waits_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """With pacing each passes three: the spread, the pace and the window."""
    n_acquired, slept = 0, []
    acquire: Callable[[Throttler], Awaitable[None]] = Throttler.acquire
    sleep = asyncio.sleep

    async def counted(self: Throttler) -> None:
        nonlocal n_acquired
        n_acquired += 1
        await acquire(self)

    async def noted(seconds: float) -> None:
        slept.append(seconds)
        await sleep(seconds)

    monkeypatch.setattr(Throttler, "acquire", counted)
    monkeypatch.setattr("asyncio_throttle.throttler.asyncio.sleep", noted)

    jumping(lambda: taken(RequestRate(100, 5.0), 200))

    assert n_acquired == 600
    assert 0.005 not in slept  # the Throttler's own polling


def test_a_paced_rate_is_even_and_the_guard_makes_the_window_longer() -> None:
    """100 in 5 s, guarded by 75 ms: never more than 5 or 6 in a quarter of a second."""
    moments = jumping(lambda: taken(RequestRate(100, 5.0), 300))

    assert most_within(moments, 5.0) <= 100
    assert most_within(moments, 0.25) <= 6
    assert moments[-1] == pytest.approx(299 / 100 * 5.075, rel=0.01)


def test_bursts_take_a_whole_window_in_a_fourteenth_of_it() -> None:
    """And the next one begins when the window is over."""
    moments = jumping(lambda: taken(RequestRate(100, 5.0, bursts=True), 200))

    assert moments[99] < 0.5
    assert moments[100] == pytest.approx(5.075, abs=0.01)
    assert most_within(moments, 5.0) == 100


def test_bursts_are_paced_while_the_quota_is_shared() -> None:
    """The other process counts on half of what is left of the window."""
    rate = RequestRate(100, 5.0, bursts=True)
    rate.adjust(factor=0.5)

    moments = jumping(lambda: taken(rate, 50))

    assert rate.is_paced
    assert moments[-1] == pytest.approx(5.0, rel=0.05)


@pytest.mark.parametrize(
    ("per_minute", "window_s", "expected"),
    [(6000, 5.0, (500, 5.0)), (1000, 60.0, (1000, 60.0)), (20, 1.0, (1, 3.0)), (1, 60.0, (1, 60.0))],
)
def test_a_limit_per_minute_is_scaled_to_the_window(
    per_minute: int, window_s: float, expected: tuple[int, float]
) -> None:
    """A window in which less than one would fit is made longer."""
    rate = request_rate(per_minute, window_s)

    assert (rate.limit, rate.window_s) == expected


def test_a_stamp_set_later_moves_the_end_of_the_window() -> None:
    """A request counts from when it was sent, not from when it was granted."""

    async def main() -> float:
        window = Window(1, 10.0)
        stamp = await window.take()
        stamp.at += 3.0
        return window.wait_s(asyncio.get_running_loop().time())

    assert jumping(main) == pytest.approx(13.0, abs=0.001)
