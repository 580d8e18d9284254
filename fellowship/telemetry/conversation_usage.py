"""Counts the requests and tokens of one conversation in this start of the run."""

import time
from typing import Any, Self

import structlog

from fellowship.protocols.completions import Usage
from fellowship.protocols.events import CONVERSATION_FIELD
from fellowship.protocols.interfaces import Ending
from fellowship.telemetry.otel import conversation_span, set_result


class ConversationUsage:
    """Counts a conversation in progress. Replies from the record count nothing.

    Inside `with` every event carries the id of the conversation, and every span is a child of its span. A class and
    not a generator: the generators of 10,000 conversations take megabytes.
    """

    __slots__ = ("_began_s", "_id", "_span", "_spanning", "completion_tokens", "n_asks", "prompt_tokens")

    def __init__(self, id: str) -> None:
        self._id = id
        self._began_s = time.perf_counter()
        self.n_asks = self.prompt_tokens = self.completion_tokens = 0
        self._spanning = conversation_span(id)
        self._span: Any = None

    def __enter__(self) -> Self:
        structlog.contextvars.bind_contextvars(**{CONVERSATION_FIELD: self._id})
        if self._spanning is not None:
            self._span = self._spanning.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        try:
            if self._spanning is not None:
                self._spanning.__exit__(*error)
        finally:
            structlog.contextvars.unbind_contextvars(CONVERSATION_FIELD)

    def add(self, usage: Usage) -> None:
        """Count an answered call."""
        self.n_asks += 1
        self.prompt_tokens += usage.prompt_tokens
        self.completion_tokens += usage.completion_tokens

    def ended(self, ending: Ending, *, n_messages: int) -> dict[str, str | float | None]:
        """The fields of the log event about the end of the conversation."""
        result: dict[str, str | float | None] = {
            "status": ending.status,
            "fault": ending.fault,
            "n_asks": self.n_asks,
            "n_messages": n_messages,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "duration_s": round(time.perf_counter() - self._began_s, 3),
        }
        if self._span is not None:
            set_result(self._span, result)
        return result
