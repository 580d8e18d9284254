"""The course of one conversation: the scenario is executed, and its outcome or error becomes the ending."""

import asyncio
import inspect
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from fellowship.protocols.content import Verdict
from fellowship.protocols.errors import STOPPING, ProviderError, ReplyError, SharedFailure
from fellowship.protocols.events import get_logger
from fellowship.protocols.interfaces import Ending
from fellowship.protocols.items import Item
from fellowship.protocols.messages import Message
from fellowship.runners.conversation import LiveConversation
from fellowship.runners.failure_kinds import MOST_UNDECIDED, Failure, failure_of, unreadable
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.scenario_function import n_candidates, takes_any_number, without_bound_keywords
from fellowship.runners.shared_failures import (
    ACCEPTING,
    FailureRow,
    SharedFailures,
    UnreadableRow,
    failure_in_a_row,
    shared_failure,
    shared_unreadable,
)
from fellowship.storage.records import ConversationState
from fellowship.telemetry.metrics import Metrics

log = get_logger()


class Endings:
    """Executes the scenario of a run in its conversations, and recognises failures that all of them share.

    begun   conversations of earlier starts, by id. If some have finished, unreadable replies are not shared by all.
            Those of which the replies were unreadable then do not count when they are tried again: they are the rest.
    """

    def __init__(
        self, spec: RunSpec, metrics: Metrics, begun: Mapping[str, ConversationState] = MappingProxyType({})
    ) -> None:
        self._scenario, _ = without_bound_keywords(spec.scenario)
        self._arguments = spec.bindings.arguments
        self._n_drafts = None if takes_any_number(spec.scenario) else n_candidates(spec.scenario)
        self._option = "" if spec.folder is None else ACCEPTING if spec.branch is None else "--fresh"
        self._metrics = metrics
        self._bugs: set[str] = set()
        self._shared, self._row = SharedFailures(), FailureRow()
        self._tried_again = frozenset(id for id, before in begun.items() if before.fault == "content")
        n_read = sum(before.status == "finished" for before in begun.values())
        self._unreadable = SharedFailures(most_open=MOST_UNDECIDED)
        self._unreadable_row = UnreadableRow(self._row, n_read=n_read, n_ended=n_read + len(self._tried_again))
        if n_read:
            self._unreadable.succeed()
        self._shared_failure: SharedFailure | None = None

    def shared_failure(self) -> SharedFailure | None:
        """The reason to stop, when the conversations so far have all failed in the same way."""
        return self._shared_failure

    async def of(self, talk: LiveConversation, item: Item) -> Ending:
        """How the conversation ended. Only here an error of a scenario becomes a record; the run continues."""
        if not self._shared.has_succeeded:
            self._shared.begin(talk.id)
        if not self._unreadable.has_succeeded:
            self._unreadable.begin(talk.id)
        row = self._row
        number = row.n_sent = row.n_sent + 1
        row.undecided[number] = None
        prompt, candidates = talk.pose(item)
        try:
            outcome = await self._scenario(talk, prompt, *candidates[: self._n_drafts], **self._arguments)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return self._after_bug(talk.id, error, "CancelledError: the scenario cancelled itself", number, error)
        except Exception as error:
            return self._after_error(talk.id, error, number)
        finally:
            row.undecided.pop(number, None)
        return self._after_outcome(talk.id, outcome, number)

    def _after_error(self, conversation: str, error: Exception, number: int) -> Ending:
        blamed = min(_causes(error), key=_rank)
        if isinstance(blamed, STOPPING):
            raise blamed from error
        if isinstance(blamed, ReplyError):
            self._succeed(number)
            self._count_unreadable(conversation, str(blamed), number)
            return Ending("failed", fault="content", error=str(blamed))
        told = f"{type(blamed).__name__}: {blamed}"
        if isinstance(blamed, ProviderError):
            if not blamed.retryable:
                self._count(conversation, failure_of(blamed), told)
            return Ending("failed", fault="provider", error=told)
        return self._after_bug(conversation, blamed, told, number, error)

    def _after_bug(
        self, conversation: str, blamed: BaseException, told: str, number: int, error: BaseException
    ) -> Ending:
        self._metrics.record_error(f"the scenario, in {conversation}", blamed)
        if told not in self._bugs:  # the log gets the first of each kind with its place; the journal gets all
            self._bugs.add(told)
            log.warning("conversation_failed", exc_info=error)
        self._count_bug(conversation, blamed, told, "the scenario, its arguments or its roles", number)
        return Ending("failed", fault="scenario", error=told)

    def _after_outcome(self, conversation: str, outcome: Any, number: int) -> Ending:
        ending = _ending_of(outcome)
        if ending.fault == "scenario":
            self._count_bug(conversation, TypeError(ending.error), ending.error or "", "the scenario", number)
            return ending
        self._succeed(number)
        if ending.fault == "content":
            self._count_unreadable(conversation, ending.error or "", number)
        else:
            self._unreadable.succeed()
            self._unreadable_row.read(number)
        return ending

    def _succeed(self, number: int) -> None:
        self._shared.succeed()
        self._row.last_through = max(number, self._row.last_through)

    def _count_unreadable(self, conversation: str, reason: str, number: int) -> None:
        failure = unreadable(reason)
        if conversation not in self._tried_again:
            n_in_a_row = self._unreadable_row.add(failure, conversation, number)
            if self._unreadable.has_succeeded and n_in_a_row is not None:
                self._shared_failure = shared_unreadable(n_in_a_row, reason, option=self._option, in_a_row=True)
        if (n := self._unreadable.add(failure, conversation)) is not None:
            self._shared_failure = shared_unreadable(n, reason, option=self._option)

    def _count(
        self, conversation: str, failure: Failure, told: str, to_correct: str = "that", *, option: str = ""
    ) -> None:
        if (n := self._shared.add(failure, conversation)) is not None:
            self._shared_failure = shared_failure(n, told, to_correct, option=option)

    def _count_bug(self, conversation: str, error: BaseException, told: str, to_correct: str, number: int) -> None:
        failure = failure_of(error)
        n_in_a_row = self._row.add(failure, conversation, number)
        if self._shared.has_succeeded and n_in_a_row is not None:
            self._shared_failure = failure_in_a_row(n_in_a_row, told, to_correct, option=self._option)
        self._count(conversation, failure, told, to_correct, option=self._option)


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
