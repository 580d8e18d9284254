"""A scenario's signature: its name, its drafts and keywords, and the check of arguments against it before any request.

Checked are the names, the roles of agents, and values from closed sets.
"""

import difflib
import inspect
import typing
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from types import UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union

from fellowship.agents.agent import Agent
from fellowship.extensions import EntryTable
from fellowship.formatting.shorten import short_repr
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.messages import Message
from fellowship.scenarios.argument_checks import refuse_arguments
from fellowship.scenarios.feedback_loop import feedback_loop

Scenario: TypeAlias = Callable[..., Awaitable[Message[Any]]]

BY_KEYWORD = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)


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


def draft_names(scenario: Callable[..., Any]) -> list[str]:
    """The names of a scenario's draft parameters: `a` and `b`, `candidate` and `opponent`, `drafts` for any number."""
    parameters = [each for each in inspect.signature(scenario).parameters.values() if each.kind not in BY_KEYWORD]
    return [each.name for each in parameters[2:] if each.default is each.empty]


def n_candidates(scenario: Callable[..., Any]) -> int:
    """How many drafts a scenario takes after the conversation and the prompt; those it may take are not counted."""
    return len(draft_names(scenario)) - takes_any_number(scenario)


def takes_any_number(scenario: Callable[..., Any]) -> bool:
    """Whether a scenario takes all the drafts there are."""
    return any(each.kind is each.VAR_POSITIONAL for each in inspect.signature(scenario).parameters.values())


def keyword_only(function: Callable[..., Any]) -> list[str]:
    """The names of the parameters that are given by keyword."""
    return [name for name, each in inspect.signature(function).parameters.items() if each.kind is each.KEYWORD_ONLY]


def never_asked(scenario: Callable[..., Any], arguments: Mapping[str, Any]) -> frozenset[str]:
    """The arguments whose agents a scenario does not ask: the evaluator of a feedback loop of one draft."""
    _, bound = without_bound_keywords(scenario)
    is_one_draft = unwrapped(scenario) is feedback_loop and {**bound, **arguments}.get("rounds") == 1
    return frozenset({"evaluator"}) if is_one_draft else frozenset()


def check_arguments(scenario: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    """ConfigurationError for an unknown or missing argument, and for a value that annotation or scenario excludes."""
    _check_names(scenario, arguments)
    hints = _hints(scenario)
    _, bound = without_bound_keywords(scenario)
    for name, value in {**bound, **arguments}.items():
        problem = _problem(value, hints[name]) if name in hints else None
        if problem is not None:
            raise ConfigurationError(
                f"scenario {scenario_name(scenario)}: {name} is {_argument_text(value)}; {problem}"
            )
    try:
        refuse_arguments(scenario, arguments)
    except ValueError as error:
        raise ConfigurationError(f"scenario {scenario_name(scenario)}: {error}") from error
    except TypeError as error:  # as of "3" < 1
        raise ConfigurationError(
            f"scenario {scenario_name(scenario)}: an argument has a wrong type: {error}"
        ) from error


def refuse_shadowed(scenario: Callable[..., Any], options: Collection[str], *, of: str = "run(...)") -> None:
    """ConfigurationError for a keyword parameter with the name of an option of the run, or of a team."""
    for name in keyword_only(scenario):
        if name in options:
            msg = f"scenario {scenario_name(scenario)}: '{name}' is an option of {of}; rename the parameter"
            raise ConfigurationError(msg)


def _check_names(scenario: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    try:
        inspect.signature(scenario).bind(None, None, *[None] * n_candidates(scenario), **arguments)
    except TypeError as error:
        taken = keyword_only(scenario)
        unknown = next((name for name in arguments if name not in taken), None)
        near = difflib.get_close_matches(unknown, taken, n=1) if unknown else []
        hint = f"; '{unknown}' - did you mean '{near[0]}'?" if near else ""
        takes = f"it takes {', '.join(taken)}" if taken else "it takes no arguments"
        raise ConfigurationError(f"scenario {scenario_name(scenario)}: {error}; {takes}{hint}") from error


def _hints(scenario: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(unwrapped(scenario), include_extras=True)
    except (NameError, TypeError):  # a user's annotations may name what is only there for type checkers
        return {}


def _problem(value: Any, hint: Any) -> str | None:
    """Why a value does not fit its annotation, if that is a role, a sequence of roles, or a set of names."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        table = next((part for part in parts[1:] if isinstance(part, EntryTable)), None)
        return _problem(value, parts[0]) if table is None else table.problem(value)
    if origin is Literal:
        return None if value in parts else f"expected one of {', '.join(map(repr, parts))}"
    if origin in (Union, UnionType):
        problems = [_problem(value, part) for part in parts]
        return None if None in problems else problems[0]
    if isinstance(origin, type) and issubclass(origin, Sequence) and _is_role(parts[0]):
        is_right = isinstance(value, list | tuple) and value and all(isinstance(each, parts[0]) for each in value)
        name = parts[0].__name__
        return None if is_right else f"expected a list of {name}s, such as [{name}('sim/mid')]"
    if _is_role(hint) and not isinstance(value, hint):
        return f"expected a {hint.__name__}, such as {hint.__name__}('sim/mid')"
    return None


def _is_role(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Agent)


def _argument_text(value: Any) -> str:
    return f"a {type(value).__name__}" if isinstance(value, Agent) else short_repr(value)
