"""Print a run, a conversation or a message as text, Markdown or JSON. Makes no call, changes nothing.

fellowship show runs/jury               settings, counts, the first outcomes
fellowship show runs/jury/c00417        all messages of a conversation
fellowship show runs/jury/c00417@5      all details of its fifth message; --raw adds the request and completion
fellowship show runs/loop/c00417 --diff the changes from draft to draft: [-deleted-] and {+inserted+}
fellowship show runs/jury --format json | jq 'select(.decision == "inconsistent")'
"""

import argparse
from contextlib import suppress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("address", metavar="RUN[/CONV[@N]]", help="a run's folder, a conversation, a message")
    add("--raw", action="store_true", help="include requests and completions as sent and received")
    add("--diff", action="store_true", help="show each draft as changes to its author's previous draft")
    add("--format", choices=("text", "md", "json"), default="text", help="json prints one object per line")
    add("-n", type=_conversation_count, metavar="N", help="conversations of a run to print (20; all in JSON)")


def main(args: argparse.Namespace) -> None:
    """Print the run, conversation or message at the address."""
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
        index = RunIndex(recorded)
        if args.format == "json":
            lines = json_objects.conversation_objects(index, address, n=args.n, raw=args.raw, diff=args.diff)
        else:
            lines = conversation_report.conversation_lines(
                index, address, n=args.n, raw=args.raw, markdown=args.format == "md", diff=args.diff
            )
        for line in lines:
            print(line)


def _conversation_count(text: str) -> int:
    with suppress(ValueError):
        if (number := int(text)) >= 1:
            return number
    raise argparse.ArgumentTypeError(f"invalid number of conversations value: {text!r}")
