"""Steps side by side: all run to their end, and the first error in their order is raised."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from fellowship.protocols.errors import FellowshipError, ProviderUnavailable, ReplyNotParsed
from fellowship.scenarios.concurrency import gather_in_order


class Steps:
    """Steps that end in an order of their own, and what has ended."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    async def step(self, name: str, *, after: int, error: Exception | None = None) -> str:
        """Ends after so many turns of the loop, by giving its name or raising."""
        for _ in range(after):
            await asyncio.sleep(0)
        self.ended.append(name)
        if error is not None:
            raise error
        return name

    async def forever(self) -> str:
        """Never ends."""
        await asyncio.Event().wait()
        raise AssertionError


def together(*steps: Coroutine[Any, Any, str]) -> list[str]:
    async def main() -> list[str]:
        return await gather_in_order(*steps)

    return asyncio.run(main())


def test_results_come_in_the_order_of_the_steps() -> None:
    """Not in that of their ends."""
    steps = Steps()

    results = together(steps.step("slow", after=5), steps.step("quick", after=1))

    assert results == ["slow", "quick"]
    assert steps.ended == ["quick", "slow"]


def test_no_step_gives_no_result() -> None:
    """And does not wait."""
    assert together() == []


def test_all_run_to_their_end_before_the_error_is_raised() -> None:
    """A reply that was paid for is not dropped because a neighbour failed."""
    steps = Steps()
    error = ReplyNotParsed("no score", raw="")

    with pytest.raises(ReplyNotParsed) as caught:
        together(steps.step("fails", after=0, error=error), steps.step("goes on", after=5))

    assert caught.value is error
    assert steps.ended == ["fails", "goes on"]


@pytest.mark.parametrize(("first", "second"), [(5, 1), (1, 5), (0, 0)])
def test_the_first_error_in_order_is_raised_whenever_it_came(first: int, second: int) -> None:
    """So the error does not depend on timing."""
    steps = Steps()
    errors: list[FellowshipError] = [ProviderUnavailable("first"), ReplyNotParsed("second", raw="")]

    with pytest.raises(FellowshipError) as caught:
        together(
            steps.step("fine", after=3),
            steps.step("first", after=first, error=errors[0]),
            steps.step("second", after=second, error=errors[1]),
        )

    assert caught.value is errors[0]


def test_a_mistake_in_the_code_drops_no_neighbour() -> None:
    """What a neighbour has asked for is paid; the mistake is told when all have ended."""
    steps = Steps()

    with pytest.raises(ValueError, match="a mistake"):
        together(steps.step("wrong", after=0, error=ValueError("a mistake")), steps.step("late", after=1))

    assert steps.ended == ["wrong", "late"]


def test_cancelling_ends_every_step() -> None:
    """Nothing outlives its caller."""

    async def main() -> None:
        steps = Steps()
        waiting = asyncio.create_task(gather_in_order(steps.forever(), steps.forever()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
