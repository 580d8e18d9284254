"""What the command line and the environment change about the `run(...)` calls of a script."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from fellowship.settings import environment

if TYPE_CHECKING:
    from fellowship.runners.run_spec import RunSpec


@dataclass(frozen=True, slots=True)
class Overrides:
    """Settings that win over a script's own; None leaves the script's. `models` maps agents to models.

    `intercept` is handed every `run(...)`, checked and cast, in place of carrying it out; its RunSummary is what the
    script gets. `events`: where runs tell how they stand, as JSON lines.
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


_current: ContextVar[Overrides | None] = ContextVar("fellowship_overrides", default=None)


@contextmanager
def overriding(overrides: Overrides) -> Iterator[None]:
    """Let these settings win inside the block."""
    token = _current.set(overrides)
    try:
        yield
    finally:
        _current.reset(token)


def current_overrides() -> Overrides:
    """What is in force: the command line's, then the environment's (FELLOWSHIP_MODEL, FELLOWSHIP_CONCURRENCY)."""
    overrides = _current.get() or Overrides()
    concurrency = overrides.concurrency
    return replace(
        overrides,
        default_model=overrides.default_model or environment.read_variable("FELLOWSHIP_MODEL"),
        concurrency=environment.whole_number("FELLOWSHIP_CONCURRENCY") if concurrency is None else concurrency,
    )
