"""One pass over a run: the pending conversations, and the course of each of them."""

import asyncio
import inspect
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeAlias

from fellowship.protocols.content import Verdict
from fellowship.protocols.errors import (
    STOPPING,
    ProviderError,
    ProviderRefused,
    ReplyError,
    StoreError,
)
from fellowship.protocols.events import get_logger
from fellowship.protocols.interfaces import Ending
from fellowship.protocols.items import Item
from fellowship.protocols.messages import Message
from fellowship.runners.ask import AskContext
from fellowship.runners.conversation import LiveConversation, seed_of
from fellowship.runners.fork_point import ForkPoint
from fellowship.runners.inputs import Source
from fellowship.runners.resume import conversation_id, ended_positions, is_pending, plan_conversation
from fellowship.runners.reuse import ReusableReplies
from fellowship.runners.router import Router
from fellowship.runners.scenario_function import Scenario
from fellowship.runners.workers import StopSignal, run_bounded
from fellowship.settings.prices import Prices
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.records import ConversationState
from fellowship.telemetry.conversation_usage import ConversationUsage

NumberedItem: TypeAlias = tuple[int, str, Item]  # position, id of the conversation, item

MAX_UNANSWERED_CONVERSATIONS = 20

log = get_logger()


@dataclass(slots=True)
class Session:
    """What conversations need to run. `drafts`: the number of candidates that the scenario takes, None for all."""

    scenario: Scenario
    arguments: dict[str, Any]
    drafts: int | None
    seed: int
    journal: SqliteJournal
    router: Router
    stop: StopSignal
    retry_failed: bool = False
    accept_changes: bool = False
    price: Prices | None = None
    replies: ReusableReplies | None = None
    branch: ForkPoint | None = None

    begun: dict[str, ConversationState] = field(default_factory=dict)
    bugs: set[str] = field(default_factory=set)
    n_unanswered: int = 0

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as on_failure:
            on_failure.push_async_exit(self.__aexit__)
            self.begun = self.journal.begun()
            await self.router.__aenter__()
            on_failure.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.router.__aexit__()
        finally:
            try:
                await self.journal.close()
            except StoreError as error:  # reported like an error of a commit; committed replies are safe
                self.stop(error)

    def survey(self, source: Source) -> None:
        """Count the conversations that have ended before.

        ConfigurationError when the run holds a conversation about another item at the same place, and this start does
        not accept changes.
        """
        retry_failed, accept_changes, path = self.retry_failed, self.accept_changes, self.journal.path
        for position in ended_positions(
            self.begun, source, path, retry_failed=retry_failed, accept_changes=accept_changes
        ):
            self.router.metrics.count_done(self.begun[conversation_id(position)].status)

    async def run_conversations(self, source: Source, *, most: int) -> None:
        """Run every pending conversation, at most `most` at a time, until the end or until `stop` is called."""
        acquire_slot = self.router.admission.acquire_slot
        await run_bounded(self._pending(source), self._work, most=most, acquire_slot=acquire_slot, stop=self.stop)

    def _pending(self, source: Source) -> Iterator[NumberedItem]:
        first = self._first_pending()
        for position, item in enumerate(source.starting_at(first), start=first):
            id = conversation_id(position)
            if is_pending(self.begun.get(id), retry_failed=self.retry_failed):
                yield position, id, item

    def _first_pending(self) -> int:
        """The first position with a pending conversation; the items before it are not read."""
        position = 0
        while not is_pending(self.begun.get(conversation_id(position)), retry_failed=self.retry_failed):
            position += 1
        return position

    async def _work(self, numbered: NumberedItem) -> None:
        position, id, item = numbered
        before = self.begun.get(id)
        tries = before.tries + (self.retry_failed and before.fault == "content") if before else 1
        try:
            with ConversationUsage(id) as usage:
                recorded = await self.journal.recorded(id) if before is not None else {}
                self.router.admission.begin(id, n_done=len(recorded))
                self.router.metrics.n_begun += 1
                known = plan_conversation(
                    recorded,
                    ask_changed=tries > 1 or self.journal.accepts_changes,
                    reused=None if self.replies is None else self.replies.of(id),
                    fork=self.branch,
                )
                context = AskContext(
                    self.journal,
                    self.router.complete,
                    time.time,
                    tries,
                    known,
                    self.price,
                    self.router.metrics,
                    usage,
                )
                talk = self.talk(id, context)
                self.journal.start(id, position, item, tries, time.time())
                ending = await self.ending(talk, item)
                if talk.halted is not None:  # the outcome of a stopped conversation does not count
                    raise talk.halted
                await self.journal.finish(id, ending, time.time())
                log.info("conversation_finished", **usage.ended(ending, n_messages=talk.n_messages))
        except STOPPING as error:
            self.stop(error)
            return
        finally:
            self.router.admission.end(id)
        self.router.metrics.ended(ending.status)
        self._stop_if_unanswered(ending.error)

    def talk(self, id: str, context: AskContext) -> LiveConversation:
        """The conversation before its first step; in a fork with the seed of the original and the changed agents."""
        if self.branch is None:
            return LiveConversation(id, seed_of(self.seed, id), context)
        return LiveConversation(id, self.branch.seed, replace(context, agent_for=self.branch.agent_for))

    def _stop_if_unanswered(self, error: str | None) -> None:
        """Stop the run after MAX_UNANSWERED_CONVERSATIONS failures of a provider that has never answered."""
        if self.n_unanswered >= MAX_UNANSWERED_CONVERSATIONS and not self.journal.n_committed:
            self.stop(ProviderRefused(f"none of {self.n_unanswered} conversations got through: {error}"))

    async def ending(self, talk: LiveConversation, item: Item) -> Ending:
        """How the conversation ended. Only here an error of a scenario becomes a record; the run continues."""
        prompt, candidates = talk.pose(item)
        try:
            outcome = await self.scenario(talk, prompt, *candidates[: self.drafts], **self.arguments)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return Ending("failed", fault="scenario", error="CancelledError: the scenario cancelled itself")
        except Exception as error:
            blamed = min(_causes(error), key=_rank)
            if isinstance(blamed, STOPPING):
                raise blamed from error
            if isinstance(blamed, ReplyError):
                return Ending("failed", fault="content", error=str(blamed))
            if isinstance(blamed, ProviderError):
                self.n_unanswered += blamed.retryable
                return Ending("failed", fault="provider", error=f"{type(blamed).__name__}: {blamed}")
            told = f"{type(blamed).__name__}: {blamed}"
            self.router.metrics.record_error(f"the scenario, in {talk.id}", blamed)
            if told not in self.bugs:  # the log gets the first of each kind with its place; the journal gets all
                self.bugs.add(told)
                log.warning("conversation_failed", exc_info=error)
            return Ending("failed", fault="scenario", error=told)
        return _ending_of(outcome)


def _ending_of(outcome: Any) -> Ending:
    if not isinstance(outcome, Message):
        hint = "; is an `await` missing?" if inspect.isawaitable(outcome) else ""
        error = f"the scenario returned {type(outcome).__name__}; expected a message{hint}"
        return Ending("failed", fault="scenario", error=error)
    if isinstance(outcome.content, Verdict) and outcome.content.decision == "failed":
        return Ending("failed", outcome.id, "content", outcome.content.reason)
    return Ending("finished", outcome.id)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The errors inside an exception group, or the error itself."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _causes(each)
    else:
        yield error


def _rank(error: BaseException) -> int:
    """The order in which one of several errors is reported: stops the run, bug, provider, model."""
    if isinstance(error, STOPPING):
        return 0
    if isinstance(error, ProviderError):
        return 2
    return 3 if isinstance(error, ReplyError) else 1
