"""A run is carried out: folder, providers, journal and session are opened, and all pending conversations executed."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import structlog

from fellowship.protocols.errors import (
    BudgetSpent,
    ConfigurationError,
    Interrupted,
    ProviderRefused,
    RunStopped,
    SharedFailure,
    StoreError,
)
from fellowship.runners.budget import check_budget, open_budget
from fellowship.runners.interrupts import ended_by_abandoning
from fellowship.runners.overrides import current_folders, reach
from fellowship.runners.own_contents import own_contents
from fellowship.runners.providers import Providers
from fellowship.runners.resume import LeftToDo, ReusableReplies, ended_positions, left_to_do
from fellowship.runners.reused_run import check_common_items, check_reused_run
from fellowship.runners.router import Router
from fellowship.runners.run_config import open_journal, refuse_changes_of_ended
from fellowship.runners.run_folder import has_room, locked_folder, rename_existing_run
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.scenario_function import scenario_name
from fellowship.runners.session import Session
from fellowship.runners.sibling_runs import record_siblings
from fellowship.runners.summary import RunSummary, summarize
from fellowship.runners.workers import StopSignal
from fellowship.settings.limits import ConfiguredLimits
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import RecordedRun
from fellowship.telemetry.console_log import configure_log
from fellowship.telemetry.metrics import Metrics
from fellowship.telemetry.progress import print_input
from fellowship.telemetry.run_log import run_log_file

GC_THRESHOLDS = (50_000, 20, 1000)


async def execute(spec: RunSpec) -> RunSummary:
    """The run, to its end or until it is stopped; RunStopped or Interrupted when it was stopped before its end."""
    folder, options = spec.folder, spec.options
    total = spec.total  # reads all items: a defect is found before the folder exists
    stop = options.stop or StopSignal()
    async with AsyncExitStack() as stack:
        stack.enter_context(ended_by_abandoning(stop))
        providers = await stack.enter_async_context(spec.providers)
        left = left_to_do(folder, total, options)
        if left is LeftToDo.NOTHING and folder is not None and not has_room(folder):
            return _recorded_result(spec, folder)
        _open_providers(spec, providers, left)
        label, now = options.label or scenario_name(spec.scenario), asyncio.get_running_loop().time
        metrics = Metrics(label, spec.n_carried_out, folder, spec.prices.of, now)
        if not structlog.is_configured():  # outside the command; structlog prints every event on standard output
            configure_log()
        current_folders().separate(folder)
        reuse = _renaming_existing_run(spec)
        for context in (locked_folder(folder), run_log_file(folder), _rare_collections()):
            stack.enter_context(context)
        replies = _reusable(spec, stack.enter_context(RecordedRun.open(reuse))) if reuse else None
        facts = {"n_items": str(total), **spec.metadata}
        with _ending_with(spec.advice):
            has_ended, accepts = left is LeftToDo.NOTHING, options.accept_changes
            journal = open_journal(folder, spec.config, accept_changes=accepts, has_ended=has_ended, **facts)
        await stack.enter_async_context(_closing(journal, stop))
        is_original = spec.branch is None  # a fork changes no other run, unless they share limits
        record_siblings(folder, journal, reach(folder), both=is_original or bool(spec.pots))
        caps, is_fresh = spec.options.caps, spec.options.fresh
        limited = open_budget(caps, spec.prices, journal, folder=folder, pots=spec.pots, is_fresh=is_fresh)
        budget = stack.enter_context(limited)
        router = Router(
            providers.opened, ConfiguredLimits(spec.settings, options.limits), metrics=metrics, budget=budget
        )
        journal.n_in_flight = lambda: metrics.n_in_flight
        stop.connect(n_in_flight=journal.n_in_flight, drain=router.drain)
        await stack.enter_async_context(router)
        reused = None if replies is None or reuse is None else (reuse, replies.n_sources)
        print_input(spec.survey, quiet=options.quiet, events=spec.events, reused=reused)
        await Session(spec, journal, router, stop, replies).run()
    if journal.is_lost and stop.reason is not None:
        raise StoreError(f"{stop.reason}; put it back, or the same command starts the run again in {folder}")
    if isinstance(stop.reason, BudgetSpent) and budget is not None:
        stop.reason = BudgetSpent(budget.final_reason() or str(stop.reason))
    _raise_if_stopped(stop, folder, journal.n_committed)
    own = own_contents(spec.scenario, spec.agents())
    in_memory = RecordedRun(journal.connection, None, own, n_input=total)
    recorded = in_memory if folder is None else RecordedRun.open(folder, own)
    return summarize(recorded, total, metrics.n_asked)


def _reusable(spec: RunSpec, recorded: RecordedRun) -> ReusableReplies:
    return ReusableReplies(recorded, spec.items, by_id=spec.own_replies)


def _recorded_result(spec: RunSpec, folder: Path) -> RunSummary:
    """The result of a run that has ended, whose folder takes no more bytes: it is read, and nothing is recorded."""
    with _ending_with(spec.advice):
        refuse_changes_of_ended(folder, spec.config)
    recorded = RecordedRun.open(folder, own_contents(spec.scenario, spec.agents()))
    for _ in ended_positions(recorded.states(), spec.items, folder, spec.options, spec.advice):
        pass  # it refuses other items
    print_input(spec.survey, quiet=spec.options.quiet, events=spec.events)
    return summarize(recorded, spec.total, 0)


@contextmanager
def _ending_with(advice: str) -> Iterator[None]:
    """Errors about the settings of the run end with the advice."""
    try:
        yield
    except ConfigurationError as error:
        raise (ConfigurationError(f"{error}{advice}") if advice else error) from error.__cause__


def _open_providers(spec: RunSpec, providers: Providers, left: LeftToDo) -> None:
    """Open what may be asked: nothing where all conversations have ended; ConfigurationError for a missing key.

    It is raised before the folder exists, for every agent that a new run may ask. Of a run with recorded replies, and
    of the agents of a fork that are as in the original, a model may have nothing left to answer: there it is the error
    of the model's first request.
    """
    if left is LeftToDo.NOTHING:
        return
    own = [agent.described() for agent in spec.bindings.agents()]
    changed = {agent.model_name for agent in spec.changed_agents() if agent.described() not in own}
    asked = {agent.model_name for agent in spec.agents_to_ask()}
    for model in dict.fromkeys(agent.model_name for agent in spec.agents()):
        if left is LeftToDo.ALL and model in asked and (spec.branch is None or model in changed):
            providers.open(model)
        else:
            providers.open_or_postpone(model)
    check_budget(spec.caps, spec.prices, spec.agents_to_ask())
    if any(caps.usd is not None for caps in spec.caps):
        providers.keep_max_tokens()


@asynccontextmanager
async def _closing(journal: SqliteJournal, stop: StopSignal) -> AsyncIterator[None]:
    """Closes the journal; an error of that stops the run like an error of a commit: committed replies are safe."""
    try:
        yield
    finally:
        try:
            await journal.close()
        except StoreError as error:
            stop(error)


def _renaming_existing_run(spec: RunSpec) -> Path | None:
    """The folder of the run to reuse, after a `fresh` start has renamed the existing run, which may be that one."""
    reuse = Path(spec.options.reuse) if spec.options.reuse is not None else None
    if reuse is not None and not spec.own_replies:
        check_reused_run(reuse, spec.config)  # before anything is renamed
        if spec.only is None:  # in a pilot the items of a later run may be made of simulated outcomes
            check_common_items(reuse, spec.items, may_differ=current_folders().is_later_claim(reuse))
    renamed_to = rename_existing_run(spec.folder) if spec.options.fresh else None
    is_that_one = reuse is not None and spec.folder is not None and reuse.absolute() == spec.folder.absolute()
    return (renamed_to or reuse) if is_that_one else reuse


def _raise_if_stopped(stop: StopSignal, folder: Path | None, n_committed: int) -> None:
    if stop.reason is None:
        return
    safe = f"{n_committed:,} replies are safe"
    continues = f"; the same command continues the run in {folder}" if folder else ""
    if isinstance(stop.reason, str):
        raise Interrupted(f"stopped: {stop.reason}; {safe}{continues}", n_committed=n_committed)
    if isinstance(stop.reason, BudgetSpent):
        larger = f"; the same command with a larger one continues the run in {folder}" if folder else ""
        raise RunStopped(f"{stop.reason}; {safe}{larger}", n_committed=n_committed) from stop.reason
    if isinstance(stop.reason, SharedFailure) and n_committed:  # its text says how to continue
        where = f" in {folder}" if folder else ""
        raise RunStopped(f"{stop.reason}; {safe}{where}", n_committed=n_committed)
    if isinstance(stop.reason, ProviderRefused | StoreError) and n_committed:
        raise RunStopped(f"{stop.reason}; {safe}{continues}", n_committed=n_committed)
    raise stop.reason


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Collect garbage less often: at 10,000 conversations the default costs a quarter of the time of a turn."""
    previous = gc.get_threshold()
    if previous == GC_THRESHOLDS:  # set by another run in this process, which restores it
        yield
        return
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*previous)
