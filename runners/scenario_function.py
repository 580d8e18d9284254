"""What a scenario's signature says: its name, how many drafts it takes, and which keywords are filled in already."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from fellowship.protocols.messages import Message

Scenario: TypeAlias = Callable[..., Awaitable[Message[Any]]]

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def unwrapped(scenario: Callable[..., Any]) -> Callable[..., Any]:
    """The function inside `functools.partial`, or the function itself."""
    while isinstance(scenario, partial):
        scenario = scenario.func
    return scenario


def scenario_name(scenario: Callable[..., Any]) -> str:
    """The function's own name; that of its class for another callable."""
    function = unwrapped(scenario)
    return str(getattr(function, "__name__", type(function).__name__))


def without_bound_keywords(scenario: Scenario) -> tuple[Scenario, Mapping[str, Any]]:
    """The function, and the keywords that a `partial` fills in: arguments like others, with agents to bind.

    A `partial` that fills in positions as well is returned as it is.
    """
    if isinstance(scenario, partial) and not scenario.args:
        return scenario.func, scenario.keywords
    return scenario, {}


def n_candidates(scenario: Callable[..., Any]) -> int:
    """How many drafts a scenario takes after the conversation and the prompt; those it may take are not counted."""
    parameters = inspect.signature(scenario).parameters.values()
    return len([each for each in parameters if each.kind in POSITIONAL and each.default is each.empty]) - 2


def takes_any_number(scenario: Callable[..., Any]) -> bool:
    """Whether a scenario takes all the drafts there are."""
    return any(each.kind is each.VAR_POSITIONAL for each in inspect.signature(scenario).parameters.values())


def keyword_only(function: Callable[..., Any]) -> list[str]:
    """The names of the parameters that are given by keyword."""
    parameters = inspect.signature(function).parameters.values()
    return [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
