"""The event loop whose clock jumps."""

import asyncio
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from tests.jumping_loop import JumpingLoop

ResultT = TypeVar("ResultT")


def jumping(main: Coroutine[Any, Any, ResultT]) -> ResultT:
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main)


def test_a_day_of_waiting_takes_no_time() -> None:
    """The clock shows the day, the wall does not."""

    async def main() -> float:
        await asyncio.sleep(86_400)
        return asyncio.get_running_loop().time()

    begun = time.perf_counter()
    shown = jumping(main())

    assert shown == pytest.approx(86_400)
    assert time.perf_counter() - begun < 1.0


def test_timers_come_in_the_order_of_their_times() -> None:
    """However they were set."""
    order: list[tuple[int, float]] = []

    async def sleeper(seconds: int) -> None:
        await asyncio.sleep(seconds)
        order.append((seconds, round(asyncio.get_running_loop().time(), 6)))

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for seconds in (30, 10, 20):
                group.create_task(sleeper(seconds))

    jumping(main())

    assert order == [(10, 10.0), (20, 20.0), (30, 30.0)]


def test_the_clock_stands_still_while_something_is_ready() -> None:
    """Work does not cost time here; only waiting does."""

    async def main() -> float:
        for _ in range(1000):
            await asyncio.sleep(0)
        return asyncio.get_running_loop().time()

    assert jumping(main()) == 0.0


def test_the_clock_does_not_jump_past_work_in_a_thread() -> None:
    """A timer that is due long after the thread is done comes after it."""
    order: list[str] = []

    async def timer() -> None:
        await asyncio.sleep(0.001)
        order.append("timer")

    async def worker(pool: ThreadPoolExecutor) -> None:
        await asyncio.get_running_loop().run_in_executor(pool, time.sleep, 0.05)
        order.append("thread")

    async def main() -> None:
        with ThreadPoolExecutor(1) as pool:
            async with asyncio.TaskGroup() as group:
                group.create_task(timer())
                group.create_task(worker(pool))

    jumping(main())

    assert order == ["thread", "timer"]


def test_a_timeout_is_reached_in_no_time() -> None:
    """`asyncio.timeout` goes by the loop's clock."""

    async def main() -> None:
        async with asyncio.timeout(600):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        jumping(main())


def test_an_error_in_a_thread_arrives_and_the_clock_goes_on() -> None:
    """A failed call is over as well."""

    async def main() -> float:
        with pytest.raises(ZeroDivisionError):
            await asyncio.get_running_loop().run_in_executor(None, lambda: 1 / 0)
        await asyncio.sleep(5)
        return asyncio.get_running_loop().time()

    assert jumping(main()) == pytest.approx(5)
