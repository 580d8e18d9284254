"""The files that code names, such as `open("rubric.txt")`: their content is part of what the code does.

A text in the code names a file if one is there, seen from the working directory or from the folder of the module. A
file that the same code writes does not count. A name that the code puts together is not seen.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePath
from tempfile import gettempdir
from typing import Literal

from fellowship.protocols.digests import text_digest
from fellowship.protocols.errors import ConfigurationError
from fellowship.storage.recorded_run import JOURNAL

MAX_NAME = 200
MOST_ABOVE = 3  # folders above that of a module
MODE = re.compile("[rwaxbt+]{1,4}")
OUTPUTS = (".log", ".lock", ".tmp", ".sqlite", ".db", ".pid", ".pyc")
MAX_READ = 20_000_000  # bytes
SETTINGS_FILE_NAME = "fellowship.toml"
MOST_FILES = 1_000  # of a folder in depends_on, with its folders
WRITING_CALLS = ("write_text", "write_bytes", "touch", "unlink", "to_csv", "to_json", "to_parquet")


def named_files(trees: Sequence[ast.AST], folder: Path | None) -> Iterator[Path]:
    """The files that the code names and does not write; `folder` is that of its module."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    texts = [*dict.fromkeys(text for node in nodes if (text := _text(node)) is not None)]
    written = {text for node in nodes if isinstance(node, ast.Call) and _writes(node) for text in _texts(node, nodes)}
    places = [Path(), *((folder, folder.parent) if folder is not None else ())]
    places += [place / text for text in texts for place in places if _is("is_dir", place / text)]
    for text in texts:
        if text not in written:
            found = (place / text for place in places if is_read_only_file(place / text))
            yield from islice(found, 1)


def is_read_only_file(path: Path) -> bool:
    """Whether there is such a file, and its name is not one of a file that programs write, such as a log."""
    return path.suffix not in OUTPUTS and path.name != SETTINGS_FILE_NAME and _is("is_file", path)


def file_text(path: Path) -> str | None:
    """The content of a file; of a large one its size and time, of one that cannot be read None."""
    try:
        is_large = (facts := path.stat()).st_size > MAX_READ
        return f"{facts.st_size} {facts.st_mtime_ns}" if is_large else path.read_bytes().decode("latin-1")
    except OSError:
        return None


def folder_text(folder: Path, *, without: Path | None) -> str:
    """The names of all files below a folder, sorted, with digests of their contents; empty where it is not there.

    Left out are files that programs write (see `is_read_only_file`), hidden files and folders, `__pycache__`, the
    folders of runs, and the file `without`. Links are followed, each folder once. ConfigurationError for more than
    MOST_FILES, and for a folder that cannot be read.
    """
    files: list[Path] = []
    seen: set[Path] = set()
    left = [folder] if _is("is_dir", folder) else []
    while left:
        place = left.pop()
        if (resolved := place.resolve()) in seen:
            continue
        seen.add(resolved)
        inside = sorted(_listed(place))
        if not any(each.name == JOURNAL for each in inside):
            files += (each for each in inside if is_read_only_file(each) and each.absolute() != without)
            left += [each for each in reversed(inside) if _is("is_dir", each)]
        if len(files) + len(seen) > MOST_FILES:
            raise ConfigurationError(
                f"depends_on: {folder} has more than {MOST_FILES:,} files and folders; name a smaller folder, or the "
                "files"
            )
    return "\n".join(f"{path.relative_to(folder).as_posix()!a} {_content_digest(path)}" for path in files)


def _listed(folder: Path) -> list[Path]:
    try:
        return [each for each in folder.iterdir() if not each.name.startswith(".") and each.name != "__pycache__"]
    except OSError as error:
        raise ConfigurationError(
            f"depends_on: {folder} cannot be read: {error.strerror or error}; name the files in it"
        ) from error


def _content_digest(path: Path) -> str:
    text = file_text(path)
    return "" if text is None else text_digest(text).hex()[:16]


def file_name(path: Path) -> str:
    """The path of a file in the working directory as seen from there; the name of another one."""
    here = Path.cwd()
    return str(path.absolute().relative_to(here) if path.absolute().is_relative_to(here) else path.name)


def path_text(path: PurePath, folders: Iterable[Path]) -> str:
    """A path to a folder, or to nothing: as seen from the first of the folders that it is in or around.

    A project that is copied to another place has the same paths. One outside is its name, a temporary one is empty.
    """
    if not path.is_absolute():
        return path.as_posix()
    resolved = Path(path).resolve()
    for folder in folders:
        if resolved.is_relative_to(folder):
            return resolved.relative_to(folder).as_posix()
        if resolved in folder.parents[:MOST_ABOVE]:
            return "/".join([".."] * (folder.parents.index(resolved) + 1))
    return "" if resolved.is_relative_to(Path(gettempdir()).resolve()) else path.name


def is_place(path: Path) -> bool:
    """Whether there is a file or folder of this path."""
    return _is("is_file", path) or _is("is_dir", path)


def _is(kind: Literal["is_file", "is_dir"], path: Path) -> bool:
    try:
        return bool(getattr(path, kind)())
    except (OSError, ValueError):
        return False


def _text(node: ast.AST) -> str | None:
    """A text that may be the name of a file or of a folder."""
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    return text if 0 < len(text) <= MAX_NAME and text.isprintable() and text.strip("./ ") else None


def _writes(call: ast.Call) -> bool:
    """`open(..., "w")`, `path.write_text(...)` and the like."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in WRITING_CALLS:
        return True
    given = [*call.args, *(each.value for each in call.keywords if each.arg == "mode")]
    modes = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return name == "open" and any(MODE.fullmatch(mode) and set(mode) & set("wax+") for mode in modes)


def _texts(call: ast.Call, nodes: Sequence[ast.AST]) -> Iterator[str]:
    """The texts in a call, and in the assignments of the names in it."""
    inside = list(ast.walk(call))
    names = {each.id for each in inside if isinstance(each, ast.Name)}
    assigned = [
        each.value
        for each in nodes
        if isinstance(each, ast.Assign) and any(isinstance(to, ast.Name) and to.id in names for to in each.targets)
    ]
    for tree in (call, *assigned):
        yield from (text for node in ast.walk(tree) if (text := _text(node)) is not None)
