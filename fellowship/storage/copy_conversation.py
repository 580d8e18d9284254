"""Copies a conversation to another journal, under another id and for another item."""

import sqlite3

from fellowship.protocols.items import Item
from fellowship.storage import queries
from fellowship.storage.journal import stored_item


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
    target.execute(queries.COPY_CONVERSATION, (*ending, target_id, position, *stored_item(item)))
    query, chosen = (queries.MESSAGES_TO_COPY, ()) if whole else (queries.MESSAGE_TO_COPY, (ending[1],))
    target.executemany(queries.COPY_MESSAGE, source.execute(query, (target_id, source_id, *chosen)))
