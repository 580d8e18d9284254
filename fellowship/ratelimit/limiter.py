"""The gate of one quota: every request to it goes through here, waits its turn, and is tried again when that may help.

All limits are checked together and taken together, without waiting in between, so nothing is half held.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
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
from fellowship.protocols.events import get_logger
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.quota import Limits, Quota
from fellowship.protocols.sending import sending
from fellowship.providers.retry import Retry
from fellowship.ratelimit.adaptive_concurrency import AdaptiveConcurrency, Concurrency, FixedConcurrency
from fellowship.ratelimit.circuit_breaker import CircuitBreaker, RetryBudget
from fellowship.ratelimit.dispatcher import Blocker, Dispatcher, Permit
from fellowship.ratelimit.fair_queue import LAST, NEW, RETRY, STARTED, FairQueue, Tenant, Waiter
from fellowship.ratelimit.quota_limits import PER_DAY, SMALLEST_SHARE, QuotaLimits
from fellowship.ratelimit.statistics import RateLimiterCounts, RateLimiterStatistics, named
from fellowship.ratelimit.token_bucket import TokenEstimate, TokenEstimator

MAX_OPEN = 10_000
OVERLOADS_BEFORE_PAUSE = 3
SILENCE_LIMIT_S = 600.0
MAX_REJECTIONS = 8
LONGEST_WAIT_S = 900.0
RECENT_S = 60.0
SHORTEST_REPORTED_WAIT_S = 0.001

log = get_logger()


class RateLimiter:
    """One quota's gate. Open it with `async with`; runs `join` it and ask through `complete`.

    `patience_s`: after so long without a single answer the provider counts as gone, and the run stops, resumable.
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
        self._retry, self._rng, self._patience_s = retry or Retry(), rng or random.Random(), patience_s
        self._now = asyncio.get_running_loop().time
        self._quota_limits = QuotaLimits(quota, self.limits, self._now())
        self._estimates = TokenEstimator(quota)
        self._concurrency = self._at_first()
        self._pause, self._retry_budget = CircuitBreaker(), RetryBudget()
        self._line = FairQueue()
        self._dispatcher = Dispatcher(
            self._line,
            hold=self._hold,
            take=self._take,
            on_abandoned=self._given_up,
            cost=self._quota_limits.cost,
            on_block=self._blocker,
        )
        self._counts = RateLimiterCounts()
        self._n_open = self._n_overloads = 0
        self._is_healthy = False  # no failure since the last answer: the short path is open
        self._is_fixed = isinstance(self._concurrency, FixedConcurrency)
        self._silent_since: float | None = None
        self._refused: ProviderRefused | None = None
        self._lately: deque[float] = deque(maxlen=4096)

    async def __aenter__(self) -> Self:
        self._dispatching = asyncio.get_running_loop().create_task(self._dispatcher.run(), name=f"gate of {self.quota}")
        self._dispatching.add_done_callback(self._stopped)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._dispatching.cancel()
        await asyncio.wait([self._dispatching])

    def __repr__(self) -> str:
        return f"Gate({self.statistics()})"

    def join(self) -> Tenant:
        """A run's share of the gate; hand it back to `leave`."""
        return self._line.join()

    def leave(self, share: Tenant) -> None:
        """The run has ended."""
        self._line.leave(share)

    def close(self, share: Tenant, error: Exception) -> None:
        """Nothing more of the run goes out: who waits, and who asks from now on, gets the error."""
        share.closed = error
        for *_, waiter in share.waiting:
            if not waiter.granted.done():
                waiter.granted.set_exception(copy(error))
        self._dispatcher.notify("change")

    async def complete(
        self,
        provider: Provider,
        request: Request,
        *,
        share: Tenant,
        n_done: int = 0,
        on_permit: Callable[[], None] | None = None,
    ) -> Completion:
        """The provider's completion, in its turn and after as many attempts as are worth while.

        `n_done`: replies that the request's conversation has had; 0 waits behind all that is under way. `on_permit` is
        called whenever the request is let out. ProviderError when the completion could not be had.
        """
        permit = self._permit_without_limits(share)
        need = NO_TOKENS if permit is not None else self._need(request)
        attempt = n_rejected = 0
        rank = STARTED if n_done else NEW
        asked = began = self._now() if permit is None else permit.at
        waited_s = 0.0
        failures: tuple[str, ...] = ()
        while True:
            if permit is None:
                permit = await self._permitted(need, share, rank, n_done)
                waited_s += permit.at - asked
            if on_permit is not None:
                on_permit()
            sending.set(permit.sent if permit.send_times else None)
            try:
                completion = await provider.complete(request)
            except ProviderError as error:
                failures = (*failures, type(error).__name__)
                counts = self._failed(permit, error)
                attempt += counts
                n_rejected += isinstance(error, RateLimited)
                self._raise_if_final(error, attempt, n_rejected)
                self._log_retry(request, error, attempt, n_rejected)
            except BaseException:
                self._given_up(permit)
                raise
            else:
                self._answered(permit, request, completion)
                if not failures and waited_s < SHORTEST_REPORTED_WAIT_S:
                    return completion
                return replace(completion, delivery=Delivery(waited_s, permit.at - began - waited_s, failures))
            rank = RETRY if n_rejected <= 1 else LAST  # it may be this one alone that is refused: let others try
            self._counts.retried += 1
            if counts:
                await self._back_off(attempt)
            if need is NO_TOKENS:
                need = self._need(request)
            permit, asked = None, self._now()

    def statistics(self) -> RateLimiterStatistics:
        """How things stand now."""
        now, quota_limits, head = self._now(), self._quota_limits, self._line.head()
        hold = self._hold(head.waiter.need) if head else None
        return RateLimiterStatistics(
            quota=self.quota,
            waiting=len(self._line),
            open=self._n_open,
            max_open=self._concurrency.limit,
            waits_for=hold.reason if hold else None,
            for_s=hold.wait_s if hold else None,
            usage=quota_limits.usage(now),
            scale=quota_limits.adaptation.scale,
            share=quota_limits.share,
            guard_s=quota_limits.requests.guard_s if quota_limits.requests else 0.0,
            n_wakes=self._dispatcher.n_wakes,
            counts=replace(self._counts, failed=self._counts.failed.copy()),
        )

    def share_with_others(self, share: float) -> None:
        """What this process has of the quota, in (0, 1]."""
        self._quota_limits.share = share
        self._quota_limits.apply()
        self._dispatcher.notify("change")

    def wanted_share(self) -> float:
        """What this process could use of the quota, in [0, 1]: what it used in the last window, and what waits."""
        return min(1.0, self.used_share() + self._quota_limits.share_of(len(self._line)))

    def used_share(self) -> float:
        """What this process used of the quota in the last window, in [0, 1]."""
        return self._quota_limits.used_share(self._now())

    @property
    def longest_window_s(self) -> float:
        """After so many seconds the server has forgotten what was sent."""
        return self._quota_limits.longest_window_s

    # ---- letting out

    def _permit_without_limits(self, share: Tenant) -> Permit | None:
        """A permit at once, where nothing limits the quota but the number of open requests; None to take the queue."""
        if (
            not self._is_healthy
            or self._quota_limits.is_known
            or self._quota_limits.share < SMALLEST_SHARE
            or self._n_open >= self._concurrency.limit
            or len(self._line)
            or share.closed is not None
            or self._dispatching.done()
        ):
            return None
        self._n_open += 1
        self._counts.granted += 1
        now = self._now()
        if not self.quota.limitless:
            self._lately.append(now)
        return Permit(NO_TOKENS, now, [])

    def _need(self, request: Request) -> TokenEstimate:
        need = self._estimates.estimate(request)
        self._quota_limits.refuse_too_large(need, request.key)
        return need

    async def _permitted(self, need: TokenEstimate, share: Tenant, rank: int, n_done: int) -> Permit:
        if (refused := self._refused or share.closed) is not None:
            raise copy(refused)
        if self._dispatching.done():
            raise RuntimeError(f"the gate of {self.quota} is closed")
        if not len(self._line) and not self._quota_limits.is_known and self._hold(need) is None:
            return self._out(NO_TOKENS)
        waiter = Waiter(need, asyncio.get_running_loop().create_future(), self._now())
        self._line.add(share, waiter, rank=rank, n_done=n_done)
        self._dispatcher.notify("arrival")
        try:
            permit: Permit = await waiter.granted
        except asyncio.CancelledError:
            if waiter.granted.done() and not waiter.granted.cancelled() and waiter.granted.exception() is None:
                self._given_up(waiter.granted.result())  # let out in the moment in which it was given up
            raise
        return permit

    def _stopped(self, dispatching: "asyncio.Task[None]") -> None:
        """Nobody waits for a pump that is gone."""
        error = None if dispatching.cancelled() else dispatching.exception()
        for waiter in self._line.waiters():
            waiter.granted.set_exception(error or RuntimeError(f"the gate of {self.quota} is closed"))

    def _hold(self, need: TokenEstimate) -> Blocker | None:
        """What is in the way of a request; None when it may go out now."""
        now = self._now()
        if not self._pause.is_open:
            wait_s = self._pause.wait_s(now)
            if wait_s != 0:
                return Blocker(wait_s, self._pause.reason, "release")
        if self._n_open >= self._concurrency.limit:
            return Blocker(None, f"one of {self._concurrency.limit:,} open requests to end", "release")
        return self._quota_limits.blocker(need, now)

    def _blocker(self, hold: Blocker) -> None:
        """A day's requests that are used up are no reason to sit there for hours."""
        if hold.reason == PER_DAY and hold.wait_s is not None and hold.wait_s > LONGEST_WAIT_S:
            self._refuse(_day_used_up(self.quota, hold.wait_s))

    async def _take(self, need: TokenEstimate) -> Permit:
        send_times = await self._quota_limits.reserve(need) if self._quota_limits.is_known else []
        permit = self._out(need if self._quota_limits.budgets else NO_TOKENS)
        permit.send_times = send_times
        return permit

    def _out(self, need: TokenEstimate) -> Permit:
        self._n_open += 1
        self._counts.granted += 1
        now = self._now()
        if not self._quota_limits.is_known and not self.quota.limitless:
            self._lately.append(now)
        return Permit(need, now, [], self._pause.probe())

    def _at_first(self) -> Concurrency:
        """One request alone where its response will name the limits; careful growth where nothing is known."""
        if self.limits.max_concurrency is not None:
            return FixedConcurrency(self.limits.max_concurrency)
        if self._quota_limits.is_known:
            return FixedConcurrency(MAX_OPEN)
        return FixedConcurrency(1) if self.quota.announces else AdaptiveConcurrency()

    # ---- what became of it

    def _answered(self, permit: Permit, request: Request, completion: Completion) -> None:
        if self._is_healthy and permit.need is NO_TOKENS and self._is_fixed and not completion.announced:
            self._n_open -= 1
            self._counts.answered += 1
            if len(self._line):
                self._dispatcher.notify("release")
            return
        now = self._closed(permit, got_through=True)
        self._counts.answered += 1
        self._retry_budget.succeeded()
        self._n_overloads = 0
        if permit.need is not NO_TOKENS:
            used = self._estimates.used(request, permit.need, completion)
            self._quota_limits.settle(permit.need, used)
        changed = self._quota_limits.answered(completion.announced, now)
        work = 1.0 + completion.usage.completion_tokens
        self._concurrency.answered(now, work, sent_at=permit.at, n_open=self._n_open + 1)
        if self._counts.answered == 1 and self.limits.max_concurrency is None:
            self._concurrency = FixedConcurrency(MAX_OPEN) if self._quota_limits.is_known else self._unannounced()
            self._is_fixed = isinstance(self._concurrency, FixedConcurrency)
        self._is_healthy = self._pause.is_open and self._refused is None and self._retry_budget.is_full
        self._dispatcher.notify("change" if changed else "release")

    def _failed(self, permit: Permit, error: ProviderError) -> bool:
        """Whether it counts as one of the request's own attempts: what ails the whole server does not."""
        self._is_healthy = False
        refused = isinstance(error, RequestRejected)
        now = self._closed(permit, got_through=refused)
        self._counts.failed[type(error).__name__] += 1
        self._counts.last_failure = now, named(error)
        self._quota_limits.settle(permit.need, _spent(permit.need, error))
        changed = self._quota_limits.answered(error.announced, now)
        if isinstance(error, ProviderRefused):
            self._refuse(error)
        elif isinstance(error, RateLimited):
            self._counts.rejected += 1
            self._rejected(permit, error, now)
        elif not refused:
            self._troubled(permit, error, now)
        self._dispatcher.notify("change" if changed else "release")
        ails_all = isinstance(error, RateLimited) or not self._pause.is_open
        return not ails_all

    def _rejected(self, permit: Permit, error: RateLimited, now: float) -> None:
        recent_per_s = self._recent_per_s(now)
        if self._close(permit, now, "the provider to take requests again", error.retry_after_s):
            self._quota_limits.refused(error, now, recent_per_s=recent_per_s)

    def _troubled(self, permit: Permit, error: ProviderError, now: float) -> None:
        """Overload, 500s, time-outs, broken answers."""
        used_up = self._retry_budget.failed(n_open=self._n_open)
        if isinstance(error, Overloaded):
            self._n_overloads += 1
            self._concurrency.overloaded(now, sent_at=permit.at)
            if self._n_overloads >= OVERLOADS_BEFORE_PAUSE or permit.is_probe:
                self._close(permit, now, "the provider, which is overloaded", error.retry_after_s)
        elif permit.is_probe or (used_up and self._counts.answered):
            self._close(permit, now, "the provider, where most requests fail", None)

    def _close(self, permit: Permit, now: float, reason: str, wait_s: float | None) -> bool:
        self._silent_since = now if self._silent_since is None else self._silent_since
        if now - self._silent_since > self._patience_s:
            minutes = self._patience_s / 60
            self._refuse(ProviderRefused(f"{self.quota} has answered nothing for {minutes:.0f} minutes: {reason}"))
        new = self._pause.hold(now, reason, sent_at=permit.at, wait_s=wait_s, jitter_s=self._rng.uniform(0.0, 0.25))
        if new:
            self._counts.n_pauses += 1
            log.info("quota_paused", quota=str(self.quota), reason=reason, wait_s=round(self._pause.until - now, 2))
        return new

    def _closed(self, permit: Permit, *, got_through: bool) -> float:
        self._n_open -= 1
        if got_through:
            self._silent_since = None
        if permit.is_probe:
            self._pause.probe_ended(got_through=got_through)
            if got_through:
                self._retry_budget.refill()
        return self._now()

    def _given_up(self, permit: Permit) -> None:
        """Cancelled, or a bug: what it was thought to need stays taken."""
        self._closed(permit, got_through=False)
        self._dispatcher.notify("release")

    def _refuse(self, error: ProviderRefused) -> None:
        self._refused = error
        self._dispatcher.reject_all(error)

    def _raise_if_final(self, error: ProviderError, attempt: int, n_rejected: int) -> None:
        if self._refused is not None and error is not self._refused:
            raise copy(self._refused) from error
        if error.retryable and attempt < self._retry.attempts and n_rejected < MAX_REJECTIONS:
            return
        if attempt > 1:
            error.args = (f"{error} (after {attempt} attempts)",)
        raise error

    def _log_retry(self, request: Request, error: ProviderError, attempt: int, n_rejected: int) -> None:
        facts = {"model": request.model, "agent": request.key.agent, "error": type(error).__name__}
        log.info("request_made_again", **facts, n_failed=attempt, n_rejected=n_rejected)

    async def _back_off(self, attempt: int) -> None:
        await asyncio.sleep(self._retry.wait_s(attempt, self._rng))

    def _unannounced(self) -> Concurrency:
        return self._concurrency if isinstance(self._concurrency, AdaptiveConcurrency) else AdaptiveConcurrency()

    def _recent_per_s(self, now: float) -> float:
        recent = [at for at in self._lately if now - at <= RECENT_S]
        return len(recent) / max(1.0, now - recent[0]) if recent else 0.0


NO_TOKENS = TokenEstimate(0, 0)


def _spent(need: TokenEstimate, error: ProviderError) -> TokenEstimate:
    """What a failed request counts as: nothing when it was turned away, else its prompt."""
    if isinstance(error, RateLimited | Overloaded | RequestRejected):
        return NO_TOKENS
    return need if isinstance(error, ProviderTimeout) else TokenEstimate(need.input, 0)


def _day_used_up(quota: Quota, wait_s: float) -> ProviderRefused:
    hours = wait_s / 3600
    return ProviderRefused(f"the requests per day of {quota} are used up; there are more in {hours:.1f} hours")
