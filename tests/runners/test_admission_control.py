"""Conversations are begun as fast as their first requests are let out."""

import asyncio

from fellowship.runners.admission_control import AdmissionControl
from tests.runners.kit import jumping


async def begun(admission: AdmissionControl, n: int, names: list[str]) -> None:
    """So many conversations, each as soon as there is a place; their names."""
    for i in range(n):
        await admission.acquire_slot()
        admission.begin(f"c{i}")
        names.append(f"c{i}")


def test_only_so_many_wait_at_the_door() -> None:
    """What is behind them is not begun."""

    async def main() -> list[int]:
        admission, seen, names = AdmissionControl(max_awaiting=3), list[int](), list[str]()
        task = asyncio.ensure_future(begun(admission, 10, names))
        await asyncio.sleep(1)
        seen.append(len(names))
        admission.first_sent("c1")
        await asyncio.sleep(1)
        seen.append(len(names))
        task.cancel()
        await asyncio.wait([task])
        return seen

    assert jumping(main()) == [3, 4]


def test_a_conversation_leaves_the_door_once() -> None:
    """However many requests of it are let out."""

    async def main() -> list[str]:
        admission, names = AdmissionControl(max_awaiting=2), list[str]()
        task = asyncio.ensure_future(begun(admission, 10, names))
        await asyncio.sleep(1)
        for _ in range(5):
            admission.first_sent("c0")
        admission.end("c0")
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        return names

    assert jumping(main()) == ["c0", "c1", "c2"]


def test_one_that_ends_at_the_door_makes_room() -> None:
    """It failed before it asked anything."""

    async def main() -> list[str]:
        admission, names = AdmissionControl(max_awaiting=1), list[str]()
        task = asyncio.ensure_future(begun(admission, 3, names))
        await asyncio.sleep(1)
        admission.end("c0")
        admission.end("c0")
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        return names

    assert jumping(main()) == ["c0", "c1"]


def test_one_with_recorded_replies_walks_right_through() -> None:
    """It was let out in an earlier run."""

    async def main() -> dict[str, int]:
        admission = AdmissionControl(max_awaiting=1)
        for i in range(3):
            async with asyncio.timeout(1):
                await admission.acquire_slot()
            admission.begin(f"c{i}")
            admission.count_recorded(f"c{i}", i + 1)
        return {name: admission.n_replies(name) for name in ("c0", "c1", "c2")}

    assert jumping(main()) == {"c0": 1, "c1": 2, "c2": 3}


def test_replies_are_counted_by_conversation() -> None:
    """Those of conversations that are over are not."""

    async def main() -> dict[str, int]:
        admission = AdmissionControl()
        admission.begin("c0")
        admission.begin("c1")
        admission.replied("c0")
        admission.replied("c0")
        admission.end("c1")
        admission.replied("c1")
        return {name: admission.n_replies(name) for name in ("c0", "c1")}

    assert jumping(main()) == {"c0": 2, "c1": 0}
