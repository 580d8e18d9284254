"""One name has one meaning, and folders depend on one another in one direction."""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import fellowship

PACKAGE = Path(fellowship.__file__).parent
ROOT = PACKAGE.parent
OF_EVERY_COMMAND = {"add_arguments", "main"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the product by its dotted name, the four linked folders included."""
    folders = [PACKAGE, *sorted(each for each in PACKAGE.iterdir() if each.is_symlink())]
    for folder in folders:
        for path in sorted(folder.resolve().rglob("*.py")):
            inside = path.relative_to(folder.resolve()).with_suffix("").parts
            parts = (*(() if folder == PACKAGE else (folder.name,)), *inside)
            yield ".".join(("fellowship", *parts)).removesuffix(".__init__"), ast.parse(path.read_text("utf-8"))


def defined_names(module: ast.Module) -> Iterator[str]:
    """The public names that a module defines at its top level; type variables and module loggers are left out."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign) and not _is_type_variable_or_logger(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _is_type_variable_or_logger(value: ast.expr | None) -> bool:
    called = value.func if isinstance(value, ast.Call) else None
    return isinstance(called, ast.Name) and called.id in ("TypeVar", "ParamSpec", "get_logger")


def imported_rooms(module: ast.Module) -> set[str]:
    """The folders of the package that a module imports from, at its top or later."""
    names = {
        name
        for node in ast.walk(module)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    return {name.split(".")[1] for name in names if name.startswith("fellowship.")}


def test_no_public_name_is_defined_twice() -> None:
    """So that a search for a name finds one thing. Each command has its own `main` and `add_arguments`."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for module, tree in modules():
        for name in set(defined_names(tree)):
            if not name.startswith("_") and name not in OF_EVERY_COMMAND:
                places[name].append(module)

    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_folders_do_not_import_in_circles() -> None:
    """Not at the top of a module, and not inside a function either."""
    imports: defaultdict[str, set[str]] = defaultdict(set)
    for module, tree in modules():
        room = module.split(".")[1] if "." in module else ""
        imports[room] |= imported_rooms(tree) - {room}

    try:
        order = list(TopologicalSorter(imports).static_order())
    except CycleError as error:
        raise AssertionError(f"folders import in a circle: {' -> '.join(error.args[1])}") from None

    assert order.index("protocols") < order.index("agents") < order.index("runners") < order.index("cli")


def test_modules_do_not_import_in_circles() -> None:
    """Not at the top of a module, not inside a function, and not for type checkers alone."""
    trees = dict(modules())
    imports: dict[str, set[str]] = {}
    for module, tree in trees.items():
        froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
        named = {f"{node.module}.{alias.name}" for node in froms for alias in node.names}
        imports[module] = ((named & trees.keys()) | {str(node.module) for node in froms}) & trees.keys() - {module}

    try:
        order = list(TopologicalSorter(imports).static_order())
    except CycleError as error:
        raise AssertionError(f"modules import in a circle: {' -> '.join(error.args[1])}") from None

    assert order.index("fellowship.agents.chat_thread") < order.index("fellowship.agents.agent")


def test_every_folder_has_its_layer() -> None:
    """A folder that import-linter does not know of may import anything."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    layered = {name.strip().removeprefix("fellowship.") for layer in layers for name in layer.split("|")}
    rooms = {each.name for each in PACKAGE.iterdir() if (each / "__init__.py").is_file()}

    assert rooms - layered == set()
