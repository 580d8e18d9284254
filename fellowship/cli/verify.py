"""Hold today's code against a recorded run: its script is executed once more, answered by the recorded replies.

Asks no model and changes nothing. Without differences the exit code is 0. A prompt that is rendered otherwise, a reply
that is read otherwise, an ask that is new or gone, are told message by message with what differs, and the code is 4.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fellowship.cli import exits
from fellowship.cli.once_more import add_script, done_with

if TYPE_CHECKING:
    from fellowship.runners.call import Call
    from fellowship.runners.otherwise.verify import Verified

SHOWN, LINES = 20, 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship verify`."""
    parser.add_argument("run", type=Path, help="a run's folder")
    add_script(parser)
    parser.add_argument("--json", action="store_true", help="JSON lines, and only those, on standard output")


def main(args: argparse.Namespace) -> int:
    """Tell the differences; 4 when there are any."""
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.runners.otherwise.verify import verified
    from fellowship.storage.recorded_run import RecordedRun

    folder = args.run.resolve()

    async def work(call: "Call") -> "Verified":
        with RecordedRun.open(folder) as recorded:
            return await verified(call, recorded)

    found = done_with(folder, work, script=args.script, config=args.config)
    if not found.n_conversations:
        raise ConfigurationError(
            f"none of the {found.n_open:,} conversations of {args.run} has ended; nothing to verify"
        )
    if args.json:
        _tell(found)
    else:
        _show(found, whole=args.verbose)
    return exits.GATE if found.differences else exits.OK


def _tell(found: "Verified") -> None:
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


def _show(found: "Verified", *, whole: bool) -> None:
    from fellowship.replay.plain import plain

    shown = found.differences if whole else found.differences[:SHOWN]
    for each in shown:
        print(plain(str(each)))
        lines = each.changes if whole else each.changes[:LINES]
        for line in lines:
            print(plain(f"    {line}"))
        if len(lines) < len(each.changes):
            print(f"    ... {len(each.changes) - len(lines)} more lines")
    if len(shown) < len(found.differences):
        print(f"... {len(found.differences) - len(shown):,} more; -v shows all")
    n = len(found.differences)
    print(
        f"{found.n_conversations:,} conversations, {found.n_asks:,} recorded replies: "
        f"{n:,} {'difference' if n == 1 else 'differences'}"
        + (f"; {found.n_open:,} not ended, left out" if found.n_open else "")
    )
