"""The schema of a run's journal: numbered migrations, applied in order. Reading this file is reading its history.

A person can query it: `sqlite3 runs/x/journal.sqlite "select agent, count(*) from asks group by agent"`.
`asks` and `messages` are views with whole texts; the rows below them refer to texts by hash (`text_pool.py`).
Structured columns are JSON. Moments are seconds since the epoch, money is US dollars as an exact decimal number.
Messages sort by (depth, lane, source, occurrence): how many replies a message builds on, then names; so their order
never depends on which reply came first.
"""

import sqlite3
from contextlib import closing
from functools import cache

from fellowship.protocols.errors import StoreError

MIGRATIONS = (
    """
    CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

    CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        position INTEGER NOT NULL,          -- of its item in the input, from 0
        item TEXT NOT NULL,                 -- prompt, candidates, label
        digest TEXT NOT NULL,               -- of the item
        status TEXT NOT NULL DEFAULT 'started' CHECK (status IN ('started', 'finished', 'failed')),
        tries INTEGER NOT NULL DEFAULT 1,   -- how often unreadable replies may be asked for afresh
        outcome TEXT,                       -- id of the message the scenario returned
        fault TEXT,                         -- provider, content or scenario
        error TEXT,
        ended_at REAL
    ) STRICT;

    CREATE TABLE asks (
        conversation TEXT NOT NULL REFERENCES conversations (id),
        lane TEXT NOT NULL,
        agent TEXT NOT NULL,
        occurrence INTEGER NOT NULL,        -- of this agent in this lane, from 0
        attempt INTEGER NOT NULL,           -- from 1; 2 repairs 1
        fingerprint TEXT NOT NULL,
        model TEXT NOT NULL,
        request TEXT NOT NULL,              -- messages and sampling, as sent
        completion TEXT NOT NULL,           -- the raw text
        finish TEXT NOT NULL,
        prompt_tokens INTEGER NOT NULL,
        completion_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL,
        reasoning_tokens INTEGER NOT NULL,
        served_model TEXT,
        request_id TEXT,
        latency_s REAL NOT NULL,
        simulated INTEGER NOT NULL,
        error TEXT,                         -- why the reply was unreadable
        answered_at REAL NOT NULL,
        PRIMARY KEY (conversation, lane, agent, occurrence, attempt)
    ) STRICT;

    CREATE TABLE messages (
        conversation TEXT NOT NULL REFERENCES conversations (id),
        lane TEXT NOT NULL,
        source TEXT NOT NULL,
        occurrence INTEGER NOT NULL,
        depth INTEGER NOT NULL,
        id TEXT NOT NULL,
        type TEXT NOT NULL,
        content TEXT NOT NULL,
        inputs TEXT NOT NULL,               -- ids of the messages its author saw
        created_at REAL NOT NULL,
        PRIMARY KEY (conversation, depth, lane, source, occurrence)
    ) STRICT;
    """,
    """
    ALTER TABLE conversations ADD COLUMN begun_at REAL;
    ALTER TABLE asks ADD COLUMN cost TEXT;                         -- NULL where the price is not known
    ALTER TABLE asks ADD COLUMN wait_s REAL NOT NULL DEFAULT 0;    -- in line, for limits and for others
    ALTER TABLE asks ADD COLUMN failed_s REAL NOT NULL DEFAULT 0;  -- on requests that failed, and until the next
    ALTER TABLE asks ADD COLUMN failures TEXT;                     -- the kinds of their errors
    ALTER TABLE asks ADD COLUMN reused INTEGER NOT NULL DEFAULT 0; -- 1: asked by another run, and paid there

    CREATE TABLE events (
        at REAL NOT NULL,
        event TEXT NOT NULL,                -- begun, stopped, ended, changes_accepted
        facts TEXT NOT NULL
    ) STRICT;

    CREATE TABLE labels (
        conversation TEXT NOT NULL REFERENCES conversations (id),
        author TEXT NOT NULL,
        label TEXT NOT NULL CHECK (label IN ('A', 'B', 'tie')),
        reason TEXT,
        at REAL NOT NULL,
        PRIMARY KEY (conversation, author, at)
    ) STRICT;

    CREATE VIEW verdicts AS                 -- the outcome of a conversation is the one it names
        SELECT conversation, lane, source, id, json_extract(content, '$.decision') AS decision,
            json_extract(content, '$.reason') AS reason
        FROM messages WHERE type = 'VerdictMessage';
    CREATE VIEW votes AS
        SELECT conversation, lane, source, id, json_extract(content, '$.decision') AS decision,
            json_extract(content, '$.reason') AS reason
        FROM messages WHERE type = 'VoteMessage';
    CREATE VIEW recipients AS               -- who was shown a message
        SELECT seen.conversation, inputs.value AS message, seen.lane, seen.source AS recipient
        FROM messages AS seen, json_each(seen.inputs) AS inputs;
    """,
    """
    ALTER TABLE asks ADD COLUMN reasoning TEXT;                   -- sent beside the completion; NULL where none was
    ALTER TABLE asks ADD COLUMN split INTEGER NOT NULL DEFAULT 0; -- 1: the completion may hold reasoning; 0: read whole

    CREATE TABLE texts (                    -- what requests and replies are made of, each of them once
        hash TEXT PRIMARY KEY,              -- of the text: see storage/text_pool.py
        text TEXT NOT NULL
    ) STRICT;

    ALTER TABLE asks RENAME TO ask_rows;    -- request: JSON as sent, or an array of pieces
    ALTER TABLE ask_rows ADD COLUMN pooled INTEGER NOT NULL DEFAULT 0;  -- 1: completion is the hash of a text
    CREATE VIEW asks AS
        SELECT conversation, lane, agent, occurrence, attempt, fingerprint, model,
            CASE WHEN substr(request, 1, 1) = '{' THEN request ELSE (
                SELECT '{"messages":[' || coalesce(substr(group_concat(
                    CASE kind WHEN '@' THEN '"},{"role":' || json_quote(body) || ',"content":"'
                        ELSE substr(json_quote(body), 2, length(json_quote(body)) - 2) END, ''), 4) || '"}', '')
                    || '],' || (SELECT text FROM texts WHERE hash = json_extract(ask_rows.request, '$[0]')) || '}'
                FROM (
                    SELECT substr(value, 1, 1) AS kind, CASE substr(value, 1, 1)
                        WHEN '#' THEN (SELECT text FROM texts WHERE hash = substr(value, 2))
                        ELSE substr(value, 2) END AS body
                    FROM (
                        SELECT coalesce(inside.value, piece.value) AS value
                        FROM json_each(ask_rows.request) AS piece
                        LEFT JOIN texts AS block
                            ON substr(piece.value, 1, 1) = '*' AND block.hash = substr(piece.value, 2)
                        LEFT JOIN json_each(coalesce(block.text, '[null]')) AS inside
                        WHERE piece.key > 0
                    )
                )
            ) END AS request,
            CASE pooled WHEN 1 THEN (SELECT text FROM texts WHERE hash = completion) ELSE completion END AS completion,
            finish, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens, served_model, request_id,
            latency_s, simulated, error, answered_at, cost, wait_s, failed_s, failures, reused,
            reasoning, split
        FROM ask_rows;

    ALTER TABLE messages RENAME TO message_rows;
    ALTER TABLE message_rows ADD COLUMN text TEXT;  -- hash of the text that belongs into content as '$.text', if any
    CREATE VIEW messages AS
        SELECT conversation, lane, source, occurrence, depth, id, type,
            CASE WHEN text IS NULL THEN content
                ELSE json_set(content, '$.text', (SELECT texts.text FROM texts WHERE hash = message_rows.text))
                END AS content,
            CASE WHEN instr(inputs, '"*') THEN (
                SELECT json_group_array(coalesce(inside.value, input.value))
                FROM json_each(message_rows.inputs) AS input
                LEFT JOIN texts AS block ON substr(input.value, 1, 1) = '*' AND block.hash = substr(input.value, 2)
                LEFT JOIN json_each(coalesce(block.text, '[null]')) AS inside
            ) ELSE inputs END AS inputs,
            created_at
        FROM message_rows;
    DROP VIEW recipients;
    CREATE VIEW recipients AS               -- who was shown a message
        SELECT seen.conversation, inputs.value AS message, seen.lane, seen.source AS recipient
        FROM messages AS seen, json_each(seen.inputs) AS inputs;
    """,
)


VERSION_2_AS_CURRENT = """
    CREATE TEMP VIEW ask_rows AS
        SELECT rowid, *, 0 AS pooled, NULL AS reasoning, 0 AS split FROM main.asks;
    CREATE TEMP VIEW asks AS SELECT *, NULL AS reasoning, 0 AS split FROM main.asks;
    CREATE TEMP VIEW message_rows AS SELECT *, NULL AS text FROM main.messages;
"""


def as_current(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A connection that can be read with the current queries, for a journal that must not be changed.

    Version 2 gets temporary views. An older one is copied into memory and migrated there.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 2:
        connection.executescript(VERSION_2_AS_CURRENT)
    if version in (2, len(MIGRATIONS)):
        return connection
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(connection):
        connection.backup(copy)
    migrate(copy)
    return copy


def migrate(connection: sqlite3.Connection) -> None:
    """Apply the migrations that the journal lacks, each in one transaction. StoreError for a newer one.

    An empty file becomes a copy of an empty journal, which takes a twentieth of the time.
    """
    if connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None:
        _empty_journal().backup(connection)
    else:
        _apply_missing(connection)


@cache
def _empty_journal() -> sqlite3.Connection:
    journal = sqlite3.connect(":memory:", check_same_thread=False)
    _apply_missing(journal)
    return journal


def _apply_missing(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        msg = f"the journal has schema version {version}, this fellowship knows {len(MIGRATIONS)}; install a newer one"
        raise StoreError(msg)
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN; {script}; PRAGMA user_version = {number}; COMMIT;")
