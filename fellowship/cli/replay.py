"""Step through recorded conversations in the terminal. Asks no model, costs nothing, changes nothing.

  fellowship replay runs/jury             the conversations of a run: arrows, Enter opens, / filters
  fellowship replay runs/jury/c00417      one conversation: left and right step through its messages
  fellowship replay runs/jury/c00417@5    the same, from its fifth message on

In a conversation p shows the prompt as it was sent, r the raw reply, s what the author saw; ? tells all keys.
"""

import argparse

from fellowship.cli import exit_codes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship replay`."""
    parser.add_argument("address", metavar="RUN[/CONV[@N]]", help="a run's folder, a conversation, a message")
    parser.add_argument("--tty", action="store_true", help="in the terminal, which is where it is anyway")


def main(args: argparse.Namespace) -> int:
    """Replay until q."""
    from fellowship.replay.address import find_run
    from fellowship.replay.run_index import RunIndex
    from fellowship.replay.terminal import play_terminal
    from fellowship.storage.recorded_run import RecordedRun

    address = find_run(args.address)
    with RecordedRun.open(address.folder) as recorded:
        shelf = RunIndex(recorded)
        if address.conversation is not None and address.number is not None:
            shelf.tale(address.conversation).numbered(address.number)
        elif address.conversation is not None:
            shelf.tale(address.conversation)
        seen_enough = play_terminal(shelf, address.conversation, address.number or 1)
    return exit_codes.OK if seen_enough else exit_codes.INTERRUPTED
