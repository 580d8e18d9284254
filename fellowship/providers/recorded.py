"""Recorded replies as a provider: an ask gets the completion that was recorded under its key."""

from collections.abc import Mapping, Sequence

from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.errors import NotRecorded


class RecordedProvider:
    """Answers from a mapping of ask keys to completions, one per attempt. NotRecorded for anything else."""

    def __init__(self, replies: Mapping[AskKey, Sequence[str | Completion]]) -> None:
        self._replies = replies

    async def complete(self, request: Request) -> Completion:
        """The recorded completion of this attempt."""
        recorded = self._replies.get(request.key, ())
        if request.attempt > len(recorded):
            raise NotRecorded(f"no reply was recorded for ask {request.key}, attempt {request.attempt}")
        reply = recorded[request.attempt - 1]
        return reply if isinstance(reply, Completion) else Completion(text=reply)

    async def close(self) -> None:
        """A recorded provider holds no connection."""
