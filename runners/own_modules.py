"""The modules of a user's own, and which of them code imports: read from the source, nothing is executed.

A module is the user's own if it has a Python file outside of the standard library and of installed packages, and does
not belong to fellowship. A package that is installed from its folder (`pip install -e`) is the user's own as well.
"""

import ast
import sys
import sysconfig
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

INSTALLED = ("site-packages", "dist-packages")
FELLOWSHIP = "fellowship"


def own_source(name: str) -> Path | None:
    """The file of the user's own module of that name; None for every other module, and for one without a file."""
    if name.partition(".")[0] == FELLOWSHIP:
        return None
    module = sys.modules.get(name)
    file = _found_file(name) if module is None else getattr(module, "__file__", None)
    return Path(file) if file is not None and _is_own_file(Path(file)) else None


def is_own_module(name: str) -> bool:
    """Whether code of this module is the user's own; that of a notebook or a shell, which has no file, is."""
    module = sys.modules.get(name)
    if module is not None and getattr(module, "__file__", None) is not None:
        return own_source(name) is not None
    return name == "__main__" or name.partition(".")[0] not in (FELLOWSHIP, *sys.stdlib_module_names)


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


def imported_names(tree: ast.AST, package: str) -> Iterator[str]:
    """The dotted names that the import statements in the code may import, each after the packages around it.

    `import_module("name")` and `__import__("name")` with a name that stands there are import statements too.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found = [each.name for each in names]
            case ast.ImportFrom(names=names):
                base = imported_base(node, package)
                found = [base, *(f"{base}.{each.name}" for each in names if base)]
            case ast.Call(func=called, args=[ast.Constant(value=str(name)), *_]) if _is_import(called):
                found = [name if not name.startswith(".") else f"{package}{name}"]
            case _:
                continue
        for name in found:
            yield from _with_packages(name)


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
            unread += imported_names(tree, package_of(name, path))
    return found


def imported_base(node: ast.ImportFrom, package: str) -> str:
    """The module behind `from`, in full."""
    return ".".join(filter(None, [_above(package, node.level), node.module]))


def _above(package: str, level: int) -> str:
    """The package that `level` dots mean in a module of the package; empty for no dots."""
    if level == 0:
        return ""
    parts = package.split(".")
    return ".".join(parts[: len(parts) - level + 1])


def _with_packages(name: str) -> Iterator[str]:
    parts = name.split(".")
    yield from (".".join(parts[: number + 1]) for number in range(len(parts)))


def _is_import(called: ast.expr) -> bool:
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name in ("import_module", "__import__")


def _found_file(name: str) -> str | None:
    """The file that an import would execute, found without importing the packages around it."""
    places: Sequence[str] | None = None
    spec: ModuleSpec | None = None
    for part in _with_packages(name):
        spec = _spec_of(part, places)
        if spec is None:
            return None
        places = spec.submodule_search_locations
    return spec.origin if spec is not None and spec.has_location else None


def _spec_of(name: str, places: Sequence[str] | None) -> ModuleSpec | None:
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        try:
            spec: ModuleSpec | None = None if find is None else find(name, places)
        except (ImportError, ValueError, AttributeError):
            continue
        if spec is not None:
            return spec
    return None


@cache
def _is_own_file(path: Path) -> bool:
    if path.suffix != ".py" or any(part in INSTALLED for part in path.parts):
        return False
    places = {sysconfig.get_path(each) for each in ("stdlib", "platstdlib")}
    resolved = path.resolve()
    return not any(part in INSTALLED for part in resolved.parts) and not any(
        place and resolved.is_relative_to(Path(place).resolve()) for place in places
    )
