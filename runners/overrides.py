"""Overrides: options of the command line and the environment that replace arguments of a script's `run(...)` calls."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from fellowship.providers.catalog import read_variable
from fellowship.runners.run_folders import RunFolders
from fellowship.runners.run_signature import OPTIONS, RunOptions
from fellowship.settings import environment

if TYPE_CHECKING:
    from fellowship.runners.run_spec import RunSpec


@dataclass(frozen=True, slots=True)
class Overrides:
    """Options that replace a script's own; None keeps the script's.

    models        models by name of an agent or argument; `default_model` is for all other agents
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
            if own is not None and own is not False:
                options[name] = own
        return RunOptions(**options)


_current: ContextVar[tuple[Overrides, RunFolders]] = ContextVar(
    "fellowship_overrides", default=(Overrides(), RunFolders())
)


@contextmanager
def overriding(overrides: Overrides) -> Iterator[None]:
    """Apply these overrides to every run inside the block."""
    token = _current.set((overrides, RunFolders(is_command=True)))
    try:
        yield
    finally:
        _current.reset(token)


def current_folders() -> RunFolders:
    """The folders of the runs inside `overriding`, or of this process outside of it."""
    return _current.get()[1]


def current_overrides() -> Overrides:
    """The command line's overrides, then those of FELLOWSHIP_MODEL and FELLOWSHIP_CONCURRENCY."""
    overrides, _ = _current.get()
    concurrency = overrides.concurrency
    return replace(
        overrides,
        default_model=overrides.default_model or read_variable("FELLOWSHIP_MODEL"),
        concurrency=environment.whole_number("FELLOWSHIP_CONCURRENCY") if concurrency is None else concurrency,
    )
