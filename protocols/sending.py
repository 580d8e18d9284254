"""How a gate learns when a request is really sent: the provider calls what it finds here, just before it writes."""

from collections.abc import Callable
from contextvars import ContextVar

sending: ContextVar[Callable[[], None] | None] = ContextVar("fellowship_sending", default=None)
