"""Replies of another run that count in this one: for a new evaluator, strategy or rule over the same items."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fellowship.protocols.items import Item
from fellowship.runners.known_replies import NO_ATTEMPTS, Attempts
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

    def of(self, conversation: str) -> Attempts:
        """The attempts of the conversation's source, with keys of this conversation; empty without a source."""
        source = self._sources.get(conversation)
        if source is None:
            return NO_ATTEMPTS
        found = self._recorded.attempts(source)
        return {key._replace(conversation=conversation): attempts for key, attempts in found.items()}


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


@contextmanager
def reusable_replies(folder: Path | None, items: Iterable[Item]) -> Iterator[ReusableReplies | None]:
    """The replies of the run in `folder` for a run over `items`; None without a folder, RunNotFound without a run."""
    if folder is None:
        yield None
        return
    with RecordedRun.open(folder) as recorded:
        yield ReusableReplies(recorded, items)
