"""The conversations under way: how far each has come, and how many stand at the door.

New conversations are begun only as fast as their first requests are let out, so that what is begun gets finished
first: at most a few wait at the door, and what is behind them is not even read.
"""

import asyncio
from collections.abc import Callable
from functools import partial

MAX_AWAITING_FIRST_SEND = 16


class AdmissionControl:
    """Counts replies by conversation, and keeps the door."""

    def __init__(self, *, max_awaiting: int = MAX_AWAITING_FIRST_SEND) -> None:
        self._places = asyncio.Semaphore(max_awaiting)
        self._n_done: dict[str, int] = {}
        self._awaiting_first_send: set[str] = set()

    def __len__(self) -> int:
        return len(self._n_done)

    def is_in_progress(self, conversation: str) -> bool:
        """Whether the conversation has begun and not ended."""
        return conversation in self._n_done

    def n_replies(self, conversation: str) -> int:
        """How many replies a conversation in progress has had."""
        return self._n_done.get(conversation, 0)

    def on_first_send(self, conversation: str) -> Callable[[], None] | None:
        """What is to be called when a request of the conversation is sent; None after its first one."""
        return partial(self.first_sent, conversation) if conversation in self._awaiting_first_send else None

    async def acquire_slot(self) -> None:
        """Wait for a place at the door, for a conversation that is to be begun next."""
        await self._places.acquire()

    def begin(self, conversation: str, *, n_done: int = 0) -> None:
        """It stands at the door, in the place that was waited for; one with recorded replies walks right through."""
        self._n_done[conversation] = n_done
        self._awaiting_first_send.add(conversation)
        if n_done:
            self.first_sent(conversation)

    def first_sent(self, conversation: str) -> None:
        """It is through the door: a request of it was let out, or answered from the record."""
        if conversation in self._awaiting_first_send:
            self._awaiting_first_send.discard(conversation)
            self._places.release()

    def replied(self, conversation: str) -> None:
        """It had a reply."""
        if conversation in self._n_done:
            self._n_done[conversation] += 1

    def end(self, conversation: str) -> None:
        """It is over."""
        self._n_done.pop(conversation, None)
        self.first_sent(conversation)
