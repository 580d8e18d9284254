"""`run` and `arun`: carry out a scenario on many prompts, in a folder that can be continued.

This is one of the two places that wire concrete parts together: journal, providers, workers, cast.
"""

import asyncio
import gc
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeGuard

import structlog

from fellowship.protocols.errors import ConfigurationError, Interrupted, ProviderRefused, RunStopped, StoreError
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.quota import Limits
from fellowship.providers.sim.provider import SimProvider
from fellowship.runners import config as configuration
from fellowship.runners.arguments import check_arguments, refuse_shadowed
from fellowship.runners.called import Called
from fellowship.runners.cast import Cast, cast
from fellowship.runners.descriptors import connections_allowed
from fellowship.runners.folder import locked, open_journal
from fellowship.runners.log import configure_log
from fellowship.runners.models import Models
from fellowship.runners.overrides import Overrides, current
from fellowship.runners.own_servers import own_servers
from fellowship.runners.progress import progress, told_every_second
from fellowship.runners.session import Scenario, Session
from fellowship.runners.settings import Settings, load
from fellowship.runners.sources import Prompts, n_candidates, source, takes_any_number
from fellowship.runners.summary import RunSummary, collect, n_collected
from fellowship.runners.workers import Stop
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import RecordedRun

MEMORY = ":memory:"
OFTEN_ENOUGH = (50_000, 20, 1000)
MOST_BEHIND_GATES, MOST_IN_PROCESS = 10_000, 256


OPTIONS = (
    "prompts",
    "out",
    "seed",
    "concurrency",
    "n",
    "retry_failed",
    "quiet",
    "limits",
    "providers",
    "stop",
    "label",
)


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
        stop = Stop()
        with _draining_on_interrupt(stop):
            return await arun(scenario, prompts=prompts, out=out, stop=stop, **options)

    return asyncio.run(interruptible())


async def arun(
    scenario: Scenario,
    *,
    prompts: Prompts,
    out: str | Path | None = None,
    seed: int = 0,
    concurrency: int | None = None,
    n: int | None = None,
    retry_failed: bool = False,
    quiet: bool = False,
    limits: Mapping[str, Limits] | None = None,
    providers: Mapping[str, Provider] | None = None,
    stop: Stop | None = None,
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
    limits         of providers or of provider/models, over those in fellowship.toml: {"openai": Limits(rpm=500)}
    providers      a provider object for a provider's name, instead of the one the name stands for
    label          what the progress is headed with, the scenario's name by default

    ConfigurationError before anything is asked; RunStopped when a provider refused all further work.
    """
    wanted, stop = current(), stop or Stop()
    settings = load(wanted.config)
    concurrency = _concurrency(wanted.concurrency, concurrency, settings.concurrency)
    folder = _folder(scenario, out, wanted.out)
    company = _company(scenario, arguments, wanted, settings)
    wanted_n = n if wanted.n is None else wanted.n
    items = source(wanted.prompts or prompts, n_candidates=n_candidates(scenario), n=wanted_n)
    total = sum(1 for _ in items)  # reads it all: a defect is found before the folder exists
    seed = seed if wanted.seed is None else wanted.seed
    config = configuration.described(scenario, company, seed=seed)
    configuration.check(config)
    if wanted.instead is not None:
        options = {"retry_failed": retry_failed, "limits": limits, "providers": providers, "stop": stop, "label": label}
        called = Called(
            scenario, arguments, options, company, items, total, folder, seed, concurrency, config, settings
        )
        return collect(await wanted.instead(called))
    given, known = {"sim": SimProvider(seed), **(providers or {})}, {**settings.limits, **(limits or {})}
    models = _opened(company, Models(company.clients, given, own_servers(settings), limits=known))
    _quiet_unless_configured()
    with locked(folder), _tuned_collector(), _abandonable(stop):
        journal = open_journal(folder, config)
        session = _session(scenario, company, models, journal, seed=seed, stop=stop)
        session.retry_failed = wanted.retry_failed or retry_failed
        async with session:
            n_pending = session.survey(items, total)
            named = label or configuration.scenario_name(scenario)
            telling = progress(named, n_pending, quiet=wanted.quiet or quiet)
            async with told_every_second(telling, models.waiting_for) as told:
                await session.carry_out(items, most=concurrency or _most(models), progress=told)
    _raise_if_stopped(stop, folder, session.journal.n_committed)
    recorded = RecordedRun(session.journal.connection) if folder is None else RecordedRun.open(folder)
    return collect(summarised(recorded, total, models.n_asked))


def summarised(recorded: RecordedRun, total: int, n_asked: int) -> RunSummary:
    """The summary of a run of `total` conversations in which `n_asked` requests were made now."""
    counts = recorded.counts(first=total)
    return RunSummary(
        scenario=recorded.settings().get("scenario", "run"),
        n_conversations=total,
        n_finished=counts.get("finished", 0),
        n_failed=counts.get("failed", 0),
        n_asked=n_asked,
        simulated=recorded.simulated,
        recorded=recorded,
    )


def _session(
    scenario: Scenario, company: Cast, models: Models, journal: SqliteJournal, *, seed: int, stop: Stop
) -> Session:
    return Session(
        scenario=_unfolded(scenario),
        arguments=company.arguments,
        drafts=None if takes_any_number(scenario) else n_candidates(scenario),
        seed=seed,
        journal=journal,
        models=models,
        stop=stop,
    )


def _concurrency(*given: int | None) -> int | None:
    """The first that is given."""
    concurrency = next((each for each in given if each is not None), None)
    if concurrency is not None and concurrency < 1:
        msg = f"concurrency is {concurrency}; expected at least 1"
        raise ConfigurationError(msg)
    return concurrency


def _most(models: Models) -> int:
    """Conversations under way at once: behind gates only those begin whose requests can go out."""
    return connections_allowed(MOST_BEHIND_GATES) if models.are_gated else MOST_IN_PROCESS


def _opened(company: Cast, models: Models) -> Models:
    """The providers of the whole cast; a missing key is told now."""
    for agent in company.agents():
        models.open(agent.model_name)
    return models


def _folder(scenario: Scenario, out: str | Path | None, wanted: Path | None) -> Path | None:
    """The script's folder, or the one wanted instead; of a script with several runs, the later ones lie below that."""
    name = configuration.scenario_name(scenario)
    if wanted is not None:
        return wanted / name if n_collected() else wanted
    if str(out) == MEMORY:
        return None
    return Path(out) if out is not None else Path("runs") / name


def _company(scenario: Scenario, arguments: Mapping[str, Any], wanted: Overrides, settings: Settings) -> Cast:
    check_arguments(scenario, arguments)
    refuse_shadowed(scenario, OPTIONS)
    own = scenario.keywords if _has_keywords_of_its_own(scenario) else {}
    return cast({**own, **arguments}, models=wanted.models, everyone=wanted.everyone, settings=settings)


def _has_keywords_of_its_own(scenario: Scenario) -> TypeGuard["partial[Any]"]:
    """A function with keywords filled in: they are arguments like others, with agents that have to be cast."""
    return isinstance(scenario, partial) and not scenario.args


def _unfolded(scenario: Scenario) -> Scenario:
    return scenario.func if _has_keywords_of_its_own(scenario) else scenario


def _raise_if_stopped(stop: Stop, folder: Path | None, n_committed: int) -> None:
    if stop.reason is None:
        return
    again = f"; the same command continues the run in {folder}" if folder else ""
    if isinstance(stop.reason, str):
        raise Interrupted(f"stopped: {stop.reason}; {n_committed:,} replies are safe{again}", n_committed=n_committed)
    if isinstance(stop.reason, ProviderRefused | StoreError) and n_committed:
        raise RunStopped(f"{stop.reason}; {n_committed:,} replies are safe{again}", n_committed=n_committed)
    raise stop.reason


def _quiet_unless_configured() -> None:
    """Outside the command nobody may have set structlog up; its default would print every event on standard output."""
    if not structlog.is_configured():
        configure_log()


@contextmanager
def _abandonable(stop: Stop) -> Iterator[None]:
    """The cancellation with which a run is abandoned ends here: it is told like one that was drained."""
    try:
        yield
    except asyncio.CancelledError:
        if not stop.abandoned:
            raise


@contextmanager
def _draining_on_interrupt(stop: Stop) -> Iterator[None]:
    """The first SIGINT or SIGTERM lets what is under way end; a second SIGINT abandons it."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def interrupted() -> None:
        if stop.reason is None:
            print("draining: nothing new is begun; Ctrl-C again abandons what is under way", file=sys.stderr)
            stop("interrupted")
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
    if gc.get_threshold() == OFTEN_ENOUGH:  # another run in this process has seen to it, and will set it back
        yield
        return
    before = gc.get_threshold()
    gc.set_threshold(*OFTEN_ENOUGH)
    try:
        yield
    finally:
        gc.set_threshold(*before)
