"""Executes a scenario script - a Python file that calls `run(...)` - in this process, as `python SCRIPT` would."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path


def execute_script(script: Path, arguments: Sequence[str], *, may_exit: bool = False) -> bool:
    """Execute the script; False when it raised an error of its own, which is printed with its traceback.

    Errors of fellowship propagate. So does SystemExit with another code than 0, unless the script `may_exit`: in a dry
    run its results are simulated, and so may be its reason to exit.
    """
    from fellowship.protocols.errors import FellowshipError

    try:
        _run_path(script, arguments)
    except FellowshipError:
        raise
    except SystemExit as stop:
        if stop.code not in (0, None) and not may_exit:
            raise
    except Exception as error:
        _print_script_error(error, script)
        return False
    return True


def _run_path(script: Path, arguments: Sequence[str]) -> None:
    """Execute with the script's folder on the path and its arguments in `sys.argv`."""
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
def script_output_to_stderr(redirect: bool = True) -> Iterator[None]:
    """Inside the block, what the script prints goes to standard error: standard output belongs to the command."""
    if not redirect:
        yield
        return
    with contextlib.redirect_stdout(sys.stderr):
        yield


@contextlib.contextmanager
def only_errors_logged(*, verbose: bool) -> Iterator[None]:
    """Inside the block the console log shows errors only, unless verbose: a dry run reports problems in its notes."""
    import logging

    from fellowship.telemetry import console_log

    if not verbose:
        console_log.configure_log(logging.ERROR)
    try:
        yield
    finally:
        console_log.configure_log(logging.INFO if verbose else logging.WARNING)


def _print_script_error(error: Exception, script: Path) -> None:
    """Print the traceback from the script's first frame on, as Python itself would."""
    import traceback

    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != str(script):
        frames = frames.tb_next
    shown = None if isinstance(error, SyntaxError) and frames is None else frames or error.__traceback__
    traceback.print_exception(error.with_traceback(shown))
    print(f"fellowship: the script {script} failed: {type(error).__name__}: {error}", file=sys.stderr)
