"""Progress as plain lines, by a clock of the test's own; and workers that take from one iterator."""

import asyncio
import io
from collections.abc import Iterator

import pytest

from fellowship.runners.progress import PlainLines, Silence, progress
from fellowship.runners.workers import Stop, carry_out


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_line_comes_every_ten_seconds_and_at_the_end() -> None:
    """With the failures, where there are any, and the rate since the beginning."""
    clock, stream = Clock(), io.StringIO()
    with PlainLines("loop", 2_000, stream, now=clock) as told:
        for _ in range(1_500):
            clock.now += 0.01
            told.ended("finished")
        for _ in range(10):
            clock.now += 1.0
            told.ended("failed")

    assert stream.getvalue().splitlines() == [
        "loop: 1,000/2,000, 100.0 conversations/s",
        "loop: 1,505/2,000, 5 failed, 75.2 conversations/s",
        "loop: 1,510/2,000, 10 failed, 60.4 conversations/s",
    ]


def test_a_short_run_tells_nothing() -> None:
    """Its summary is enough."""
    clock, stream = Clock(), io.StringIO()
    with PlainLines("loop", 10, stream, now=clock) as told:
        clock.now += 9.9
        told.ended("finished")

    assert stream.getvalue() == ""


def test_a_run_that_waits_tells_what_for() -> None:
    """Nothing ends for a minute, and the lines go on."""
    clock, stream = Clock(), io.StringIO()
    with PlainLines("loop", 10, stream, now=clock) as told:
        for _ in range(12):
            clock.now += 1.0
            told.waits("lab: 8 open, 2 waiting for requests per minute, 3.0 s more")
        told.waits("")
        clock.now += 10.0
        told.ended("finished")

    assert stream.getvalue().splitlines() == [
        "loop: 0/10, 0.0 conversations/s; lab: 8 open, 2 waiting for requests per minute, 3.0 s more",
        "loop: 1/10, 0.0 conversations/s",
        "loop: 1/10, 0.0 conversations/s",
    ]


def test_progress_fits_where_it_goes() -> None:
    """Silence on demand; lines where there is no terminal."""
    assert isinstance(progress("loop", 1, quiet=True), Silence)
    assert isinstance(progress("loop", 1, quiet=False), PlainLines)


async def at_once() -> None:
    """There is always a place."""


def test_workers_share_one_iterator_and_take_items_as_they_need_them() -> None:
    """At most so many are under way, each item is worked on once, and memory follows the workers."""
    done: list[int] = []
    taken = under_way = most = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for item in range(100):
            taken += 1
            yield item

    async def work(item: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        assert taken - len(done) <= 7
        await asyncio.sleep(0)
        under_way -= 1
        done.append(item)

    asyncio.run(carry_out(items(), work, most=7, place=at_once, stop=Stop()))

    assert sorted(done) == list(range(100))
    assert most == 7


def test_nothing_new_is_begun_after_a_stop() -> None:
    """What is under way ends; the first reason counts."""
    stop = Stop()
    done: list[int] = []

    async def work(item: int) -> None:
        if item == 5:
            stop("enough")
            stop("too late")
        await asyncio.sleep(0)
        done.append(item)

    asyncio.run(carry_out(iter(range(100)), work, most=3, place=at_once, stop=stop))

    assert done == [0, 1, 2, 3, 4, 5]
    assert stop.reason == "enough"


def test_a_bug_of_the_runner_ends_everything() -> None:
    """It is not a failure of the item."""

    async def work(item: int) -> None:
        raise ZeroDivisionError(item)

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(carry_out(iter(range(3)), work, most=2, place=at_once, stop=Stop()))

    assert caught.group_contains(ZeroDivisionError)
