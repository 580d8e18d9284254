"""The options and the type of `run` and `arun`: mypy and pyright check a scenario's own agents and arguments.

A type checker needs one overload for each number of drafts: two, one, and none or any number. A `ParamSpec` allows no
keyword-only parameters before its own, so the options look positional there; when called, they are keyword-only.
"""

import inspect
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeAlias, TypeVar, cast, overload

from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.interfaces import Conversation, Provider
from fellowship.protocols.messages import Message
from fellowship.protocols.quota import Limits
from fellowship.runners.inputs import Prompts
from fellowship.runners.limit_pot import BudgetLimits
from fellowship.runners.workers import StopSignal

ResultT = TypeVar("ResultT")
ResultT_co = TypeVar("ResultT_co", covariant=True)
P = ParamSpec("P")
Outcome: TypeAlias = Awaitable[Message[Any]]


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The options of one run; `arun` documents them."""

    prompts: Prompts
    out: str | Path | None = None
    seed: int = 0
    concurrency: int | None = None
    n: int | None = None
    retry_failed: bool = False
    accept_changes: bool = False
    fresh: bool = False
    reuse: str | Path | None = None
    budget: Decimal | float | None = None
    max_calls: int | None = None
    max_hours: float | None = None
    quiet: bool = False
    limits: Mapping[str, Limits] | None = None
    providers: Mapping[str, Provider] | None = None
    stop: StopSignal | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        if self.concurrency is not None and self.concurrency < 1:
            raise ConfigurationError(f"concurrency is {self.concurrency}; expected at least 1")
        for name in ("prompts", "out", "reuse"):
            given = getattr(self, name)
            if isinstance(given, str) and not given.strip():
                raise ConfigurationError(f"{name}={given!r} names no file or folder; is a variable not set?")
            if isinstance(given, str | Path):
                _refuse_unwritable_name(name, given)
        _ = self.caps  # refuses what is no limit

    @cached_property
    def caps(self) -> BudgetLimits:
        """What the run may use; ConfigurationError for a limit that is not a number above 0, whole for requests."""
        return BudgetLimits.of_arguments(self.budget, self.max_calls, self.max_hours, of="run")


def _refuse_unwritable_name(option: str, path: str | Path) -> None:
    """ConfigurationError for a path with characters that the encoding of file names does not have."""
    try:
        os.fsencode(path)
    except UnicodeEncodeError as error:
        encoding = sys.getfilesystemencoding()
        raise ConfigurationError(
            f"{option}={str(path)!a} cannot be a file name in the encoding {encoding} of this process; "
            "set PYTHONUTF8=1, or a locale such as LC_ALL=C.UTF-8"
        ) from error


OPTIONS = inspect.signature(RunOptions).parameters


class RunFunction(Protocol[ResultT_co]):
    """`run(scenario, prompts=..., **arguments)`; `arun` documents the options."""

    @overload
    def __call__(
        self,
        scenario: Callable[Concatenate[Conversation, Message[Prompt], Message[Draft], Message[Draft], P], Outcome],
        prompts: Prompts,
        out: str | Path | None = None,
        seed: int = 0,
        concurrency: int | None = None,
        n: int | None = None,
        retry_failed: bool = False,
        accept_changes: bool = False,
        fresh: bool = False,
        reuse: str | Path | None = None,
        budget: Decimal | float | None = None,
        max_calls: int | None = None,
        max_hours: float | None = None,
        quiet: bool = False,
        limits: Mapping[str, Limits] | None = None,
        providers: Mapping[str, Provider] | None = None,
        stop: StopSignal | None = None,
        label: str | None = None,
        *args: P.args,
        **arguments: P.kwargs,
    ) -> ResultT_co: ...

    @overload
    def __call__(
        self,
        scenario: Callable[Concatenate[Conversation, Message[Prompt], Message[Draft], P], Outcome],
        prompts: Prompts,
        out: str | Path | None = None,
        seed: int = 0,
        concurrency: int | None = None,
        n: int | None = None,
        retry_failed: bool = False,
        accept_changes: bool = False,
        fresh: bool = False,
        reuse: str | Path | None = None,
        budget: Decimal | float | None = None,
        max_calls: int | None = None,
        max_hours: float | None = None,
        quiet: bool = False,
        limits: Mapping[str, Limits] | None = None,
        providers: Mapping[str, Provider] | None = None,
        stop: StopSignal | None = None,
        label: str | None = None,
        *args: P.args,
        **arguments: P.kwargs,
    ) -> ResultT_co: ...

    @overload
    def __call__(
        self,
        scenario: Callable[Concatenate[Conversation, Message[Prompt], P], Outcome],
        prompts: Prompts,
        out: str | Path | None = None,
        seed: int = 0,
        concurrency: int | None = None,
        n: int | None = None,
        retry_failed: bool = False,
        accept_changes: bool = False,
        fresh: bool = False,
        reuse: str | Path | None = None,
        budget: Decimal | float | None = None,
        max_calls: int | None = None,
        max_hours: float | None = None,
        quiet: bool = False,
        limits: Mapping[str, Limits] | None = None,
        providers: Mapping[str, Provider] | None = None,
        stop: StopSignal | None = None,
        label: str | None = None,
        *args: P.args,
        **arguments: P.kwargs,
    ) -> ResultT_co: ...


def with_typed_arguments(function: Callable[..., ResultT]) -> RunFunction[ResultT]:
    """The function itself, under the type that checks a scenario's arguments; its signature names all options."""
    typed: Any = function
    scenario, *_, arguments = inspect.signature(function).parameters.values()
    typed.__signature__ = inspect.Signature([scenario, *OPTIONS.values(), arguments])
    return cast("RunFunction[ResultT]", typed)
