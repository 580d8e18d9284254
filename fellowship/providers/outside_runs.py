"""Requests that a script sends outside of runs: by a `ModelClient`, a `ScenarioTeam`, or a role in a team of AutoGen.

A command sets the limits that hold for them; outside of commands there are none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.process_value import ProcessValue
from fellowship.providers.command_mark import reason_not_to_ask


class OutsideLimits(Protocol):
    """The limits of a command, for requests outside of its runs."""

    def hold(self, *, dollars: bool = False) -> bool:
        """Whether any limit holds in this context, or any in dollars."""
        ...

    def limited(self, provider: Provider) -> Provider:
        """The provider, whose completions are checked, with its requests counted in the limits."""
        ...


outside_limits: ProcessValue[OutsideLimits | None] = ProcessValue("fellowship_outside_limits", None)
"""The limits of the command; None outside of commands."""


def limits_hold(*, dollars: bool = False) -> bool:
    """Whether any limit of a command, or any in dollars, holds for requests outside of runs."""
    limits = outside_limits.get()
    return limits is not None and limits.hold(dollars=dollars)


def limited_outside(provider: Provider) -> Provider:
    """The provider, whose completions are checked, with its requests counted in the limits of the command."""
    limits = outside_limits.get()
    return provider if limits is None else limits.limited(provider)


def check_asking_process(who: str) -> None:
    """ConfigurationError where this process was started by the script of a command, and cannot keep its options."""
    if (reason := reason_not_to_ask(is_forked=outside_limits.get() is not None)) is not None:
        raise ConfigurationError(f"{who} cannot be asked here: {reason}")


class _Counted:
    """A request that is counted already, and that a client sends once or several times."""

    is_sent = False


_counted: ContextVar[_Counted | None] = ContextVar("fellowship_counted", default=None)


@contextmanager
def counted_request() -> Iterator[None]:
    """Inside the block a client is asked for one request that is counted already."""
    token = _counted.set(_Counted())
    try:
        yield
    finally:
        _counted.reset(token)


def is_counted() -> bool:
    """Whether the request that is sent next in this context is counted already; further attempts of it are not."""
    counted = _counted.get()
    if counted is None or counted.is_sent:
        return False
    counted.is_sent = True
    return True
