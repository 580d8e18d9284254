"""The folder of a run: open for writing by one process at a time; its files, its renaming and its removal."""

import fcntl
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile

from fellowship.protocols.errors import RunNotFound, StoreError
from fellowship.storage.recorded_run import CONFIG, JOURNAL
from fellowship.telemetry.run_log import LOG_FILE

LOCK_FILE = "lock"
ROOM = 2**20
"""Bytes that the start of a run may take in its folder."""
UNFINISHED_SUFFIX = ".new"  # of a settings file while it is written
RUN_FILES = (
    JOURNAL,
    f"{JOURNAL}-wal",
    f"{JOURNAL}-shm",
    f"{JOURNAL}-journal",
    CONFIG,
    f"{CONFIG}{UNFINISHED_SUFFIX}",
    LOG_FILE,
    LOCK_FILE,
)
MAX_NAMED = 3


@contextmanager
def locked_folder(folder: Path | None) -> Iterator[None]:
    """Hold the folder; StoreError naming the process that holds it already. A dead process holds nothing."""
    if folder is None:
        yield
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK_FILE).open("ab+", buffering=0)
    except OSError as error:
        raise _unwritable(folder, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lock.truncate(0)
            lock.write(str(os.getpid()).encode())
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read().decode(errors="replace").strip() or "?"
            raise StoreError(f"the run in {folder} is in use by process {holder}") from error
        except OSError as error:  # a full disk, or a file system that knows no locks
            raise _unwritable(folder, error) from error
        yield


def has_room(folder: Path) -> bool:
    """Whether files in the folder can be written and have room; tried with a file that leaves nothing."""
    try:
        with TemporaryFile(dir=folder, buffering=0) as file:
            return file.write(bytes(ROOM)) == ROOM
    except OSError:
        return False


def rename_existing_run(folder: Path | None) -> Path | None:
    """Make room for a new run: one that is there already gets the name of the folder and a number, as in loop~1."""
    if folder is None or not (folder / JOURNAL).exists():
        return None
    with locked_folder(folder):
        number = next(n for n in count(1) if not folder.with_name(f"{folder.name}~{n}").exists())
        try:
            return folder.rename(folder.with_name(f"{folder.name}~{number}"))
        except OSError as error:
            raise StoreError(f"the run in {folder} cannot be renamed: {error.strerror or error}") from error


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(f"the run's folder {folder} cannot be written: {error.strerror or error}")


def running_process(folder: Path) -> str | None:
    """The id of the process that holds the folder's lock, "?" if unreadable; None if no live process holds it."""
    try:
        lock = (folder / LOCK_FILE).open(encoding="ascii", errors="replace")
    except OSError:
        return None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            number = lock.read(20).strip()
            return number if number.isdecimal() else "?"
        except OSError:  # a file system without locks
            return None
    return None


def move_run(folder: Path, to: Path) -> None:
    """Move the files of a run that is at rest, and nothing else; StoreError if it is in use, or cannot be moved."""
    with locked_folder(folder):
        try:
            to.mkdir(parents=True, exist_ok=True)
            for name in (each for each in reversed(RUN_FILES) if each != LOCK_FILE):  # the journal last
                if (folder / name).exists():
                    (folder / name).rename(to / name)
        except OSError as error:
            raise StoreError(f"the run in {folder} cannot be moved to {to}: {error.strerror or error}") from error
    (folder / LOCK_FILE).unlink(missing_ok=True)


def runs_below(folder: Path) -> list[Path]:
    """The folders of the runs in a folder and below it, the deepest first. No link is followed.

    RunNotFound without any; StoreError for a link, and for a run that `check_removable` refuses.
    """
    if folder.is_symlink():
        raise StoreError(f"{folder} is a symbolic link, which is not followed; name its target ({folder.readlink()})")
    places = sorted((Path(place) for place, _, files in os.walk(folder) if JOURNAL in files), reverse=True)
    found = [place for place in places if (place / JOURNAL).is_file() and not (place / JOURNAL).is_symlink()]
    if not found:
        raise RunNotFound(f"no runs in {folder}: it holds no {JOURNAL}; nothing was removed")
    for run in found:
        check_removable(run, but={each.relative_to(run).parts[0] for each in found if run in each.parents})
    return found


def remove_empty_folders(folders: Iterable[Path], top: Path) -> None:
    """Remove the folders above these, up to `top` and with it, as far as they are empty."""
    for folder in folders:
        for each in (folder, *folder.parents):
            if each != top and top not in each.parents:
                break
            with suppress(OSError):
                each.rmdir()


def check_removable(folder: Path, *, but: Collection[str] = ()) -> None:
    """RunNotFound if the folder holds no run; StoreError if it holds foreign files too, or its run is in use.

    `but`: the names of folders in it that may stay, because they hold runs.
    """
    if folder.is_symlink():
        raise StoreError(f"{folder} is a symbolic link, which is not followed; name its target ({folder.readlink()})")
    if not folder.is_dir() or not (folder / JOURNAL).is_file():
        raise RunNotFound(f"no run in {folder}: it holds no {JOURNAL}; nothing was removed")
    own = [each for each in RUN_FILES if (folder / each).is_file() and not (folder / each).is_symlink()]
    if foreign := sorted(each.name for each in folder.iterdir() if each.name not in (*own, *but)):
        more = f" and {len(foreign) - MAX_NAMED} more" if len(foreign) > MAX_NAMED else ""
        named = ", ".join(map(repr, foreign[:MAX_NAMED]))
        raise StoreError(
            f"{folder} holds files that do not belong to the run: {named}{more}; move them, then remove the run"
        )
    if (holder := running_process(folder)) is not None:
        raise StoreError(f"the run in {folder} is in use by process {holder}; stop that first")


def remove_run(folder: Path) -> None:
    """Delete the run's files and its folder, while holding its lock; `check_removable` lists what is refused."""
    check_removable(folder)
    with locked_folder(folder):
        try:
            for name in RUN_FILES:  # the journal first: without it the folder is not a run, also after a kill
                (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"the run in {folder} cannot be removed: {error.strerror or error}") from error
    with suppress(OSError):  # files that were added meanwhile are kept
        folder.rmdir()
