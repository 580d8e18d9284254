"""Replies of another run that count in this one: for a new evaluator, strategy or rule over the same items."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fellowship.protocols.items import Item
from fellowship.runners.known_replies import NO_ATTEMPTS, Attempts
from fellowship.storage.journal import item_digest
from fellowship.storage.recorded_run import RecordedRun


class ReusableReplies:
    """The replies of a recorded run, item by item.

    Of several conversations about one item each counts once: for the conversation of its own name, if that is about the
    item too, so that a run that is continued goes by the same replies.
    """

    def __init__(self, recorded: RecordedRun) -> None:
        self._recorded = recorded
        self._conversations = recorded.by_digest()

    def about(self, item: Item, conversation: str) -> Attempts:
        """The attempts about the item, with keys of this conversation; empty for an item that the other run lacks."""
        left = self._conversations.get(item_digest(item))
        if not left:
            return NO_ATTEMPTS
        source = left.pop(left.index(conversation) if conversation in left else 0)
        found = self._recorded.attempts(source)
        return {key._replace(conversation=conversation): attempts for key, attempts in found.items()}


@contextmanager
def reusable_replies(folder: Path | None) -> Iterator[ReusableReplies | None]:
    """The replies of the run in a folder, None without a folder; RunNotFound for a folder without a run."""
    if folder is None:
        yield None
        return
    with RecordedRun.open(folder) as recorded:
        yield ReusableReplies(recorded)
