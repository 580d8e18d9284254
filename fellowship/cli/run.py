"""Execute a scenario script: a Python file that calls `run(...)`. The options win over the arguments of those calls.

Arguments behind -- are the script's own, in its sys.argv. The same command again continues where it stopped: finished
conversations are skipped, recorded replies are not asked for again, and conversations that failed by a provider's error
are tried once more.
"""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from fellowship.cli import exit_codes
from fellowship.cli.budget_options import add_caps
from fellowship.cli.script_execution import add_overrides, executed, look_at, overrides, stdout_kept_clean

if TYPE_CHECKING:
    from fellowship.runners.overrides import Overrides
    from fellowship.runners.summary import RunSummary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship run`."""
    add_overrides(parser)
    parser.add_argument("--retry-failed", action="store_true", help="ask again where replies stayed unreadable")
    parser.add_argument("--accept-changes", action="store_true", help="go on with other settings; ask what has changed")
    parser.add_argument("--fresh", action="store_true", help="start over; the run that is there is set aside")
    parser.add_argument(
        "--reuse", type=Path, metavar="RUN", help="another run, whose replies to the same requests count"
    )
    add_caps(parser)
    parser.add_argument("--max-failures", type=int, default=0, help="failed conversations that are still ok (0)")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def main(args: argparse.Namespace) -> int:
    """Run the script; 3 when more conversations failed than allowed, 1 when the script itself has a bug."""
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.runners.overrides import overriding
    from fellowship.runners.summary import collecting_summaries

    look_at(args)
    out = _kept_for_json() if args.json else sys.stdout
    with overriding(_overrides(args, out)), collecting_summaries() as summaries, stdout_kept_clean(args.json):
        if not executed(args.script, args.arguments):
            return exit_codes.INTERNAL
    if not summaries:
        raise ConfigurationError(f"{args.script} made no call of run(...)")
    for summary in summaries:
        if args.json:
            _tell(summary, out)
        elif summary.folder is not None and not args.quiet:
            print(f"look into it: fellowship show {summary.folder}, or replay {summary.folder}", file=sys.stderr)
    n_failed = sum(summary.n_failed for summary in summaries)
    if n_failed > args.max_failures:
        shown = next(each for summary in summaries for each in summary.rows() if each["status"] == "failed")
        print(
            f"fellowship: {n_failed} of {sum(len(each) for each in summaries)} conversations failed, "
            f"{args.max_failures} allowed; the first: {shown['conversation']}: {shown['error']}",
            file=sys.stderr,
        )
        return exit_codes.FAILURES
    return exit_codes.OK


def _overrides(args: argparse.Namespace, out: TextIO) -> "Overrides":
    return replace(
        overrides(args),
        retry_failed=args.retry_failed,
        quiet=args.quiet,
        accept_changes=args.accept_changes,
        fresh=args.fresh,
        reuse=args.reuse,
        budget=args.budget,
        max_calls=args.max_calls,
        max_hours=args.max_hours,
        events=out if args.json else None,
    )


def _kept_for_json() -> TextIO:
    """Standard output for this command alone; from now on its file descriptor leads to standard error.

    For the rest of the process: child processes, and what the script has left to do at exit, print as well.
    """
    try:
        number, elsewhere = sys.stdout.fileno(), sys.stderr.fileno()
    except (OSError, ValueError):  # they are no files, as in tests of this process
        return sys.stdout
    sys.stdout.flush()
    kept = os.fdopen(os.dup(number), "w", encoding="utf-8")
    os.dup2(elsewhere, number)
    return kept


def _tell(summary: "RunSummary", out: TextIO) -> None:
    import orjson

    for row in summary.rows():
        print(orjson.dumps({"event": "conversation", **row}).decode(), file=out)
    done = {
        "event": "done",
        "scenario": summary.scenario,
        "conversations": summary.n_conversations,
        "finished": summary.n_finished,
        "failed": summary.n_failed,
        "asked": summary.n_asked,
        "simulated": summary.simulated,
        "folder": str(summary.folder) if summary.folder else None,
    }
    print(orjson.dumps(done).decode(), file=out, flush=True)
