"""Admission control: at most 16 conversations may wait for their first request to be sent.

New conversations begin only as fast as their first requests are sent, so that started conversations are finished first;
items behind the waiting ones are not read.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

MAX_AWAITING_FIRST_SEND = 16


class AdmissionControl:
    """Limits the conversations that wait for their first request, and counts the replies of those in progress."""

    def __init__(self, *, max_awaiting: int = MAX_AWAITING_FIRST_SEND) -> None:
        self._slots = asyncio.Semaphore(max_awaiting)
        self.acquire_slot: Callable[[], Awaitable[object]] = self._slots.acquire  # until a new conversation may begin
        self._n_done: dict[str, int] = {}
        self._awaiting_first_send: set[str] = set()

    def n_replies(self, conversation: str) -> int:
        """The number of replies of a conversation in progress, else 0."""
        return self._n_done.get(conversation, 0)

    def before_sending(self, conversation: str) -> tuple[int, Callable[[], None] | None]:
        """The number of its replies, and the callback for its first request; None if one has been sent."""
        is_first = conversation in self._awaiting_first_send
        return self._n_done.get(conversation, 0), partial(self.first_sent, conversation) if is_first else None

    def begin(self, conversation: str) -> None:
        """Begin a conversation in the acquired slot."""
        self._n_done[conversation] = 0
        self._awaiting_first_send.add(conversation)

    def count_recorded(self, conversation: str, n: int) -> None:
        """Count the recorded replies of a begun conversation, which needs no slot then."""
        self._n_done[conversation] = n
        self.first_sent(conversation)

    def first_sent(self, conversation: str) -> None:
        """Release the slot of a conversation: a request of it was sent, or answered from the journal."""
        if conversation in self._awaiting_first_send:
            self._awaiting_first_send.discard(conversation)
            self._slots.release()

    def replied(self, conversation: str) -> None:
        """Count a reply."""
        if conversation in self._n_done:
            self._n_done[conversation] += 1

    def end(self, conversation: str) -> None:
        """Forget an ended conversation and release its slot."""
        self._n_done.pop(conversation, None)
        self.first_sent(conversation)
