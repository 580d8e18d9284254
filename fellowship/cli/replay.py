"""Step through recorded conversations in the terminal. Makes no call, costs nothing, changes nothing.

  fellowship replay runs/jury             the conversations of a run: arrows, Enter opens, / filters
  fellowship replay runs/jury/c00417      one conversation: left and right step through its messages
  fellowship replay runs/jury/c00417@5    the conversation, opened at its fifth message

In a conversation p shows the request as sent, r the raw reply, s the messages its author saw; ? lists all keys.
"""

import argparse

from fellowship.cli import exit_codes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("address", metavar="RUN[/CONV[@N]]", help="a run's folder, a conversation, a message")
    parser.add_argument("--tty", action="store_true", help="replay in the terminal (the default)")


def main(args: argparse.Namespace) -> int:
    """Replay until q is pressed; 130 when a signal or Ctrl-C ends it."""
    from fellowship.replay.address import find_run
    from fellowship.replay.run_index import RunIndex
    from fellowship.replay.terminal import play_terminal
    from fellowship.storage.recorded_run import RecordedRun

    address = find_run(args.address)
    with RecordedRun.open(address.folder) as recorded:
        index = RunIndex(recorded)
        if address.conversation is not None and address.number is not None:
            index.conversation(address.conversation).numbered(address.number)
        elif address.conversation is not None:
            index.conversation(address.conversation)
        quit_by_key = play_terminal(index, address.conversation, address.number)
    return exit_codes.OK if quit_by_key else exit_codes.INTERRUPTED
