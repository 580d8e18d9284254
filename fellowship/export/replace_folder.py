"""Atomic replacement of a folder: it is built beside its destination and moved there when it is complete."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fellowship.export.manifest import files_listed
from fellowship.protocols.errors import ConfigurationError


def check_replaceable(folder: Path) -> None:
    """ConfigurationError unless the folder is absent, empty, or a data set by fellowship with no other file in it."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    ours = files_listed(folder)
    if ours is None:
        msg = f"{folder} exists and is not a data set written by fellowship; name another folder, or remove it"
        raise ConfigurationError(msg)
    inside = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    if foreign := sorted({path.relative_to(folder).as_posix() for path in inside} - ours):
        msg = f"{folder} would be replaced, but holds {foreign[0]!r}, which fellowship did not write; move it away"
        raise ConfigurationError(msg)


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A new folder to fill, which replaces `folder` when the block ends; after an error nothing has changed.

    After a kill between the two moves, the former folder is in a hidden folder beside its destination.
    """
    folder = folder.resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        workshop = TemporaryDirectory(dir=folder.parent, prefix=".fellowship-export-")
    except OSError as error:
        raise ConfigurationError(f"cannot write into {folder.parent}: {error.strerror}") from error
    with workshop as place:
        built, former = Path(place, "built"), Path(place, "former")
        built.mkdir()
        yield built
        check_replaceable(folder)
        if folder.exists():
            folder.rename(former)
        try:
            built.rename(folder)
        except OSError:
            if former.exists():
                former.rename(folder)
            raise
