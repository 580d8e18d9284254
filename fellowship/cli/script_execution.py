"""Scenario scripts - Python files that call `run(...)` - and the options that win over the arguments of those calls."""

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fellowship.runners.overrides import Overrides


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """The script, and the options that are the same wherever one is executed."""
    parser.add_argument("script", type=Path, help="a Python file that calls run(...)")
    parser.set_defaults(arguments=[])
    parser.add_argument("--prompts", type=Path, help="JSONL or Parquet file of prompts or comparisons")
    parser.add_argument("--out", type=Path, help="the run's folder")
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="[ROLE=]PROVIDER/MODEL",
        help="use this model for one agent, or for all; may be given more than once",
    )
    parser.add_argument("-n", type=int, help="the first N prompts only")
    parser.add_argument("--seed", type=int, help="the run's seed")
    parser.add_argument("--concurrency", type=int, metavar="N", help="at most N conversations at once")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, instead of the nearest fellowship.toml")
    parser.add_argument("--json", action="store_true", help="JSON lines, and only those, on standard output")


def overrides(args: argparse.Namespace) -> "Overrides":
    """What these options change about a script's calls of `run(...)`."""
    from fellowship.runners.overrides import Overrides

    named = dict(given.split("=", 1) for given in args.model if "=" in given.partition("/")[0])
    default_model = [given for given in args.model if "=" not in given.partition("/")[0]]
    return Overrides(
        prompts=args.prompts,
        out=args.out,
        models=named,
        default_model=default_model[-1] if default_model else None,
        n=args.n,
        seed=args.seed,
        concurrency=args.concurrency,
        config=args.config,
    )


def look_at(args: argparse.Namespace) -> None:
    """ConfigurationError for a script that is not there, or settings that are wrong; a line for an idle variable."""
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.settings import environment
    from fellowship.settings.model import load_settings

    if not args.script.is_file():
        raise ConfigurationError(f"{args.script}: no such script; expected a Python file that calls run(...)")
    variables = {own.key_variable for own in load_settings(args.config).providers.values() if own.key_variable}
    for line in environment.unknown_variable(variables):
        print(f"fellowship: {line}", file=sys.stderr)


def executed(script: Path, arguments: Sequence[str], *, may_exit: bool = False) -> bool:
    """Execute it; whether it has come to its end. A bug of its own is told with a traceback that begins in it.

    Errors that fellowship raises on purpose go on; so does an exit of the script's own with another code than 0, unless
    it `may_exit`, as it may where its results are made up.
    """
    from fellowship.protocols.errors import FellowshipError

    try:
        _execute(script, arguments)
    except FellowshipError:
        raise
    except SystemExit as stop:
        if stop.code not in (0, None) and not may_exit:
            raise
    except Exception as error:
        _show_bug(error, script)
        return False
    return True


def _execute(script: Path, arguments: Sequence[str]) -> None:
    """As `python SCRIPT ARGUMENTS` would, with its folder on the path."""
    import runpy

    folder, argv = str(script.resolve().parent), sys.argv
    sys.path.insert(0, folder)
    sys.argv = [str(script), *arguments]
    try:
        runpy.run_path(str(script), run_name="__main__")
    finally:
        sys.path.remove(folder)
        sys.argv = argv


@contextlib.contextmanager
def stdout_kept_clean(clean: bool) -> Iterator[None]:
    """Whatever the script prints goes to standard error while standard output is for something else."""
    if not clean:
        yield
        return
    with contextlib.redirect_stdout(sys.stderr):
        yield


@contextlib.contextmanager
def only_errors_logged(*, verbose: bool) -> Iterator[None]:
    """What goes wrong in a rehearsal is told in a line of its own, and not in the log as well, unless verbose."""
    import logging

    from fellowship.telemetry import console_log

    if not verbose:
        console_log.configure_log(logging.ERROR)
    try:
        yield
    finally:
        console_log.configure_log(logging.INFO if verbose else logging.WARNING)


def _show_bug(error: Exception, script: Path) -> None:
    """A traceback that begins in the script, as Python itself would show it."""
    import traceback

    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != str(script):
        frames = frames.tb_next
    seen = None if isinstance(error, SyntaxError) and frames is None else frames or error.__traceback__
    traceback.print_exception(error.with_traceback(seen))
    print(f"fellowship: the script {script} failed: {type(error).__name__}: {error}", file=sys.stderr)
