"""Executes the script of a recorded run again, for `verify` and `fork`: its `run(...)` call is intercepted."""

import argparse
import contextlib
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from fellowship.protocols.errors import ConfigurationError

if TYPE_CHECKING:
    from fellowship.runners.provenance import Provenance
    from fellowship.runners.run_spec import RunSpec
    from fellowship.storage.recorded_run import RecordedRun

CommandResultT = TypeVar("CommandResultT")


def add_rerun_options(parser: argparse.ArgumentParser) -> None:
    """Add --script and --config, for a run whose script or settings have moved, and --json."""
    parser.add_argument("--script", type=Path, metavar="FILE", help="the run's script, if it has moved")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, instead of the nearest fellowship.toml")
    parser.set_defaults(arguments=[])
    parser.add_argument("--json", action="store_true", help="print JSON lines only")


def rerun_script(
    folder: Path,
    args: argparse.Namespace,
    work: "Callable[[RunSpec, RecordedRun], Awaitable[CommandResultT]]",
    *,
    command: str,
    is_dry: bool,
) -> CommandResultT:
    """The result of `work`, given the `run(...)` call that made the run in the folder, and its record.

    For a fork it is the call that made the original run. The script stops behind that call.
    """
    from fellowship.cli.main import run_command
    from fellowship.cli.script_execution import execute_script
    from fellowship.reruns.fork import fork_origin, recorded_changes
    from fellowship.reruns.script_interceptor import ScriptInterceptor, StopScript
    from fellowship.runners.overrides import overriding
    from fellowship.runners.own_contents import own_contents
    from fellowship.runners.provenance import Provenance
    from fellowship.runners.run_config import changed_code
    from fellowship.runners.summary import collecting_summaries
    from fellowship.storage.recorded_run import RecordedRun

    folder = folder.resolve()
    with RecordedRun.open(folder) as recorded:
        settings = recorded.settings()
    origin = Provenance.read(settings.get("origin"), args.script)
    original = fork_origin(folder)
    with RecordedRun.open(original) as recorded:
        made_in = recorded.settings().get("made_in")
    if args.script is None and origin.script is not None:
        _check_recorded_script(origin.script, folder)
    elif args.script is not None and not args.script.is_file():
        raise ConfigurationError(f"{args.script}: no such script; expected the Python file that made the run")
    config = args.config.absolute() if args.config is not None else None
    _refuse_settings_of_record(origin, config)

    async def rerun(spec: "RunSpec") -> CommandResultT:
        rerun_spec = recorded_changes(spec, folder)
        for change in changed_code(settings.get("config", "{}"), rerun_spec.config):
            print(f"fellowship: since the run was started, {change}", file=sys.stderr)
        with RecordedRun.open(folder, own_contents(spec.scenario, spec.agents())) as recorded:
            return await work(rerun_spec, recorded)

    interceptor = ScriptInterceptor(original, rerun, made_in=made_in)
    overrides = replace(origin.overrides, intercept=interceptor, config=config or origin.overrides.config)
    with (
        contextlib.chdir(origin.folder if origin.folder.is_dir() else Path()),  # for relative paths of the script
        overriding(overrides, command=command, is_dry=is_dry),
        collecting_summaries(everywhere=True),
        contextlib.redirect_stdout(sys.stderr),
        contextlib.suppress(StopScript),
    ):
        if origin.script is None:
            run_command(origin.arguments[0], origin.arguments[1:])
        elif not execute_script(origin.script, origin.arguments):
            raise ConfigurationError(f"the script {origin.script} failed before it reached the run")
    return interceptor.done()


def _check_recorded_script(script: Path, folder: Path) -> None:
    """A run received from another person may contain a script; it is executed only when the user names it."""
    if not script.is_absolute() or folder in script.resolve().parents:
        raise ConfigurationError(
            f"the record of this run names the script {script}, which may have been delivered with the run; read it, "
            "and name it with --script to execute it"
        )
    if not script.is_file():
        raise ConfigurationError(f"the script {script}, which made this run, does not exist; name it with --script")


def _refuse_settings_of_record(origin: "Provenance", config: Path | None) -> None:
    """The record names settings, and the folder to look for them: such a file must not cause an import."""
    from fellowship.settings.settings import load_settings, settings_file

    own = {path.resolve() for path in (config, settings_file()) if path is not None}
    named = (config or origin.overrides.config, settings_file(start=origin.folder))
    for path in (each for each in named if each is not None and each.resolve() not in own):
        if entries := load_settings(path).own_entries():
            raise ConfigurationError(
                f"the record of this run names the settings {path}, which use {entries[0]!r}; read them, and name them "
                "with --config if that is to be imported"
            )
