"""The Throttler of asyncio-throttle reads the wall's clock; here it reads the clock of the running loop."""

import asyncio

import pytest
from asyncio_throttle import throttler


class LoopTime:
    """Stands in for the module `time`."""

    @staticmethod
    def monotonic() -> float:
        """The running loop's time."""
        return asyncio.get_running_loop().time()


@pytest.fixture(autouse=True)
def _throttler_on_the_clock_of_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one patch in the tests of the gate, of a library that takes no clock."""
    monkeypatch.setattr(throttler, "time", LoopTime)
