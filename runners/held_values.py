"""The values that functions hold: those of the functions around them, and their defaults.

The functions of a class are its methods. A decorated function holds what its decorators do.
"""

import ast
import functools
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from fellowship.runners.changed_values import changed_names
from fellowship.runners.value_texts import is_own


def held_values(subject: Any) -> Iterator[tuple[str, Any]]:
    """Name and value, of a class with the method before it; without those that the functions change."""
    if inspect.isclass(subject):
        for name, method in functions_of(subject):
            yield from ((f"{held} of {name}", value) for held, value in held_values(method))
        return
    for function in _decorated(subject):
        changed = changed_names(_own_tree(function))
        for name, value in (*_closure(function), *_defaults(function)):
            if name not in changed and name != "__class__":
                yield name, value


def functions_of(subject: type) -> Iterator[tuple[str, Any]]:
    """The functions of the user's own in the body of a class, also those of properties, in alphabetical order."""
    yield from ((name, each) for name, each in _functions_of(subject) if is_own(each))


def _functions_of(subject: type) -> Iterator[tuple[str, Any]]:
    for name, value in sorted(vars(subject).items()):
        match value:
            case staticmethod() | classmethod():
                yield name, value.__func__
            case property():
                yield from ((name, each) for each in (value.fget, value.fset) if each is not None)
            case functools.cached_property() | functools.partialmethod() | functools.singledispatchmethod():
                yield name, value.func
            case _ if inspect.isfunction(value) or hasattr(value, "__wrapped__"):
                yield name, value


def code_trees(function: Any) -> Iterator[ast.AST]:
    """The code of a function, and of the functions of its decorators."""
    for each in _decorated(function):
        yield from _own_tree(each)


def _decorated(function: Any) -> Iterator[Any]:
    """The function, and those that it wraps."""
    seen: set[int] = set()
    while function is not None and id(function) not in seen:
        seen.add(id(function))
        if inspect.isfunction(function):
            yield function
        function = getattr(function, "__wrapped__", None)


def _own_tree(function: Any) -> list[ast.AST]:
    """The code of the function itself; of a lambda that of the statement around it."""
    with suppress(OSError, TypeError, SyntaxError):
        return [ast.parse(textwrap.dedent(inspect.getsource(function.__code__)))]
    return []


def _closure(function: Any) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # not assigned yet
            yield name, cell.cell_contents


def _defaults(function: Any) -> Iterator[tuple[str, Any]]:
    defaults = function.__defaults__ or ()
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    yield from zip(positional[len(positional) - len(defaults) :], defaults, strict=True)
    yield from (function.__kwdefaults__ or {}).items()
