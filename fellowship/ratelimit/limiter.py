"""The rate limiter of one quota: each request waits for its permit, is sent, and is sent again when that may help.

All limits are checked together and reserved together, without a wait in between, so no limit is held by a request that
waits for another.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from dataclasses import replace
from typing import Self

from fellowship.protocols.completions import Completion, Delivery, Request
from fellowship.protocols.errors import (
    Overloaded,
    ProviderError,
    ProviderRefused,
    ProviderTimeout,
    RateLimited,
    RequestRejected,
)
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.quota import Dimension, Limits, Quota
from fellowship.protocols.sending import sending
from fellowship.providers.retry import Retry
from fellowship.ratelimit.adaptive_concurrency import MAX_OPEN, AdaptiveConcurrency, Concurrency, initial_concurrency
from fellowship.ratelimit.dispatcher import Blocker, Dispatcher, Permit
from fellowship.ratelimit.failed_attempts import FailedAttempts
from fellowship.ratelimit.fair_queue import NEW, STARTED, FairQueue, Tenant, Waiter
from fellowship.ratelimit.limiter_statistics import RateLimiterCounts, RateLimiterStatistics, named
from fellowship.ratelimit.quota_limits import PER_DAY, SMALLEST_SHARE, QuotaLimits
from fellowship.ratelimit.request_window import SendTime
from fellowship.ratelimit.server_health import ServerHealth
from fellowship.ratelimit.token_bucket import TokenEstimate, TokenEstimator

SILENCE_LIMIT_S = 600.0
LONGEST_WAIT_S = 900.0
RECENT_S = 60.0
SHORTEST_REPORTED_WAIT_S = 0.001


class RateLimiter:
    """The rate limiter of one quota. Open it with `async with`; runs `join` it and send requests through `complete`.

    `patience_s`: after so many seconds without an answer the provider counts as gone, and the run stops, resumable.
    """

    def __init__(
        self,
        quota: Quota,
        limits: Limits | None = None,
        *,
        retry: Retry | None = None,
        rng: random.Random | None = None,
        patience_s: float = SILENCE_LIMIT_S,
    ) -> None:
        self.quota, self.limits = quota, limits or Limits()
        self._retry, self._rng = retry or Retry(), rng or random.Random()
        self._now = asyncio.get_running_loop().time
        self._quota_limits = QuotaLimits(quota, self.limits, self._now())
        self._estimates = TokenEstimator(quota)
        self._concurrency = initial_concurrency(
            self.limits.max_concurrency, is_known=self._quota_limits.is_known, announces=quota.announces
        )
        self._queue = FairQueue()
        self._dispatcher = Dispatcher(
            self._queue,
            blocker=self._blocker,
            reserve=self._reserve,
            on_abandoned=self._abandoned,
            cost=self._quota_limits.cost,
            on_block=self._on_block,
        )
        self._counts = RateLimiterCounts()
        self._health = ServerHealth(quota, self._counts, self._rng, patience_s=patience_s, on_gone=self._refuse)
        self._n_open = 0
        self._is_steady = False
        self._refused: ProviderRefused | None = None
        self._recent_permits: deque[float] = deque(maxlen=4096)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._dispatching = loop.create_task(self._dispatcher.run(), name=f"rate limiter of {self.quota}")
        self._dispatching.add_done_callback(self._on_dispatcher_end)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._dispatching.cancel()
        await asyncio.wait([self._dispatching])

    def __repr__(self) -> str:
        return f"RateLimiter({self.statistics()})"

    def join(self) -> Tenant:
        """Add a run; pass its tenant to `complete`, and to `leave` at its end."""
        return self._queue.join()

    @property
    def n_runs(self) -> int:
        """Runs that have joined and not left."""
        return len(self._queue.tenants)

    def leave(self, tenant: Tenant) -> None:
        """Remove a run that has ended."""
        self._queue.leave(tenant)

    def close(self, tenant: Tenant, error: Exception) -> None:
        """Fail the waiting and all later requests of a run with the error."""
        tenant.closed = error
        for *_, waiter in tenant.waiting:
            if not waiter.permit.done():
                waiter.permit.set_exception(copy(error))
        self._dispatcher.notify("change")

    async def complete(
        self,
        provider: Provider,
        request: Request,
        *,
        tenant: Tenant,
        n_done: int = 0,
        on_permit: Callable[[], None] | None = None,
        on_failed: Callable[[Request, ProviderError], Awaitable[None]] | None = None,
    ) -> Completion:
        """The provider's completion, after as many attempts as may help.

        `tenant` is the run in the queue; `n_done` the number of replies that the request's conversation has had: new
        conversations (0) wait behind started ones. `on_permit` is called before each attempt; `on_failed` is awaited
        after each that is made again, and what it raises ends the request. ProviderError after the last attempt.
        """
        permit = self._permit_without_limits(tenant) if self._is_steady else None
        estimate = NO_TOKENS if permit is not None else self._estimate(request)
        silent_since = self._health.silent_since
        if silent_since is not None and not self._n_open and not self._queue.n_waiting:
            self._health.was_idle(silent_since, self._now())
        failed: FailedAttempts | None = None
        rank = STARTED if n_done else NEW
        queued_at = began = self._now() if permit is None else permit.at
        waited_s = 0.0
        while True:
            if permit is None:
                permit = await self._wait_for_permit(estimate, tenant, rank, n_done, queued_at)
                waited_s += permit.at - queued_at
            if on_permit is not None:
                on_permit()
            sending.set(permit.sent if permit.send_times else None)
            try:
                completion = await provider.complete(request)
            except ProviderError as error:
                failed = failed or FailedAttempts(self._retry)
                is_own_failure = self._failed(permit, request, error)
                failed.add(error, is_own=is_own_failure)
                if self._refused is not None and error is not self._refused:
                    raise copy(self._refused) from error
                failed.raise_if_final(request, error)
                if on_failed is not None:
                    await on_failed(request, error)
            except BaseException:
                self._abandoned(permit)
                raise
            else:
                self._answered(permit, request, completion)
                if failed is None and waited_s < SHORTEST_REPORTED_WAIT_S:
                    return completion
                failures = () if failed is None else failed.kinds
                return replace(completion, delivery=Delivery(waited_s, permit.at - began - waited_s, failures))
            rank = failed.rank
            self._counts.retried += 1
            if is_own_failure:
                await asyncio.sleep(failed.backoff_s(self._rng))
            if estimate is NO_TOKENS:
                estimate = self._estimate(request)
            permit, queued_at = None, self._now()

    def statistics(self) -> RateLimiterStatistics:
        """The state at this moment."""
        now, quota_limits, head = self._now(), self._quota_limits, self._queue.head()
        blocker = self._blocker(head.waiter.estimate, now) if head else None
        return RateLimiterStatistics(
            quota=self.quota,
            waiting=self._queue.n_waiting,
            open=self._n_open,
            max_open=self._concurrency.limit,
            waits_for=blocker.reason if blocker else None,
            for_s=blocker.wait_s if blocker else None,
            usage=quota_limits.usage(now),
            scale=quota_limits.adaptation.scale,
            share=quota_limits.share,
            guard_s=quota_limits.requests.guard_s if quota_limits.requests else 0.0,
            n_wakes=self._dispatcher.n_wakes,
            counts=replace(self._counts, failed=self._counts.failed.copy()),
        )

    def tokens_left(self) -> dict[Dimension, float]:
        """Tokens that may be taken now, by dimension; below 0 in debt. Not refilled since the last request or wait."""
        return {dimension: bucket.level for dimension, bucket in self._quota_limits.budgets.items()}

    def share_with_others(self, share: float) -> None:
        """Use this share of the quota from now on, in (0, 1]; other processes use the rest."""
        self._quota_limits.share = share
        self._quota_limits.apply()
        self._dispatcher.notify("change")

    def wanted_share(self) -> float:
        """The share of the quota that this process could use, in [0, 1]: used in the last window, plus waiting."""
        return min(1.0, self.used_share() + self._quota_limits.share_of(self._queue.n_waiting))

    def used_share(self) -> float:
        """The share of the quota that this process used in the last window, in [0, 1]."""
        return self._quota_limits.used_share(self._now())

    @property
    def longest_window_s(self) -> float:
        """The longest window of the server in seconds: older requests do not count."""
        return self._quota_limits.longest_window_s

    # ---- permits

    def _permit_without_limits(self, tenant: Tenant) -> Permit | None:
        """A permit at once, while steady and with room for another open request; None to use the queue."""
        if (
            self._quota_limits.share < SMALLEST_SHARE
            or self._n_open >= self._concurrency.limit
            or self._queue.n_waiting
            or tenant.closed is not None
            or self._dispatching.done()
        ):
            return None
        self._n_open += 1
        self._counts.permitted += 1
        now = self._now()
        if not self.quota.limitless:
            self._recent_permits.append(now)
        return Permit(NO_TOKENS, now, NO_SEND_TIMES)

    def _estimate(self, request: Request) -> TokenEstimate:
        estimate = self._estimates.estimate(request)
        if estimate.input + estimate.output > self._quota_limits.smallest_budget:
            self._quota_limits.refuse_too_large(estimate, request.key)
        return estimate

    async def _wait_for_permit(
        self, estimate: TokenEstimate, tenant: Tenant, rank: int, n_done: int, now: float
    ) -> Permit:
        if (refused := self._refused or tenant.closed) is not None:
            raise copy(refused)
        if self._dispatching.done():
            raise self._is_closed_error()
        if not self._queue.n_waiting and self._blocker(estimate, now) is None:
            if len(self._queue.tenants) > 1:
                self._queue.serve_at_once(tenant, self._quota_limits.cost(estimate))
            self._n_open += 1  # while it is reserved, so that no other request takes its place
            try:
                return await self._reserve(estimate, now)
            finally:
                self._n_open -= 1
        waiter = Waiter(estimate, asyncio.get_running_loop().create_future(), now)
        self._queue.add(tenant, waiter, rank=rank, n_done=n_done)
        self._dispatcher.notify("arrival")
        try:
            permit: Permit = await waiter.permit
        except asyncio.CancelledError:
            if waiter.permit.done() and not waiter.permit.cancelled() and waiter.permit.exception() is None:
                self._abandoned(waiter.permit.result())  # permitted and cancelled in the same step of the loop
            raise
        return permit

    def _on_dispatcher_end(self, dispatching: "asyncio.Task[None]") -> None:
        """Fails all waiting requests when the dispatcher task has ended."""
        error = None if dispatching.cancelled() else dispatching.exception()
        for waiter in self._queue.waiters():
            waiter.permit.set_exception(error or self._is_closed_error())

    def _is_closed_error(self) -> RuntimeError:
        return RuntimeError(f"the rate limiter of {self.quota} is closed")

    def _blocker(self, estimate: TokenEstimate, now: float) -> Blocker | None:
        """Why a request may not be sent now; None when it may."""
        breaker = self._health.breaker
        if not breaker.is_closed:
            wait_s = breaker.wait_s(now)
            if wait_s != 0:
                return Blocker(wait_s, breaker.reason, "release")
        if self._n_open >= self._concurrency.limit:
            return Blocker(None, f"one of {self._concurrency.limit:,} open requests to end", "release")
        return self._quota_limits.blocker(estimate, now)

    def _on_block(self, blocker: Blocker) -> None:
        """Stops the run instead of a wait of hours for the next day's requests."""
        if blocker.reason == PER_DAY and blocker.wait_s is not None and blocker.wait_s > LONGEST_WAIT_S:
            if self._quota_limits.forget_day():
                asyncio.get_running_loop().call_soon(self._dispatcher.notify, "change")
                return
            more = f"there are more in {blocker.wait_s / 3600:.1f} hours"
            self._refuse(ProviderRefused(f"the requests per day of {self.quota} are used up; {more}"))

    async def _reserve(self, estimate: TokenEstimate, now: float) -> Permit:
        limits, send_times = self._quota_limits, NO_SEND_TIMES
        if limits.is_known:
            send_times = await limits.reserve(estimate, now)
        elif not self.quota.limitless:
            self._recent_permits.append(now)
        self._n_open += 1
        self._counts.permitted += 1
        is_probe = not self._health.breaker.is_closed and self._health.breaker.probe()
        return Permit(estimate if limits.budgets else NO_TOKENS, now, send_times, is_probe)

    # ---- outcomes

    def _answered(self, permit: Permit, request: Request, completion: Completion) -> None:
        if self._is_steady and not completion.announced:
            self._n_open -= 1
            self._counts.answered += 1
            if self._queue.n_waiting:
                self._dispatcher.notify("release")
            return
        now = self._now()
        self._n_open -= 1
        self._counts.answered += 1
        self._health.answered(permit)
        if permit.estimate is not NO_TOKENS:
            used = self._estimates.used(request, permit.estimate, completion)
            self._quota_limits.settle(permit.estimate, used)
        limits, changed = self._quota_limits, False
        if completion.announced or limits.adaptation.is_reduced:
            changed = limits.answered(completion.announced, now, self._sent(request, completion))
        if self._concurrency.is_adaptive:
            work = 1.0 + completion.usage.completion_tokens
            self._concurrency.answered(now, work, sent_at=permit.at, n_open=self._n_open + 1)
        if self._counts.answered == 1 and self.limits.max_concurrency is None:
            # It has named the limits, or shown that the server names none.
            if self._quota_limits.is_known:
                self._concurrency = Concurrency(MAX_OPEN)
            elif not self._concurrency.is_adaptive:
                self._concurrency = AdaptiveConcurrency()
        # Steady: an answer without announced limits changes nothing, as no limit is known and no failure unanswered.
        self._is_steady = (
            not self._quota_limits.is_known
            and not self._concurrency.is_adaptive
            and self._health.is_good
            and self._refused is None
        )
        if changed or self._queue.n_waiting:
            self._dispatcher.notify("change" if changed else "release")

    def _sent(self, request: Request, completion: Completion) -> TokenEstimate:
        """The tokens of a request, by estimate where the usage is unknown; its prompt as long as the next one's."""
        usage, head = completion.usage, self._queue.head()
        n_prompt = usage.prompt_tokens or self._estimates.estimate(request).input
        return TokenEstimate(max(n_prompt, head.waiter.estimate.input if head else 0), usage.completion_tokens)

    def _failed(self, permit: Permit, request: Request, error: ProviderError) -> bool:
        """Whether the failure counts as an attempt of this request: failures of the whole server do not."""
        self._is_steady = False
        is_request_fault = isinstance(error, RequestRejected)
        now = self._ended(permit, got_through=is_request_fault)
        self._counts.failed[type(error).__name__] += 1
        self._counts.last_failure = now, named(error)
        self._quota_limits.settle(permit.estimate, _charged(permit.estimate, error))
        changed = self._quota_limits.answered(error.announced, now, self._sent(request, NO_ANSWER))
        if isinstance(error, ProviderRefused):
            self._refuse(error)
        elif isinstance(error, RateLimited):
            self._counts.rejected += 1
            if self._health.rejected(permit, error, now):
                self._quota_limits.refused(error, now, recent_per_s=self._recent_per_s(now))
        elif not is_request_fault:
            if isinstance(error, Overloaded):
                self._concurrency.overloaded(now, sent_at=permit.at)
            self._health.failed(permit, error, now, n_open=self._n_open)
        self._dispatcher.notify("change" if changed else "release")
        is_server_fault = isinstance(error, RateLimited) or not self._health.breaker.is_closed
        return not is_server_fault

    def _ended(self, permit: Permit, *, got_through: bool) -> float:
        self._n_open -= 1
        self._health.ended(permit, got_through=got_through)
        return self._now()

    def _abandoned(self, permit: Permit) -> None:
        """The request was cancelled, or its provider has a bug; its reserved tokens stay reserved."""
        self._ended(permit, got_through=False)
        self._dispatcher.notify("release")

    def _refuse(self, error: ProviderRefused) -> None:
        self._refused = error
        self._dispatcher.reject_all(error)

    def _recent_per_s(self, now: float) -> float:
        recent = [at for at in self._recent_permits if now - at <= RECENT_S]
        return len(recent) / max(1.0, now - recent[0]) if recent else 0.0


NO_TOKENS = TokenEstimate(0, 0)
NO_ANSWER = Completion("")
NO_SEND_TIMES: Sequence[SendTime] = ()


def _charged(estimate: TokenEstimate, error: ProviderError) -> TokenEstimate:
    """The tokens of a failed request: none if rejected, all after a time-out, else those of its prompt."""
    if isinstance(error, RateLimited | Overloaded | RequestRejected):
        return NO_TOKENS
    return estimate if isinstance(error, ProviderTimeout) else TokenEstimate(estimate.input, 0)
