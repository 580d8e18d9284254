"""Atomic replacement of a folder: it is built beside its destination and moved there when it is complete."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fellowship.export.manifest import MANIFEST_FILE, listed_files
from fellowship.protocols.errors import ConfigurationError

COMMAND_OPTIONS = {"configs": "--format"}
"""The options of the command that are called differently in Python and in the manifest."""


def check_replaceable(folder: Path, options: Mapping[str, Any], *, overwrite: bool) -> None:
    """ConfigurationError unless the folder is absent, empty, or a data set by fellowship with no other file in it.

    It was made with these options, as the manifest has them, and its files were not edited since; neither is needed
    with `overwrite`. An option that the manifest of an older version does not have may be any.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    listed = listed_files(folder)
    if listed is None:
        msg = f"{folder} exists and is not a data set written by fellowship; name another folder, or remove it"
        raise ConfigurationError(msg)
    ours = listed.digests
    inside = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    if foreign := sorted({path.relative_to(folder).as_posix() for path in inside} - {*ours, MANIFEST_FILE}):
        msg = f"{folder} would be replaced, but holds {foreign[0]!r}, which fellowship did not write; move it away"
        raise ConfigurationError(msg)
    edited = [name for name in sorted(ours) if not overwrite and _is_edited(folder / name, ours[name])]
    if edited or (listed.is_edited and not overwrite):
        msg = (
            f"{folder} would be replaced, but {(edited or [MANIFEST_FILE])[0]!r} was edited after fellowship wrote it; "
            "name another folder, or lose the edit with --overwrite (overwrite=True in Python)"
        )
        raise ConfigurationError(msg)
    if not overwrite and (changed := _changed(listed.options, options)):
        former, present = (
            " ".join(_option(name, given[name]) for name in changed) for given in (listed.options, options)
        )
        msg = (
            f"{folder} would be replaced, but that data set was made with {former}, and this export is with {present}; "
            "repeat the former options, name another folder, or replace it with --overwrite (overwrite=True in Python)"
        )
        raise ConfigurationError(msg)


def _changed(former: Mapping[str, Any], present: Mapping[str, Any]) -> list[str]:
    """The options that both have, with another value; the order of several values does not count."""
    return [name for name, value in present.items() if name in former and not _is_same(former[name], value)]


def _is_same(former: Any, present: Any) -> bool:
    are_lists = isinstance(former, list) and isinstance(present, list)
    return bool(sorted(map(str, former)) == sorted(present) if are_lists else former == present)


def _option(name: str, value: Any) -> str:
    """An option as the command has it: `--format dpo,kto`, `no --license`."""
    option = COMMAND_OPTIONS.get(name, f"--{name.replace('_', '-')}")
    if value is None or isinstance(value, bool):
        return option if value else f"no {option}"
    return f"{option} {','.join(map(str, value)) if isinstance(value, list) else value}"


@contextmanager
def replacing(folder: Path, options: Mapping[str, Any], *, overwrite: bool) -> Iterator[Path]:
    """A new folder to fill, which replaces `folder` when the block ends; after an error nothing has changed.

    After a kill between the two moves, the former folder is in a hidden folder beside its destination.
    """
    folder = folder.resolve()
    created = [parent for parent in folder.parents if not parent.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        workshop = TemporaryDirectory(dir=folder.parent, prefix=".fellowship-export-")
    except OSError as error:
        raise ConfigurationError(f"cannot write into {folder.parent}: {error.strerror}") from error
    try:
        with workshop as place:
            built = Path(place, "built")
            built.mkdir()
            yield built
            check_replaceable(folder, options, overwrite=overwrite)
            _exchange(folder, built, former=Path(place, "former"))
    except BaseException:
        with suppress(OSError):  # one that is not empty stays
            for parent in created:
                parent.rmdir()
        raise


def _exchange(folder: Path, built: Path, *, former: Path) -> None:
    if folder.exists():
        folder.rename(former)
    try:
        built.rename(folder)
    except OSError:
        if former.exists():
            former.rename(folder)
        raise


def _is_edited(path: Path, digest: str) -> bool:
    return path.exists() and _digest(path) != digest


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
