"""Verify and fork from Python: `verify(scenario, of="runs/jury", ...)`, with the arguments of the original `run`."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from fellowship.protocols.completions import Sampling
from fellowship.protocols.errors import ConfigurationError
from fellowship.reruns.fork import ForkChanges, fork_origin, forked_run, recorded_changes
from fellowship.reruns.fork_estimate import refuse_unreadable
from fellowship.reruns.script_interceptor import ScriptInterceptor, StopScript
from fellowship.reruns.verify import VerifyResult, verify_run
from fellowship.runners.execution import execute
from fellowship.runners.overrides import current_overrides, overriding
from fellowship.runners.run import arun
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.scenario_function import Scenario
from fellowship.runners.summary import RunSummary
from fellowship.runners.workers import StopSignal
from fellowship.storage.recorded_run import RecordedRun

ScriptResultT = TypeVar("ScriptResultT")


async def averify(scenario: Scenario, *, of: str | Path, **arguments: Any) -> VerifyResult:
    """Run the current code on the recorded replies of the run in the folder `of`. Makes no call, changes nothing."""
    folder = Path(of)
    with RecordedRun.open(folder) as recorded:

        async def work(spec: RunSpec) -> VerifyResult:
            return await verify_run(recorded_changes(spec, folder), recorded)

        return await _rerun(scenario, fork_origin(folder), work, arguments)


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
    """Repeat a conversation of the run in the folder `of` from its message `at` (1 is the first) on.

    `text` replaces that message; `models`, `instructions` and `sampling` are by agent, "" for all. Calls whose request
    is unchanged are answered from the record. Without any change all calls from there on are repeated. The `times`
    forks are the conversations of a run of their own, in a folder beside the original.
    """
    changes = ForkChanges(text, models or {}, instructions or {}, sampling or {})
    folder = Path(of)
    with RecordedRun.open(folder) as recorded:

        async def work(spec: RunSpec) -> RunSummary:
            fork = forked_run(recorded_changes(spec, folder), recorded, conversation, at, changes, times=times)
            await refuse_unreadable(fork)
            return await execute(fork, spec.options["stop"] or StopSignal())

        return await _rerun(scenario, fork_origin(folder), work, arguments)


def verify(scenario: Scenario, *, of: str | Path, **arguments: Any) -> VerifyResult:
    """`averify` outside of an event loop."""
    return _run_work(averify(scenario, of=of, **arguments))


def fork(scenario: Scenario, *, of: str | Path, conversation: str, **options: Any) -> RunSummary:
    """`afork` outside of an event loop."""
    return _run_work(afork(scenario, of=of, conversation=conversation, **options))


async def _rerun(
    scenario: Scenario, folder: Path, work: Callable[[RunSpec], Awaitable[ScriptResultT]], arguments: Mapping[str, Any]
) -> ScriptResultT:
    interceptor = ScriptInterceptor(folder, work)
    with overriding(replace(current_overrides(), intercept=interceptor, out=None)), suppress(StopScript):
        await arun(scenario, **{"prompts": ["those of the run"], **arguments}, out=folder)
    return interceptor.done()


def _run_work(work: Coroutine[Any, Any, ScriptResultT]) -> ScriptResultT:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    work.close()
    raise ConfigurationError("an event loop is already running here, as in a notebook: await averify or afork instead")
