"""The modules and the code of a user's own; no module is imported to find out.

A module is the user's own if it has a Python file outside of the standard library and of installed packages, and does
not belong to fellowship. A package that is installed from its folder (`pip install -e`) is the user's own as well.
"""

import inspect
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

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


def is_own(value: Any) -> bool:
    """Whether a function or a class is of the user's own code."""
    module = getattr(inspect.unwrap(value) if inspect.isfunction(value) else value, "__module__", None)
    return isinstance(module, str) and not inspect.isbuiltin(value) and is_own_module(module)


def own_classes(kind: type) -> list[type]:
    """The class and its bases, without those of others."""
    return [each for each in kind.__mro__ if is_own(each)]


def with_packages(name: str) -> Iterator[str]:
    """A dotted name after the packages around it."""
    parts = name.split(".")
    yield from (".".join(parts[: number + 1]) for number in range(len(parts)))


def _found_file(name: str) -> str | None:
    """The file that an import would execute, found without importing the packages around it."""
    places: Sequence[str] | None = None
    spec: ModuleSpec | None = None
    for part in with_packages(name):
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
