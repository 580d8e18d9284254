"""The queue of waiting requests: start-time fair queueing between runs (Goyal, Vin and Cheng 1996), by rank within one.

The next request is that of the run with the smallest start tag. Serving it adds the cost of the request to the tag. A
run that joins, or had nothing waiting, starts at the virtual time, so capacity that it left unused is not made up for.

Within a run: retries first, then started conversations by number of replies, then new conversations, and last the
requests that were rejected more than once.
"""

import asyncio
import heapq
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from fellowship.ratelimit.token_bucket import TokenEstimate

RETRY, STARTED, NEW, LAST = 0, 1, 2, 3


@dataclass(slots=True, eq=False)
class Waiter:
    """A request that waits for its permit, since a moment of the loop's clock."""

    estimate: TokenEstimate
    permit: "asyncio.Future[Any]"
    since: float


@dataclass(slots=True, eq=False)
class Tenant:
    """One run in the queue: its start tag, in shares of the limits, and its waiting requests.

    `closed`: the error with which all its requests fail from now on.
    """

    start_tag: float = 0.0
    closed: Exception | None = None
    waiting: list[tuple[int, int, int, Waiter]] = field(default_factory=list)


class Head(NamedTuple):
    """The next request and its run."""

    tenant: Tenant
    waiter: Waiter


class FairQueue:
    """The waiting requests of all runs of one rate limiter; `tenants` are the runs that have joined and not left."""

    def __init__(self) -> None:
        self.tenants: list[Tenant] = []
        self._numbers = count()
        self.n_waiting = 0
        self._virtual_time = 0.0

    def join(self) -> Tenant:
        """Add a run."""
        tenant = Tenant()
        self.tenants.append(tenant)
        return tenant

    def leave(self, tenant: Tenant) -> None:
        """Remove a run with its waiting requests."""
        self.n_waiting -= len(tenant.waiting)
        self.tenants.remove(tenant)

    def add(self, tenant: Tenant, waiter: Waiter, *, rank: int, n_done: int) -> None:
        """Add a request; `n_done` is the number of replies that its conversation has had."""
        if not tenant.waiting:
            tenant.start_tag = max(tenant.start_tag, self._virtual_time)
        heapq.heappush(tenant.waiting, (rank, -n_done, next(self._numbers), waiter))
        self.n_waiting += 1

    def head(self) -> Head | None:
        """The next request, None in an empty queue; drops requests that were cancelled or have failed."""
        best: Tenant | None = None
        for tenant in self.tenants:
            while tenant.waiting and tenant.waiting[0][3].permit.done():
                heapq.heappop(tenant.waiting)
                self.n_waiting -= 1
            if tenant.waiting and (best is None or tenant.start_tag < best.start_tag):
                best = tenant
        return None if best is None else Head(best, best.waiting[0][3])

    def serve(self, tenant: Tenant, cost: float) -> None:
        """Remove the head of a run; `cost` in shares of the limits."""
        heapq.heappop(tenant.waiting)
        self.n_waiting -= 1
        self._virtual_time = tenant.start_tag
        tenant.start_tag += cost

    def serve_at_once(self, tenant: Tenant, cost: float) -> None:
        """Count a request that finds the queue empty, and so does not wait; `cost` in shares of the limits."""
        self._virtual_time = max(tenant.start_tag, self._virtual_time)
        tenant.start_tag = self._virtual_time + cost

    def waiters(self) -> list[Waiter]:
        """All waiting requests, in no order."""
        return [entry[3] for tenant in self.tenants for entry in tenant.waiting if not entry[3].permit.done()]
