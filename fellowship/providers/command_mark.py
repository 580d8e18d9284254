"""The mark of a running command in the environment, which the processes that its script starts inherit.

Options of a command hold in its process. Another process cannot share its limits, so it must not ask where there are
any, nor where the command asks nothing.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import orjson

VARIABLE = "_FELLOWSHIP_COMMAND"


@dataclass(frozen=True, slots=True)
class CommandMark:
    """A command: its process, its name, and the options that no other process can keep.

    limits    options that hold for all runs of the command together
    options   those that a process knows only when it is forked
    is_free   the command must not pay
    """

    pid: int
    name: str
    limits: Sequence[str] = ()
    options: Sequence[str] = ()
    is_free: bool = False


def command_of_other_process() -> CommandMark | None:
    """The command that has started this process, directly or through others; None in its own process."""
    try:
        mark = CommandMark(**orjson.loads(os.environ.get(VARIABLE, "null") or "null"))
    except (TypeError, ValueError):
        return None
    return None if mark.pid == os.getpid() else mark


@contextmanager
def marked_command(mark: CommandMark) -> Iterator[None]:
    """Inside the block, processes that are started inherit the mark."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = orjson.dumps(asdict(mark)).decode()
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = before


def reason_not_to_ask(*, is_forked: bool) -> str | None:
    """Why no model may be asked in this process; None where one may.

    `is_forked`: the process is a copy of the command's, which has its options, save limits of all runs together.
    """
    mark = command_of_other_process()
    if mark is None:
        return None
    here = f"this is process {os.getpid()}, and `fellowship {mark.name}` is process {mark.pid}"
    if mark.is_free:
        return f"{here}, which asks no model; call run(...) in that process, in threads or with `await arun(...)`"
    given = [*mark.limits, *(() if is_forked else mark.options)]
    if not given:
        return None
    return (
        f"{here}, where {', '.join(given)} {'holds' if len(given) == 1 else 'hold'}; call run(...) in that process, in "
        "threads or with `await arun(...)`, or start the command without"
    )
