"""Verify and fork from Python: `verify(scenario, of="runs/jury", ...)`, with the arguments of the original `run`."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from fellowship.protocols.completions import Sampling
from fellowship.reruns.fork import ForkChanges, execute_fork, fork_origin, forked_run, recorded_changes
from fellowship.reruns.script_interceptor import ScriptInterceptor, StopScript
from fellowship.reruns.verify import VerifyResult, verify_run
from fellowship.runners.overrides import current_overrides, overriding_here
from fellowship.runners.run import arun, run_outside_loop
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.scenario_function import Scenario
from fellowship.runners.summary import RunSummary
from fellowship.storage.recorded_run import RecordedRun

ScriptResultT = TypeVar("ScriptResultT")
INSTEAD = "await averify or afork instead"


async def averify(scenario: Scenario, *, of: str | Path, **arguments: Any) -> VerifyResult:
    """Run the current code on the recorded replies of the run in the folder `of`. Makes no call, changes nothing."""
    return await _rerun(scenario, Path(of), verify_run, arguments)


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

    async def work(spec: RunSpec, recorded: RecordedRun) -> RunSummary:
        return await execute_fork(forked_run(spec, recorded, conversation, at, changes, times=times))

    return await _rerun(scenario, Path(of), work, arguments)


def verify(scenario: Scenario, *, of: str | Path, **arguments: Any) -> VerifyResult:
    """`averify` outside of an event loop."""
    return run_outside_loop(averify(scenario, of=of, **arguments), instead=INSTEAD)


def fork(scenario: Scenario, *, of: str | Path, conversation: str, **options: Any) -> RunSummary:
    """`afork` outside of an event loop."""
    return run_outside_loop(afork(scenario, of=of, conversation=conversation, **options), instead=INSTEAD)


async def _rerun(
    scenario: Scenario,
    folder: Path,
    work: Callable[[RunSpec, RecordedRun], Awaitable[ScriptResultT]],
    arguments: Mapping[str, Any],
) -> ScriptResultT:
    """The result of `work`, given the specification of the recorded run in the folder, and its record."""
    with RecordedRun.open(folder) as recorded:
        origin = fork_origin(folder)
        interceptor = ScriptInterceptor(origin, lambda spec: work(recorded_changes(spec, folder), recorded))
        with overriding_here(replace(current_overrides(), intercept=interceptor, out=None)), suppress(StopScript):
            await arun(scenario, **{"prompts": ["those of the run"], **arguments}, out=origin)
        return interceptor.done()
