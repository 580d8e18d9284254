"""Names and attributes that code changes while it runs: counters, caches and lists of results.

They differ from start to start, and say nothing about what the code does.
"""

import ast
from collections.abc import Iterable, Iterator

from fellowship.runners.definitions import FunctionNode, tree_of

CHANGING_METHODS = (
    {"add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "move_to_end", "pop"}
    | {"popitem", "popleft", "put", "put_nowait", "remove", "reverse", "rotate", "setdefault", "sort", "subtract"}
    | {"update", "difference_update", "intersection_update", "symmetric_difference_update"}
)
CONSTRUCTORS = ("__init__", "__new__", "__post_init__", "model_post_init", "__set_name__")


def changed_names(trees: Iterable[ast.AST]) -> set[str]:
    """The names whose values functions in these trees change or assign again.

    A value that only statements outside of functions change is the same in every process.
    """
    functions = {id(each): each for tree in trees for each in ast.walk(tree) if isinstance(each, FunctionNode)}
    found: set[str] = set()
    for function in functions.values():
        shared = {
            name for each in ast.walk(function) if isinstance(each, ast.Global | ast.Nonlocal) for name in each.names
        }
        for node in _changed(function):
            if not isinstance(node, ast.Name):
                found |= {base.id for base in [_base(node)] if isinstance(base, ast.Name)}
            elif node.id in shared or not isinstance(node.ctx, ast.Store | ast.Del):
                found.add(node.id)
    return found


def changed_attributes(kinds: Iterable[type]) -> set[str]:
    """The attributes that the methods of these classes count up, fill or empty; assignments may be settings."""
    classes = [each for kind in kinds for each in ast.walk(tree_of(kind)) if isinstance(each, ast.ClassDef)]
    methods = [each for one in classes for each in one.body if isinstance(each, FunctionNode)]
    found: set[str] = set()
    for method in methods:
        first = next((each.arg for each in (*method.args.posonlyargs, *method.args.args)), None)
        if method.name not in CONSTRUCTORS:
            for node in _changed(method, assignments=False):
                found |= {
                    part.attr
                    for part in ast.walk(node)
                    if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == first
                }
    return found


def _changed(function: ast.AST, *, assignments: bool = True) -> Iterator[ast.AST]:
    """What is changed: names, attributes and elements; with `assignments`, also what is assigned as a whole."""
    for node in ast.walk(function):
        if isinstance(node, ast.AugAssign):
            yield node.target
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING_METHODS:
            yield node.func.value
        elif assignments and isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node


def _base(node: ast.AST) -> ast.AST:
    """The name at the beginning of `name.part[0].part`."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node
