"""The values that a user's code holds as texts that are the same in every process: for digests, not for people.

An object of a class of the user's own is its attributes; one of any other class is the name of the class, unless it is
data, a pattern, a path or a function. A path to a file is the content of the file.
"""

import ast
import dataclasses
import enum
import functools
import inspect
import os
import re
import types
from argparse import Namespace
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from fellowship.agents.agent import Agent
from fellowship.protocols.digests import text_digest
from fellowship.runners.changed_values import changed_attributes
from fellowship.runners.environment_values import without_secrets
from fellowship.runners.free_names import attributes_used
from fellowship.runners.own_modules import is_own, own_classes

PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...), range, Decimal, Fraction, date, time, timedelta)
CONTAINERS = (list, tuple, deque)
OPEN_ATTRIBUTES = (types.SimpleNamespace, Namespace, BaseModel)
MAX_PATH = 1_000  # characters
EPOCH_S = (1e9, 1e11)  # floats in this range are times of the clock


class ValueTexts:
    """`code` gives the text of a function or class of the user's own, `file` that of a path to a file."""

    def __init__(self, code: Callable[[Any], str], file: Callable[[PurePath], str]) -> None:
        self._code, self._file = code, file
        self._inside: set[int] = set()  # the objects around the present one

    def of(self, value: Any) -> str:
        """The text of a value; of one that contains itself up to there."""
        if isinstance(value, str):
            return self._string(value)
        if type(value) in PLAIN:
            return f"{type(value).__name__} {value!a}"
        if id(value) in self._inside:
            return "..."
        self._inside.add(id(value))
        try:
            return self._text(value)
        finally:
            self._inside.discard(id(value))

    def attributes(self, value: Any) -> dict[str, str]:
        """The texts of an object's attributes by name, without clock times and what properties and methods set."""
        changed = changed_attributes(own_classes(type(value)))
        kept = {
            name: part
            for name, part in attributes_of(value)
            if name not in changed
            and not isinstance(inspect.getattr_static(type(value), name, None), functools.cached_property)
        }
        return {name: self.of(part) for name, part in kept.items() if not is_volatile(part)}

    def _string(self, value: str) -> str:
        """A text without the keys in it; one that is the path to a file or folder as that."""
        is_path = len(value) <= MAX_PATH and _is_place(value)
        return self._file(PurePath(value)) if is_path else f"{type(value).__name__} {without_secrets(str(value))!a}"

    def _text(self, value: Any) -> str:
        name = type(value).__qualname__
        match value:
            case os._Environ():
                return "environment"
            case enum.Enum():
                return f"{name}.{value.name}({self.of(value.value)})"
            case Mapping():
                return f"{name}{{{', '.join(f'{self.of(key)}: {self.of(part)}' for key, part in value.items())}}}"
            case set() | frozenset():
                return f"{name}{{{', '.join(sorted(map(self.of, value)))}}}"
            case re.Pattern():
                return f"pattern {value.pattern!a} {value.flags}"
            case PurePath():
                return self._file(value)
            case functools.partial() | functools.partialmethod():
                return f"partial({', '.join(map(self.of, (value.func, value.args, value.keywords)))})"
            case types.MethodType():
                return f"{self.of(value.__func__)} of {self.of(value.__self__)}"
            case Agent():
                return f"agent {value.name}"
            case types.ModuleType():
                return f"module {value.__name__}"
        if isinstance(value, CONTAINERS):
            return f"{name}[{', '.join(map(self.of, value))}]"
        if isinstance(value, PLAIN):
            return f"{name} {value!a}"
        if is_callable_code(value):
            return self._code(value) if is_own(value) else str(getattr(value, "__qualname__", name))
        if is_own(type(value)) or dataclasses.is_dataclass(value) or isinstance(value, OPEN_ATTRIBUTES):
            kind = self._code(type(value)) if is_own(type(value)) else name
            inside = ", ".join(f"{key}={text}" for key, text in sorted(self.attributes(value).items()))
            return f"{kind}({inside})"
        if callable(getattr(value, "__wrapped__", None)):  # of functools.cache and the like
            return f"{name} {self.of(value.__wrapped__)}"
        if callable(getattr(value, "tobytes", None)):
            return f"{name} {getattr(value, 'dtype', '')} {text_digest(value.tobytes().hex()).hex()}"
        return f"{type(value).__module__}.{name}"


def _is_place(text: str) -> bool:
    """Whether a text is the full path of a file or folder, which need not be there."""
    try:
        return PurePath(text).is_absolute() and Path(*PurePath(text).parts[:2]).exists()
    except (OSError, ValueError):
        return False


def attributes_of(value: Any) -> Iterator[tuple[str, Any]]:
    """The attributes of an object, also of one with `__slots__`."""
    yield from getattr(value, "__dict__", {}).items()
    for base in type(value).__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name) and not name.startswith("__"):
                yield name, getattr(value, name)


def is_callable_code(value: Any) -> bool:
    """Whether a value is a function or a class; a descriptor of a class of its own is an object."""
    return inspect.isclass(value) or (inspect.isroutine(value) and hasattr(value, "__qualname__"))


def used_part(name: str, value: Any, trees: Sequence[ast.AST]) -> Any:
    """The value of a name that code uses; of the arguments of a script only those that the code uses."""
    attributes, is_whole = attributes_used(name, trees)
    is_arguments = type(value).__qualname__ == "Namespace"
    return {each: getattr(value, each, None) for each in attributes} if is_arguments and not is_whole else value


def is_volatile(value: Any) -> bool:
    """Whether a value is another in every process as a rule: a time of the clock, a random identifier."""
    return isinstance(value, datetime | UUID) or (isinstance(value, float) and EPOCH_S[0] < value < EPOCH_S[1])
