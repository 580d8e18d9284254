"""Verify and fork in Python: `verify(scenario, of="runs/jury", ...)`, with the arguments the run was started with."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from fellowship.protocols.completions import Sampling
from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.call import Call
from fellowship.runners.otherwise.forecast import refuse_unreadable
from fellowship.runners.otherwise.fork import Changes, forked, made_again, origin_of
from fellowship.runners.otherwise.one_run import Enough, OneRun
from fellowship.runners.otherwise.verify import Verified, verified
from fellowship.runners.overrides import current, overriding
from fellowship.runners.run import arun, carried_out
from fellowship.runners.session import Scenario
from fellowship.runners.summary import RunSummary
from fellowship.runners.workers import Stop
from fellowship.storage.recorded_run import RecordedRun

ResultT = TypeVar("ResultT")


async def averify(scenario: Scenario, *, of: str | Path, **arguments: Any) -> Verified:
    """Today's code held against the recorded replies of the run in the folder `of`. Asks nothing, changes nothing."""
    folder = Path(of)
    with RecordedRun.open(folder) as recorded:

        async def work(call: Call) -> Verified:
            return await verified(made_again(call, folder), recorded)

        return await _once_more(scenario, origin_of(folder), work, arguments)


async def afork(
    scenario: Scenario,
    *,
    of: str | Path,
    conversation: str,
    at: int = 1,
    text: str | None = None,
    models: Mapping[str, str] | None = None,
    instructions: Mapping[str, str] | None = None,
    sampling: Mapping[str, Sampling] | None = None,
    times: int = 1,
    **arguments: Any,
) -> RunSummary:
    """A conversation of the run in the folder `of` once more, from its message `at` (1 is the first) on.

    `text` stands in the place of that message; `models`, `instructions` and `sampling` are by agent, "" for all. Asks
    whose request is the same are answered from the record. With nothing changed, everything from there on is asked
    anew. The `times` forks are the conversations of a run of their own, beside the original's.
    """
    changes = Changes(text, models or {}, instructions or {}, sampling or {})
    folder = Path(of)
    with RecordedRun.open(folder) as recorded:

        async def work(call: Call) -> RunSummary:
            fork = forked(made_again(call, folder), recorded, conversation, at, changes, times=times)
            await refuse_unreadable(fork)
            return await carried_out(fork, call.options["stop"] or Stop())

        return await _once_more(scenario, origin_of(folder), work, arguments)


def verify(scenario: Scenario, *, of: str | Path, **arguments: Any) -> Verified:
    """`averify`, for scripts."""
    return _run(averify(scenario, of=of, **arguments))


def fork(scenario: Scenario, *, of: str | Path, conversation: str, **options: Any) -> RunSummary:
    """`afork`, for scripts."""
    return _run(afork(scenario, of=of, conversation=conversation, **options))


async def _once_more(
    scenario: Scenario, folder: Path, work: Callable[[Call], Awaitable[ResultT]], arguments: Mapping[str, Any]
) -> ResultT:
    one = OneRun(folder, work)
    with overriding(replace(current(), instead=one, out=None)), suppress(Enough):
        await arun(scenario, **{"prompts": ["those of the run"], **arguments}, out=folder)
    return one.done()


def _run(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    work.close()
    raise ConfigurationError("an event loop is already running here, as in a notebook: await averify or afork instead")
