"""Overrides: options of the command line and the environment that replace arguments of a script's `run(...)` calls."""

import os
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.process_value import ProcessValue
from fellowship.providers.catalog import read_variable
from fellowship.providers.command_mark import (
    CommandMark,
    command_of_other_process,
    marked_command,
    reason_not_to_ask,
)
from fellowship.providers.outside_runs import outside_limits
from fellowship.runners.budget import SharedPot
from fellowship.runners.limit_pot import BudgetLimits
from fellowship.runners.outside_limits import SharedOutside
from fellowship.runners.run_folders import RunFolders
from fellowship.runners.run_signature import OPTIONS, RunOptions
from fellowship.runners.running_script import running_script
from fellowship.runners.runs_of_script import runs_of_calls, runs_of_script
from fellowship.settings import environment
from fellowship.settings.settings import load_settings

if TYPE_CHECKING:
    from fellowship.runners.run_spec import RunSpec

LIMITS = ("budget", "max_calls", "max_hours")
UNSHARED = ("quiet", "events", "intercept")
"""Overrides that change nothing of what a run asks, so that another process need not know them."""


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

    def pot(self) -> SharedPot | None:
        """The limits that all runs share; None without any."""
        caps = BudgetLimits(self.budget, self.max_calls, self.max_hours)
        return None if caps == BudgetLimits() else SharedPot(caps, of_script=self._earlier_runs)

    def _earlier_runs(self) -> Iterable[Path]:
        return () if self.fresh else runs_of_script(self.out)

    def mark(self, command: str) -> CommandMark:
        """What the processes that are started by the script of this command know of it."""
        unset = Overrides()
        given = [each.name for each in fields(self) if getattr(self, each.name) != getattr(unset, each.name)]
        written = {name: f"-{name}" if len(name) == 1 else f"--{name.replace('_', '-')}" for name in given}
        written |= {name: "--model" for name in ("models", "default_model") if name in written}
        limits = [written.pop(name) for name in (*LIMITS, "n") if name in written]
        options = [option for name, option in written.items() if name not in UNSHARED]
        is_free = self.intercept is not None
        return CommandMark(os.getpid(), command, tuple(limits), tuple(dict.fromkeys(options)), is_free=is_free)


@dataclass(frozen=True, slots=True)
class _Active:
    """Overrides in force, the folders of the runs, and the limits that they share; `reached` are the runs begun.

    `call` is the function that starts these runs, where one starts several.
    """

    overrides: Overrides
    folders: RunFolders
    pots: tuple[SharedPot, ...] = ()
    reached: list[Path] = field(default_factory=list)
    is_command: bool = False
    call: str = ""


_OUTSIDE = _Active(Overrides(), RunFolders())  # of commands

_current: ProcessValue[_Active] = ProcessValue("fellowship_overrides", _OUTSIDE)


@contextmanager
def overriding(overrides: Overrides, *, command: str = "run", is_dry: bool = False) -> Iterator[None]:
    """Apply the overrides of a command to every run in this process inside the block; see docs/decisions/0018.

    The runs share the limits of a block around it. ConfigurationError in a process started by the script of a command
    that asks no model, such as `check`, unless this one `is_dry` likewise.
    """
    outer = command_of_other_process()
    if outer is not None and outer.is_free and not is_dry:
        raise ConfigurationError(f"`fellowship {command}` may ask models: {reason_not_to_ask(is_forked=True)}")
    around = () if outer is not None else _current.get().pots
    pot = None if around else overrides.pot()
    active = _Active(overrides, RunFolders(is_command=True), around if pot is None else (pot,), is_command=True)
    shared = SharedOutside(current_pots, lambda: load_settings(current_overrides().config))
    with (
        marked_command(overrides.mark(command)),
        _current.set_everywhere(active),
        outside_limits.set_everywhere(shared),
    ):
        yield


@contextmanager
def overriding_here(overrides: Overrides, *, is_free: bool = False) -> Iterator[None]:
    """Apply these overrides to the runs of this context only: not to those of other threads and tasks.

    `is_free`: the runs ask nothing that costs, so that no shared limits hold for them.
    """
    around = _current.get()
    pots = () if is_free else around.pots
    with _current.set_here(replace(around, overrides=overrides, folders=RunFolders(is_command=True), pots=pots)):
        yield


@contextmanager
def sharing_limits(
    options: Mapping[str, Any], *, of: str, folders: Iterable[Path], out: Path | str
) -> Iterator[dict[str, Any]]:
    """The options without limits: inside the block these hold for all runs of this context together.

    of        the function that was given the options, for messages
    folders   of all of its runs: what their earlier starts have spent is included
    out       all of these are below it; runs there that such a function has made for other calls are included too
    """
    given = {name: options.get(name) for name in LIMITS}
    caps = BudgetLimits.of_arguments(**given, of=of)
    rest = {name: value for name, value in options.items() if name not in LIMITS}
    active = _current.get()
    pots = active.pots
    if caps != BudgetLimits():
        is_replaced = active.overrides.out is not None  # --out replaces the folders
        earlier = None if is_replaced else lambda: (*folders, *runs_of_calls(Path(out)))
        pots = (SharedPot(caps, earlier), *pots)
    with _current.set_here(replace(active, pots=pots, call=of)):
        yield rest


def check_process() -> None:
    """ConfigurationError where this process was started by the script of a command, and cannot keep its options."""
    if (reason := reason_not_to_ask(is_forked=_current.get() is not _OUTSIDE)) is not None:
        raise ConfigurationError(f"run(...) cannot be carried out here: {reason}")


def current_folders() -> RunFolders:
    """The folders of the runs inside `overriding`, or of this process outside of it."""
    return _current.get().folders


def reach(folder: Path | None) -> list[Path]:
    """Note that the run in this folder has begun; the folders of those that this execution of the script began before.

    There are none in an interactive session, where runs belong to no script.
    """
    active = _current.get()
    if not active.is_command and running_script() is None:
        return []
    before = [active.folders.place(each) for each in active.reached]
    if folder is not None:
        active.reached.append(folder)
    return before


def current_call() -> str:
    """The function that starts the runs of this context, where one starts several; else empty."""
    return _current.get().call


def current_pots() -> tuple[SharedPot, ...]:
    """The limits that the runs of this context share with others."""
    return _current.get().pots


def current_overrides() -> Overrides:
    """The command line's overrides, then those of FELLOWSHIP_MODEL and FELLOWSHIP_CONCURRENCY."""
    overrides = _current.get().overrides
    concurrency = overrides.concurrency
    return replace(
        overrides,
        default_model=overrides.default_model or read_variable("FELLOWSHIP_MODEL"),
        concurrency=environment.whole_number("FELLOWSHIP_CONCURRENCY") if concurrency is None else concurrency,
    )
