"""Copies a conversation to another journal, under another id and for another item."""

import sqlite3

from fellowship.protocols.items import Item
from fellowship.storage import queries
from fellowship.storage.journal import item_digest


def copy_conversation(
    source: sqlite3.Connection,
    source_id: str,
    target: sqlite3.Connection,
    target_id: str,
    *,
    position: int,
    item: Item,
    whole: bool,
) -> None:
    """Copy its ending and all of its messages, or only its outcome; asks are not copied."""
    (ending,) = source.execute(queries.ENDING, (source_id,)).fetchall()
    text = item.model_dump_json(exclude_defaults=True)
    target.execute(queries.COPY_CONVERSATION, (*ending, target_id, position, text, item_digest(item)))
    if whole:
        messages = source.execute(queries.MESSAGES_TO_COPY, (target_id, source_id))
    else:
        messages = source.execute(queries.MESSAGE_TO_COPY, (target_id, source_id, ending[1]))
    target.executemany(queries.COPY_MESSAGE, messages)
