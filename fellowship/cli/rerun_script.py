"""The script of a recorded run, executed once more for the sake of that run, as `verify` and `fork` do."""

import argparse
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from fellowship.runners.provenance import Provenance
    from fellowship.runners.run_spec import RunSpec

CommandResultT = TypeVar("CommandResultT")


def add_script(parser: argparse.ArgumentParser) -> None:
    """The options that say how the run came about, where its own record does not."""
    parser.add_argument("--script", type=Path, metavar="FILE", help="the run's script, if it is not where it was")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, instead of the nearest fellowship.toml")
    parser.set_defaults(arguments=[])


def rerun_script(
    folder: Path, work: "Callable[[RunSpec], Awaitable[CommandResultT]]", *, script: Path | None, config: Path | None
) -> CommandResultT:
    """What comes of `work` with the call that made the run in the folder; of a fork, that of what it was made of.

    Nothing else of the script is carried out.
    """
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.reruns.fork import fork_origin, recorded_changes
    from fellowship.reruns.script_interceptor import ScriptInterceptor, StopScript
    from fellowship.runners.overrides import overriding
    from fellowship.runners.provenance import Provenance
    from fellowship.runners.summary import collecting_summaries
    from fellowship.storage.recorded_run import RecordedRun

    with RecordedRun.open(folder) as recorded:
        origin = Provenance.read(recorded.settings().get("origin"), script)
    original = fork_origin(folder)
    with RecordedRun.open(original) as recorded:
        made_in = recorded.settings().get("made_in")
    if origin.script is not None and script is None:
        _refuse_foreign(origin.script, folder)
    if script is not None and not script.is_file():
        raise ConfigurationError(f"{script}: no such script; expected the Python file that made the run")
    if origin.script is not None and not origin.script.is_file():
        raise ConfigurationError(
            f"the script {origin.script}, which made this run, is not there; name it with --script"
        )
    one = ScriptInterceptor(original, lambda spec: work(recorded_changes(spec, folder)), made_in=made_in)
    wanted = replace(origin.overrides, intercept=one, config=config or origin.overrides.config)
    with (
        _standing_in(origin.folder),
        overriding(wanted),
        collecting_summaries(),
        contextlib.redirect_stdout(sys.stderr),
        contextlib.suppress(StopScript),
    ):
        _execute(origin)
    return one.done()


def _refuse_foreign(script: Path, folder: Path) -> None:
    """A run may have come from somebody else, with a script beside it: that is executed only if it is named."""
    from fellowship.protocols.errors import ConfigurationError

    if not script.is_absolute() or folder.resolve() in script.resolve().parents:
        raise ConfigurationError(
            f"the record of this run names the script {script}, which may have come with it; read it, and name it with "
            "--script if it is to be executed"
        )


def _execute(origin: "Provenance") -> None:
    from fellowship.cli.main import run_command
    from fellowship.cli.script_execution import executed
    from fellowship.protocols.errors import ConfigurationError

    if origin.script is None:
        run_command(origin.arguments[0], origin.arguments[1:])
    elif not executed(origin.script, origin.arguments):
        raise ConfigurationError(f"the script {origin.script} failed before it came to the run")


@contextlib.contextmanager
def _standing_in(folder: Path) -> Iterator[None]:
    """The folder in which the run was started, so that relative paths mean what they meant."""
    before = Path.cwd()
    if folder.is_dir():
        os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
