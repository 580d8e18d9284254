"""The rate limiters of an event loop: one per quota, so that concurrent runs share the limits of a quota."""

import asyncio
from contextlib import AsyncExitStack
from weakref import WeakKeyDictionary

from fellowship.protocols.events import get_logger
from fellowship.protocols.quota import Limits, Quota
from fellowship.ratelimit.fair_queue import Tenant
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.ratelimit.quota_leases import leased_quotas

log = get_logger()


class RateLimiterRegistry:
    """Rate limiters by quota. A rate limiter opens with its first user and closes with its last."""

    def __init__(self) -> None:
        self._open: dict[Quota, tuple[RateLimiter, AsyncExitStack]] = {}
        self._n_users: dict[Quota, int] = {}
        self._lock = asyncio.Lock()

    async def enter(self, quota: Quota, limits: Limits) -> RateLimiter:
        """The quota's rate limiter; release it with `leave`. The limits of the first user are in force for all."""
        async with self._lock:
            if quota not in self._open:
                async with AsyncExitStack() as opening:
                    limiter = await opening.enter_async_context(RateLimiter(quota, limits))
                    await opening.enter_async_context(leased_quotas(limiter))
                    self._open[quota] = limiter, opening.pop_all()
            limiter, _ = self._open[quota]
            self._n_users[quota] = self._n_users.get(quota, 0) + 1
        if limiter.limits != limits:
            in_force = limiter.limits.model_dump(exclude_unset=True)
            log.warning("other_limits_in_force", quota=str(quota), in_force=in_force)
        return limiter

    async def leave(self, limiter: RateLimiter) -> None:
        """Release a rate limiter; it closes after its last user."""
        async with self._lock:
            self._n_users[limiter.quota] -= 1
            if not self._n_users[limiter.quota]:
                _, stack = self._open.pop(limiter.quota)
                await stack.aclose()


async def entered(stack: AsyncExitStack, quota: Quota, limits: Limits) -> tuple[RateLimiter, Tenant]:
    """The quota's rate limiter and a tenant that has joined it; both are left when the stack closes."""
    limiter = await registry().enter(quota, limits)
    stack.push_async_callback(registry().leave, limiter)
    tenant = limiter.join()
    stack.callback(limiter.leave, tenant)
    return limiter, tenant


_OF_LOOPS: WeakKeyDictionary[asyncio.AbstractEventLoop, RateLimiterRegistry] = WeakKeyDictionary()


def registry() -> RateLimiterRegistry:
    """The registry of the running event loop."""
    return _OF_LOOPS.setdefault(asyncio.get_running_loop(), RateLimiterRegistry())
