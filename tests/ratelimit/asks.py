"""Small things the gate's tests are made of."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

from fellowship.protocols.completions import AskKey, Completion, Request, Usage
from tests.jumping_loop import JumpingLoop

ResultT = TypeVar("ResultT")
DONE = Completion("done", usage=Usage(10, 20))


def jumping(main: Callable[[], Coroutine[None, None, ResultT]]) -> ResultT:
    """Run it on a loop whose clock jumps."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main())


def a_request(conversation: str = "c1", turn: int = 0, text: str = "Why?", **sampling: int) -> Request:
    """One ask."""
    messages = ({"role": "user", "content": text},)
    return Request(AskKey(conversation, "", "agent", turn), 1, "lab/m", messages, dict(sampling), "Reply")  # type: ignore[arg-type]


class Answering:
    """A provider that does what a function says with each request; keeps conversations and moments of arrival."""

    def __init__(
        self, reply: Callable[[int], Completion | Exception] = lambda n: DONE, *, takes_s: float = 0.0
    ) -> None:
        self._reply, self._takes_s = reply, takes_s
        self.asked: list[str] = []
        self.at: list[float] = []
        self.n_open = self.most_open = 0

    async def complete(self, request: Request) -> Completion:
        """The reply to the n-th request, counted from 0."""
        n = len(self.asked)
        self.asked.append(request.key.conversation)
        self.at.append(asyncio.get_running_loop().time())
        self.n_open += 1
        self.most_open = max(self.most_open, self.n_open)
        try:
            await asyncio.sleep(self._takes_s)
        finally:
            self.n_open -= 1
        reply = self._reply(n)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def close(self) -> None:
        """Nothing is held."""
