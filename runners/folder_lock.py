"""A run's folder, open for writing by one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from fellowship.protocols.errors import StoreError
from fellowship.storage.recorded_run import JOURNAL

LOCK_FILE = "lock"


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
