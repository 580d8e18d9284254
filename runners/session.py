"""One pass over a run: the pending conversations, and the record of each of them."""

import os
import time
from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import TypeAlias

from fellowship.protocols.errors import (
    STOPPING,
    ConfigurationError,
    FellowshipError,
    ProviderRefused,
    SharedFailure,
    StoreError,
)
from fellowship.protocols.events import get_logger
from fellowship.protocols.items import Item
from fellowship.runners.ask import AskContext
from fellowship.runners.endings import Endings
from fellowship.runners.fd_limit import connections_allowed
from fellowship.runners.resume import ReusableReplies, conversation_id, ended_positions, is_pending, plan_conversation
from fellowship.runners.router import Router
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.workers import REPLIES_BEFORE_MORE, FirstAsks, Places, StopSignal, run_bounded
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import RecordedRun
from fellowship.telemetry.conversation_usage import ConversationUsage
from fellowship.telemetry.metrics import Metrics
from fellowship.telemetry.progress import progress, refreshing
from fellowship.telemetry.run_log import logged_run

NumberedItem: TypeAlias = tuple[int, str, Item]  # position, id of the conversation, item

MAX_CONVERSATIONS, MAX_CONVERSATIONS_IN_PROCESS = 10_000, 256
DRAINING = (ProviderRefused, StoreError, ConfigurationError, SharedFailure)
"""Errors after which no conversation sends anything more: it would fail, or its reply could not be kept."""

log = get_logger()


class Session:
    """Carries out the conversations of a run, with a journal and a router that are open."""

    def __init__(
        self, spec: RunSpec, journal: SqliteJournal, router: Router, stop: StopSignal, replies: ReusableReplies | None
    ) -> None:
        self._spec, self._journal, self._router, self._stop, self._replies = spec, journal, router, stop, replies
        self._complete = router.complete  # bound once, not for each conversation
        self._begun = journal.begun()
        self._endings = Endings(spec, router.metrics, self._begun)
        self._places = self._places_in_progress()
        self._n_read = 0
        self._unread = {} if self._places.are_all_open else {agent: FirstAsks() for agent in spec.config["agents"]}

    async def run(self) -> None:
        """All pending conversations, between the records of the run's begin and end in journal and log.

        ConfigurationError for what `ended_positions` refuses.
        """
        spec, journal, metrics, stop = self._spec, self._journal, self._router.metrics, self._stop
        for position in ended_positions(self._begun, spec.items, journal.path, spec.options, spec.advice):
            if spec.only is None or position in spec.only:
                metrics.count_done(self._begun[conversation_id(position)].status)
        journal.tell("begun", time.time(), pid=os.getpid(), total=spec.total, n=spec.options.n)
        if metrics.n_done < spec.n_carried_out:
            try:
                journal.check_room()
                await journal.flush()  # a journal that cannot be written is found before anything is sent
            except StoreError as error:
                self._end_with(error)
                return
        facts = {
            "scenario": spec.config["scenario"],
            "seed": spec.config["seed"],
            "models": sorted({agent["model"] for agent in spec.config["agents"].values()}),
            "n_conversations": spec.total,
            "n_pending": spec.n_carried_out - metrics.n_done,
        }
        acquire_slot = self._router.admission.acquire_slot
        async with refreshing(progress(metrics, quiet=spec.options.quiet, events=spec.events)):
            with logged_run(lambda: stop.reason, partial(_end_counts, journal, metrics, spec.total), **facts):
                places = self._places
                await run_bounded(self._pending(), self._work, places=places, acquire_slot=acquire_slot, stop=stop)
        if not isinstance(stop.reason, StoreError):  # a journal that cannot be written takes no event either
            journal.tell("stopped" if stop.reason else "ended", time.time(), reason=str(stop.reason or ""))

    def _places_in_progress(self) -> Places:
        """As many as the user says, from the beginning; else few at first, and then as many as the limits allow."""
        most = self._spec.options.concurrency or self._spec.settings.concurrency
        if most is not None:
            return Places(most, first=most)
        is_limited = bool(self._router.limiters)  # then requests wait, so many conversations may be in progress
        return Places(connections_allowed(MAX_CONVERSATIONS) if is_limited else MAX_CONVERSATIONS_IN_PROCESS)

    def _pending(self) -> Iterator[NumberedItem]:
        every = count() if self._spec.only is None else sorted(self._spec.only)
        first = next(filter(self._is_pending, every), self._spec.total)  # items before it are not read
        for position, item in enumerate(self._spec.items.starting_at(first), start=first):
            if self._is_pending(position):
                yield position, conversation_id(position), item

    def _is_pending(self, position: int) -> bool:
        if self._spec.only is not None and position not in self._spec.only:
            return False
        return is_pending(self._begun.get(conversation_id(position)), retry_failed=self._spec.options.retry_failed)

    async def _work(self, numbered: NumberedItem) -> None:
        position, id, item = numbered
        before, spec = self._begun.get(id), self._spec
        tries = before.tries + (spec.options.retry_failed and before.fault == "content") if before else 1
        journal, admission, metrics = self._journal, self._router.admission, self._router.metrics
        try:
            with ConversationUsage(id) as usage:
                admission.begin(id)
                recorded = await journal.recorded(id) if before is not None else {}
                if recorded:
                    admission.count_recorded(id, len(recorded))
                metrics.n_begun += 1
                known = plan_conversation(
                    recorded,
                    ask_changed=tries > 1 or journal.accepts_changes,
                    reused=None if self._replies is None else self._replies.of(id),
                    fork=spec.branch,
                )
                context = AskContext(journal, self._complete, time.time, tries, known, spec.prices, metrics, usage)
                if self._unread:
                    context.on_read, context.unread = self._read, self._unread
                talk = spec.talk(id, context)
                journal.start(id, position, item, tries, time.time(), is_new=before is None)
                ending = await self._endings.of(talk, item)
                if talk.halted is not None:  # the outcome of a stopped conversation does not count
                    raise talk.halted
                await journal.finish(id, ending, time.time())
                log.info("conversation_finished", **usage.ended(ending, n_messages=talk.n_messages))
        except STOPPING as error:
            self._end_with(error)
            return
        finally:
            admission.end(id)
            self._places.release()
        metrics.ended(ending.status)
        if ending.status == "finished" and (self._unread or not self._places.are_all_open):
            self._widen()
        if not spec.is_dry and (shared := self._endings.shared_failure()) is not None:
            self._end_with(shared)

    def _read(self, agent: str) -> None:
        """A reply of the agent was read. Once one of each was, as many conversations begin as may be in progress.

        An agent may be asked at the end of long conversations only: then after many replies of those that are asked.
        """
        if agent in self._unread:
            self._unread.pop(agent).open()
        if self._places.are_all_open:
            return
        self._n_read += 1
        has_many = self._n_read >= REPLIES_BEFORE_MORE and not any(asks.n for asks in self._unread.values())
        if has_many or not self._unread:
            self._places.widen()

    def _widen(self) -> None:
        self._places.widen()
        while self._unread:
            self._unread.popitem()[1].open()

    def _end_with(self, error: FellowshipError) -> None:
        self._stop(error)
        if isinstance(error, DRAINING):
            self._router.drain()


def _end_counts(journal: SqliteJournal, metrics: Metrics, total: int) -> dict[str, int]:
    """Fields of the log's `run_ended`; only `n_asks` when the journal cannot be read."""
    try:
        counts = RecordedRun(journal.connection).counts(first=total)
    except StoreError:
        return {"n_asks": metrics.n_asked}
    ended = {f"n_{status}": counts.get(status, 0) for status in ("finished", "failed")}
    return {**ended, "n_open": total - sum(ended.values()), "n_asks": metrics.n_asked}
