"""Collects what a run's code uses beyond its own module: imported modules of the user's own, values, and files.

The digests of `source_code.py` cover what the scenario, the roles and the entries define and use in their own module.
Here are the modules of the user's own that this code imports, transitively and each as a whole; the values of the
names, attributes and arguments that it uses; and files that it names. `held_values.py` and `changed_values.py` decide
which values count, `value_texts.py` describes them, and `run_config.py` compares the digests with recorded ones.
See docs/decisions/0020-content-and-code.md.
"""

import ast
import functools
import inspect
import os
import sys
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from fellowship.agents.agent import Agent
from fellowship.protocols.digests import text_digest
from fellowship.runners.changed_values import changed_names
from fellowship.runners.definitions import NO_SOURCE, FunctionNode, definitions, module_tree, named_definitions, tree_of
from fellowship.runners.environment_values import variables_read
from fellowship.runners.free_names import attributes_used, free_names
from fellowship.runners.held_values import agent_attributes, class_attributes, held_values, is_code_or_own, method_trees
from fellowship.runners.imports import (
    imported_inside,
    imported_modules,
    imported_names,
    imports_for,
    package_of,
    parsed_file,
)
from fellowship.runners.named_files import (
    file_name,
    file_text,
    folder_text,
    is_place,
    is_read_only_file,
    named_files,
    path_text,
)
from fellowship.runners.own_modules import is_own, own_classes, own_source
from fellowship.runners.scenario_function import unwrapped
from fellowship.runners.source_code import named_texts, normalised
from fellowship.runners.value_texts import ValueTexts, is_callable_code, is_volatile, used_part


def own_code(
    scenario: Any, arguments: Mapping[str, Any], agents: Iterable[Agent[Any]], entries: Iterable[str], prompts: Any
) -> dict[str, dict[str, str]]:
    """Digests of `modules` by name, and of `values` and `files` by what they are; empty without code of the user's own.

    `entries` are written `module:name`. `prompts` is the input of the run, which is compared item by item instead.
    """
    uses = _Uses(prompts)
    uses.scenario(unwrapped(scenario))
    for written in entries:
        uses.entry(written)
    for agent in agents:
        uses.agent(agent)
    for name, value in arguments.items():
        uses.argument(name, value)
    return uses.digests()


class _Uses:
    """What the code of a run uses, collected."""

    def __init__(self, prompts: Any) -> None:
        self._imports: dict[str, None] = {}
        self._values: dict[str, str] = {}
        self._files: dict[str, str] = {}
        self._seen: set[int] = set()
        self._read: set[tuple[str, str]] = set()
        self._module_tree = functools.cache(module_tree)
        self._folders: dict[Path, None] = {}  # of the modules that the code is in
        self._first_modules: set[str] = set()  # those of the scenario, the roles and the entries
        self._texts = ValueTexts(self._code_text, self._path_text)
        self._input = Path(prompts).absolute() if isinstance(prompts, str | os.PathLike) else None

    def digests(self) -> dict[str, dict[str, str]]:
        main = getattr(sys.modules["__main__"], "__file__", None)
        modules = imported_modules(self._imports, but=() if main is None else [Path(main)])
        trees = {name: tree for name, path in modules.items() if (tree := parsed_file(path)) is not None}
        if not (self._seen or trees or self._values):
            return {}
        for name, tree in trees.items():
            self._variables([tree], vars(sys.modules[name]) if name in sys.modules else {})
        texts = {f"the module {name}": normalised(tree) for name, tree in trees.items()}
        found = {"modules": texts, "values": self._values, "files": self._files}
        return {
            kind: {key: text_digest(text).hex()[:16] for key, text in sorted(each.items())}
            for kind, each in found.items()
        }

    # ---- where the code of a run begins

    def scenario(self, subject: Any) -> None:
        self._depends_on(subject)
        if not is_callable_code(subject):
            texts = self._texts.attributes(subject) if is_own(type(subject)) else {}
            self._values |= {f"the attribute {name} of the scenario": text for name, text in texts.items()}
            subject = type(subject)
        code = inspect.unwrap(subject)
        if is_own(code):
            self._first_modules.add(code.__module__)
            self._subject(code)
            self._held("value", "the scenario", held_values(subject))

    def agent(self, agent: Agent[Any]) -> None:
        roles = own_classes(type(agent))
        self._first_modules |= {each.__module__ for each in roles}
        for role in roles:
            self._role(role, f"the role {role.__name__}")
        if is_own(agent.reply):
            self._role(agent.reply, f"the reply {agent.reply.__name__}")
        self._held("attribute", f"the role {type(agent).__name__}", class_attributes(type(agent)))
        for name, value in agent_attributes(agent):
            if isinstance(value, str):
                self._file(Path(value))
            kept = inspect.getattr_static(type(agent), name, None)
            if not is_volatile(value) and not hasattr(kept, "attrname"):  # of a cached_property
                self._value(f"the attribute {name} of the agent {agent.name}", value)
        self._depends_on(agent)

    def _depends_on(self, holder: Any) -> None:
        """The files, and all files of the folders, in the attribute `depends_on` of a role or a scenario.

        A path that is not in the working folder is looked for in the folder of the module.
        """
        module = own_source(getattr(holder, "__module__", None) or "")
        for given in _parts(getattr(holder, "depends_on", None)):
            places = [Path(given), *([module.parent / given] if module is not None else [])]
            path = next(filter(is_place, places), None)
            if path is None or (not self._file(path) and path.is_dir()):
                self._add_folder(path or places[0])

    def _add_folder(self, path: Path) -> None:
        """A folder that is there or was; several of the same name, outside of the working folder, are one entry."""
        key, text = f"the folder {file_name(path)}", folder_text(path, without=self._input)
        if text not in (before := self._files.get(key, text)):
            text = f"{before}\n\n{text}"
        self._files[key] = text

    def entry(self, written: str) -> None:
        module, _, name = written.partition(":")
        if module in sys.modules:
            self._first_modules.add(module)
            self._code(ast.parse(name), module, vars(sys.modules[module]))

    def argument(self, name: str, value: Any) -> None:
        """Plain arguments are in the configuration; functions and objects are there by their names only."""
        if not isinstance(value, Agent) and is_code_or_own(value):
            self._value(f"the argument {name}", value)

    def _role(self, role: type, what: str) -> None:
        """A class of an agent, with what its methods hold."""
        self._subject(role)
        if is_own(type(role)):
            self._subject(type(role))
        self._held("value", what, held_values(role))
        classes = (each for each in ast.walk(self._module_tree(role.__module__)) if isinstance(each, ast.ClassDef))
        if sum(each.name == role.__name__ for each in classes) > 1:
            # such as one in each branch of an if: the source of the class may be that of the other
            self._values[f"the code of the methods of {what}"] = "\n".join(map(normalised, method_trees(role)))

    # ---- code

    def _subject(self, subject: Any) -> None:
        """A function or class of the user's own, in its own module."""
        if id(subject) in self._seen:
            return
        self._seen.add(id(subject))
        module = sys.modules.get(subject.__module__)
        namespace = getattr(subject, "__globals__", None) or (vars(module) if module is not None else {})
        self._code(tree_of(subject), subject.__module__, namespace)

    def _code(self, tree: ast.AST, module: str, namespace: Mapping[str, Any]) -> None:
        """Code of a module, with the definitions of the module that it uses."""
        around = self._module_tree(module)
        defined = named_definitions(tree, definitions(around))
        trees = [tree, *(node for nodes in defined.values() for node in nodes)]
        names = set[str]().union(*map(free_names, trees))
        path = own_source(module)
        package = package_of(module, path)
        self._imports |= dict.fromkeys(imported_names([*trees, *imports_for(around, names)], package))
        if path is not None:
            self._folders[path.parent.resolve()] = None
        for named in named_files(trees, path.parent if path is not None else None):
            self._file(named)
        self._variables(trees, namespace)
        for name in sorted(names & namespace.keys() - changed_names(trees)):
            found = defined.get(name, [])  # several: the module decides which one it defines
            is_definition = len(found) == 1 and isinstance(found[0], FunctionNode | ast.ClassDef)
            self._global(name, namespace[name], module, is_definition=is_definition, trees=trees)
        for inner, name in imported_inside(trees, package):
            self._of_module(inner, [name])

    def _of_module(self, module: str, names: Iterable[str]) -> None:
        """What code uses of another module; only of one that is imported already."""
        if own_source(module) is not None and module in sys.modules:
            namespace = vars(sys.modules[module])
            for name in sorted(set(names) & namespace.keys()):
                if (module, name) not in self._read:
                    self._read.add((module, name))
                    self._code(ast.parse(name), module, namespace)

    def _global(self, name: str, value: Any, module: str, *, is_definition: bool, trees: Sequence[ast.AST]) -> None:
        """A name of a module that code uses. Its definition counts already, its present value may be another."""
        if name.startswith("__") or typing.get_origin(value) is not None:
            return
        what = f"{name} of {'the script' if module == '__main__' else f'the module {module}'}"
        if inspect.ismodule(value):
            self._imports[value.__name__] = None
            attributes, is_whole = attributes_used(name, trees)
            self._of_module(value.__name__, vars(value) if is_whole else attributes)
        elif inspect.isclass(value) and is_own(value):
            self._held("attribute", what, class_attributes(value))
            if value.__module__ != module:
                self._imports[value.__module__] = None
                self._subject(value)
            elif not is_definition:
                self._value(f"the value {what}", value)
        elif is_definition and getattr(value, "__qualname__", None) == name:
            return
        elif inspect.isroutine(value) and is_own(value) and value.__module__ != module:
            self._imports[value.__module__] = None
            self._subject(inspect.unwrap(value))
        elif not is_volatile(value) and not (is_callable_code(value) and not is_own(value)):
            self._value(f"the value {what}", used_part(name, value, trees))

    def _code_text(self, value: Any) -> str:
        """A function or class that a value holds: its code, with what it uses."""
        if value.__module__ not in self._first_modules:
            self._imports[value.__module__] = None
        self._subject(value)
        tree = tree_of(value)
        held = ", ".join(f"{name}={self._texts.of(part)}" for name, part in held_values(value))
        used = "\n".join(named_texts(tree, definitions(self._module_tree(value.__module__))))
        return f"{value.__qualname__} {normalised(tree)}\n{used}\n{held}"

    # ---- values and files

    def _value(self, what: str, value: Any) -> None:
        try:
            self._values[what] = self._texts.of(value)
        except (RecursionError, AttributeError, *NO_SOURCE):
            self._values[what] = type(value).__qualname__

    def _held(self, kind: str, holder: str, values: Iterable[tuple[str, Any]]) -> None:
        for name, value in values:
            self._value(f"the {kind} {name} of {holder}", value)

    def _variables(self, trees: Sequence[ast.AST], namespace: Mapping[str, Any]) -> None:
        """The environment variables that code reads."""
        for name in variables_read(trees, namespace):
            self._value(f"the environment variable {name}", os.environ.get(name))

    def _path_text(self, path: PurePath) -> str:
        is_file = self._file(Path(path))
        folders = (*self._folders, Path.cwd().resolve())
        return f"file {path.name}" if is_file else f"path {path_text(path, folders)!a}"

    def _file(self, path: Path) -> bool:
        """Whether this is a file that counts, with its content; that of the run's input is compared by item."""
        is_file = is_read_only_file(path)
        if is_file and path.absolute() != self._input and (text := file_text(path)) is not None:
            self._files[f"the file {file_name(path)}"] = text
        return is_file


def _parts(value: Any) -> Iterator[str | PurePath]:
    """The paths in a value, at any depth."""
    if isinstance(value, str | PurePath):
        yield from [value] if str(value) else []
    elif isinstance(value, Mapping):
        yield from _parts(list(value.values()))
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from _parts(part)
