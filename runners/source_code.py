"""The code of a user's scenario as a short hash, so that a run notices when it has changed."""

import ast
import functools
import inspect
import textwrap
from typing import Any

from fellowship.protocols.digests import text_digest

INSTALLED_PACKAGE = "fellowship."


def source_hash(subject: Any) -> str | None:
    """16 hex digits that change with the code, not with its comments, docstrings and layout.

    None for what is our own, whose prompts are compared one by one, and for what has no source, as in a shell.
    """
    while isinstance(subject, functools.partial):
        subject = subject.func
    subject = inspect.unwrap(subject)
    if str(getattr(subject, "__module__", "")).startswith(INSTALLED_PACKAGE):
        return None
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(subject)))
    except (OSError, TypeError, SyntaxError):
        return None
    return text_digest(ast.dump(_without_docstrings(tree))).hex()[:16]


def _without_docstrings(tree: ast.AST) -> ast.AST:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree
