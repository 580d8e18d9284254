"""Executes the script of a recorded run again, for `verify` and `fork`: its `run(...)` call is intercepted."""

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


def add_rerun_options(parser: argparse.ArgumentParser) -> None:
    """Add --script and --config, for a run whose script or settings have moved."""
    parser.add_argument("--script", type=Path, metavar="FILE", help="the run's script, if it has moved")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, instead of the nearest fellowship.toml")
    parser.set_defaults(arguments=[])


def rerun_script(
    folder: Path, work: "Callable[[RunSpec], Awaitable[CommandResultT]]", *, script: Path | None, config: Path | None
) -> CommandResultT:
    """The result of `work`, given the `run(...)` call that made the run in the folder.

    For a fork it is the call that made the original run. The script stops behind that call.
    """
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.reruns.fork import fork_origin, recorded_changes
    from fellowship.reruns.script_interceptor import ScriptInterceptor, StopScript
    from fellowship.runners.overrides import overriding
    from fellowship.runners.provenance import Provenance
    from fellowship.runners.run_config import changed_code
    from fellowship.runners.summary import collecting_summaries
    from fellowship.storage.recorded_run import RecordedRun

    with RecordedRun.open(folder) as recorded:
        settings = recorded.settings()
    origin, config_then = Provenance.read(settings.get("origin"), script), settings.get("config", "{}")
    original = fork_origin(folder)
    with RecordedRun.open(original) as recorded:
        made_in = recorded.settings().get("made_in")
    if origin.script is not None and script is None:
        _refuse_bundled_script(origin.script, folder)
    if script is not None and not script.is_file():
        raise ConfigurationError(f"{script}: no such script; expected the Python file that made the run")
    if origin.script is not None and not origin.script.is_file():
        raise ConfigurationError(
            f"the script {origin.script}, which made this run, does not exist; name it with --script"
        )
    config = config.absolute() if config is not None else None
    _refuse_settings_of_record(origin, config)

    async def rerun(spec: "RunSpec") -> CommandResultT:
        rerun_spec = recorded_changes(spec, folder)
        for change in changed_code(config_then, rerun_spec.config):
            print(f"fellowship: since the run was started, {change}", file=sys.stderr)
        return await work(rerun_spec)

    interceptor = ScriptInterceptor(original, rerun, made_in=made_in)
    intercepting = replace(origin.overrides, intercept=interceptor, config=config or origin.overrides.config)
    with (
        _working_directory(origin.folder),
        overriding(intercepting),
        collecting_summaries(),
        contextlib.redirect_stdout(sys.stderr),
        contextlib.suppress(StopScript),
    ):
        _execute_origin(origin)
    return interceptor.done()


def _refuse_bundled_script(script: Path, folder: Path) -> None:
    """A run received from another person may contain a script; it is executed only when the user names it."""
    from fellowship.protocols.errors import ConfigurationError

    if not script.is_absolute() or folder.resolve() in script.resolve().parents:
        raise ConfigurationError(
            f"the record of this run names the script {script}, which may have been delivered with the run; read it, "
            "and name it with --script to execute it"
        )


def _refuse_settings_of_record(origin: "Provenance", config: Path | None) -> None:
    """The record names settings, and the folder to look for them: such a file must not cause an import."""
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.settings.settings import load_settings, settings_file

    own = {path.resolve() for path in (config, settings_file()) if path is not None}
    named = (config or origin.overrides.config, settings_file(start=origin.folder))
    for path in (each for each in named if each is not None and each.resolve() not in own):
        if entries := load_settings(path).own_entries():
            raise ConfigurationError(
                f"the record of this run names the settings {path}, which use {entries[0]!r}; read them, and name them "
                "with --config if that is to be imported"
            )


def _execute_origin(origin: "Provenance") -> None:
    from fellowship.cli.main import run_command
    from fellowship.cli.script_execution import execute_script
    from fellowship.protocols.errors import ConfigurationError

    if origin.script is None:
        run_command(origin.arguments[0], origin.arguments[1:])
    elif not execute_script(origin.script, origin.arguments):
        raise ConfigurationError(f"the script {origin.script} failed before it reached the run")


@contextlib.contextmanager
def _working_directory(folder: Path) -> Iterator[None]:
    """Work in the folder in which the run was started, so that relative paths resolve as they did."""
    before = Path.cwd()
    if folder.is_dir():
        os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
