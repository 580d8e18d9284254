"""The names that a piece of code looks up in its module.

Read from the syntax tree: the symbol tables of Python's versions differ in annotations and comprehensions.
"""

import ast
from collections.abc import Iterable, Iterator

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def free_names(node: ast.AST) -> set[str]:
    """The names that the code reads and does not bind in a function, class or comprehension of its own."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            return {name}
        case ast.AugAssign(target=ast.Name(id=name)):
            return {name} | _free_in([node.value])
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            outside = [*node.decorator_list, node.returns, *_signature(node.args)]
            return _free_in(outside) | (_free_in(node.body) - {*_parameters(node.args), *bound_names(node.body)})
        case ast.Lambda():
            return _free_in(_signature(node.args)) | (free_names(node.body) - set(_parameters(node.args)))
        case ast.ClassDef():
            return _free_in_class(node)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            targets = bound_names(each.target for each in node.generators)
            return _free_in(ast.iter_child_nodes(node)) - targets
    return _free_in(ast.iter_child_nodes(node))


def bound_names(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that statements bind in their own scope, without those that they declare `global`."""
    found, declared = set[str](), set[str]()
    for node in _in_this_scope(nodes):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.alias(name=path, asname=alias):
                found.add(alias or path.partition(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.MatchMapping(rest=str(name)):
                found.add(name)
            case ast.Global(names=names):
                declared.update(names)
    return found - declared


def attributes_used(name: str, trees: Iterable[ast.AST]) -> tuple[list[str], bool]:
    """The attributes of a name that code uses, and whether it uses the name in another way too."""
    nodes = [each for tree in trees for each in ast.walk(tree)]
    used = [each.attr for each in nodes if isinstance(each, ast.Attribute) and _is_name(each.value, name)]
    return sorted(set(used)), sum(_is_name(each, name) for each in nodes) > len(used)


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _free_in(nodes: Iterable[ast.AST | None]) -> set[str]:
    return set().union(*(free_names(node) for node in nodes if node is not None))


def _free_in_class(node: ast.ClassDef) -> set[str]:
    """Methods do not see the names of the class body."""
    found = _free_in([*node.bases, *node.keywords, *node.decorator_list])
    bound = bound_names(node.body)
    for statement in node.body:
        names = free_names(statement)
        found |= names if isinstance(statement, SCOPES) else names - bound
    return found


def _in_this_scope(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes and all inside them, without those inside another scope."""
    for node in nodes:
        yield node
        if not isinstance(node, (*SCOPES, *COMPREHENSIONS)):
            yield from _in_this_scope(ast.iter_child_nodes(node))


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    yield from (each.arg for each in ast.walk(arguments) if isinstance(each, ast.arg))


def _signature(arguments: ast.arguments) -> Iterator[ast.AST | None]:
    """Defaults and annotations, which are read outside of the function."""
    yield from (*arguments.defaults, *arguments.kw_defaults)
    yield from (each.annotation for each in ast.walk(arguments) if isinstance(each, ast.arg))
