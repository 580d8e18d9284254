"""Sets of named entries that users extend: aggregation rules, strategies, export formats, evaluator kinds, dialects.

A set is a folder with one module per entry: `majority.py` in the folder of rules defines `majority_rule`. An entry of
your own is written `module:name`; the module is imported from the folder of the script that is run or from the current
folder. Look up a name only where a user has written it: a record of a run must never cause an import.
"""

import difflib
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

from fellowship.protocols.errors import ConfigurationError

EntryT = TypeVar("EntryT")
OWN_ENTRY = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*")
"""`module:name`; the module may be a dotted path."""
PACKAGE = Path(__file__).parent


class UnknownEntry(ConfigurationError, ValueError):
    """No entry has this name. A ValueError as well: the name may be an argument in Python code."""


@dataclass(frozen=True, slots=True)
class EntryTable(Generic[EntryT]):
    """The entries of one folder, and those of users.

    noun      what an entry is, in errors: "rule"
    folder    the package with one module per entry
    suffix    `majority.py` defines `majority_<suffix>`
    types     what an entry of a user may be, for isinstance
    expected  the same in words: "a function of votes"
    """

    noun: str
    folder: str
    suffix: str
    types: tuple[Any, ...]
    expected: str

    def names(self) -> tuple[str, ...]:
        """The names of the entries in the folder, sorted."""
        return entry_names(self.folder)

    def find(self, written: str) -> EntryT:
        """The entry of that name, or the user's own; UnknownEntry if it does not exist."""
        if written in self.names():
            entry: EntryT = getattr(import_module(f"{self.folder}.{written}"), f"{written}_{self.suffix}")
            return entry
        if is_own_entry(written):
            return self._own(written)
        raise UnknownEntry(f"unknown {self.noun} {written!r}; {self.choices(written)}")

    def choices(self, written: str = "") -> str:
        """The names, as an error lists them, with the one nearest to what was written."""
        names = ", ".join(map(repr, self.names()))
        return f"expected one of {names}, or one of your own as module:name{did_you_mean(written, self.names())}"

    def problem(self, written: object) -> str | None:
        """What is wrong with a name, None if it has an entry; imports the module of a user's own."""
        if not isinstance(written, str) or not (written in self.names() or is_own_entry(written)):
            return self.choices(str(written))
        try:
            self.find(written)
        except UnknownEntry as error:
            return str(error)
        return None

    def _own(self, written: str) -> EntryT:
        module_name, _, name = written.partition(":")
        module = _imported(module_name, f"{self.noun} {written!r}")
        if not hasattr(module, name):
            hint = did_you_mean(name, [each for each in vars(module) if not each.startswith("_")])
            place = getattr(module, "__file__", None) or module_name
            raise UnknownEntry(f"{self.noun} {written!r}: {place} has no {name!r}; expected {self.expected}{hint}")
        entry: EntryT = getattr(module, name)
        if not isinstance(entry, self.types):
            raise UnknownEntry(f"{self.noun} {written!r} is of type {type(entry).__name__}; expected {self.expected}")
        return entry


@cache
def entry_names(folder: str) -> tuple[str, ...]:
    """The names of the entries in a package of fellowship, sorted; imports nothing."""
    place = PACKAGE.joinpath(*folder.split(".")[1:])
    return tuple(sorted(path.stem for path in place.glob("*.py") if not path.stem.startswith("_")))


def is_own_entry(written: str) -> bool:
    """Whether a name has the form `module:name`."""
    return OWN_ENTRY.fullmatch(written) is not None


def _imported(module: str, what: str) -> ModuleType:
    folder = str(working_folder())
    sys.path.insert(1, folder)  # the first is the folder of the script, where there is one
    try:
        return import_module(module)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name and f"{module}.".startswith(f"{error.name}."):
            places = dict.fromkeys((str(Path(sys.path[0]).resolve()), folder))
            raise UnknownEntry(f"{what}: no module {module!r} in {' or '.join(places)}") from error
        raise ConfigurationError(f"{what}: {module} cannot be imported: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(folder)


def working_folder() -> Path:
    """The working directory; ConfigurationError if it was deleted."""
    try:
        return Path.cwd()
    except OSError as error:
        raise ConfigurationError(
            "the working directory does not exist any more; change to another one, as with cd, and repeat the command"
        ) from error


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """The end of an error that names the known name nearest to the given one; empty if none is near."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
