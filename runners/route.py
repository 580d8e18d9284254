"""Route: the way of a request to one model, from admission to the counted, checked completion."""

import asyncio
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import (
    BudgetSpent,
    FellowshipError,
    ProviderBug,
    ProviderError,
    ProviderRefused,
    SharedFailure,
)
from fellowship.protocols.interfaces import Provider
from fellowship.ratelimit.fair_queue import Tenant
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.runners.admission_control import AdmissionControl
from fellowship.runners.failure_kinds import failure_of
from fellowship.runners.shared_failures import FailureRow, SharedFailures, failure_in_a_row, shared_failure
from fellowship.runners.unanswered import UnansweredModel
from fellowship.telemetry.metrics import Metrics, ModelUsage

SUSPECT_PAUSE_S = 1.0


class Route:
    """The provider of one model, behind the rate limiter of its quota where it has one.

    `provider` is wrapped already: its completions are checked, and where there is a budget or a tracer each attempt of
    the rate limiter reserves its cost, and has a span of its own.

    A model that has answered nothing, and has failed often, is sent one request a second.
    """

    __slots__ = (
        *(
            "_admission",
            "_closed",
            "_got_through",
            "_metrics",
            "_on_shared",
            "_provider",
            "_row",
            "_shared",
            "_tenant",
            "_turns",
            "_unanswered",
        ),
        *("limiter", "usage"),
    )

    def __init__(
        self,
        model: str,
        provider: Provider,
        limiter: RateLimiter | None,
        tenant: Tenant | None,
        usage: ModelUsage,
        admission: AdmissionControl,
        metrics: Metrics,
        on_shared: Callable[[SharedFailure], None] | None = None,
    ) -> None:
        self._provider, self.limiter, self._tenant, self.usage = provider, limiter, tenant, usage
        self._admission, self._metrics = admission, metrics
        self._shared, self._row, self._unanswered = SharedFailures(), FailureRow(), UnansweredModel(model)
        self._turns, self._got_through = asyncio.Lock(), asyncio.Event()
        self._closed: Exception | None = None
        self._on_shared = on_shared

    async def send(self, request: Request) -> Completion:
        """The checked completion. ProviderError without one: ProviderBug where the provider itself is at fault."""
        usage, admission, conversation = self.usage, self._admission, request.key.conversation
        if not usage.n_answered:
            self._shared.begin(conversation)
            await self._turn()
        usage.n_asked += 1
        row = self._row
        number = row.n_sent = row.n_sent + 1
        row.undecided[number] = None
        try:
            if self.limiter is None or self._tenant is None:
                admission.first_sent(conversation)
                completion = await self._provider.complete(request)
            else:
                n_done, on_permit = admission.before_sending(conversation)
                completion = await self.limiter.complete(
                    self._provider,
                    request,
                    tenant=self._tenant,
                    n_done=n_done,
                    on_permit=on_permit,
                    on_failed=self._attempt_failed,
                )
        except BudgetSpent:  # nothing was sent
            usage.n_asked -= 1
            del row.undecided[number]
            raise
        except FellowshipError as error:
            self._count_failure(error, request, number)
            raise
        except Exception as error:
            bug = _bug(usage.provider, error)
            self._count_failure(bug, request, number)
            raise bug from error
        except BaseException:
            usage.n_failed += 1
            del row.undecided[number]
            raise
        del row.undecided[number]
        if number > row.last_through:
            row.last_through = number
        if not usage.n_answered:
            self._shared.succeed()
            self._got_through.set()
        admission.replied(conversation)
        usage.answered(completion)
        return completion

    def close(self, error: Exception) -> None:
        """Refuse further requests with this error, waiting ones included."""
        self._closed = error
        self._got_through.set()
        if self.limiter is not None and self._tenant is not None:
            self.limiter.close(self._tenant, error)

    async def _turn(self) -> None:
        """Wait for the turn of this request, while the model is suspected of answering none."""
        if self._shared.is_suspect or (self._unanswered.is_suspect and not self.usage.n_answered):
            async with self._turns:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._got_through.wait(), SUSPECT_PAUSE_S)
            if self._closed is not None:
                raise self._closed

    async def _attempt_failed(self, request: Request, error: ProviderError) -> None:
        """Count an attempt that is made again, after the turn of the request."""
        if not self.usage.n_answered:
            self._count_attempt(error, request.key.conversation)
            await self._turn()

    def _count_attempt(self, error: ProviderError, conversation: str) -> None:
        now = asyncio.get_running_loop().time()
        n = self._shared.add_attempt(error, conversation, now)
        if n is not None:
            raise self._shared_by_all(shared_failure(n, f"{type(error).__name__}: {error}")) from error
        if not error.retryable:
            return
        usage, unanswered = self.usage, self._unanswered
        unanswered.add(now)
        if (final := unanswered.final_error(error, now)) is not None:
            raise self._shared_by_all(final) from error
        n_waiting = usage.n_asked - usage.n_answered - usage.n_failed
        if (report := unanswered.report(error, now, n_waiting=n_waiting)) is not None:
            print(report, file=sys.stderr, flush=True)

    def _shared_by_all(self, error: SharedFailure) -> SharedFailure:
        """The error, after which no model is asked: conversations may wait for other replies before they end."""
        if self._on_shared is not None:
            self._on_shared(error)
        return error

    def _count_failure(self, error: Exception, request: Request, number: int) -> None:
        """SharedFailure once the model's failures are all of one kind: all of them, or many in a row."""
        self.usage.n_failed += 1
        self._metrics.record_error(self.usage.provider, error)
        if not isinstance(error, ProviderError) or isinstance(error, ProviderRefused):
            del self._row.undecided[number]
            return
        conversation = request.key.conversation
        failure = failure_of(error, [message["content"] for message in request.messages])
        n_in_a_row = self._row.add(failure, conversation, number)
        if self.usage.n_answered:
            if n_in_a_row is not None:
                raise self._shared_by_all(failure_in_a_row(n_in_a_row, f"{type(error).__name__}: {error}")) from error
            return
        n = self._shared.add(failure, conversation)
        if n is not None:
            raise self._shared_by_all(shared_failure(n, f"{type(error).__name__}: {error}")) from error
        self._count_attempt(error, conversation)


def _bug(provider: str, error: Exception) -> ProviderBug:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return ProviderBug(f"the code of provider {provider} failed with {type(error).__name__}: {error} (at {place})")
