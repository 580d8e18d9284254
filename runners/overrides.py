"""What the command line and the environment change about the `run(...)` calls of a script."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Overrides:
    """Settings that win over a script's own; None leaves the script's. `models` maps agents to models."""

    prompts: Path | None = None
    out: Path | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    everyone: str | None = None
    n: int | None = None
    seed: int | None = None
    retry_failed: bool = False
    quiet: bool = False


_current: ContextVar[Overrides | None] = ContextVar("fellowship_overrides", default=None)


@contextmanager
def overriding(overrides: Overrides) -> Iterator[None]:
    """Let these settings win inside the block."""
    token = _current.set(overrides)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Overrides:
    """The settings in force: the command line's, then the environment's (FELLOWSHIP_MODEL)."""
    overrides = _current.get() or Overrides()
    everyone = overrides.everyone or os.environ.get("FELLOWSHIP_MODEL") or None
    return replace(overrides, everyone=everyone)
