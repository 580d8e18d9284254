"""Verify that the current code still reproduces a recorded run: executes its script on the recorded replies.

Makes no call and changes nothing. Without differences the exit code is 0. Changed requests, replies that are read
differently, and calls that are new or missing are listed message by message, and the exit code is 4.
"""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from fellowship.cli import exit_codes
from fellowship.cli.rerun_script import add_rerun_options, rerun_script
from fellowship.formatting.json_lines import print_json
from fellowship.formatting.terminal_text import sanitized
from fellowship.formatting.units import count_noun
from fellowship.protocols.errors import ConfigurationError

if TYPE_CHECKING:
    from fellowship.reruns.verify import VerifyResult

MAX_DIFFERENCES, MAX_LINES = 20, 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="a run's folder")
    add_rerun_options(parser)


def main(args: argparse.Namespace) -> int:
    """Print the differences; 4 when there are any."""
    from fellowship.reruns.verify import verify_run

    found = rerun_script(args.run, args, verify_run, command="verify", is_dry=True)
    if not found.n_conversations:
        raise ConfigurationError(
            f"none of the {found.n_open:,} conversations of {args.run} has ended; there is nothing to verify"
        )
    if args.json:
        for each in found.differences:
            print_json({"event": "difference", **asdict(each)})
        counts = {"conversations": found.n_conversations, "open": found.n_open, "asks": found.n_asks}
        print_json({"event": "verified", **counts, "differences": len(found.differences), "left_out": found.n_left_out})
    else:
        _print_text(found, in_full=args.verbose)
    return exit_codes.GATE if found.differences else exit_codes.OK


def _print_text(found: "VerifyResult", *, in_full: bool) -> None:
    from fellowship.storage.recorded_run import left_out_of_input

    shown = found.differences if in_full else found.differences[:MAX_DIFFERENCES]
    for each in shown:
        print(sanitized(str(each)))
        lines = each.changes if in_full else each.changes[:MAX_LINES]
        for line in lines:
            print(sanitized(f"    {line}"))
        if len(lines) < len(each.changes):
            print(f"    ... {len(each.changes) - len(lines)} more lines")
    if len(shown) < len(found.differences):
        print(f"... {len(found.differences) - len(shown):,} more; -v lists all")
    differences = count_noun(len(found.differences), "difference")
    left_out = f"; {found.n_open:,} not ended, left out" if found.n_open else ""
    print(f"{found.n_conversations:,} conversations, {found.n_asks:,} recorded replies: {differences}{left_out}")
    if found.n_left_out:
        print(left_out_of_input(found.n_left_out))
