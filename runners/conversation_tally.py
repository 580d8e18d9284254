"""What one conversation takes in this start: its requests and their tokens, counted as they are answered."""

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import structlog

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.events import CONVERSATION
from fellowship.protocols.interfaces import Ending
from fellowship.runners.spans import ConversationSpan, conversation_span, n_tokens


class Tally:
    """Asks as `complete` does, and counts; `ended` tells what it came to."""

    def __init__(self, complete: Callable[[Request], Awaitable[Completion]], span: ConversationSpan) -> None:
        self._complete, self._span = complete, span
        self._began_s = time.perf_counter()
        self._n_asks = self._prompt_tokens = self._completion_tokens = 0

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
        self._span.ended(ending.status, ending.fault, **took)
        return {"status": ending.status, "fault": ending.fault, **took}


@contextmanager
def tallied(id: str, complete: Callable[[Request], Awaitable[Completion]]) -> Iterator[Tally]:
    """A conversation under way: every event in it carries its id, and every span lies within its own."""
    with structlog.contextvars.bound_contextvars(**{CONVERSATION: id}), conversation_span(id) as span:
        yield Tally(complete, span)
