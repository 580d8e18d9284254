"""Overrides: options of the command line and the environment that replace arguments of a script's `run(...)` calls."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from fellowship.providers.catalog import read_variable
from fellowship.runners.budget import BudgetLimits, CommandPot
from fellowship.runners.run_folders import RunFolders
from fellowship.runners.run_signature import OPTIONS, RunOptions
from fellowship.settings import environment

if TYPE_CHECKING:
    from fellowship.runners.run_spec import RunSpec

LIMITS = ("budget", "max_calls", "max_hours")


@dataclass(frozen=True, slots=True)
class Overrides:
    """Options that replace a script's own; None keeps the script's. Limits are added to the script's own.

    models        models by name of an agent or argument; `default_model` is for all other agents
    budget        US dollars for all runs together, what their earlier starts have spent included; max_calls: requests,
                  likewise; max_hours: of this start
    events        a stream that receives progress as JSON lines
    intercept     receives every resolved `run(...)` instead of its execution; returns the RunSummary for the script
    """

    prompts: Path | None = None
    out: Path | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    default_model: str | None = None
    n: int | None = None
    seed: int | None = None
    retry_failed: bool = False
    quiet: bool = False
    concurrency: int | None = None
    config: Path | None = None
    accept_changes: bool = False
    fresh: bool = False
    reuse: Path | None = None
    budget: Decimal | None = None
    max_calls: int | None = None
    max_hours: float | None = None
    events: TextIO | None = None
    intercept: "Callable[[RunSpec], Awaitable[Any]] | None" = None

    def over(self, given: Mapping[str, Any]) -> RunOptions:
        """The options given to `run(...)`, with those that are set here in their place."""
        options = dict(given)
        for name in OPTIONS:
            own = getattr(self, name, None)
            if own is not None and own is not False and name not in LIMITS:
                options[name] = own
        return RunOptions(**options)

    def pot(self) -> CommandPot | None:
        """The limits that all runs share; None without any."""
        caps = BudgetLimits(self.budget, self.max_calls, self.max_hours)
        return None if caps == BudgetLimits() else CommandPot(caps)


@dataclass(frozen=True, slots=True)
class _Active:
    """Overrides in force, the folders of the runs, and the limits that the runs share."""

    overrides: Overrides
    folders: RunFolders
    pot: CommandPot | None


_OUTSIDE = _Active(Overrides(), RunFolders(), None)  # of commands

_current: ContextVar[_Active] = ContextVar("fellowship_overrides", default=_OUTSIDE)


@contextmanager
def overriding(overrides: Overrides, *, is_free: bool = False) -> Iterator[None]:
    """Apply these overrides to every run inside the block, which shares the limits of a block around it.

    `is_free`: the runs ask nothing that costs, so that no shared limits hold for them.
    """
    around = _current.get().pot
    pot = None if is_free else around or overrides.pot()
    token = _current.set(_Active(overrides, RunFolders(is_command=True), pot))
    try:
        yield
    finally:
        _current.reset(token)


def current_folders() -> RunFolders:
    """The folders of the runs inside `overriding`, or of this process outside of it."""
    return _current.get().folders


def current_pot() -> CommandPot | None:
    """The limits that all runs inside `overriding` share."""
    return _current.get().pot


def current_overrides() -> Overrides:
    """The command line's overrides, then those of FELLOWSHIP_MODEL and FELLOWSHIP_CONCURRENCY."""
    overrides = _current.get().overrides
    concurrency = overrides.concurrency
    return replace(
        overrides,
        default_model=overrides.default_model or read_variable("FELLOWSHIP_MODEL"),
        concurrency=environment.whole_number("FELLOWSHIP_CONCURRENCY") if concurrency is None else concurrency,
    )
