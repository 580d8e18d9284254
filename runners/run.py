"""`run` and `arun`: carry out a scenario on many prompts, in a folder that can be continued.

`arun` decides everything from its arguments, the command line and the settings; `execution.py` carries it out.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.quota import Limits
from fellowship.providers.sim.provider import SimProvider
from fellowship.runners.agent_binding import AgentBindings, bind_agents
from fellowship.runners.arguments import check_arguments, refuse_shadowed
from fellowship.runners.budget import BudgetLimits
from fellowship.runners.execution import execute
from fellowship.runners.inputs import Prompts, open_source
from fellowship.runners.interrupts import draining_on_interrupt
from fellowship.runners.overrides import Overrides, current_overrides, next_run_folder
from fellowship.runners.provenance import Provenance
from fellowship.runners.router import Router
from fellowship.runners.run_config import check_config, describe_run
from fellowship.runners.run_signature import with_typed_arguments
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.scenario_function import (
    Scenario,
    keyword_only,
    n_candidates,
    scenario_name,
    without_bound_keywords,
)
from fellowship.runners.summary import RunSummary, collect_summary
from fellowship.runners.workers import StopSignal
from fellowship.settings.limits import ConfiguredLimits
from fellowship.settings.servers import configured_servers
from fellowship.settings.settings import Settings, load_settings

IN_MEMORY = ":memory:"
ResultT = TypeVar("ResultT")


@with_typed_arguments
def run(scenario: Scenario, *, prompts: Prompts, out: str | Path | None = None, **options: Any) -> RunSummary:
    """`arun`, for scripts. Ctrl-C drains the run, a second one abandons it.

    ConfigurationError where an event loop is already running.
    """

    async def interruptible() -> RunSummary:
        stop = StopSignal()
        with draining_on_interrupt(stop):
            return await arun(scenario, prompts=prompts, out=out, stop=stop, **options)

    return run_outside_loop(interruptible(), instead="write `await arun(...)` instead of `run(...)`")


def run_outside_loop(work: Coroutine[Any, Any, ResultT], *, instead: str) -> ResultT:
    """The result of the coroutine; ConfigurationError, which names what to do `instead`, in a running event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    work.close()
    raise ConfigurationError(f"an event loop is already running here, as in a notebook: {instead}")


@with_typed_arguments
async def arun(
    scenario: Scenario,
    *,
    prompts: Prompts,
    out: str | Path | None = None,
    seed: int = 0,
    concurrency: int | None = None,
    n: int | None = None,
    retry_failed: bool = False,
    accept_changes: bool = False,
    fresh: bool = False,
    reuse: str | Path | None = None,
    budget: Decimal | float | None = None,
    max_calls: int | None = None,
    max_hours: float | None = None,
    quiet: bool = False,
    limits: Mapping[str, Limits] | None = None,
    providers: Mapping[str, Provider] | None = None,
    stop: StopSignal | None = None,
    label: str | None = None,
    **arguments: Any,
) -> RunSummary:
    """Carry out `scenario(talk, prompt, *drafts, **arguments)` on every prompt; finished work is not repeated.

    prompts        a JSONL or Parquet file, or texts, chats, rows or Items
    out            the run's folder, runs/<scenario> by default; ":memory:" keeps nothing
    seed           of the scenario's randomness; each conversation has its own, derived from it
    concurrency    the most conversations in progress at once; by default what the providers' limits allow
    n              only the first n prompts
    retry_failed   ask again where replies stayed unreadable (failures by the provider are retried anyway)
    accept_changes continue although agents, settings or code have changed: recorded replies are read again, and only
                   requests that differ are asked
    fresh          start over; the existing run in the folder is renamed
    reuse          the folder of another run over the same items, whose replies to the same requests are taken
    budget         US dollars, for all starts of the run together; never exceeded, because the most that a request may
                   cost is reserved before it is sent. max_calls: requests, likewise; max_hours: of this start
    limits         of providers or of provider/models, instead of those in fellowship.toml: {"openai": Limits(rpm=500)}
    providers      provider objects by name, instead of those that the names stand for
    stop           a signal that ends the run early from outside
    label          the heading of the progress, by default the scenario's name

    ConfigurationError before any request is sent; RunStopped when the run was stopped before its end.
    """
    overrides = current_overrides()
    settings = load_settings(overrides.config)
    bindings = _bindings(scenario, arguments, overrides, settings)
    seed = seed if overrides.seed is None else overrides.seed
    n = n if overrides.n is None else overrides.n
    folder = _run_folder(scenario, out, overrides.out)
    config = describe_run(scenario, bindings, seed=seed)
    check_config(config)
    spec = RunSpec(
        scenario=scenario,
        arguments=arguments,
        options={"limits": limits, "stop": stop},
        bindings=bindings,
        items=open_source(overrides.prompts or prompts, n_candidates=n_candidates(scenario), n=n),
        seed=seed,
        folder=folder,
        config=config,
        settings=settings,
        router=_router(bindings, settings, seed, providers or {}, limits or {}),
        concurrency=_concurrency(overrides.concurrency, concurrency, settings.concurrency),
        caps=_budget_limits(overrides, budget, max_calls, max_hours),
        label=label or scenario_name(scenario),
        reuse=overrides.reuse or (Path(reuse) if reuse is not None else None),
        retry_failed=overrides.retry_failed or retry_failed,
        accept_changes=overrides.accept_changes or accept_changes,
        fresh=overrides.fresh or fresh,
        quiet=overrides.quiet or quiet,
        events=overrides.events,
        metadata={"origin": Provenance.now(overrides).written(), "made_in": str((folder or Path()).resolve())},
    )
    if overrides.intercept is not None:
        return collect_summary(await overrides.intercept(spec))
    return collect_summary(await execute(spec, stop or StopSignal()))


def _bindings(
    scenario: Scenario, arguments: Mapping[str, Any], overrides: Overrides, settings: Settings
) -> AgentBindings:
    check_arguments(scenario, arguments)
    refuse_shadowed(scenario, keyword_only(arun))
    _, bound = without_bound_keywords(scenario)
    return bind_agents(
        {**bound, **arguments}, models=overrides.models, default_model=overrides.default_model, settings=settings
    )


def _run_folder(scenario: Scenario, out: str | Path | None, override: Path | None) -> Path | None:
    """The script's folder; with an override, one for each run of the script."""
    name = scenario_name(scenario)
    if override is not None:
        return next_run_folder(override, name)
    if str(out) == IN_MEMORY:
        return None
    return Path(out) if out is not None else Path("runs") / name


def _router(
    bindings: AgentBindings,
    settings: Settings,
    seed: int,
    providers: Mapping[str, Provider],
    limits: Mapping[str, Limits],
) -> Router:
    """Nothing is opened yet; what was given to the run goes before the settings."""
    given = {"sim": SimProvider(seed), **providers}
    return Router(bindings.clients, given, configured_servers(settings), limits=ConfiguredLimits(settings, limits))


def _concurrency(*candidates: int | None) -> int | None:
    """The first one that is given."""
    concurrency = next((each for each in candidates if each is not None), None)
    if concurrency is not None and concurrency < 1:
        msg = f"concurrency is {concurrency}; expected at least 1"
        raise ConfigurationError(msg)
    return concurrency


def _budget_limits(
    overrides: Overrides, budget: Decimal | float | None, max_calls: int | None, max_hours: float | None
) -> BudgetLimits:
    usd = overrides.budget if overrides.budget is not None else budget
    return BudgetLimits(
        Decimal(str(usd)) if isinstance(usd, float | int) else usd,
        max_calls if overrides.max_calls is None else overrides.max_calls,
        max_hours if overrides.max_hours is None else overrides.max_hours,
    )
