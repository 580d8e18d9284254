"""One gate for each quota, for as long as anybody uses it."""

import asyncio
from dataclasses import replace

from structlog.testing import capture_logs

from fellowship.protocols.quota import Limits
from fellowship.ratelimit.registry import registry
from tests.ratelimit.limiter_kit import QUOTA
from tests.runners.kit import jumping

LIMITS = Limits(rpm=60)


def test_runs_with_the_same_quota_have_the_same_gate() -> None:
    """Beside each other in one loop."""

    async def main() -> None:
        first = await registry().enter(QUOTA, LIMITS)
        second = await registry().enter(replace(QUOTA), LIMITS)
        other = await registry().enter(replace(QUOTA, group="openai/gpt-4o"), LIMITS)

        assert first is second
        assert first is not other
        for limiter in (first, second, other):
            await registry().leave(limiter)

    jumping(main())


def test_a_gate_is_closed_behind_the_last_who_uses_it() -> None:
    """Its pump ends, and who comes next gets a new one."""

    async def main() -> None:
        first = await registry().enter(QUOTA, LIMITS)
        await registry().enter(QUOTA, LIMITS)
        n_running = len(asyncio.all_tasks())

        await registry().leave(first)
        assert len(asyncio.all_tasks()) == n_running
        await registry().leave(first)
        assert asyncio.all_tasks() == {asyncio.current_task()}

        again = await registry().enter(QUOTA, LIMITS)
        assert again is not first
        await registry().leave(again)

    jumping(main())


def test_those_who_come_at_once_open_it_once() -> None:
    """Opening takes a while."""

    async def main() -> None:
        entered = await asyncio.gather(*(registry().enter(QUOTA, LIMITS) for _ in range(5)))

        assert len(set(map(id, entered))) == 1
        await asyncio.gather(*(registry().leave(limiter) for limiter in entered))

    jumping(main())


def test_other_limits_are_told_and_do_not_count() -> None:
    """Those that it was opened with are in force."""

    async def main() -> None:
        limiter = await registry().enter(QUOTA, LIMITS)
        again = await registry().enter(QUOTA, Limits(rpm=600))

        assert again.limits == LIMITS
        await registry().leave(limiter)
        await registry().leave(again)

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
