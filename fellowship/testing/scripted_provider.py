"""A fake provider with given replies, or with a function that makes them."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import NotRecorded

Reply: TypeAlias = str | Completion | Exception
ScriptedReplies: TypeAlias = Callable[[Request], Reply] | Mapping[str, Reply | Sequence[Reply]] | Sequence[Reply]


class ScriptedProvider:
    """Replies from a function of the request, from a sequence in order, or from a mapping.

    The keys of a mapping are agent names or complete asks (`str(request.key)`), which take precedence; its values are
    one reply for all requests or a sequence. An exception is raised; a text becomes a completion marked as simulated.
    NotRecorded when a sequence is exhausted or the mapping has no entry.
    """

    def __init__(self, replies: ScriptedReplies) -> None:
        if isinstance(replies, str):
            raise TypeError(f"replies is the text {replies!r}; expected a function, a mapping or a sequence of replies")
        self._replies = replies
        self._n_used: dict[str, int] = {}
        self.requests: list[Request] = []
        self.closed = False

    def __repr__(self) -> str:
        return f"ScriptedProvider(n_calls={self.n_calls})"

    @property
    def n_calls(self) -> int:
        """The number of requests so far, including those that raised."""
        return len(self.requests)

    async def complete(self, request: Request) -> Completion:
        """The scripted reply to the request."""
        self.requests.append(request)
        reply = self._reply(request)
        if isinstance(reply, Exception):
            raise reply
        return Completion(reply, simulated=True) if isinstance(reply, str) else reply

    async def close(self) -> None:
        """Set `closed`."""
        self.closed = True

    def _reply(self, request: Request) -> Reply:
        if callable(self._replies):
            return self._replies(request)
        if not isinstance(self._replies, Mapping):
            return self._next("", self._replies, request)
        name = str(request.key) if str(request.key) in self._replies else request.key.agent
        if name not in self._replies:
            raise NotRecorded(f"no reply is scripted for {request.key}; expected one under {request.key.agent!r}")
        return self._next(name, self._replies[name], request)

    def _next(self, name: str, replies: Reply | Sequence[Reply], request: Request) -> Reply:
        if isinstance(replies, str | Completion | Exception):
            return replies
        n_used = self._n_used.get(name, 0)
        if n_used >= len(replies):
            raise NotRecorded(f"all {len(replies)} scripted replies are used; none is left for {request.key}")
        self._n_used[name] = n_used + 1
        return replies[n_used]
