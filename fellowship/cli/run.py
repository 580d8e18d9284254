"""Execute a scenario script: a Python file that calls `run(...)`. The options win over the arguments of those calls.

Arguments behind -- are the script's own, in its sys.argv. The same command again continues where it stopped: finished
conversations are skipped, recorded replies are not asked for again, and conversations that failed by a provider's error
are tried once more.
"""

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from fellowship.cli import exits
from fellowship.cli.scripts import add_overrides, executed, look_at, overrides, stdout_kept_clean

if TYPE_CHECKING:
    from fellowship.runners.summary import RunSummary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship run`."""
    add_overrides(parser)
    parser.add_argument("--retry-failed", action="store_true", help="ask again where replies stayed unreadable")
    parser.add_argument("--max-failures", type=int, default=0, help="failed conversations that are still ok (0)")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def main(args: argparse.Namespace) -> int:
    """Run the script; 3 when more conversations failed than allowed, 1 when the script itself has a bug."""
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.runners.overrides import overriding
    from fellowship.runners.summary import collecting

    look_at(args)
    out = sys.stdout
    wanted = replace(overrides(args), retry_failed=args.retry_failed, quiet=args.quiet or args.json)
    with overriding(wanted), collecting() as summaries, stdout_kept_clean(args.json):
        if not executed(args.script, args.arguments):
            return exits.INTERNAL
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
        return exits.FAILURES
    return exits.OK


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
    print(orjson.dumps(done).decode(), file=out)
