"""The code of a user's scenario and roles as short hashes, so that a run notices when it has changed."""

import ast
import inspect
import symtable
import sys
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from fellowship.agents.agent import Agent
from fellowship.protocols.digests import text_digest
from fellowship.runners.scenario_function import unwrapped

INSTALLED_PACKAGE = "fellowship."

Definitions: TypeAlias = Mapping[str, list[ast.stmt]]
FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def source_hash(subject: Any) -> str | None:
    """16 hex digits that change with the code of a scenario, not with its comments, docstrings and layout.

    None for a scenario of fellowship, whose prompts are compared one by one, and where there is no source, as in a
    shell.
    """
    subject = inspect.unwrap(unwrapped(subject))
    if _is_built_in(subject):
        return None
    try:
        tree = _parsed(inspect.getsource(subject))
    except (OSError, TypeError, SyntaxError):
        return None
    return text_digest(ast.dump(_without_docstrings(tree))).hex()[:16]


def role_hash(role: type[Agent[Any]]) -> str | None:
    """16 hex digits that change with the code of a role, not with its comments, docstrings and layout.

    The code is that of its class, of its bases outside fellowship, and of the functions, classes and constants that
    these name in their own modules, transitively. None for a role of fellowship, and where there is no source.
    """
    if _is_built_in(role):
        return None
    bases = [each for each in role.__mro__ if each not in Agent.__mro__ and not _is_built_in(each)]
    try:
        texts = [text for base in bases for text in _role_texts(base)]
    except (OSError, TypeError, SyntaxError, KeyError):
        return None
    return text_digest("\n".join(texts)).hex()[:16]


def entry_hash(written: str) -> str | None:
    """16 hex digits that change with the code of a user's own entry, `module:name`, as with that of a role.

    None where the module has not been imported, and where there is no source.
    """
    module, _, name = written.partition(":")
    try:
        named = _named_definitions(ast.parse(name), _definitions(_parsed(inspect.getsource(sys.modules[module]))))
    except (OSError, TypeError, SyntaxError, KeyError):
        return None
    return text_digest("\n".join(_normalised(node) for each in sorted(named) for node in named[each])).hex()[:16]


def _is_built_in(subject: Any) -> bool:
    return str(getattr(subject, "__module__", "")).startswith(INSTALLED_PACKAGE)


def _role_texts(role: type[Any]) -> Iterator[str]:
    """The code of a class, then of the definitions it uses from its module, in alphabetical order of their names."""
    tree = _parsed(inspect.getsource(role))
    yield _normalised(tree)
    named = _named_definitions(tree, _definitions(_parsed(inspect.getsource(sys.modules[role.__module__]))))
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
            for name in [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and _is_bound(each)]:
                found.setdefault(name, []).append(node)
    return found


def _is_bound(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


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


def _parsed(source: str) -> ast.Module:
    return ast.parse(textwrap.dedent(source))


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
