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

    async def outcome(step: Coroutine[Any, Any, StepT]) -> StepT | Exception:
        try:
            return await step
        except Exception as error:
            return error

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(outcome(step)) for step in steps]
    results: list[StepT] = []
    for task in tasks:
        end = task.result()
        if isinstance(end, Exception):
            raise end
        results.append(end)
    return results
