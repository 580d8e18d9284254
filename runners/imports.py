"""What code imports, and which modules of the user's own that leads to: read from the source, nothing is executed."""

import ast
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from fellowship.runners.definitions import top_statements
from fellowship.runners.free_names import bound_names
from fellowship.runners.own_modules import own_source, with_packages


def parsed_file(path: Path) -> ast.Module | None:
    """The syntax tree of a Python file; None where it cannot be read."""
    try:
        with tokenize.open(path) as file:
            return ast.parse(file.read())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None


def package_of(name: str, path: Path | None) -> str:
    """The package that relative imports of a module start from; empty outside of packages."""
    module = sys.modules.get(name)
    if isinstance(module, ModuleType) and module.__package__ is not None:
        return module.__package__
    return name if path is not None and path.name == "__init__.py" else name.rpartition(".")[0]


def imported_names(trees: Iterable[ast.AST], package: str) -> Iterator[str]:
    """The dotted names that the import statements in the code may import, each after the packages around it.

    `import_module("name")` and `__import__("name")` with a name that stands there are import statements too.
    """
    for node in (each for tree in trees for each in ast.walk(tree)):
        match node:
            case ast.Import(names=names):
                found = [each.name for each in names]
            case ast.ImportFrom(names=names):
                base = _imported_base(node, package)
                found = [base, *(f"{base}.{each.name}" for each in names if base)]
            case ast.Call(func=called, args=[ast.Constant(value=str(name)), *_]) if _is_import(called):
                found = [name if not name.startswith(".") else f"{package}{name}"]
            case _:
                continue
        for name in found:
            yield from with_packages(name)


def imported_modules(names: Iterable[str], *, but: Iterable[Path] = ()) -> dict[str, Path]:
    """The user's own modules among the names, and those that these import, transitively; `but` files are left out."""
    left_out = {each.resolve() for each in but}
    found: dict[str, Path] = {}
    unread = list(names)
    while unread:
        name = unread.pop()
        path = None if name in found else own_source(name)
        if path is None or path.resolve() in left_out:
            continue
        found[name] = path
        tree = parsed_file(path)
        if tree is not None:
            unread += imported_names([tree], package_of(name, path))
    return found


def imports_for(module: ast.Module, names: set[str]) -> Iterator[ast.stmt]:
    """The import statements at the top of a module for these names, `*`, and those for a name that nothing uses.

    The last are there for their effects, such as to fill a table.
    """
    statements = [each for each in top_statements(module.body) if isinstance(each, ast.Import | ast.ImportFrom)]
    read = {each.id for each in ast.walk(module) if isinstance(each, ast.Name)} if statements else set()
    for node in statements:
        bound = bound_names([node])
        if "*" in bound or bound & names or not bound & read:
            yield node


def imported_inside(trees: Iterable[ast.AST], package: str) -> Iterator[tuple[str, str]]:
    """Module and name of what the code itself imports with `from`, as a function may."""
    for node in (each for tree in trees for each in ast.walk(tree)):
        if isinstance(node, ast.ImportFrom):
            module = _imported_base(node, package)
            yield from ((module, each.name) for each in node.names)


def _imported_base(node: ast.ImportFrom, package: str) -> str:
    """The module behind `from`, in full: its dots begin at the package."""
    parts = package.split(".")
    above = parts[: len(parts) - node.level + 1] if node.level else []
    return ".".join(filter(None, [*above, node.module]))


def _is_import(called: ast.expr) -> bool:
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name in ("import_module", "__import__")
