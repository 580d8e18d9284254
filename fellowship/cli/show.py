"""A run, a conversation or a message as text, for reading and for pipes. Asks no model, changes nothing.

fellowship show runs/jury               settings, counts, the first outcomes
fellowship show runs/jury/c00417        all messages of a conversation
fellowship show runs/jury/c00417@5      everything about its fifth message; --raw adds what was sent and received
fellowship show runs/loop/c00417 --diff what each draft changed: [-deleted-] and {+inserted+}
fellowship show runs/jury --format json | jq 'select(.decision == "inconsistent")'
"""

import argparse

from fellowship.cli import exit_codes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship show`."""
    parser.add_argument("address", metavar="RUN[/CONV[@N]]", help="a run's folder, a conversation, a message")
    parser.add_argument("--raw", action="store_true", help="requests and completions as they were sent and received")
    parser.add_argument("--diff", action="store_true", help="drafts as what was changed in the author's last one")
    parser.add_argument("--format", choices=("text", "md", "json"), default="text", help="json is one object per line")
    parser.add_argument("-n", type=_number, metavar="N", help="how many conversations of a run: 20, in JSON all")


def main(args: argparse.Namespace) -> int:
    """Print what the address names."""
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.replay.address import find_run
    from fellowship.replay.run_index import RunIndex
    from fellowship.reports import conversation_report, json_objects
    from fellowship.storage.recorded_run import RecordedRun

    address = find_run(args.address)
    if args.diff and address.conversation is None:
        msg = f"--diff shows the drafts of a conversation, and {address} is a run; name one, such as {address}/c00000"
        raise ConfigurationError(msg)
    with RecordedRun.open(address.folder) as recorded:
        shelf = RunIndex(recorded)
        if args.format == "json":
            lines = json_objects.conversation_objects(shelf, address, n=args.n, raw=args.raw, diff=args.diff)
        else:
            lines = conversation_report.conversation_lines(
                shelf, address, n=args.n, raw=args.raw, markdown=args.format == "md", diff=args.diff
            )
        for line in lines:
            print(line)
    return exit_codes.OK


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


_number.__name__ = "number of conversations"
