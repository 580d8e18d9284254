"""Replies of another run that count in this one: for a new evaluator, strategy or rule over the same items."""

from collections.abc import Iterable

from fellowship.protocols.items import Item
from fellowship.runners.known_replies import AttemptsByPlace
from fellowship.runners.resume import conversation_id
from fellowship.storage.journal import item_digest
from fellowship.storage.recorded_run import RecordedRun


class ReusableReplies:
    """The replies of a recorded run for the conversations of a run over `items`.

    Every recorded conversation is the source of at most one conversation about the same item: in the order of the
    items, that of the same id if it is free, else the first free one. The assignment depends on the items only, and
    more of them at the end do not change it; so all starts of a run use the same one, whatever has finished.
    """

    def __init__(self, recorded: RecordedRun, items: Iterable[Item]) -> None:
        self._recorded = recorded
        self._sources: dict[str, str] = {}  # ids, so that memory does not follow the size of the items
        by_digest = recorded.by_digest()
        for position, item in enumerate(items):
            if free := by_digest.get(item_digest(item)):
                id = conversation_id(position)
                self._sources[id] = free.pop(free.index(id) if id in free else 0)

    def of(self, conversation: str) -> AttemptsByPlace:
        """The attempts of the conversation's source; empty without a source."""
        source = self._sources.get(conversation)
        return {} if source is None else attempts_by_place(self._recorded, source)


def attempts_by_place(recorded: RecordedRun, conversation: str) -> AttemptsByPlace:
    """The attempts of a recorded conversation, for conversations with another id."""
    return {key[1:]: attempts for key, attempts in recorded.attempts(conversation).items()}
