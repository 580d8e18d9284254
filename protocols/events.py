"""Where events go: to structlog as whoever runs the program has set it up, and to the log of the run they belong to.

Modules write `log = get_logger()` and `log.info("request_made_again", n_failed=1)`. Facts are numbers, names and kinds:
never prompts, replies, texts of servers or keys, because a run's log may be shown around.
"""

from contextvars import ContextVar
from typing import Any, Protocol

import structlog

CONVERSATION_FIELD = "conversation_id"


class Sink(Protocol):
    """Whatever takes events."""

    def info(self, event: str, **facts: Any) -> object: ...
    def warning(self, event: str, **facts: Any) -> object: ...


log_of_run: ContextVar[Sink | None] = ContextVar("fellowship_log_of_run", default=None)


class Events:
    """A sink that hands events on, to both places."""

    def __init__(self) -> None:
        self._everywhere: Sink = structlog.get_logger()

    def info(self, event: str, **facts: Any) -> None:
        """What went as it should."""
        for sink in self._sinks():
            sink.info(event, **facts)

    def warning(self, event: str, **facts: Any) -> None:
        """What somebody ought to know."""
        for sink in self._sinks():
            sink.warning(event, **facts)

    def _sinks(self) -> list[Sink]:
        own = log_of_run.get()
        return [self._everywhere] if own is None else [self._everywhere, own]


def get_logger() -> Events:
    """A module's way to tell events."""
    return Events()
