"""Resuming a run: the conversations that a further start skips, and those that it runs again."""

from pathlib import Path

from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.items import Item
from fellowship.storage.journal import item_digest
from fellowship.storage.records import ConversationState


def is_pending(before: ConversationState | None, *, retry_failed: bool) -> bool:
    """Whether a conversation is to run: not if it finished; after a failure by content only with `retry_failed`."""
    if before is None or before.status == "started":
        return True
    return before.status == "failed" and (before.fault != "content" or retry_failed)


def is_pending_with_item(
    before: ConversationState | None,
    item: Item,
    position: int,
    place: Path | None,
    *,
    retry_failed: bool,
    accept_changes: bool,
) -> bool:
    """Whether this start is to run the conversation about the item, in the run in `place`.

    A recorded conversation about another item is a ConfigurationError, and pending in a start that accepts changes;
    acceptance by an earlier start does not count.
    """
    if before is None or before.digest == item_digest(item):
        return is_pending(before, retry_failed=retry_failed)
    if accept_changes:
        return True
    raise ConfigurationError(
        f"conversation {conversation_id(position)} of the run in {place} is about another item than the prompts "
        "have at this place now; accept the change with --accept-changes, or give the new prompts another folder with "
        "--out"
    )


def conversation_id(position: int) -> str:
    """The id of the conversation about the item at this position: c00000 for position 0."""
    return f"c{position:05d}"
