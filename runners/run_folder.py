"""The folder of a run from outside: who is carrying the run out, what in it is not the run's, and how it is removed."""

import fcntl
import stat
from contextlib import suppress
from pathlib import Path

from fellowship.protocols.errors import RunNotFound, StoreError
from fellowship.runners.folder_lock import LOCK_FILE, locked_folder
from fellowship.storage.recorded_run import CONFIG, JOURNAL
from fellowship.telemetry.run_log import LOG_FILE

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


def running_process(folder: Path) -> str | None:
    """The process that carries the run out now, as its lock names it; None for nobody, as a dead one holds nothing."""
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
        except OSError:  # a file system that knows no locks
            return None
    return None


def check_removable(folder: Path) -> None:
    """RunNotFound where no run is; StoreError where something else is too, or a run in use. Changes nothing."""
    if folder.is_symlink():
        raise StoreError(f"{folder} is a link; it is not followed: name the folder it leads to ({folder.readlink()})")
    if not folder.is_dir() or not (folder / JOURNAL).is_file():
        raise RunNotFound(f"no run in {folder}: it holds no {JOURNAL}; nothing was removed")
    strange = sorted(each.name for each in folder.iterdir() if not _is_own(each))
    if strange:
        more = f" and {len(strange) - MAX_NAMED} more" if len(strange) > MAX_NAMED else ""
        named = ", ".join(map(repr, strange[:MAX_NAMED]))
        raise StoreError(
            f"{folder} holds what is not the run's own: {named}{more}; move it elsewhere, then remove the run"
        )
    holder = running_process(folder)
    if holder is not None:
        raise StoreError(f"the run in {folder} is in use by process {holder}; stop that first")


def remove_run(folder: Path) -> None:
    """The run's files and its folder gone; see `check_removable` for what is refused. Held while it goes."""
    check_removable(folder)
    with locked_folder(folder):
        try:
            for name in RUN_FILES:  # the journal first: what is left after a kill is no run any more
                (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"the run in {folder} cannot be removed: {error.strerror or error}") from error
    with suppress(OSError):  # something has come into it meanwhile, which stays
        folder.rmdir()


def _is_own(path: Path) -> bool:
    """One of the run's own files; a link is none, whatever it is called."""
    return path.name in RUN_FILES and stat.S_ISREG(path.lstat().st_mode)
