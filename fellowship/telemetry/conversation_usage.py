"""Counts the requests and tokens of one conversation in this start of the run."""

import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import structlog

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.events import CONVERSATION_FIELD
from fellowship.protocols.interfaces import Ending
from fellowship.telemetry.otel import ConversationSpan, conversation_span, n_tokens, opentelemetry


class ConversationUsage:
    """Wraps `complete` for one conversation and counts; `ended` returns the counts.

    Inside `with`, log events carry the conversation's id and spans are children of its span. A class instead of a
    generator-based context manager saves megabytes with ten thousand conversations in progress.
    """

    __slots__ = (
        "_began_s",
        "_complete",
        "_completion_tokens",
        "_id",
        "_n_asks",
        "_prompt_tokens",
        "_span",
        "_span_context",
    )

    def __init__(self, id: str, complete: Callable[[Request], Awaitable[Completion]]) -> None:
        self._id, self._complete = id, complete
        self._began_s = time.perf_counter()
        self._n_asks = self._prompt_tokens = self._completion_tokens = 0
        self._span_context = conversation_span(id) if opentelemetry() is not None else None
        self._span: ConversationSpan | None = None

    def __enter__(self) -> Self:
        structlog.contextvars.bind_contextvars(**{CONVERSATION_FIELD: self._id})
        if self._span_context is not None:
            self._span = self._span_context.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._span_context is not None:
                self._span_context.__exit__(kind, error, trace)
        finally:
            structlog.contextvars.unbind_contextvars(CONVERSATION_FIELD)

    async def complete(self, request: Request) -> Completion:
        """The completion of the request, counted."""
        completion = await self._complete(request)
        self._n_asks += 1
        self._prompt_tokens += n_tokens(completion.usage.prompt_tokens)
        self._completion_tokens += n_tokens(completion.usage.completion_tokens)
        return completion

    def ended(self, ending: Ending, *, n_messages: int) -> dict[str, str | float | None]:
        """Fields for the log: result and usage of the conversation. Replies from the journal count as nothing."""
        usage = {
            "n_asks": self._n_asks,
            "n_messages": n_messages,
            "prompt_tokens": self._prompt_tokens,
            "completion_tokens": self._completion_tokens,
            "duration_s": round(time.perf_counter() - self._began_s, 3),
        }
        if self._span is not None:
            self._span.ended(ending.status, ending.fault, **usage)
        return {"status": ending.status, "fault": ending.fault, **usage}
