"""All gates of an event loop: one per quota, whoever asks, so that runs beside each other share what there is."""

import asyncio
from contextlib import AsyncExitStack
from weakref import WeakKeyDictionary

from fellowship.protocols.events import get_logger
from fellowship.protocols.quota import Limits, Quota
from fellowship.runners.gate.gate import Gate
from fellowship.runners.gate.leases import leased

log = get_logger()


class Gates:
    """Opens a gate for the first who needs it, and closes it behind the last."""

    def __init__(self) -> None:
        self._open: dict[Quota, tuple[Gate, AsyncExitStack]] = {}
        self._n_users: dict[Quota, int] = {}
        self._lock = asyncio.Lock()

    async def enter(self, quota: Quota, limits: Limits) -> Gate:
        """The quota's gate; leave it with `leave`. Limits other than those it was opened with do not count."""
        async with self._lock:
            if quota not in self._open:
                async with AsyncExitStack() as opening:
                    gate = await opening.enter_async_context(Gate(quota, limits))
                    await opening.enter_async_context(leased(gate))
                    self._open[quota] = gate, opening.pop_all()
            gate, _ = self._open[quota]
            self._n_users[quota] = self._n_users.get(quota, 0) + 1
        if gate.limits != limits:
            log.warning("other_limits_in_force", quota=str(quota), in_force=gate.limits.model_dump(exclude_unset=True))
        return gate

    async def leave(self, gate: Gate) -> None:
        """Done with it."""
        async with self._lock:
            self._n_users[gate.quota] -= 1
            if not self._n_users[gate.quota]:
                _, stack = self._open.pop(gate.quota)
                await stack.aclose()


_OF_LOOPS: WeakKeyDictionary[asyncio.AbstractEventLoop, Gates] = WeakKeyDictionary()


def gates() -> Gates:
    """Those of the running loop."""
    loop = asyncio.get_running_loop()
    found = _OF_LOOPS.get(loop)
    if found is None:
        found = _OF_LOOPS[loop] = Gates()
    return found
