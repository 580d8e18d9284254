"""The moment at which a request is sent: the provider calls the function in `sending` just before it writes."""

from collections.abc import Callable
from contextvars import ContextVar

sending: ContextVar[Callable[[], None] | None] = ContextVar("fellowship_sending", default=None)
