"""The values that functions, classes and agents hold: closures, defaults and attributes.

The functions of a class are its methods. A decorated function holds what its decorators do.
"""

import ast
import dataclasses
import dis
import functools
import inspect
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from pydantic import BaseModel

from fellowship.agents.agent import Agent
from fellowship.runners.changed_values import changed_attributes, changed_names
from fellowship.runners.definitions import tree_of
from fellowship.runners.own_modules import is_own, own_classes
from fellowship.runners.value_texts import attributes_of, is_callable_code, is_volatile


def held_values(subject: Any) -> Iterator[tuple[str, Any]]:
    """Name and value, of a class with the method before it; without those that the functions change."""
    if inspect.isclass(subject):
        for name, method in _functions_of(subject):
            yield from ((f"{held} of {name}", value) for held, value in held_values(method))
        return
    for function in _decorated(subject):
        changed = changed_names([tree_of(function.__code__)])
        for name, value in (*closure_values(function), *_defaults(function)):
            if name not in changed and name != "__class__":
                yield name, value


def method_trees(subject: type) -> Iterator[ast.AST]:
    """The code of the methods of a class, and of the functions of their decorators, where it has a source."""
    for _, method in _functions_of(subject):
        yield from (tree for each in _decorated(method) if (tree := tree_of(each.__code__)).body)


def _functions_of(subject: type) -> Iterator[tuple[str, Any]]:
    """The functions of the user's own in the body of a class, also those of properties, in alphabetical order."""
    for name, value in sorted(vars(subject).items()):
        match value:
            case staticmethod() | classmethod():
                found: list[Any] = [value.__func__]
            case property():
                found = [value.fget, value.fset]
            case functools.cached_property() | functools.partialmethod() | functools.singledispatchmethod():
                found = [value.func]
            case _:
                found = [value] if inspect.isfunction(value) or hasattr(value, "__wrapped__") else []
        yield from ((name, each) for each in found if is_own(each))


def _decorated(function: Any) -> Iterator[Any]:
    """The function, and those that it wraps."""
    seen: set[int] = set()
    while function is not None and id(function) not in seen:
        seen.add(id(function))
        if inspect.isfunction(function):
            yield function
        function = getattr(function, "__wrapped__", None)


def closure_values(function: Any) -> Iterator[tuple[str, Any]]:
    """Name and value of what a function uses from the functions around it; nothing for a class."""
    cells = getattr(function, "__closure__", None) or ()
    for name, cell in zip(function.__code__.co_freevars if cells else (), cells, strict=True):
        with suppress(ValueError):  # not assigned yet
            yield name, cell.cell_contents


def _defaults(function: Any) -> Iterator[tuple[str, Any]]:
    defaults = function.__defaults__ or ()
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    yield from zip(positional[len(positional) - len(defaults) :], defaults, strict=True)
    yield from (function.__kwdefaults__ or {}).items()


def class_attributes(kind: type) -> Iterator[tuple[str, Any]]:
    """Attributes of a class and of its bases that hold values, and methods that were put there later."""
    for base in own_classes(kind) if not issubclass(kind, BaseModel) else ():
        changed = changed_attributes([base])
        for name, value in list(vars(base).items()):
            if name not in changed and _is_held_by_class(base, name, value):
                yield name, value


def agent_attributes(agent: Agent[Any]) -> Iterator[tuple[str, Any]]:
    """The attributes of an agent that a run's configuration does not have already, or that have own code in them."""
    changed = changed_attributes(own_classes(type(agent)))
    built_in = _set_by_fellowship(type(agent))
    for name, value in attributes_of(agent):
        is_further = name not in built_in and not name.startswith("__")
        if name not in changed and (is_further or _holds_code(value)):
            yield name, value


def is_code_or_own(value: Any) -> bool:
    """Whether a value is own code, an object of an own class, or has such in it."""
    return is_own(value) if is_callable_code(value) else is_own(type(value)) or _holds_code(value)


def _holds_code(value: Any) -> bool:
    """Whether a container, a partial or a dataclass, such as a Strategy, has code of the user's own in it."""
    if isinstance(value, Mapping):
        parts: Iterable[Any] = value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        parts = value
    elif callable(getattr(value, "func", None)):
        parts = [value.func, *getattr(value, "args", ())]
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = [getattr(value, each.name) for each in dataclasses.fields(value)]
    else:
        return is_callable_code(value) and is_own(value)
    return any(not isinstance(each, Agent) and is_code_or_own(each) for each in parts)


def _set_by_fellowship(role: type) -> set[str]:
    """The attributes that the constructors of fellowship's roles assign: a run's configuration has them already."""
    constructors = (vars(base).get("__init__") for base in role.__mro__ if not is_own(base))
    made = (dis.get_instructions(each) for each in constructors if inspect.isfunction(each))
    return {str(each.argval) for instructions in made for each in instructions if each.opname == "STORE_ATTR"}


def _is_held_by_class(base: type, name: str, value: Any) -> bool:
    if name.startswith("__") or name == "_abc_impl" or is_volatile(value):
        return False
    if inspect.isfunction(value):
        return value.__qualname__ != f"{base.__qualname__}.{name}"
    is_descriptor = hasattr(type(value), "__get__")
    return not is_descriptor or isinstance(value, functools.partialmethod) or is_own(type(value))
