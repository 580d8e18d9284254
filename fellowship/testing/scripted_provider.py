"""A provider whose answers are written down beforehand, or by a function."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import NotRecorded

Reply: TypeAlias = str | Completion | Exception
ScriptedReplies: TypeAlias = Callable[[Request], Reply] | Mapping[str, Reply | Sequence[Reply]] | Sequence[Reply]


class ScriptedProvider:
    """Answers from a function of the request, from a sequence in order, or from a mapping.

    A mapping's keys are names of agents, or whole asks (`str(request.key)`), which win; its values are one reply for
    every time, or a sequence of them. An exception is raised instead of returned; a text becomes a completion that is
    marked as simulated. NotRecorded when a sequence is used up or nothing is written for an ask.
    """

    def __init__(self, replies: ScriptedReplies) -> None:
        if isinstance(replies, str):
            msg = f"replies is the text {replies!r}; expected a function, a mapping or a sequence of replies"
            raise TypeError(msg)
        self._replies = replies
        self._n_used: dict[str, int] = {}
        self.requests: list[Request] = []
        self.closed = False

    def __repr__(self) -> str:
        return f"ScriptedProvider(n_calls={self.n_calls})"

    @property
    def n_calls(self) -> int:
        """How many requests came in, those answered with an error included."""
        return len(self.requests)

    async def complete(self, request: Request) -> Completion:
        """The written answer."""
        self.requests.append(request)
        reply = self._reply(request)
        if isinstance(reply, Exception):
            raise reply
        return Completion(reply, simulated=True) if isinstance(reply, str) else reply

    async def close(self) -> None:
        """Put down that it was closed."""
        self.closed = True

    def _reply(self, request: Request) -> Reply:
        if callable(self._replies):
            return self._replies(request)
        if not isinstance(self._replies, Mapping):
            return self._next("", self._replies, request)
        name = str(request.key) if str(request.key) in self._replies else request.key.agent
        if name not in self._replies:
            msg = f"no reply is written for {request.key}; expected one under {request.key.agent!r}"
            raise NotRecorded(msg)
        return self._next(name, self._replies[name], request)

    def _next(self, name: str, replies: Reply | Sequence[Reply], request: Request) -> Reply:
        if isinstance(replies, str | Completion | Exception):
            return replies
        n_used = self._n_used.get(name, 0)
        if n_used >= len(replies):
            msg = f"all {len(replies)} written replies are used up; none is left for {request.key}"
            raise NotRecorded(msg)
        self._n_used[name] = n_used + 1
        return replies[n_used]
