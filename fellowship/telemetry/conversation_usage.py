"""What one conversation takes in this start: its requests and their tokens, counted as they are answered."""

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
    """A conversation under way: asks as `complete` does, and counts; `ended` tells what it came to.

    Inside `with` every event carries its id, and every span lies within its own. It is no generator: those of ten
    thousand conversations are megabytes.
    """

    __slots__ = (
        "_began_s",
        "_complete",
        "_completion_tokens",
        "_id",
        "_n_asks",
        "_prompt_tokens",
        "_span",
        "_spanning",
    )

    def __init__(self, id: str, complete: Callable[[Request], Awaitable[Completion]]) -> None:
        self._id, self._complete = id, complete
        self._began_s = time.perf_counter()
        self._n_asks = self._prompt_tokens = self._completion_tokens = 0
        self._spanning = conversation_span(id) if opentelemetry() is not None else None
        self._span: ConversationSpan | None = None

    def __enter__(self) -> Self:
        structlog.contextvars.bind_contextvars(**{CONVERSATION_FIELD: self._id})
        if self._spanning is not None:
            self._span = self._spanning.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._spanning is not None:
                self._spanning.__exit__(kind, error, trace)
        finally:
            structlog.contextvars.unbind_contextvars(CONVERSATION_FIELD)

    async def complete(self, request: Request) -> Completion:
        """The completion."""
        completion = await self._complete(request)
        self._n_asks += 1
        self._prompt_tokens += n_tokens(completion.usage.prompt_tokens)
        self._completion_tokens += n_tokens(completion.usage.completion_tokens)
        return completion

    def ended(self, ending: Ending, *, n_messages: int) -> dict[str, str | float | None]:
        """The conversation as facts: how it ended and what it took now. Replies from the record took nothing."""
        took = {
            "n_asks": self._n_asks,
            "n_messages": n_messages,
            "prompt_tokens": self._prompt_tokens,
            "completion_tokens": self._completion_tokens,
            "duration_s": round(time.perf_counter() - self._began_s, 3),
        }
        if self._span is not None:
            self._span.ended(ending.status, ending.fault, **took)
        return {"status": ending.status, "fault": ending.fault, **took}
