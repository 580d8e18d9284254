"""Hold today's code against a recorded run: its script is executed once more, answered by the recorded replies.

Asks no model and changes nothing. Without differences the exit code is 0. A prompt that is rendered otherwise, a reply
that is read otherwise, an ask that is new or gone, are told message by message with what differs, and the code is 4.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fellowship.cli import exit_codes
from fellowship.cli.rerun_script import add_script, rerun_script

if TYPE_CHECKING:
    from fellowship.reruns.verify import VerifyResult
    from fellowship.runners.run_spec import RunSpec

SHOWN, LINES = 20, 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship verify`."""
    parser.add_argument("run", type=Path, help="a run's folder")
    add_script(parser)
    parser.add_argument("--json", action="store_true", help="JSON lines, and only those, on standard output")


def main(args: argparse.Namespace) -> int:
    """Tell the differences; 4 when there are any."""
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.reruns.verify import verify_run
    from fellowship.storage.recorded_run import RecordedRun

    folder = args.run.resolve()

    async def work(spec: "RunSpec") -> "VerifyResult":
        with RecordedRun.open(folder) as recorded:
            return await verify_run(spec, recorded)

    found = rerun_script(folder, work, script=args.script, config=args.config)
    if not found.n_conversations:
        raise ConfigurationError(
            f"none of the {found.n_open:,} conversations of {args.run} has ended; nothing to verify"
        )
    if args.json:
        _tell(found)
    else:
        _show(found, whole=args.verbose)
    return exit_codes.GATE if found.differences else exit_codes.OK


def _tell(found: "VerifyResult") -> None:
    from dataclasses import asdict

    import orjson

    for each in found.differences:
        print(orjson.dumps({"event": "difference", **asdict(each)}).decode())
    counts = {
        "conversations": found.n_conversations,
        "open": found.n_open,
        "asks": found.n_asks,
        "differences": len(found.differences),
    }
    print(orjson.dumps({"event": "verified", **counts}).decode())


def _show(found: "VerifyResult", *, whole: bool) -> None:
    from fellowship.formatting.terminal_text import sanitized
    from fellowship.formatting.units import count_noun

    shown = found.differences if whole else found.differences[:SHOWN]
    for each in shown:
        print(sanitized(str(each)))
        lines = each.changes if whole else each.changes[:LINES]
        for line in lines:
            print(sanitized(f"    {line}"))
        if len(lines) < len(each.changes):
            print(f"    ... {len(each.changes) - len(lines)} more lines")
    if len(shown) < len(found.differences):
        print(f"... {len(found.differences) - len(shown):,} more; -v shows all")
    differences = count_noun(len(found.differences), "difference")
    left_out = f"; {found.n_open:,} not ended, left out" if found.n_open else ""
    print(f"{found.n_conversations:,} conversations, {found.n_asks:,} recorded replies: {differences}{left_out}")
