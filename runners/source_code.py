"""The code of a user's scenario, roles and entries as short hashes, so that a run notices when it has changed.

The code is that of the subject, and of the functions, classes and constants that it names in its own module,
transitively. Comments, docstrings and layout do not count; the hash is the same in every version of Python.
See docs/decisions/0020-content-and-code.md.
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, TypeAlias

from fellowship.agents.agent import Agent
from fellowship.protocols.digests import text_digest
from fellowship.protocols.stable_text import stable_repr
from fellowship.runners.free_names import free_names
from fellowship.runners.scenario_function import unwrapped

INSTALLED_PACKAGE = "fellowship."
PLAIN_VALUES = (str, bytes, int, float, complex, type(None))

Definitions: TypeAlias = Mapping[str, list[ast.stmt]]
FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


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
    return _hash_of(lambda: _named_texts(ast.parse(name), definitions(parsed(sys.modules[module]))))


def normalised(tree: ast.AST) -> str:
    """The tree as text, without docstrings; the same in every version of Python that parses its source.

    `ast.dump` and `ast.unparse` are not: they print fields that later versions add, and print texts differently.
    """
    return _text_of(_without_docstrings(tree))


def _hash_of(texts: Callable[[], Iterable[str]]) -> str | None:
    """The hash of the texts; None where they cannot be read."""
    try:
        return text_digest("\n".join(texts())).hex()[:16]
    except (OSError, TypeError, SyntaxError, KeyError, RecursionError):
        return None


def _is_built_in(subject: Any) -> bool:
    return str(getattr(subject, "__module__", "")).startswith(INSTALLED_PACKAGE)


def _texts_of(subject: Any) -> Iterator[str]:
    """The code of a class or function, of the definitions it uses from its module, and the constants of a closure."""
    tree = parsed(subject)
    yield normalised(tree)
    try:
        defined = definitions(parsed(sys.modules[subject.__module__]))
    except (OSError, TypeError, SyntaxError, KeyError):  # typed into a notebook: the module has no file
        defined = {}
    yield from _named_texts(tree, defined)
    yield from _closure_texts(subject)


def _closure_texts(function: Any, known: frozenset[int] = frozenset()) -> Iterator[str]:
    """The functions, classes and plain values that an inner function uses from the functions around it."""
    cells = getattr(function, "__closure__", None) or ()
    names = function.__code__.co_freevars if cells else ()
    for name, cell in zip(names, cells, strict=True):
        try:
            value = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
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


def _named_texts(tree: ast.AST, defined: Definitions) -> Iterator[str]:
    """The code of the definitions that the code in the tree uses, in alphabetical order of their names."""
    named = named_definitions(tree, defined)
    for name in sorted(named):
        yield from map(normalised, named[name])


def named_definitions(tree: ast.AST, defined: Definitions) -> Definitions:
    """The definitions of a module that the code uses, directly or through others."""
    found: dict[str, list[ast.stmt]] = {}
    unread = [tree]
    while unread:
        for name in free_names(unread.pop()):
            if name in defined and name not in found:
                found[name] = defined[name]
                unread += found[name]
    return found


def definitions(module: ast.Module) -> Definitions:
    """The functions, classes and assignments at the top of a module, by the names they define.

    Those in an `if`, `try` or `with` at the top are included.
    """
    found: dict[str, list[ast.stmt]] = {}
    for node in top_statements(module.body):
        if isinstance(node, FunctionNode | ast.ClassDef):
            found.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            for each in ast.walk(node):
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    found.setdefault(each.id, []).append(node)
    return found


def top_statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements at the top of a module, and those in an `if`, `try` or `with` there."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            inner = [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt | ast.ExceptHandler)]
            for each in inner:
                yield from top_statements(each.body if isinstance(each, ast.ExceptHandler) else [each])


def parsed(subject: Any) -> ast.Module:
    """The syntax tree of a module, class or function. OSError, TypeError or SyntaxError without a source."""
    return ast.parse(textwrap.dedent(inspect.getsource(subject)))


def _without_docstrings(tree: ast.AST) -> ast.AST:
    """The same tree, changed: functions and classes have no docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, FunctionNode | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def _text_of(node: Any) -> str:
    """A node with the fields that are set, by name; a list; a constant."""
    if isinstance(node, ast.JoinedStr):  # versions cut the text between the braces of an f-string differently
        return f"JoinedStr({', '.join(_pieces(node.values))})"
    if isinstance(node, ast.Constant):
        return f"Constant({_constant(node.value)})"
    if isinstance(node, ast.AST):
        fields = sorted((name, _text_of(value)) for name, value in ast.iter_fields(node) if value not in (None, []))
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
