"""What the tests of the gate share: requests, and a provider whose answers take time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from fellowship.protocols.completions import AskKey, Completion, Request, Usage
from fellowship.protocols.quota import Quota

Answering: TypeAlias = Callable[[Request], Awaitable[Completion]]
QUOTA = Quota("openai", "https://api.example.org/v1", key="0123456789ab")
ANSWER = Completion("yes", usage=Usage(10, 20))


def a_request(conversation: str = "c00000", *, prompt: str = "why?", agent: str = "judge", **sampling: int) -> Request:
    """A request to a model behind the gate."""
    messages = ({"role": "user", "content": prompt},)
    return Request(AskKey(conversation, "", agent, 0), 1, "openai/any", messages, dict(sampling), "text")  # type: ignore[arg-type]


class Server:
    """A provider that answers after `latency_s`; `answering` decides what. Keeps the moments at which it was asked."""

    def __init__(self, answering: Answering | None = None, *, latency_s: float = 0.0) -> None:
        self._answering, self._latency_s = answering, latency_s
        self.asked_at: list[float] = []
        self.asked: list[str] = []

    async def complete(self, request: Request) -> Completion:
        """The answer, in time."""
        self.asked_at.append(asyncio.get_running_loop().time())
        self.asked.append(request.key.conversation)
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        return await self._answering(request) if self._answering else ANSWER

    async def close(self) -> None:
        """Nothing to give back."""


def most_within(moments: list[float], period_s: float) -> int:
    """The most of the moments, which are in order, that any half-open period holds."""
    most = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= period_s:
            first += 1
        most = max(most, last - first + 1)
    return most
