"""Concurrent steps of a scenario, each in its own lane or by its own agent."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

StepT = TypeVar("StepT")


async def gather_in_order(*steps: Coroutine[Any, Any, StepT]) -> list[StepT]:
    """The results, in the order of the steps. All steps finish before the first error, in that order, is raised.

    So a paid reply is never dropped because another step failed, and the error does not depend on timing.
    """
    if len(steps) == 1:
        return [await steps[0]]
    ended: list[StepT | Exception] = [RuntimeError("not run")] * len(steps)

    async def run(position: int, step: Coroutine[Any, Any, StepT]) -> None:
        try:
            ended[position] = await step
        except Exception as error:
            ended[position] = error

    async with asyncio.TaskGroup() as group:
        for position, step in enumerate(steps):
            group.create_task(run(position, step))
    results: list[StepT] = []
    for end in ended:
        if isinstance(end, Exception):
            raise end
        results.append(end)
    return results
