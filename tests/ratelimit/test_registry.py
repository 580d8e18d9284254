"""One gate for each quota, for as long as anybody uses it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from fellowship.protocols.quota import Limits
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.ratelimit.registry import registry
from tests.ratelimit.limiter_kit import QUOTA
from tests.runners.kit import jumping

LIMITS = Limits(rpm=60)


def test_runs_with_the_same_quota_have_the_same_gate() -> None:
    """Beside each other in one loop."""

    async def main() -> None:
        other_quota = replace(QUOTA, group="openai/gpt-4o")
        async with (
            registry().joined(QUOTA, LIMITS) as (first, _),
            registry().joined(replace(QUOTA), LIMITS) as (second, _),
            registry().joined(other_quota, LIMITS) as (other, _),
        ):
            assert first is second
            assert first is not other

    jumping(main())


def test_a_gate_is_closed_behind_the_last_who_uses_it() -> None:
    """Its pump ends, and who comes next gets a new one."""

    async def main() -> None:
        async with registry().joined(QUOTA, LIMITS) as (first, _):
            async with registry().joined(QUOTA, LIMITS):
                n_running = len(asyncio.all_tasks())
            assert len(asyncio.all_tasks()) == n_running
        assert asyncio.all_tasks() == {asyncio.current_task()}

        async with registry().joined(QUOTA, LIMITS) as (again, _):
            assert again is not first

    jumping(main())


def test_those_who_come_at_once_open_it_once() -> None:
    """Opening takes a while."""

    async def main() -> None:
        stacks = [AsyncExitStack() for _ in range(5)]
        entered = await asyncio.gather(
            *(stack.enter_async_context(registry().joined(QUOTA, LIMITS)) for stack in stacks)
        )

        assert len({id(limiter) for limiter, _ in entered}) == 1
        await asyncio.gather(*(stack.aclose() for stack in stacks))
        assert asyncio.all_tasks() == {asyncio.current_task()}

    jumping(main())


def test_other_limits_are_told_and_do_not_count() -> None:
    """Those that it was opened with are in force."""

    async def main() -> None:
        async with registry().joined(QUOTA, LIMITS), registry().joined(QUOTA, Limits(rpm=600)) as (again, _):
            assert again.limits == LIMITS

    with capture_logs() as logs:
        jumping(main())

    assert [(entry["event"], entry["in_force"]) for entry in logs] == [("other_limits_in_force", {"rpm": 60})]


def test_every_loop_has_gates_of_its_own() -> None:
    """They wait in it."""

    async def main() -> int:
        assert registry() is registry()
        return id(registry())

    async def keep() -> object:
        return registry()

    first = jumping(keep())

    assert jumping(keep()) is not first


def test_a_run_that_is_cancelled_while_it_waits_to_leave_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry is busy with opening another quota; whoever comes later shares the limit with nobody."""

    @asynccontextmanager
    async def leased_slowly(limiter: RateLimiter) -> AsyncIterator[None]:
        await asyncio.sleep(1)
        yield

    async def main() -> tuple[bool, int]:
        stack, others = AsyncExitStack(), AsyncExitStack()
        limiter, _ = await stack.enter_async_context(registry().joined(QUOTA, LIMITS))
        monkeypatch.setattr("fellowship.ratelimit.registry.leased_quotas", leased_slowly)
        other = registry().joined(replace(QUOTA, group="openai/gpt-4o"), LIMITS)
        opening = asyncio.create_task(others.enter_async_context(other))
        leaving = asyncio.create_task(stack.aclose())
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait([leaving])
        was_waiting, n_runs = not opening.done(), limiter.n_runs
        await opening
        await others.aclose()
        async with registry().joined(QUOTA, LIMITS) as (again, _):
            assert again is limiter
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return was_waiting, n_runs

    assert jumping(main()) == (True, 0)
