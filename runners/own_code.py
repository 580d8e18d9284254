"""What a run's code uses beyond its own module: imported modules of the user's own, values that it holds, and files.

The digests of `source_code.py` cover what the scenario, the roles and the entries define and use in their own module.
Here are the modules of the user's own that this code imports, transitively and each as a whole; the values of the
names, attributes and arguments that it uses; and files that it names. See docs/decisions/0020-content-and-code.md.
"""

import ast
import dataclasses
import dis
import functools
import inspect
import os
import sys
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any

from pydantic import BaseModel

from fellowship.agents.agent import Agent
from fellowship.protocols.digests import text_digest
from fellowship.runners.changed_values import changed_attributes, changed_names
from fellowship.runners.environment_values import variables_read
from fellowship.runners.free_names import bound_names, free_names
from fellowship.runners.held_values import code_trees, functions_of, held_values
from fellowship.runners.named_files import is_read_only_file, named_files, path_text
from fellowship.runners.own_modules import (
    imported_base,
    imported_modules,
    imported_names,
    own_source,
    package_of,
    parsed_file,
)
from fellowship.runners.scenario_function import unwrapped
from fellowship.runners.source_code import definitions, named_definitions, normalised, parsed, top_statements
from fellowship.runners.value_texts import ValueTexts, attributes_of, is_callable_code, is_own, is_volatile

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
NO_SOURCE = (OSError, TypeError, SyntaxError, KeyError)
MAX_FILE_BYTES = 20_000_000


def own_code(
    scenario: Any, arguments: Mapping[str, Any], agents: Iterable[Agent[Any]], entries: Iterable[str], prompts: Any
) -> dict[str, dict[str, str]]:
    """Digests of `modules` by name, and of `values` and `files` by what they are; empty without code of the user's own.

    `entries` are written `module:name`. `prompts` is the input of the run, which is compared item by item instead.
    """
    uses = _Uses(prompts)
    agents = list(agents)
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
        self._modules: dict[str, ast.Module] = {}
        self._folders: dict[Path, None] = {}  # of the modules that the code is in
        self._first_modules: set[str] = set()  # those of the scenario, the roles and the entries
        self._texts = ValueTexts(self._code_text, self._path_text, lambda own: changed_attributes(_tree_of(own)))
        self._input = Path(prompts).absolute() if isinstance(prompts, str | os.PathLike) else None
        main = getattr(sys.modules["__main__"], "__file__", None)
        self._main = () if main is None else (Path(main),)

    def digests(self) -> dict[str, dict[str, str]]:
        modules = imported_modules(self._imports, but=self._main)
        trees = {name: tree for name, path in sorted(modules.items()) if (tree := parsed_file(path)) is not None}
        if not (self._seen or trees or self._values):
            return {}
        texts = {f"the module {name}": normalised(tree) for name, tree in trees.items()}
        for name, tree in trees.items():
            self._variables([tree], vars(sys.modules[name]) if name in sys.modules else {})
        found = {"modules": texts, "values": self._values, "files": self._files}
        return {kind: {key: _digest(text) for key, text in sorted(each.items())} for kind, each in found.items()}

    # ---- where the code of a run begins

    def scenario(self, subject: Any) -> None:
        if not is_callable_code(subject):
            self._held("the scenario", self._texts.attributes(subject) if is_own(type(subject)) else {})
            subject = type(subject)
        code = inspect.unwrap(subject)
        if is_own(code):
            self._first_modules.add(code.__module__)
            self._subject(code)
            self._held_by_functions(subject, "the scenario")

    def agent(self, agent: Agent[Any]) -> None:
        roles = [each for each in type(agent).__mro__ if each not in Agent.__mro__ and is_own(each)]
        self._first_modules |= {each.__module__ for each in roles}
        for role in roles:
            self._role(role, f"the role {role.__name__}")
        if is_own(agent.reply):
            self._role(agent.reply, f"the reply {agent.reply.__name__}")
        self._class_attributes(type(agent), f"the role {type(agent).__name__}")
        built_in = _set_by_fellowship(type(agent))
        changed = set[str]().union(*(changed_attributes(_tree_of(role)) for role in roles))
        for name, value in attributes_of(agent):
            if name in changed:
                continue
            if (name not in built_in and not name.startswith("__")) or _holds_code(value):
                self._attribute(agent, name, value)

    def entry(self, written: str) -> None:
        module, _, name = written.partition(":")
        if module in sys.modules:
            self._first_modules.add(module)
            self.code(ast.parse(name), module, vars(sys.modules[module]))

    def argument(self, name: str, value: Any) -> None:
        """Plain arguments are in the configuration; functions and objects are there by their names only."""
        if not isinstance(value, Agent) and _is_code_or_own(value):
            self._value(f"the argument {name}", value)

    def _role(self, role: type, what: str) -> None:
        """A class of an agent, with what its methods hold."""
        self._subject(role)
        if is_own(type(role)):
            self._subject(type(role))
        self._held_by_functions(role, what)
        namesakes = [each for each in ast.walk(self._module_tree(role.__module__)) if _is_class(each, role.__name__)]
        if len(namesakes) > 1:  # such as one in each branch of an if: the source of the class may be that of the other
            trees = (tree for _, method in functions_of(role) for tree in code_trees(method))
            self._values[f"the code of the methods of {what}"] = "\n".join(map(normalised, trees))

    # ---- code

    def _subject(self, subject: Any) -> None:
        """A function or class of the user's own, in its own module."""
        if id(subject) in self._seen:
            return
        self._seen.add(id(subject))
        module = sys.modules.get(subject.__module__)
        namespace = getattr(subject, "__globals__", None) or (vars(module) if module is not None else {})
        self.code(_tree_of(subject), subject.__module__, namespace)

    def code(self, tree: ast.AST, module: str, namespace: Mapping[str, Any]) -> None:
        """Code of a module, with the definitions of the module that it uses."""
        around = self._module_tree(module)
        defined = named_definitions(tree, definitions(around))
        trees = [tree, *(node for nodes in defined.values() for node in nodes)]
        names = set[str]().union(*map(free_names, trees))
        path = own_source(module)
        package = package_of(module, path)
        for node in (*trees, *_imports_for(around, names)):
            self._imports |= dict.fromkeys(imported_names(node, package))
        if path is not None:
            self._folders[path.parent.resolve()] = None
        self._named_files(trees, path.parent if path is not None else None)
        self._variables(trees, namespace)
        for name in sorted(names & namespace.keys() - changed_names(trees)):
            found = defined.get(name, [])  # several: the module decides which one it defines
            is_definition = len(found) == 1 and isinstance(found[0], FUNCTIONS)
            self._global(name, namespace[name], module, is_definition=is_definition, trees=trees)
        for inner, name in _imported_inside(trees, package):
            self._of_module(inner, [name])

    def _module_tree(self, module: str) -> ast.Module:
        """The syntax tree of a module; without statements for a notebook."""
        if module not in self._modules:
            try:
                self._modules[module] = parsed(sys.modules[module])
            except NO_SOURCE:
                self._modules[module] = ast.Module([], [])
        return self._modules[module]

    def _of_module(self, module: str, names: Iterable[str]) -> None:
        """What code uses of another module; only of one that is imported already."""
        if own_source(module) is not None and module in sys.modules:
            namespace = vars(sys.modules[module])
            for name in sorted(set(names) & namespace.keys()):
                if (module, name) not in self._read:
                    self._read.add((module, name))
                    self.code(ast.parse(name), module, namespace)

    def _global(self, name: str, value: Any, module: str, *, is_definition: bool, trees: Sequence[ast.AST]) -> None:
        """A name of a module that code uses. Its definition counts already, its present value may be another."""
        if name.startswith("__") or typing.get_origin(value) is not None:
            return
        what = f"{name} of {_module_text(module)}"
        if inspect.ismodule(value):
            self._imports[value.__name__] = None
            attributes, is_whole = _attributes_used(name, trees)
            self._of_module(value.__name__, vars(value) if is_whole else attributes)
        elif inspect.isclass(value) and is_own(value):
            self._class_attributes(value, what)
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
            self._value(f"the value {what}", _used_part(name, value, trees))

    def _code_text(self, value: Any) -> str:
        """A function or class that a value holds: its code, with what it uses."""
        if value.__module__ not in self._first_modules:
            self._imports[value.__module__] = None
        self._subject(value)
        tree = _tree_of(value)
        held = ", ".join(f"{name}={self._texts.of(part)}" for name, part in held_values(value))
        named = named_definitions(tree, definitions(self._module_tree(value.__module__)))
        used = "\n".join(normalised(node) for name in sorted(named) for node in named[name])
        return f"{value.__qualname__} {normalised(tree)}\n{used}\n{held}"

    # ---- values and files

    def _value(self, what: str, value: Any) -> None:
        try:
            self._values[what] = self._texts.of(value)
        except (RecursionError, AttributeError, *NO_SOURCE):
            self._values[what] = type(value).__qualname__

    def _held_by_functions(self, subject: Any, holder: str) -> None:
        for name, value in held_values(subject):
            self._value(f"the value {name} of {holder}", value)

    def _variables(self, trees: Sequence[ast.AST], namespace: Mapping[str, Any]) -> None:
        """The environment variables that code reads."""
        for name in variables_read(trees, namespace):
            self._value(f"the environment variable {name}", os.environ.get(name))

    def _held(self, holder: str, attributes: Mapping[str, str]) -> None:
        self._values |= {f"the attribute {name} of {holder}": text for name, text in attributes.items()}

    def _attribute(self, agent: Agent[Any], name: str, value: Any) -> None:
        if isinstance(value, str) and is_read_only_file(Path(value)):
            self._file(Path(value))
        kept = inspect.getattr_static(type(agent), name, None)
        if not is_volatile(value) and not hasattr(kept, "attrname"):  # of a cached_property
            self._value(f"the attribute {name} of the agent {agent.name}", value)

    def _class_attributes(self, subject: type, what: str) -> None:
        """Attributes of a class and of its bases that hold values, and methods that were put there later."""
        if issubclass(subject, BaseModel):
            return
        for base in subject.__mro__:
            if is_own(base):
                changed = changed_attributes(_tree_of(base))
                for name, value in list(vars(base).items()):
                    if name not in changed and _is_held_by_class(base, name, value):
                        self._value(f"the attribute {name} of {what}", value)

    def _path_text(self, path: PurePath) -> str:
        if is_read_only_file(Path(path)):
            self._file(Path(path))
            return f"file {path.name}"
        return f"path {path_text(path, (*self._folders, Path.cwd().resolve()))!a}"

    def _named_files(self, trees: Sequence[ast.AST], folder: Path | None) -> None:
        for path in named_files(trees, folder):
            self._file(path)

    def _file(self, path: Path) -> None:
        """The content of a file; of a large one its size and time."""
        if path.absolute() == self._input:
            return
        try:
            is_large = (facts := path.stat()).st_size > MAX_FILE_BYTES
            text = f"{facts.st_size} {facts.st_mtime_ns}" if is_large else path.read_bytes().decode("latin-1")
        except OSError:
            return
        self._files[f"the file {_shown(path)}"] = text


def _tree_of(subject: Any) -> ast.AST:
    """The code of a function or class; of a lambda inside a statement, and of a class in a notebook, its parts."""
    if getattr(subject, "__name__", "") != "<lambda>":
        with suppress(*NO_SOURCE):
            return parsed(subject)
    if inspect.isclass(subject):
        methods = [each for _, each in sorted(vars(subject).items()) if inspect.isfunction(each)]
        return ast.Module([node for each in methods for node in _body(_tree_of(each))], [])
    try:
        lines, _ = inspect.findsource(subject)
        first = subject.__code__.co_firstlineno
        found = [each for each in ast.walk(ast.parse("".join(lines))) if getattr(each, "lineno", None) == first]
        return ast.Module([ast.Expr(each) for each in found if isinstance(each, ast.Lambda)], [])
    except (*NO_SOURCE, AttributeError):
        return ast.Module([], [])


def _body(tree: ast.AST) -> list[ast.stmt]:
    return tree.body if isinstance(tree, ast.Module) else []


def _imports_for(module: ast.Module, names: set[str]) -> Iterator[ast.stmt]:
    """The import statements at the top of a module for these names, `*`, and those for a name that nothing uses.

    The last are there for their effects, such as to fill a table.
    """
    statements = [each for each in top_statements(module.body) if isinstance(each, ast.Import | ast.ImportFrom)]
    if not statements:
        return
    read = {each.id for each in ast.walk(module) if isinstance(each, ast.Name)}
    for node in statements:
        bound = bound_names([node])
        if "*" in bound or bound & names or not bound & read:
            yield node


def _set_by_fellowship(role: type) -> set[str]:
    """The attributes that the constructors of fellowship's roles assign: a run's configuration has them already."""
    constructors = (vars(base).get("__init__") for base in role.__mro__ if not is_own(base))
    made = (dis.get_instructions(each) for each in constructors if inspect.isfunction(each))
    return {str(each.argval) for instructions in made for each in instructions if each.opname == "STORE_ATTR"}


def _is_code_or_own(value: Any) -> bool:
    return is_own(value) if is_callable_code(value) else is_own(type(value)) or _holds_code(value)


def _holds_code(value: Any) -> bool:
    """Whether a container, a partial or a dataclass, such as a Strategy, has code of the user's own in it."""
    if isinstance(value, Mapping):
        parts: Iterable[Any] = value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        parts = value
    elif callable(getattr(value, "func", None)):
        parts = [value.func, *getattr(value, "args", ())]
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = [getattr(value, each.name) for each in dataclasses.fields(value)]
    else:
        return is_callable_code(value) and is_own(value)
    return any(not isinstance(each, Agent) and _is_code_or_own(each) for each in parts)


def _is_held_by_class(base: type, name: str, value: Any) -> bool:
    if name.startswith("__") or name == "_abc_impl" or is_volatile(value):
        return False
    if inspect.isfunction(value):
        return value.__qualname__ != f"{base.__qualname__}.{name}"
    is_descriptor = hasattr(type(value), "__get__")
    return not is_descriptor or isinstance(value, functools.partialmethod) or is_own(type(value))


def _used_part(name: str, value: Any, trees: Sequence[ast.AST]) -> Any:
    """Of the arguments of a script only those that the code uses."""
    attributes, is_whole = _attributes_used(name, trees)
    is_arguments = type(value).__qualname__ == "Namespace"
    return {each: getattr(value, each, None) for each in attributes} if is_arguments and not is_whole else value


def _attributes_used(name: str, trees: Sequence[ast.AST]) -> tuple[list[str], bool]:
    """The attributes of a name that code uses, and whether it uses the name in another way too."""
    nodes = [each for tree in trees for each in ast.walk(tree)]
    used = [each.attr for each in nodes if isinstance(each, ast.Attribute) and _is_name(each.value, name)]
    return sorted(set(used)), sum(_is_name(each, name) for each in nodes) > len(used)


def _imported_inside(trees: Sequence[ast.AST], package: str) -> Iterator[tuple[str, str]]:
    """Module and name of what functions import themselves."""
    for node in (each for tree in trees for each in ast.walk(tree)):
        if isinstance(node, ast.ImportFrom):
            module = imported_base(node, package)
            yield from ((module, each.name) for each in node.names)


def _is_class(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == name


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _module_text(module: str) -> str:
    return "the script" if module == "__main__" else f"the module {module}"


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.absolute().relative_to(here) if path.absolute().is_relative_to(here) else path.name)


def _digest(text: str) -> str:
    return text_digest(text).hex()[:16]
