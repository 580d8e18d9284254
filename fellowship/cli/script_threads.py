"""The threads of a script: a command waits for them, as Python does at the end of a script."""

import gc
import threading
from collections.abc import Collection, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from fellowship.protocols.errors import FellowshipError


@contextmanager
def waiting_for_threads() -> Iterator[None]:
    """Wait, at the end of the block, for the threads begun in it, daemons excepted; raises their first error.

    It is an error of fellowship, such as RunStopped; others are printed with their traceback. An interrupted script is
    not waited for.
    """
    before, failed, shown = set(threading.enumerate()), list[FellowshipError](), threading.excepthook

    def note(args: threading.ExceptHookArgs) -> None:
        if isinstance(args.exc_value, FellowshipError):
            failed.append(args.exc_value)
        else:
            shown(args)

    threading.excepthook = note
    try:
        try:
            yield
        except (Exception, SystemExit):
            _wait(before)
            raise
        _wait(before)
    finally:
        threading.excepthook = shown
    if failed:
        raise failed[0]


def _wait(before: Collection[threading.Thread]) -> None:
    left = [each for each in threading.enumerate() if each not in before and not each.daemon]
    if not left:
        return
    for pool in [each for each in gc.get_objects() if issubclass(type(each), Executor)]:
        if any(each in left for each in _threads_of(pool)):
            pool.shutdown()  # its threads wait for work until then
    for each in left:
        each.join()


def _threads_of(pool: Executor) -> list[threading.Thread]:
    """The threads of a pool of threads; of a pool of processes, the one that manages them."""
    manager = getattr(pool, "_executor_manager_thread", None)
    return [*getattr(pool, "_threads", ()), *(() if manager is None else (manager,))]
