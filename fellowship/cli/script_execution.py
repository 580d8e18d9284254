"""Executes a scenario script - a Python file that calls `run(...)` - in this process, as `python SCRIPT` would."""

import argparse
import ast
import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from fellowship.cli.script_options import script_overrides
from fellowship.cli.script_threads import waiting_for_threads
from fellowship.extensions import working_folder
from fellowship.protocols.errors import ConfigurationError, FellowshipError

if TYPE_CHECKING:
    from fellowship.runners.overrides import Overrides

DryRunT = TypeVar("DryRunT")


def dry_run_script(
    args: argparse.Namespace, dry_run: "Callable[[Overrides], contextlib.AbstractContextManager[list[DryRunT]]]"
) -> tuple[list[DryRunT], bool]:
    """The results of the dry runs that replace the `run(...)` calls, and whether the script completed.

    What the script prints goes to standard error. The console log shows errors only, unless verbose: a dry run reports
    problems in its notes. ConfigurationError for a script without `run(...)`.
    """
    import logging

    from fellowship.telemetry.console_log import configure_log

    configure_log(verbose=args.verbose, level=logging.ERROR)
    try:
        with dry_run(script_overrides(args)) as results, contextlib.redirect_stdout(sys.stderr):
            completed = execute_script(args.script, args.arguments, may_exit=True)
    finally:
        configure_log(verbose=args.verbose)
    if completed and not results:
        raise ConfigurationError(f"{args.script} does not call run(...)")
    return results, completed


def execute_script(script: Path, arguments: Sequence[str], *, may_exit: bool = False) -> bool:
    """Execute the script; False when it raised an error of its own, which is printed with its traceback.

    The script's folder is on the path, its arguments are in `sys.argv`. A file of a package is executed as `python -m`
    would, so that it can import its neighbours by relative names. Errors of fellowship propagate, as does
    SystemExit with another code than 0, unless the script `may_exit`: in a dry run its results are simulated, and so
    may be its reason to exit.
    """
    import runpy

    folders, argv = [str(script.resolve().parent)], sys.argv
    root, module = _place_in_package(script.resolve())
    if module:
        folders.append(str(root))
    sys.path[:0] = folders
    sys.argv = [str(script), *arguments]
    try:
        with waiting_for_threads():
            if module:
                runpy.run_module(module, run_name="__main__", alter_sys=True)
            else:
                runpy.run_path(str(script), run_name="__main__")
    except FellowshipError:
        raise
    except SystemExit as stop:
        if stop.code not in (0, None) and not may_exit:
            raise
    except Exception as error:
        _print_script_error(error, script)
        return False
    finally:
        for folder in folders:
            sys.path.remove(folder)
        sys.argv = argv
    return True


def _place_in_package(script: Path) -> tuple[Path, str]:
    """The folder from which the script is imported, and its dotted name there; an empty name outside of packages.

    A script below the working directory that imports its neighbours by relative names, or from the folder it is in by
    the folder's name, is in a package as well, with or without `__init__.py`.
    """
    root, names = script.parent, [script.stem]
    while (root / "__init__.py").is_file() and root.name.isidentifier():
        names.insert(0, root.name)
        root = root.parent
    here = working_folder().resolve()
    above = root.relative_to(here).parts if root.is_relative_to(here) else ()
    if above and all(map(str.isidentifier, above)) and _imports_from(script, above[0]):
        root, names = here, [*above, *names]
    return root, ".".join(names) if len(names) > 1 and script.stem.isidentifier() else ""


def _imports_from(script: Path, package: str) -> bool:
    """Whether the script has relative imports, or imports from the package."""
    from fellowship.runners.imports import parsed_file

    tree = parsed_file(script)
    statements = [each for each in ast.walk(tree) if isinstance(each, ast.Import | ast.ImportFrom)] if tree else []
    return any(
        (isinstance(each, ast.ImportFrom) and (each.level > 0 or (each.module or "").partition(".")[0] == package))
        or (isinstance(each, ast.Import) and any(name.name.partition(".")[0] == package for name in each.names))
        for each in statements
    )


def _print_script_error(error: Exception, script: Path) -> None:
    """Print the traceback from the script's first frame on, as Python itself would."""
    import traceback

    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename not in (str(script), str(script.resolve())):
        frames = frames.tb_next
    shown = None if isinstance(error, SyntaxError) and frames is None else frames or error.__traceback__
    traceback.print_exception(error.with_traceback(shown))
    print(f"fellowship: the script {script} failed: {type(error).__name__}: {error}", file=sys.stderr)
