"""Execute a scenario script: a Python file that calls `run(...)`. The options override the arguments of those calls.

Arguments behind -- are passed to the script in sys.argv. Repeating the command continues the run: finished
conversations are skipped, recorded replies are reused, and conversations that failed with a provider's error are
tried again.
"""

import argparse
import os
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from fellowship.cli import exit_codes
from fellowship.cli.script_execution import execute_script
from fellowship.cli.script_options import (
    add_budget_options,
    add_script_options,
    check_script_options,
    script_overrides,
)

if TYPE_CHECKING:
    from fellowship.runners.summary import RunSummary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add_script_options(parser)
    add("--retry-failed", action="store_true", help="repeat conversations that failed with unreadable replies")
    add(
        "--accept-changes",
        action="store_true",
        help="continue with changed settings; repeat the calls whose requests differ",
    )
    add("--fresh", action="store_true", help="start over; the existing run is renamed")
    add(
        "--reuse",
        type=Path,
        metavar="RUN",
        help="another run, or a folder of runs, whose replies to equal requests are reused",
    )
    add_budget_options(parser)
    add("--max-failures", type=int, default=0, help="failed conversations that are accepted (0)")
    add("--quiet", action="store_true", help="show no progress, and not what was read of the input")


def main(args: argparse.Namespace) -> int:
    """Run the script; 3 when more conversations failed than allowed, 1 when the script itself raises an error."""
    from fellowship.protocols.errors import ConfigurationError, RunStopped
    from fellowship.runners.overrides import current_folders, overriding
    from fellowship.runners.summary import collecting_summaries

    check_script_options(args)
    out = _reserved_stdout() if args.json else sys.stdout
    overrides = replace(script_overrides(args), events=out if args.json else None)
    script_out = sys.stderr if args.json else sys.stdout
    with (
        overriding(overrides),
        collecting_summaries(everywhere=True) as summaries,
        redirect_stdout(script_out),
    ):
        folders = current_folders()
        if not execute_script(args.script, args.arguments):
            return exit_codes.INTERNAL
    if not summaries:
        if folders.has_runs:
            raise RunStopped(f"no run of {args.script} finished; the script handled the errors itself", n_committed=0)
        raise ConfigurationError(f"{args.script} does not call run(...)")
    for summary in summaries:
        if args.json:
            _print_json_lines(summary, out)
        elif summary.folder is not None and not args.quiet:
            print(f"inspect it: fellowship show {summary.folder}, or replay {summary.folder}", file=sys.stderr)
    n_failed = sum(summary.n_failed for summary in summaries)
    if n_failed > args.max_failures:
        first = next(each for summary in summaries for each in summary.rows() if each["status"] == "failed")
        print(
            f"fellowship: {n_failed} of {sum(len(each) for each in summaries)} conversations failed, "
            f"{args.max_failures} allowed; the first: {first['conversation']}: {first['error']}",
            file=sys.stderr,
        )
        return exit_codes.FAILURES
    return exit_codes.OK


def _reserved_stdout() -> TextIO:
    """Standard output for this command alone; that of exit handlers and child processes goes to standard error too."""
    try:
        stdout, stderr = sys.stdout.fileno(), sys.stderr.fileno()
    except (OSError, ValueError):  # replaced by objects that are not files, as in tests
        return sys.stdout
    sys.stdout.flush()
    reserved = os.fdopen(os.dup(stdout), "w", encoding="utf-8")
    os.dup2(stderr, stdout)
    return reserved


def _print_json_lines(summary: "RunSummary", out: TextIO) -> None:
    from fellowship.formatting.json_lines import print_json

    for row in summary.rows():
        print_json({"event": "conversation", **row}, out)
    done = {"event": "done", "scenario": summary.scenario, "conversations": summary.n_conversations}
    counts = {"finished": summary.n_finished, "failed": summary.n_failed, "asked": summary.n_asked}
    counts |= {"undecided": summary.n_undecided, "left_out": summary.n_left_out}
    folder = str(summary.folder) if summary.folder else None
    print_json({**done, **counts, "simulated": summary.simulated, "folder": folder}, out)
