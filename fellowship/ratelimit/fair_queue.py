"""Who waits, and who is next: retries, then conversations under way by how far they have come, then new ones; last
what has been refused more than once.

Runs take turns by start-time fair queueing: the next request is that of the run which has had least so far. A run that
joins, or that asked nothing for a while, starts at where the others are and does not make up for what it did not use.
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
    """A request that waits for its grant."""

    need: TokenEstimate
    granted: "asyncio.Future[Any]"
    since: float


@dataclass(slots=True, eq=False)
class Tenant:
    """One run's part of a gate: what waits of it, and how much it has had, in shares of the limits.

    `closed`: why nothing more of it goes out.
    """

    used: float = 0.0
    closed: Exception | None = None
    waiting: list[tuple[int, int, int, Waiter]] = field(default_factory=list)


class Head(NamedTuple):
    """Who is next, and of which run."""

    share: Tenant
    waiter: Waiter


class FairQueue:
    """The waiting requests of all runs on one gate."""

    def __init__(self) -> None:
        self._shares: list[Tenant] = []
        self._numbers = count()
        self._n = 0
        self._now_at = 0.0

    def __len__(self) -> int:
        return self._n

    def join(self) -> Tenant:
        """A further run."""
        share = Tenant()
        self._shares.append(share)
        return share

    def leave(self, share: Tenant) -> None:
        """The run has ended."""
        self._n -= len(share.waiting)
        self._shares.remove(share)

    def add(self, share: Tenant, waiter: Waiter, *, rank: int, n_done: int) -> None:
        """Let a request wait; `n_done` is how many replies its conversation has had."""
        if not share.waiting:
            share.used = max(share.used, self._now_at)
        heapq.heappush(share.waiting, (rank, -n_done, next(self._numbers), waiter))
        self._n += 1

    def head(self) -> Head | None:
        """Who is next; those who have gone away meanwhile are dropped."""
        best: Tenant | None = None
        for share in self._shares:
            while share.waiting and share.waiting[0][3].granted.done():
                heapq.heappop(share.waiting)
                self._n -= 1
            if share.waiting and (best is None or share.used < best.used):
                best = share
        return None if best is None else Head(best, best.waiting[0][3])

    def serve(self, share: Tenant, cost: float) -> None:
        """The head of this run is served; `cost` in shares of the limits."""
        heapq.heappop(share.waiting)
        self._n -= 1
        self._now_at = share.used
        share.used += cost

    def waiters(self) -> list[Waiter]:
        """All that wait, in no order."""
        return [entry[3] for share in self._shares for entry in share.waiting if not entry[3].granted.done()]
