"""The code of a user's scenario and roles as short hashes, so that a run notices when it has changed."""

import ast
import inspect
import symtable
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, TypeAlias

from fellowship.agents.agent import Agent
from fellowship.protocols.digests import text_digest
from fellowship.runners.scenario_function import unwrapped

INSTALLED_PACKAGE = "fellowship."

Definitions: TypeAlias = Mapping[str, list[ast.stmt]]
FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def source_hash(subject: Any) -> str | None:
    """16 hex digits that change with the code of a scenario, not with its comments, docstrings and layout.

    None for a scenario of fellowship, whose prompts are compared one by one, and where there is no source.
    """
    subject = inspect.unwrap(unwrapped(subject))
    if _is_built_in(subject):
        return None
    return _hash_of(lambda: [ast.dump(_without_docstrings(_parsed(subject)))])


def role_hash(role: type[Agent[Any]]) -> str | None:
    """16 hex digits that change with the code of a role, not with its comments, docstrings and layout.

    The code is that of its class, of its bases outside fellowship, and of the functions, classes and constants that
    these name in their own modules, transitively. None for a role of fellowship, and where there is no source.
    """
    if _is_built_in(role):
        return None
    bases = [each for each in role.__mro__ if each not in Agent.__mro__ and not _is_built_in(each)]
    return _hash_of(lambda: chain.from_iterable(map(_role_texts, bases)))


def entry_hash(written: str) -> str | None:
    """16 hex digits that change with the code of a user's own entry, `module:name`, as with that of a role.

    None where the module has not been imported, and where there is no source.
    """
    module, _, name = written.partition(":")
    return _hash_of(lambda: _named_texts(ast.parse(name), module))


def _hash_of(texts: Callable[[], Iterable[str]]) -> str | None:
    """The hash of the texts; None where they cannot be read."""
    try:
        return text_digest("\n".join(texts())).hex()[:16]
    except (OSError, TypeError, SyntaxError, KeyError):
        return None


def _is_built_in(subject: Any) -> bool:
    return str(getattr(subject, "__module__", "")).startswith(INSTALLED_PACKAGE)


def _role_texts(role: type[Any]) -> Iterator[str]:
    """The code of a class, then of the definitions it uses from its module."""
    tree = _parsed(role)
    yield _normalised(tree)
    yield from _named_texts(tree, role.__module__)


def _named_texts(tree: ast.AST, module: str) -> Iterator[str]:
    """The code of the definitions of a module that the code in the tree uses, in alphabetical order of their names."""
    named = _named_definitions(tree, _definitions(_parsed(sys.modules[module])))
    for name in sorted(named):
        yield from map(_normalised, named[name])


def _named_definitions(tree: ast.AST, definitions: Definitions) -> Definitions:
    """The definitions of a module that the code uses, directly or through others."""
    found: dict[str, list[ast.stmt]] = {}
    unread = [tree]
    while unread:
        for name in _global_names(unread.pop()):
            if name in definitions and name not in found:
                found[name] = definitions[name]
                unread += found[name]
    return found


def _definitions(module: ast.Module) -> Definitions:
    """The functions, classes and assignments at the top of a module, by the names they define."""
    found: dict[str, list[ast.stmt]] = {}
    for node in module.body:
        if isinstance(node, FunctionNode | ast.ClassDef):
            found.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            for each in ast.walk(node):
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    found.setdefault(each.id, []).append(node)
    return found


def _global_names(tree: ast.AST) -> set[str]:
    """The names that a piece of code looks up in its module, without the local names of functions."""
    top = symtable.symtable(ast.unparse(tree), "<role>", "exec")
    names = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    tables = top.get_children()
    while tables:
        table = tables.pop()
        names |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
        tables += table.get_children()
    return names


def _parsed(subject: Any) -> ast.Module:
    return ast.parse(textwrap.dedent(inspect.getsource(subject)))


def _normalised(tree: ast.AST) -> str:
    return ast.unparse(_without_docstrings(tree, of_classes=True))


def _without_docstrings(tree: ast.AST, *, of_classes: bool = False) -> ast.AST:
    """The same tree, changed: functions, and classes on request, have no docstrings."""
    for node in ast.walk(tree):
        if not isinstance(node, FunctionNode | ast.ClassDef) or ast.get_docstring(node) is None:
            continue
        if of_classes or not isinstance(node, ast.ClassDef):
            node.body = node.body[1:] or [ast.Pass()]
    return tree
