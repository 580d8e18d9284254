"""Concurrent steps of a scenario, each in its own lane or by its own agent."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

StepT = TypeVar("StepT")


async def gather_in_order(*steps: Coroutine[Any, Any, StepT]) -> list[StepT]:
    """The results, in the order of the steps. All steps finish before the first error, in that order, is raised.

    So a paid reply is never dropped because another step failed, and the error does not depend on timing.
    """
    if len(steps) == 1:
        return [await steps[0]]
    results = await asyncio.gather(*steps, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return cast("list[StepT]", results)
