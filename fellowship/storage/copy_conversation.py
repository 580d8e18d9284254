"""A conversation copied from one journal to another, to another place in it, for another item."""

import sqlite3

from fellowship.protocols.items import Item
from fellowship.storage.journal import item_digest

FROM = "SELECT status, outcome, fault, error, ended_at FROM conversations WHERE id = ?"
INTO = (
    "INSERT INTO conversations (status, outcome, fault, error, ended_at, id, position, item, digest) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
COLUMNS = "lane, source, occurrence, depth, id, type, content, inputs, created_at"
MESSAGES = f"SELECT {COLUMNS}, ? FROM messages WHERE conversation = ?"
TOLD = f"INSERT INTO messages ({COLUMNS}, conversation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


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
    """How it ended and what was said, or its outcome only; asks are left out."""
    (ending,) = source.execute(FROM, (source_id,)).fetchall()
    text = item.model_dump_json(exclude_defaults=True)
    target.execute(INTO, (*ending, target_id, position, text, item_digest(item)))
    chosen, values = (MESSAGES, ()) if whole else (f"{MESSAGES} AND id = ?", (ending[1],))
    target.executemany(TOLD, source.execute(chosen, (target_id, source_id, *values)))
