"""A run is carried out: folder, providers, journal and session are opened, and all pending conversations executed."""

import asyncio
import gc
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from fellowship.protocols.errors import BudgetSpent, Interrupted, ProviderRefused, RunStopped, StoreError
from fellowship.runners.budget import check_budget, open_budget
from fellowship.runners.fd_limit import connections_allowed
from fellowship.runners.folder_lock import locked_folder, rename_existing_run
from fellowship.runners.interrupts import ended_by_abandoning
from fellowship.runners.reuse import ReusableReplies
from fellowship.runners.router import Router
from fellowship.runners.run_journal import open_journal
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.session import Session
from fellowship.runners.summary import RunSummary, summarize
from fellowship.runners.workers import StopSignal
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import RecordedRun
from fellowship.telemetry.console_log import configure_log
from fellowship.telemetry.metrics import Metrics
from fellowship.telemetry.progress import progress, refreshing
from fellowship.telemetry.run_log import logged_run, run_log_file

GC_THRESHOLDS = (50_000, 20, 1000)
MAX_CONVERSATIONS, MAX_CONVERSATIONS_IN_PROCESS = 10_000, 256


async def execute(spec: RunSpec, stop: StopSignal) -> RunSummary:
    """The run, to its end or until it is stopped; RunStopped or Interrupted when it was stopped before its end."""
    folder, total = spec.folder, spec.total  # reads all items: a defect is found before the folder exists
    router = _open_providers(spec)
    check_budget(spec.caps, spec.prices, spec.agents())
    metrics = router.metrics = Metrics(spec.label, total, folder, spec.prices.of, asyncio.get_running_loop().time)
    stop.n_in_flight, stop.drain = lambda: metrics.n_in_flight, router.drain
    _configure_log_by_default()
    reuse = _renaming_existing_run(spec)
    with ExitStack() as stack:
        for context in (locked_folder(folder), run_log_file(folder), _rare_collections(), ended_by_abandoning(stop)):
            stack.enter_context(context)
        replies = ReusableReplies(stack.enter_context(RecordedRun.open(reuse)), spec.items) if reuse else None
        journal = open_journal(
            folder, spec.config, accept_changes=spec.accept_changes, n_items=str(total), **spec.metadata
        )
        await _run_session(spec, await _open_session(spec, journal, stop, replies))
    _raise_if_stopped(stop, folder, journal.n_committed)
    recorded = RecordedRun(journal.connection) if folder is None else RecordedRun.open(folder)
    return summarize(recorded, total, metrics.n_asked)


async def _open_session(
    spec: RunSpec, journal: SqliteJournal, stop: StopSignal, replies: ReusableReplies | None
) -> Session:
    """The session, with the run's budget; the journal is closed if that fails."""
    async with AsyncExitStack() as on_failure:
        on_failure.push_async_callback(journal.close)
        if spec.caps.is_any:
            spec.router.budget = open_budget(spec.caps, spec.prices, journal)
        session = spec.session(journal, stop, replies)
        on_failure.pop_all()
    return session


async def _run_session(spec: RunSpec, session: Session) -> None:
    """All pending conversations, between the records of the run's begin and end in journal and log."""
    journal, router, stop = session.journal, session.router, session.stop
    async with session:
        session.survey(spec.items)
        journal.tell("begun", time.time(), pid=os.getpid(), total=spec.total)
        n_pending = spec.total - router.metrics.n_done
        counts = partial(_end_counts, journal, router.metrics, spec.total)
        async with refreshing(progress(router.metrics, quiet=spec.quiet, events=spec.events)):
            with logged_run(lambda: stop.reason, counts, n_pending=n_pending, **_begin_facts(spec.config, spec.total)):
                await session.run_conversations(spec.items, most=spec.concurrency or _max_conversations(router))
        if not isinstance(stop.reason, StoreError):  # a journal that cannot be written takes no event either
            journal.tell("stopped" if stop.reason else "ended", time.time(), reason=str(stop.reason or ""))


def _open_providers(spec: RunSpec) -> Router:
    """The router, with the providers of all agents open; ConfigurationError for a key that is missing."""
    for agent in spec.agents():
        spec.router.open(agent.model_name)
    return spec.router


def _renaming_existing_run(spec: RunSpec) -> Path | None:
    """The folder of the run to reuse, after a `fresh` start has renamed the existing run, which may be that one."""
    renamed_to = rename_existing_run(spec.folder) if spec.fresh else None
    if renamed_to is None or spec.folder is None or spec.reuse is None:
        return spec.reuse
    return renamed_to if spec.reuse.absolute() == spec.folder.absolute() else spec.reuse


def _begin_facts(config: Mapping[str, Any], total: int) -> dict[str, Any]:
    """Fields of the log's `run_begun`."""
    models = sorted({agent["model"] for agent in config["agents"].values()})
    return {"scenario": config["scenario"], "seed": config["seed"], "models": models, "n_conversations": total}


def _end_counts(journal: SqliteJournal, metrics: Metrics, total: int) -> dict[str, int]:
    """Fields of the log's `run_ended`; only `n_asks` when the journal cannot be read."""
    try:
        counts = RecordedRun(journal.connection).counts(first=total)
    except StoreError:
        return {"n_asks": metrics.n_asked}
    n_finished, n_failed = counts.get("finished", 0), counts.get("failed", 0)
    return {
        "n_finished": n_finished,
        "n_failed": n_failed,
        "n_open": total - n_finished - n_failed,
        "n_asks": metrics.n_asked,
    }


def _max_conversations(router: Router) -> int:
    """Conversations in progress at once by default: with rate limits, requests wait, so many may be in progress."""
    return connections_allowed(MAX_CONVERSATIONS) if router.are_rate_limited else MAX_CONVERSATIONS_IN_PROCESS


def _raise_if_stopped(stop: StopSignal, folder: Path | None, n_committed: int) -> None:
    if stop.reason is None:
        return
    safe = f"{n_committed:,} replies are safe"
    continues = f"; the same command continues the run in {folder}" if folder else ""
    if isinstance(stop.reason, str):
        raise Interrupted(f"stopped: {stop.reason}; {safe}{continues}", n_committed=n_committed)
    if isinstance(stop.reason, BudgetSpent):
        larger = f"; the same command with a larger one continues the run in {folder}" if folder else ""
        raise RunStopped(f"{stop.reason}; {safe}{larger}", n_committed=n_committed)
    if isinstance(stop.reason, ProviderRefused | StoreError) and n_committed:
        raise RunStopped(f"{stop.reason}; {safe}{continues}", n_committed=n_committed)
    raise stop.reason


def _configure_log_by_default() -> None:
    """Outside the command structlog may be unconfigured; its default prints every event on standard output."""
    if not structlog.is_configured():
        configure_log()


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
