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


def refuse_other_item(before: ConversationState, item: Item, position: int, place: Path | None) -> None:
    """ConfigurationError where a recorded conversation of the run in `place` is not about the item at its position."""
    if before.digest != item_digest(item):
        raise ConfigurationError(
            f"conversation {conversation_id(position)} of the run in {place} is about another item than the prompts "
            "have at this place now; give the new prompts another folder with --out"
        )


def conversation_id(position: int) -> str:
    """The id of the conversation about the item at this position: c00000 for position 0."""
    return f"c{position:05d}"
