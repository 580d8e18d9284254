"""The gate's tests run in the loop's own time: asyncio-throttle, which reads the process's clock, is given that."""

import asyncio
from types import SimpleNamespace

import asyncio_throttle.throttler
import pytest


@pytest.fixture(autouse=True)
def _throttlers_on_the_loops_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(monotonic=lambda: asyncio.get_running_loop().time())
    monkeypatch.setattr(asyncio_throttle.throttler, "time", clock)
