"""Replies of another run that count in this one: for a new evaluator, strategy or rule over the same items."""

from collections.abc import Iterable

from fellowship.protocols.items import Item
from fellowship.runners.known_replies import AttemptsByPlace
from fellowship.runners.resume import conversation_id
from fellowship.storage.journal import item_digest
from fellowship.storage.recorded_run import RecordedRun


class ReusableReplies:
    """The replies of a recorded run for the conversations of a run over `items`.

    Every conversation of the recorded run is the source of at most one conversation about the same item. The
    assignment depends on the items only, so all starts of a run use the same one, whatever has finished.
    """

    def __init__(self, recorded: RecordedRun, items: Iterable[Item]) -> None:
        self._recorded = recorded
        self._sources = _sources(recorded.by_digest(), items)

    def of(self, conversation: str) -> AttemptsByPlace:
        """The attempts of the conversation's source; empty without a source."""
        source = self._sources.get(conversation)
        return {} if source is None else attempts_by_place(self._recorded, source)


def attempts_by_place(recorded: RecordedRun, conversation: str) -> AttemptsByPlace:
    """The attempts of a recorded conversation, for conversations with another id."""
    return {key[1:]: attempts for key, attempts in recorded.attempts(conversation).items()}


def _sources(recorded: dict[str, list[str]], items: Iterable[Item]) -> dict[str, str]:
    """The source of each conversation, from the recorded conversations by the digest of their item.

    In the order of the items: the recorded conversation of the same id, if it is about the item and free; else the
    first free one. More items at the end change no assignment. Only ids and digests are kept in memory.
    """
    sources: dict[str, str] = {}
    for position, item in enumerate(items):
        free = recorded.get(item_digest(item))
        if free:
            id = conversation_id(position)
            sources[id] = free.pop(free.index(id) if id in free else 0)
    return sources
