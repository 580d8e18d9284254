"""The code of a user's scenario, roles and entries as short hashes, so that a run notices when it has changed.

The code is that of the subject, and of the functions, classes and constants that it names in its own module,
transitively. Comments, docstrings and layout do not count; the hash is the same in every version of Python.
See docs/decisions/0020-content-and-code.md.
"""

import ast
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from fellowship.agents.agent import Agent
from fellowship.protocols.digests import text_digest
from fellowship.protocols.stable_text import stable_repr
from fellowship.runners.definitions import (
    NO_SOURCE,
    Definitions,
    FunctionNode,
    definitions,
    module_tree,
    named_definitions,
    parsed,
)
from fellowship.runners.held_values import closure_values
from fellowship.runners.scenario_function import unwrapped

INSTALLED_PACKAGE = "fellowship."
PLAIN_VALUES = (str, bytes, int, float, complex, type(None))


def source_hash(subject: Any) -> str | None:
    """16 hex digits that change with the code of a scenario.

    None for a scenario of fellowship, whose prompts are compared one by one, and where there is no source.
    """
    subject = inspect.unwrap(unwrapped(subject))
    subject = subject if inspect.isroutine(subject) or inspect.isclass(subject) else type(subject)
    if _is_built_in(subject):
        return None
    return _hash_of(lambda: _texts_of(subject))


def role_hash(role: type[Agent[Any]]) -> str | None:
    """16 hex digits that change with the code of a role, and of its bases outside fellowship.

    None for a role of fellowship, and where there is no source.
    """
    if _is_built_in(role):
        return None
    bases = [each for each in role.__mro__ if each not in Agent.__mro__ and not _is_built_in(each)]
    return _hash_of(lambda: chain.from_iterable(map(_texts_of, bases)))


def entry_hash(written: str) -> str | None:
    """16 hex digits that change with the code of a user's own entry, `module:name`, as with that of a role.

    None where the module has not been imported, and where there is no source.
    """
    module, _, name = written.partition(":")
    return _hash_of(lambda: named_texts(ast.parse(name), definitions(parsed(sys.modules[module]))))


def normalised(tree: ast.AST) -> str:
    """The tree as text, without docstrings; the same in every version of Python that parses its source.

    `ast.dump` and `ast.unparse` are not: they print fields that later versions add, and print texts differently.
    """
    return _text_of(tree)


def _hash_of(texts: Callable[[], Iterable[str]]) -> str | None:
    """The hash of the texts; None where they cannot be read."""
    try:
        return text_digest("\n".join(texts())).hex()[:16]
    except (*NO_SOURCE, RecursionError):
        return None


def _is_built_in(subject: Any) -> bool:
    return str(getattr(subject, "__module__", "")).startswith(INSTALLED_PACKAGE)


def _texts_of(subject: Any) -> Iterator[str]:
    """The code of a class or function, of the definitions it uses from its module, and the constants of a closure."""
    tree = parsed(subject)
    yield normalised(tree)
    yield from named_texts(tree, definitions(module_tree(subject.__module__)))
    yield from _closure_texts(subject)


def _closure_texts(function: Any, known: frozenset[int] = frozenset()) -> Iterator[str]:
    """The functions, classes and plain values that an inner function uses from the functions around it."""
    for name, value in closure_values(function):
        if _is_plain(value):
            yield f"{name} = {stable_repr(value)!a}"
        elif (inspect.isfunction(value) or inspect.isclass(value)) and not (id(value) in known or _is_built_in(value)):
            yield normalised(parsed(value))
            yield from _closure_texts(value, known | {id(function)})


def _is_plain(value: Any) -> bool:
    """Whether the value is a constant, whose text is the same in every process: lists and dicts may change."""
    if isinstance(value, tuple | frozenset):
        return all(map(_is_plain, value))
    return isinstance(value, PLAIN_VALUES)


def named_texts(tree: ast.AST, defined: Definitions) -> Iterator[str]:
    """The code of the definitions that the code in the tree uses, in alphabetical order of their names."""
    named = named_definitions(tree, defined)
    for name in sorted(named):
        yield from map(normalised, named[name])


def _text_of(node: Any) -> str:
    """A node with the fields that are set, by name; a list; a constant."""
    if isinstance(node, ast.JoinedStr):  # versions cut the text between the braces of an f-string differently
        return f"JoinedStr({', '.join(_pieces(node.values))})"
    if isinstance(node, ast.Constant):
        return f"Constant({_constant(node.value)})"
    if isinstance(node, ast.AST):
        given = {name: value for name, value in ast.iter_fields(node) if value not in (None, [])}
        if isinstance(node, FunctionNode | ast.ClassDef) and ast.get_docstring(node, clean=False) is not None:
            given["body"] = node.body[1:] or [ast.Pass()]
        fields = sorted((name, _text_of(value)) for name, value in given.items())
        return f"{type(node).__name__}({', '.join(f'{name}={text}' for name, text in fields)})"
    if isinstance(node, list):
        return f"[{', '.join(map(_text_of, node))}]"
    return _constant(node)


def _pieces(values: Iterable[ast.expr]) -> Iterator[str]:
    """The parts of an f-string, with neighbouring texts joined and empty ones left out."""
    text = ""
    for each in values:
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            text += each.value
            continue
        if text:
            yield ascii(text)
        text = ""
        yield _text_of(each)
    if text:
        yield ascii(text)


def _constant(value: object) -> str:
    """Characters beyond ASCII as escapes, because which ones `repr` prints depends on the Unicode of the version."""
    return hex(value) if type(value) is int else ascii(value)
