"""`run` and `arun`: carry out a scenario on many prompts, in a folder that can be continued.

`arun` decides everything from its arguments, the command line and the settings; `execution.py` carries it out.
"""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from fellowship.extensions import working_folder
from fellowship.protocols.errors import ConfigurationError, Interrupted
from fellowship.providers.sim.provider import SimProvider
from fellowship.runners.agent_binding import bind_agents
from fellowship.runners.execution import execute
from fellowship.runners.inputs import Prompts, open_source
from fellowship.runners.interrupts import draining_on_interrupt, end_script_if_uncaught
from fellowship.runners.overrides import (
    Overrides,
    check_process,
    current_call,
    current_folders,
    current_overrides,
    current_pots,
)
from fellowship.runners.provenance import Provenance, check_recordable
from fellowship.runners.providers import Providers
from fellowship.runners.reused_run import reused_run
from fellowship.runners.run_config import check_config, describe_run
from fellowship.runners.run_folders import RunFolders
from fellowship.runners.run_signature import OPTIONS, with_typed_arguments
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.runs_of_script import CALL
from fellowship.runners.scenario_function import (
    Scenario,
    check_arguments,
    n_candidates,
    refuse_shadowed,
    scenario_name,
    without_bound_keywords,
)
from fellowship.runners.summary import RunSummary, collect_summary
from fellowship.runners.workers import StopSignal
from fellowship.settings.settings import configured_servers, load_settings

IN_MEMORY = ":memory:"
ResultT = TypeVar("ResultT")


@with_typed_arguments
def run(scenario: Scenario, *, prompts: Prompts, **given: Any) -> RunSummary:
    """`arun`, for scripts. Ctrl-C drains the run, a second one abandons it. Interrupted when Ctrl-C has stopped it.

    SIGTERM and SIGHUP drain it likewise, and end a script with one line: SystemExit with 128 and the signal's number. A
    script that does not catch Interrupted ends with one line and 130; an interactive session shows the exception.
    ConfigurationError where an event loop is already running.
    """
    stop = given.pop("stop", None) or StopSignal()

    async def interruptible() -> RunSummary:
        with draining_on_interrupt(stop):
            return await arun(scenario, prompts=prompts, stop=stop, **given)

    try:
        return run_outside_loop(interruptible(), instead="write `await arun(...)` instead of `run(...)`")
    except Interrupted as error:
        error.signal = stop.signal
        if not stop.signal or current_folders().is_command:
            raise
        if stop.signal == signal.SIGINT:
            end_script_if_uncaught()
            raise
        print(f"fellowship: {error}", file=sys.stderr, flush=True)
        raise SystemExit(128 + stop.signal) from error


def run_outside_loop(work: Coroutine[Any, Any, ResultT], *, instead: str) -> ResultT:
    """The result of the coroutine; ConfigurationError, which names what to do `instead`, in a running event loop."""
    with suppress(RuntimeError):  # no event loop is running; an error of the work is not one that follows from this
        asyncio.get_running_loop()
        work.close()
        raise ConfigurationError(f"an event loop is already running here, as in a notebook: {instead}")
    return asyncio.run(work)


@with_typed_arguments
async def arun(scenario: Scenario, *, prompts: Prompts, **given: Any) -> RunSummary:
    """Carry out `scenario(talk, prompt, *drafts, **arguments)` on every prompt; finished work is not repeated.

    prompts        a JSONL or Parquet file, or texts, chats, rows or Items
    out            the run's folder, runs/<scenario> by default; ":memory:" keeps nothing
    seed           of the scenario's randomness; each conversation has its own, derived from it
    concurrency    the most conversations in progress at once; by default what the providers' limits
                   allow; 32 until a reply of each agent was read, or 1,000 of those that are asked
    n              only the first n prompts
    retry_failed   ask again where replies stayed unreadable (failures by the provider are retried anyway)
    accept_changes continue although agents, settings or code have changed: recorded replies are read again, and only
                   requests that differ are asked
    fresh          start over; the existing run in the folder is renamed
    reuse          the folder of another run over the same items, whose replies to the same requests are taken; of a
                   folder of runs, the one that is named as this run's folder
    budget         US dollars, for all starts of this run together; never exceeded, because the most that a request may
                   cost is reserved before it is sent. max_calls: requests, likewise; max_hours: of this start. Limits
                   of the command line are for all of its runs together, and hold as well
    limits         of providers or of provider/models, instead of those in fellowship.toml: {"openai": Limits(rpm=500)}
    providers      provider objects by name, instead of those that the names stand for
    stop           a signal that ends the run early from outside
    label          the heading of the progress, by default the scenario's name

    ConfigurationError before any request is sent; RunStopped when the run was stopped before its end.
    """
    working_folder()
    check_process()
    overrides = current_overrides()
    settings = load_settings(overrides.config)
    arguments = {name: value for name, value in given.items() if name not in OPTIONS}
    options = overrides.over({"prompts": prompts, **{name: given[name] for name in given.keys() - arguments.keys()}})
    check_arguments(scenario, arguments)
    refuse_shadowed(scenario, OPTIONS)
    _, bound = without_bound_keywords(scenario)
    bindings = bind_agents(
        {**bound, **arguments}, models=overrides.models, default_model=overrides.default_model, settings=settings
    )
    folders = current_folders()
    folder = _run_folder(scenario_name(scenario), options.out, overrides.out, folders)
    for given_path in (folder and folder.resolve(), options.prompts if isinstance(options.prompts, str | Path) else ""):
        check_recordable(given_path)
    config = describe_run(scenario, bindings, seed=options.seed, prompts=options.prompts)
    check_config(config)
    advice = folders.advice(folder, config)
    folders.claim(folder, config)
    names = _names_of(scenario_name(scenario), given.get("out"), overrides.out, folder)
    is_option = overrides.reuse is not None
    source = reused_run(options.reuse, names, folder, config, folders=folders, is_option=is_option)
    options = replace(options, reuse=source)
    simulated = {"sim": SimProvider(options.seed)}
    spec = RunSpec(
        scenario=scenario,
        arguments=arguments,
        options=options,
        bindings=bindings,
        items=open_source(options.prompts, n_candidates=n_candidates(scenario), n=options.n),
        folder=folder,
        config=config,
        settings=settings,
        providers=Providers(bindings.clients, simulated | dict(options.providers or {}), configured_servers(settings)),
        events=overrides.events,
        advice=advice,
        metadata=_metadata(overrides, folder),
        pots=current_pots(),
    )
    summary = collect_summary(await (overrides.intercept or execute)(spec))
    folders.finished(summary)
    return summary


def folder_below(out: str | Path, *parts: str) -> Path:
    """The folder of one of several runs below `out`; ":memory:" itself, which keeps nothing, where `out` is that."""
    return Path(out) if str(out) == IN_MEMORY else Path(out, *parts)


def _metadata(overrides: Overrides, folder: Path | None) -> dict[str, str]:
    """What is recorded about the origin of a run."""
    made = {"origin": Provenance.now(overrides).written(), "made_in": str((folder or Path()).resolve())}
    return {**made, CALL: call} if (call := current_call()) else made


def _names_of(name: str, out: str | Path | None, override: Path | None, folder: Path | None) -> tuple[Path, ...]:
    """The folders by which a run is known: the script's own, then that below --out."""
    own = Path("runs") / name if out is None or str(out) == IN_MEMORY else Path(out)
    if override is None:
        return (own,)
    return own, override / name if folder is None or folder == override else folder


def _run_folder(name: str, out: str | Path | None, override: Path | None, folders: RunFolders) -> Path | None:
    """The script's folder; with an override, one for each run of the script."""
    if str(out if override is None else override) == IN_MEMORY:
        return None
    if override is not None:
        return folders.next_below(override, name)
    return Path(out) if out is not None else Path("runs") / name
