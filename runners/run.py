"""`run` and `arun`: carry out a scenario on many prompts, in a folder that can be continued.

This is one of the two places that wire concrete parts together: journal, providers, workers, cast.
"""

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from fellowship.protocols.errors import (
    BudgetSpent,
    ConfigurationError,
    Interrupted,
    ProviderRefused,
    RunStopped,
    StoreError,
)
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.quota import Limits
from fellowship.providers.sim.provider import SimProvider
from fellowship.runners import run_config as configuration
from fellowship.runners.agent_binding import AgentBindings, bind_agents
from fellowship.runners.arguments import check_arguments, refuse_shadowed
from fellowship.runners.budget import BudgetLimits
from fellowship.runners.fd_limit import connections_allowed
from fellowship.runners.folder_lock import locked_folder, rename_existing_run
from fellowship.runners.inputs import Prompts, open_source
from fellowship.runners.journal_file import open_journal
from fellowship.runners.overrides import Overrides, current_overrides
from fellowship.runners.provenance import Provenance
from fellowship.runners.reuse import reusable_replies
from fellowship.runners.router import Router
from fellowship.runners.run_signature import with_typed_arguments
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.scenario_function import (
    Scenario,
    keyword_only,
    n_candidates,
    scenario_name,
    without_bound_keywords,
)
from fellowship.runners.summary import RunSummary, collect_summary, n_collected_summaries, summarize
from fellowship.runners.workers import StopSignal
from fellowship.settings.limits import ConfiguredLimits
from fellowship.settings.model import Settings, load_settings
from fellowship.settings.servers import configured_servers
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import RecordedRun
from fellowship.telemetry.console_log import configure_log
from fellowship.telemetry.metrics import Metrics
from fellowship.telemetry.progress import progress, refreshing
from fellowship.telemetry.run_log import logged_run, run_log_file

IN_MEMORY = ":memory:"
GC_THRESHOLDS = (50_000, 20, 1000)
MAX_CONVERSATIONS, MAX_CONVERSATIONS_IN_PROCESS = 10_000, 256


@with_typed_arguments
def run(scenario: Scenario, *, prompts: Prompts, out: str | Path | None = None, **options: Any) -> RunSummary:
    """`arun`, for scripts: Ctrl-C drains, a second one abandons. ConfigurationError where a loop is already running."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        msg = "an event loop is already running here, as in a notebook: write `await arun(...)` instead of `run(...)`"
        raise ConfigurationError(msg)

    async def interruptible() -> RunSummary:
        stop = StopSignal()
        with _draining_on_interrupt(stop):
            return await arun(scenario, prompts=prompts, out=out, stop=stop, **options)

    return asyncio.run(interruptible())


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
    """Carry out `scenario(talk, prompt, *drafts, **arguments)` on every prompt; what is done already is not done again.

    prompts        a JSONL or Parquet file, or texts, chats, rows or Items
    out            the run's folder, runs/<scenario> by default; ":memory:" keeps nothing
    seed           of the scenario's chance, conversation by conversation
    concurrency    conversations under way at once, at most; by default what the providers' limits allow
    n              the first n prompts only
    retry_failed   ask again where replies stayed unreadable (failures by the provider are retried anyway)
    accept_changes go on although agents, settings or code have changed; what they ask as before is not asked again
    fresh          start over; the run that is in the folder now gets another name beside it
    reuse          the folder of another run over the same items, whose replies to the same requests count here too
    budget         US dollars, of all starts of the run together; never exceeded, because what a request may cost at
                   most is set aside before it is sent. max_calls: requests, likewise; max_hours: of this start
    limits         of providers or of provider/models, over those in fellowship.toml: {"openai": Limits(rpm=500)}
    providers      a provider object for a provider's name, instead of the one the name stands for
    label          what the progress is headed with, the scenario's name by default

    ConfigurationError before anything is asked; RunStopped when a provider refused all further work.
    """
    wanted = current_overrides()
    settings = load_settings(wanted.config)
    bindings = _bindings(scenario, arguments, wanted, settings)
    wanted_n = n if wanted.n is None else wanted.n
    seed = seed if wanted.seed is None else wanted.seed
    folder = _folder(scenario, out, wanted.out)
    config = configuration.describe_run(scenario, bindings, seed=seed)
    configuration.check_config(config)
    spec = RunSpec(
        scenario=scenario,
        arguments=arguments,
        options={"retry_failed": retry_failed, "limits": limits, "providers": providers, "stop": stop, "label": label},
        bindings=bindings,
        items=open_source(wanted.prompts or prompts, n_candidates=n_candidates(scenario), n=wanted_n),
        seed=seed,
        folder=folder,
        config=config,
        settings=settings,
        router=_router(bindings, settings, seed, providers or {}, limits or {}),
        concurrency=_concurrency(wanted.concurrency, concurrency, settings.concurrency),
        caps=_caps(wanted, budget, max_calls, max_hours),
        label=label or scenario_name(scenario),
        reuse=wanted.reuse or (Path(reuse) if reuse is not None else None),
        retry_failed=wanted.retry_failed or retry_failed,
        accept_changes=wanted.accept_changes or accept_changes,
        fresh=wanted.fresh or fresh,
        quiet=wanted.quiet or quiet,
        events=wanted.events,
        metadata={"origin": Provenance.now(wanted).written(), "made_in": str((folder or Path()).resolve())},
    )
    if wanted.intercept is not None:
        return collect_summary(await wanted.intercept(spec))
    return collect_summary(await execute(spec, stop or StopSignal()))


async def execute(spec: RunSpec, stop: StopSignal) -> RunSummary:
    """The call's run, to its end or as far as it comes; RunStopped when it did not end."""
    folder, total = spec.folder, spec.total  # reads all items: a defect is found before the folder exists
    models = open_providers(spec)
    metrics = models.metrics = Metrics(spec.label, total, folder, spec.prices.of, asyncio.get_running_loop().time)
    stop.n_in_flight, stop.drain = lambda: metrics.n_in_flight, models.drain
    _quiet_unless_configured()
    reuse, aside = spec.reuse, rename_existing_run(folder) if spec.fresh else None
    if aside is not None and folder is not None and reuse is not None and reuse.absolute() == folder.absolute():
        reuse = aside
    with ExitStack() as stack:
        for context in (locked_folder(folder), run_log_file(folder), _tuned_collector(), _abandonable(stop)):
            stack.enter_context(context)
        replies = stack.enter_context(reusable_replies(reuse))
        journal = open_journal(
            folder, spec.config, accept_changes=spec.accept_changes, n_items=str(total), **spec.metadata
        )
        session = spec.session(journal, stop, replies)
        async with session:
            session.survey(spec.items)
            journal.tell("begun", time.time(), pid=os.getpid(), total=total)
            begun = {"n_pending": total - metrics.n_done, **_facts(spec.config, total)}
            async with refreshing(progress(metrics, quiet=spec.quiet, events=spec.events)):
                with logged_run(lambda: stop.reason, partial(_counts, journal, models, total), **begun):
                    await session.run_conversations(spec.items, most=spec.concurrency or _most(models))
            if not isinstance(stop.reason, StoreError):  # which has no room for more
                journal.tell("stopped" if stop.reason else "ended", time.time(), reason=str(stop.reason or ""))
    _raise_if_stopped(stop, folder, session.journal.n_committed)
    recorded = RecordedRun(session.journal.connection) if folder is None else RecordedRun.open(folder)
    return summarize(recorded, total, metrics.n_asked)


def _facts(config: Mapping[str, Any], total: int) -> dict[str, Any]:
    """What the log says of a run when it begins."""
    models = sorted({agent["model"] for agent in config["agents"].values()})
    return {"scenario": config["scenario"], "seed": config["seed"], "models": models, "n_conversations": total}


def _counts(journal: SqliteJournal, models: Router, total: int) -> dict[str, int]:
    """What the log says of a run when it ends; of a journal that is broken only what was asked."""
    try:
        counts = RecordedRun(journal.connection).counts(first=total)
    except StoreError:
        return {"n_asks": models.metrics.n_asked}
    n_finished, n_failed = counts.get("finished", 0), counts.get("failed", 0)
    return {
        "n_finished": n_finished,
        "n_failed": n_failed,
        "n_open": total - n_finished - n_failed,
        "n_asks": models.metrics.n_asked,
    }


def _caps(wanted: Overrides, budget: Decimal | float | None, calls: int | None, hours: float | None) -> BudgetLimits:
    usd = wanted.budget if wanted.budget is not None else budget
    return BudgetLimits(
        Decimal(str(usd)) if isinstance(usd, float | int) else usd,
        calls if wanted.max_calls is None else wanted.max_calls,
        hours if wanted.max_hours is None else wanted.max_hours,
    )


def _concurrency(*given: int | None) -> int | None:
    """The first that is given."""
    concurrency = next((each for each in given if each is not None), None)
    if concurrency is not None and concurrency < 1:
        msg = f"concurrency is {concurrency}; expected at least 1"
        raise ConfigurationError(msg)
    return concurrency


def _most(models: Router) -> int:
    """Conversations under way at once: behind gates only those begin whose requests can go out."""
    return connections_allowed(MAX_CONVERSATIONS) if models.are_rate_limited else MAX_CONVERSATIONS_IN_PROCESS


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


def open_providers(spec: RunSpec) -> Router:
    """The providers of the whole cast; a missing key is told now."""
    for agent in spec.agents():
        spec.router.open(agent.model_name)
    return spec.router


def _folder(scenario: Scenario, out: str | Path | None, wanted: Path | None) -> Path | None:
    """The script's folder, or the one wanted instead; of a script with several runs, the later ones lie below that."""
    name = scenario_name(scenario)
    if wanted is not None:
        return wanted / name if n_collected_summaries() else wanted
    if str(out) == IN_MEMORY:
        return None
    return Path(out) if out is not None else Path("runs") / name


def _bindings(scenario: Scenario, arguments: Mapping[str, Any], wanted: Overrides, settings: Settings) -> AgentBindings:
    check_arguments(scenario, arguments)
    refuse_shadowed(scenario, keyword_only(arun))
    _, own = without_bound_keywords(scenario)
    return bind_agents(
        {**own, **arguments}, models=wanted.models, default_model=wanted.default_model, settings=settings
    )


def _raise_if_stopped(stop: StopSignal, folder: Path | None, n_committed: int) -> None:
    if stop.reason is None:
        return
    again = f"; the same command continues the run in {folder}" if folder else ""
    if isinstance(stop.reason, str):
        raise Interrupted(f"stopped: {stop.reason}; {n_committed:,} replies are safe{again}", n_committed=n_committed)
    if isinstance(stop.reason, BudgetSpent):
        raise RunStopped(f"{stop.reason}; {n_committed:,} replies are safe{_more(folder)}", n_committed=n_committed)
    if isinstance(stop.reason, ProviderRefused | StoreError) and n_committed:
        raise RunStopped(f"{stop.reason}; {n_committed:,} replies are safe{again}", n_committed=n_committed)
    raise stop.reason


def _more(folder: Path | None) -> str:
    return f"; the same command with a larger one continues the run in {folder}" if folder else ""


def _quiet_unless_configured() -> None:
    """Outside the command nobody may have set structlog up; its default would print every event on standard output."""
    if not structlog.is_configured():
        configure_log()


@contextmanager
def _abandonable(stop: StopSignal) -> Iterator[None]:
    """The cancellation with which a run is abandoned ends here: it is told like one that was drained."""
    try:
        yield
    except asyncio.CancelledError:
        if not stop.abandoned:
            raise


@contextmanager
def _draining_on_interrupt(stop: StopSignal) -> Iterator[None]:
    """After the first SIGINT or SIGTERM nothing more is sent; a second one abandons what is in flight as well."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def interrupted() -> None:
        if stop.reason is None:
            n = stop.n_in_flight()
            told = "1 request is" if n == 1 else f"{n:,} requests are"
            print(
                f"draining: {told} in flight, no others are sent; Ctrl-C again abandons {'it' if n == 1 else 'them'}",
                file=sys.stderr,
                flush=True,
            )
            stop("interrupted")
            stop.drain()
        elif task is not None:
            stop.abandoned = True
            task.cancel()

    signals = (signal.SIGINT, signal.SIGTERM)
    before = {each: signal.getsignal(each) for each in signals}
    try:
        for each in signals:
            loop.add_signal_handler(each, interrupted)
    except (ValueError, NotImplementedError, RuntimeError):  # not in the main thread: leave signals alone
        yield
        return
    try:
        yield
    finally:
        for each, handler in before.items():
            loop.remove_signal_handler(each)
            if handler is not None:
                signal.signal(each, handler)


@contextmanager
def _tuned_collector() -> Iterator[None]:
    """Collect garbage less often: at 10,000 conversations the default costs a quarter of the time of a turn."""
    if gc.get_threshold() == GC_THRESHOLDS:  # another run in this process has seen to it, and will set it back
        yield
        return
    before = gc.get_threshold()
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
