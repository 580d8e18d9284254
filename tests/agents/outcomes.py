"""What the tests of reading share."""

from collections.abc import Callable

from fellowship.agents.reading import UnreadableReply


def outcome(read: Callable[[], object]) -> object:
    """What a reader gives: its value, or the kind of its failure."""
    try:
        return read()
    except UnreadableReply as error:
        return error.kind
