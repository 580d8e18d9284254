"""Execute a scenario script: a Python file that calls `run(...)`. The options win over the arguments of those calls.

Arguments behind -- are the script's own, in its sys.argv. The same command again continues where it stopped: finished
conversations are skipped, recorded replies are not asked for again, and conversations that failed by a provider's error
are tried once more.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from fellowship.cli import exits

if TYPE_CHECKING:
    from fellowship.runners.overrides import Overrides
    from fellowship.runners.summary import RunSummary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship run`."""
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
    parser.add_argument("--retry-failed", action="store_true", help="ask again where replies stayed unreadable")
    parser.add_argument("--accept-changes", action="store_true", help="go on with other settings; ask what has changed")
    parser.add_argument("--fresh", action="store_true", help="start over; the run that is there is set aside")
    parser.add_argument(
        "--reuse", type=Path, metavar="RUN", help="another run, whose replies to the same requests count"
    )
    add_caps(parser)
    parser.add_argument("--max-failures", type=int, default=0, help="failed conversations that are still ok (0)")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    json_help = "JSON lines, and only those, on standard output: launch, progress, conversation, done"
    parser.add_argument("--json", action="store_true", help=json_help)


def add_caps(parser: argparse.ArgumentParser) -> None:
    """What a run may use."""
    parser.add_argument(
        "--budget", type=_dollars, metavar="USD", help="stop before more is spent, in all starts together"
    )
    parser.add_argument("--max-calls", type=int, metavar="N", help="stop before more requests are made, likewise")
    parser.add_argument("--max-hours", type=float, metavar="H", help="stop after so many hours")


def _dollars(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not amount.is_finite():
        raise ValueError(text)
    return amount


_dollars.__name__ = "amount of US dollars"


def main(args: argparse.Namespace) -> int:
    """Run the script; 3 when more conversations failed than allowed, 1 when the script itself has a bug."""
    from fellowship.protocols.errors import ConfigurationError, FellowshipError
    from fellowship.runners import environment
    from fellowship.runners.overrides import overriding
    from fellowship.runners.settings import load
    from fellowship.runners.summary import collecting

    if not args.script.is_file():
        raise ConfigurationError(f"{args.script}: no such script; expected a Python file that calls run(...)")
    variables = {own.key_variable for own in load(args.config).providers.values() if own.key_variable}
    for line in environment.unknown(variables):
        print(f"fellowship: {line}", file=sys.stderr)
    out = _kept_for_json() if args.json else sys.stdout
    with overriding(_overrides(args, out)), collecting() as summaries, _printed_elsewhere(args.json):
        try:
            _execute(args.script, args.arguments)
        except FellowshipError:
            raise
        except SystemExit as stop:
            if stop.code not in (0, None):
                raise
        except Exception as error:
            _show_bug(error, args.script)
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


def _overrides(args: argparse.Namespace, out: TextIO) -> "Overrides":
    from fellowship.runners.overrides import Overrides

    named = dict(given.split("=", 1) for given in args.model if "=" in given.partition("/")[0])
    everyone = [given for given in args.model if "=" not in given.partition("/")[0]]
    return Overrides(
        prompts=args.prompts,
        out=args.out,
        models=named,
        everyone=everyone[-1] if everyone else None,
        n=args.n,
        seed=args.seed,
        retry_failed=args.retry_failed,
        quiet=args.quiet,
        concurrency=args.concurrency,
        config=args.config,
        accept_changes=args.accept_changes,
        fresh=args.fresh,
        reuse=args.reuse,
        budget=args.budget,
        max_calls=args.max_calls,
        max_hours=args.max_hours,
        events=out if args.json else None,
    )


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


@contextlib.contextmanager
def _printed_elsewhere(elsewhere: bool) -> Iterator[None]:
    """Whatever the script prints goes to standard error while standard output is for JSON lines."""
    if not elsewhere:
        yield
        return
    with contextlib.redirect_stdout(sys.stderr):
        yield


def _show_bug(error: Exception, script: Path) -> None:
    """A traceback that begins in the script, as Python itself would show it."""
    import traceback

    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != str(script):
        frames = frames.tb_next
    seen = None if isinstance(error, SyntaxError) and frames is None else frames or error.__traceback__
    traceback.print_exception(error.with_traceback(seen))
    print(f"fellowship: the script {script} failed: {type(error).__name__}: {error}", file=sys.stderr)


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
