"""Where code is found: the syntax trees of functions, classes and modules, and the definitions that code names."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from types import CodeType
from typing import Any, TypeAlias

from fellowship.runners.free_names import free_names

NO_SOURCE = (OSError, TypeError, SyntaxError, KeyError)
"""The errors where code has no source, as where it was typed into a shell."""

Definitions: TypeAlias = Mapping[str, list[ast.stmt]]
FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


_MOST_SOURCES = 10_000
_sources: dict[int, tuple[CodeType, str | None]] = {}


def parsed(subject: Any) -> ast.Module:
    """The syntax tree of a module, class, function or code object. OSError, TypeError, SyntaxError without a source.

    Callers must not change it: the next one gets the same.
    """
    return tree_of_source(_source_of_code(subject) if isinstance(subject, CodeType) else inspect.getsource(subject))


@lru_cache(maxsize=64)
def tree_of_source(source: str) -> ast.Module:
    """The syntax tree of a text, which may be indented; kept, because the runs of a command read the same files."""
    return ast.parse(textwrap.dedent(source))


def _source_of_code(code: CodeType) -> str:
    """The source of a code object; OSError without one. It is kept, as `inspect` looks for it in all loaded modules.

    Kept by identity, because equal code may stand in two files; the code object is kept with it, so that no other gets
    its identity.
    """
    if id(code) not in _sources:
        if len(_sources) >= _MOST_SOURCES:
            _sources.clear()
        try:
            _sources[id(code)] = code, inspect.getsource(code)
        except OSError:
            _sources[id(code)] = code, None
    source = _sources[id(code)][1]
    if source is None:
        raise OSError("the code has no source")
    return source


def tree_of(subject: Any) -> ast.Module:
    """The code of a function or class; of a lambda inside a statement, and of a class in a notebook, its parts."""
    if getattr(subject, "__name__", "") != "<lambda>":
        with suppress(*NO_SOURCE):
            return parsed(subject)
    if inspect.isclass(subject):
        methods = [each for _, each in sorted(vars(subject).items()) if inspect.isfunction(each)]
        return ast.Module([node for each in methods for node in tree_of(each).body], [])
    if isinstance(subject, CodeType):
        return ast.Module([], [])
    try:
        lines, _ = inspect.findsource(subject)
        first = subject.__code__.co_firstlineno
        found = [each for each in ast.walk(tree_of_source("".join(lines))) if getattr(each, "lineno", None) == first]
        return ast.Module([ast.Expr(each) for each in found if isinstance(each, ast.Lambda)], [])
    except (*NO_SOURCE, AttributeError):
        return ast.Module([], [])


def module_tree(name: str) -> ast.Module:
    """The syntax tree of a module; one without statements where it has no source."""
    try:
        return parsed(sys.modules[name])
    except NO_SOURCE:
        return ast.Module([], [])


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
