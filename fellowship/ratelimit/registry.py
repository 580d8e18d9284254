"""The rate limiters of an event loop: one per quota, so that concurrent runs share the limits of a quota."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakKeyDictionary

from fellowship.protocols.events import get_logger
from fellowship.protocols.quota import Limits, Quota
from fellowship.ratelimit.fair_queue import Tenant
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.ratelimit.quota_leases import leased_quotas

log = get_logger()


class RateLimiterRegistry:
    """Rate limiters by quota. A rate limiter opens with its first tenant and closes with its last."""

    def __init__(self) -> None:
        self._open: dict[Quota, tuple[RateLimiter, AsyncExitStack]] = {}
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def joined(self, quota: Quota, limits: Limits) -> AsyncIterator[tuple[RateLimiter, Tenant]]:
        """The quota's rate limiter and a tenant of it. The limits of the first tenant are in force for all."""
        async with self._lock:
            if quota not in self._open:
                async with AsyncExitStack() as opening:
                    limiter = await opening.enter_async_context(RateLimiter(quota, limits))
                    await opening.enter_async_context(leased_quotas(limiter))
                    self._open[quota] = limiter, opening.pop_all()
            limiter, stack = self._open[quota]
            tenant = limiter.join()
        if limiter.limits != limits:
            in_force = limiter.limits.model_dump(exclude_unset=True)
            log.warning("other_limits_in_force", quota=str(quota), in_force=in_force)
        try:
            yield limiter, tenant
        finally:
            limiter.leave(tenant)
            async with self._lock:
                if not limiter.n_runs and self._open.get(quota) == (limiter, stack):
                    del self._open[quota]
                    await stack.aclose()


_OF_LOOPS: WeakKeyDictionary[asyncio.AbstractEventLoop, RateLimiterRegistry] = WeakKeyDictionary()


def registry() -> RateLimiterRegistry:
    """The registry of the running event loop."""
    return _OF_LOOPS.setdefault(asyncio.get_running_loop(), RateLimiterRegistry())
