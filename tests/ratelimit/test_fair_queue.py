"""Who is next."""

import asyncio
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fellowship.protocols.errors import ProviderUnavailable
from fellowship.ratelimit.fair_queue import NEW, RETRY, STARTED, FairQueue, Tenant, Waiter
from fellowship.ratelimit.token_bucket import TokenEstimate
from tests.runners.kit import jumping


def a_waiter(name: int = 0) -> Waiter:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    return Waiter(TokenEstimate(name, 0), future, 0.0)


def served(line: FairQueue, *, cost: float = 1.0) -> list[int]:
    """The names of all, in the order in which they are served."""
    names: list[int] = []
    while (head := line.head()) is not None:
        names.append(head.waiter.estimate.input)
        line.serve(head.tenant, cost)
    return names


def test_retries_come_before_started_and_started_before_new() -> None:
    """The deepest first, and of equals the first that came."""

    async def main() -> list[int]:
        line = FairQueue()
        share = line.join()
        places = [(NEW, 0), (STARTED, 1), (STARTED, 4), (NEW, 0), (RETRY, 0), (STARTED, 1), (RETRY, 3)]
        for name, (rank, n_done) in enumerate(places):
            line.add(share, a_waiter(name), rank=rank, n_done=n_done)
        return served(line)

    assert jumping(main()) == [6, 4, 2, 1, 5, 0, 3]


def test_runs_take_turns() -> None:
    """A large one does not make a small one wait."""

    async def main() -> list[int]:
        line = FairQueue()
        large, small = line.join(), line.join()
        for _ in range(10):
            line.add(large, a_waiter(1), rank=NEW, n_done=0)
        for _ in range(3):
            line.add(small, a_waiter(2), rank=NEW, n_done=0)
        return served(line)

    assert jumping(main()) == [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 1, 1]


def test_a_run_that_asks_for_more_tokens_gets_fewer_turns() -> None:
    """What is shared is the limit, and not the number of requests."""

    async def main() -> Counter[int]:
        line = FairQueue()
        costly, cheap = line.join(), line.join()
        for _ in range(100):
            line.add(costly, a_waiter(4), rank=NEW, n_done=0)
            line.add(cheap, a_waiter(1), rank=NEW, n_done=0)
        names: list[int] = []
        for _ in range(50):
            head = line.head()
            assert head is not None
            names.append(head.waiter.estimate.input)
            line.serve(head.tenant, float(head.waiter.estimate.input))
        return Counter(names)

    assert jumping(main()) == {1: 40, 4: 10}


def test_who_asked_nothing_for_a_while_does_not_make_up_for_it() -> None:
    """It starts at where the others are."""

    async def main() -> list[int]:
        line = FairQueue()
        busy, idle = line.join(), line.join()
        for _ in range(50):
            line.add(busy, a_waiter(1), rank=NEW, n_done=0)
        served(line)
        late = line.join()
        for _ in range(3):
            for share, name in ((busy, 1), (idle, 2), (late, 3)):
                line.add(share, a_waiter(name), rank=NEW, n_done=0)
        return served(line)

    assert Counter(jumping(main())[:6]) == {1: 2, 2: 2, 3: 2}


def test_those_who_went_away_are_passed_over() -> None:
    """Cancelled or turned away."""

    async def main() -> tuple[list[int], int]:
        line = FairQueue()
        share = line.join()
        waiters = [a_waiter(name) for name in range(4)]
        for waiter in waiters:
            line.add(share, waiter, rank=NEW, n_done=0)
        waiters[0].permit.cancel()
        waiters[2].permit.set_exception(ProviderUnavailable("down"))
        waiters[2].permit.exception()
        assert line.waiters() == [waiters[1], waiters[3]]
        return served(line), line.n_waiting

    assert jumping(main()) == ([1, 3], 0)


def test_what_waits_of_a_run_leaves_with_it() -> None:
    """Others stay."""

    async def main() -> tuple[int, list[int]]:
        line = FairQueue()
        gone, stays = line.join(), line.join()
        line.add(gone, a_waiter(1), rank=NEW, n_done=0)
        line.add(stays, a_waiter(2), rank=NEW, n_done=0)
        line.leave(gone)
        return line.n_waiting, served(line)

    assert jumping(main()) == (1, [2])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), max_size=60), st.integers(1, 4))
def test_runs_that_always_wait_have_equal_parts(extra: list[tuple[int, int]], n_runs: int) -> None:
    """But for one request of each, whatever their requests cost."""

    async def main() -> list[float]:
        line = FairQueue()
        shares = [line.join() for _ in range(n_runs)]
        costs: dict[int, list[float]] = {id(share): [] for share in shares}
        had: dict[int, float] = {id(share): 0.0 for share in shares}

        def wait(share: Tenant, cost: int) -> None:
            line.add(share, a_waiter(cost), rank=NEW, n_done=0)
            costs[id(share)].append(cost)

        for share in shares:
            for _ in range(80):
                wait(share, 3)
        for run, cost in extra:
            wait(shares[run % n_runs], cost)
        for _ in range(60):
            head = line.head()
            assert head is not None
            had[id(head.tenant)] += head.waiter.estimate.input
            line.serve(head.tenant, float(head.waiter.estimate.input))
        return list(had.values())

    had = jumping(main())

    assert max(had) - min(had) <= 9


def test_requests_that_did_not_wait_count_when_runs_take_turns() -> None:
    async def main() -> list[int]:
        line = FairQueue()
        served_before, new = line.join(), line.join()
        for _ in range(3):
            line.serve_at_once(served_before, 1.0)
        for _ in range(2):
            line.add(served_before, a_waiter(1), rank=NEW, n_done=0)
        line.serve_at_once(new, 1.0)
        line.add(new, a_waiter(2), rank=NEW, n_done=0)
        return served(line)

    assert jumping(main()) == [1, 2, 1]


def test_a_run_that_was_idle_does_not_save_up_turns_when_it_is_served_at_once() -> None:
    async def main() -> tuple[float, float]:
        line = FairQueue()
        busy, idle = line.join(), line.join()
        for _ in range(5):
            line.serve_at_once(busy, 1.0)
        line.serve_at_once(idle, 1.0)
        return busy.start_tag, idle.start_tag

    assert jumping(main()) == (5.0, 5.0)
