"""The journal of a run: one SQLite file, written by one thread in group commits.

What is handed in while a commit is under way, or within two milliseconds of it, goes into the next one; so under load
many replies share one transaction, and the event loop never waits for the disk. WAL with synchronous=NORMAL is safe
against kills.
"""

import asyncio
import contextlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from fellowship.formatting.terminal_text import single_line
from fellowship.protocols.completions import AskKey, Attempt, Request, Usage
from fellowship.protocols.digests import text_digest
from fellowship.protocols.errors import ReplyError, StoreError
from fellowship.protocols.interfaces import Ending, Fault, MessageRecord, Status
from fellowship.protocols.items import Item
from fellowship.storage.attempts import ATTEMPTS, attempts
from fellowship.storage.bulk_insert import BulkInsert, SqlRow
from fellowship.storage.integrity import READ_ERRORS, refuse_damaged
from fellowship.storage.schema import migrate

START = BulkInsert(
    "INSERT INTO conversations (id, position, item, digest, tries, begun_at)",
    6,
    "ON CONFLICT (id) DO UPDATE SET status = 'started', tries = excluded.tries, item = excluded.item, "
    "digest = excluded.digest, outcome = NULL, fault = NULL, error = NULL, ended_at = NULL",
)
FORGET = BulkInsert("DELETE FROM messages WHERE conversation IN (", 1, ")")
ASK = BulkInsert("INSERT INTO asks", 27)
MESSAGE = BulkInsert("INSERT OR IGNORE INTO messages", 10)
FINISH_STATEMENT = BulkInsert(
    "UPDATE conversations SET status = column1, outcome = column2, fault = column3, error = column4, "
    "ended_at = column5 FROM (",
    6,
    ") WHERE id = column6",
)
SET = BulkInsert("INSERT OR REPLACE INTO run", 2)
EVENT = BulkInsert("INSERT INTO events", 3)
IN_ORDER = (SET, EVENT, START, FORGET, ASK, MESSAGE, FINISH_STATEMENT)

SPENT_QUERY = (
    "SELECT model, cost, count(*), sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens), "
    "sum(reasoning_tokens) FROM asks WHERE NOT reused GROUP BY model, cost"
)
SENT = (
    "SELECT model, request FROM asks "
    "WHERE conversation = ? AND lane = ? AND agent = ? AND occurrence = ? AND attempt = ?"
)

COLLECT_S = 0.002
PAGE_SIZE = 16_384  # of a new file: an ask of 2 kB leaves half of a page of 4,096 empty
LARGEST_INTEGER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ConversationState:
    """What the journal knows of a conversation that was begun before."""

    status: Status
    fault: Fault | None
    tries: int
    digest: str


def item_digest(item: Item) -> str:
    """16 hex digits that change when the item does."""
    return _digest(_item_json(item))


class SqliteJournal:
    """A run's journal, open for writing; `path` None keeps it in memory. `n_committed`: replies of all starts."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._connection = _open(path)
        self._rows: dict[BulkInsert, list[SqlRow]] = defaultdict(list)
        self._waiting: list[asyncio.Future[None]] = []
        self._n_last = 0
        self._committing = False
        settings = self.settings()
        self._simulated, self._accepts_changes = "simulated" in settings, "accepts_changes" in settings
        self._broken: StoreError | None = None
        ((self.n_committed,),) = self._read("SELECT count(*) FROM asks")

    async def __aenter__(self) -> "SqliteJournal":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Commit what is pending and give the file back (an in-memory journal stays readable)."""
        try:
            while self._rows or self._committing:
                await self._safe()
        finally:
            if self.path is not None:
                _close(self._connection)
            self._thread.shutdown()

    @property
    def connection(self) -> sqlite3.Connection:
        """For reading; the writing is done by the journal's own thread."""
        return self._connection

    def settings(self) -> dict[str, str]:
        """What is known about the run as a whole."""
        return dict(self._read("SELECT key, value FROM run"))

    def set(self, **values: str) -> None:
        """Put down something about the run as a whole; safe on return."""
        with self._writing():
            SET.execute(self._connection, list(values.items()))

    def forget_if_nothing_was_answered(self) -> bool:
        """Empty a journal without a single reply, so that the run may be started otherwise; whether it was one."""
        if self.n_committed:
            return False
        with self._writing():
            for table in ("messages", "conversations", "run"):
                self._connection.execute(f"DELETE FROM {table}")
        return True

    @property
    def accepts_changes(self) -> bool:
        """Whether what has changed since the run was begun is asked anew."""
        return self._accepts_changes

    def accept_changes(self, config: str) -> None:
        """From now on: every conversation is gone through again, and what it asks as before is not asked again."""
        with self._writing():
            SET.execute(self._connection, [("config", config), ("accepts_changes", "true")])
            self._connection.execute("UPDATE conversations SET status = 'started'")
        self._accepts_changes = True

    def spent(self) -> dict[tuple[str, str | None], tuple[int, Usage]]:
        """Requests and tokens by model and by what one cost (None: not known), those of other runs left out."""
        return {(model, cost): (n, Usage(*tokens)) for model, cost, n, *tokens in self._read(SPENT_QUERY)}

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with self._connection:
                yield
        except sqlite3.Error as error:
            raise StoreError(f"the journal {self.path} cannot be written: {error}") from error

    def begun(self) -> dict[str, ConversationState]:
        """Every conversation that was ever begun."""
        rows = self._read("SELECT id, status, fault, tries, digest FROM conversations")
        return {id: ConversationState(*row) for id, *row in rows}

    def tell(self, event: str, at: float, **facts: Any) -> None:
        """Put down what happened to the run as a whole; safe with the next commit, or on closing."""
        self._rows[EVENT].append((at, event, orjson.dumps(facts).decode()))

    def start(self, conversation: str, position: int, item: Item, tries: int, at: float) -> None:
        """See `Journal.start`."""
        text = _item_json(item)
        self._rows[START].append((conversation, position, text, _digest(text), tries, at))
        self._rows[FORGET].append((conversation,))

    async def sent(self, key: AskKey, number: int) -> Mapping[str, Any]:
        """See `Journal.sent`."""
        loop = asyncio.get_running_loop()
        ((model, request),) = await loop.run_in_executor(self._thread, self._read, SENT, (*key, number))
        return {"model": model, **orjson.loads(request)}

    async def recorded(self, conversation: str) -> Mapping[AskKey, Sequence[Attempt]]:
        """See `Journal.recorded`."""
        loop = asyncio.get_running_loop()
        rows = await loop.run_in_executor(self._thread, self._read, ATTEMPTS, (conversation,))
        return attempts(conversation, rows)

    async def commit(self, request: Request, attempt: Attempt, reply: MessageRecord | ReplyError) -> None:
        """See `Journal.commit`."""
        error = str(reply) if isinstance(reply, ReplyError) else None
        self._rows[ASK].append(_ask_row(request, attempt, error))
        if attempt.completion.simulated and not self._simulated:
            self._simulated = True
            self._rows[SET].append(("simulated", "true"))
        if isinstance(reply, MessageRecord):
            self.note(request.key.conversation, reply)
        await self._safe()
        self.n_committed += 1

    def note(self, conversation: str, record_reply: MessageRecord) -> None:
        """See `Journal.note`."""
        self._rows[MESSAGE].append(_message_row(conversation, record_reply))

    async def finish(self, conversation: str, ending: Ending, at: float) -> None:
        """See `Journal.finish`."""
        row = (ending.status, ending.outcome, ending.fault, _text(ending.error), at, conversation)
        self._rows[FINISH_STATEMENT].append(row)
        await self._safe()

    def _read(self, query: str, values: SqlRow = ()) -> list[SqlRow]:
        try:
            return self._connection.execute(query, values).fetchall()
        except READ_ERRORS as error:
            raise StoreError(f"the journal {self.path} cannot be read: {single_line(str(error))}") from error

    async def _safe(self) -> None:
        """Wait until everything handed in so far is committed."""
        if self._broken is not None:
            raise self._broken
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        if not self._committing:
            self._schedule_commit()
        await waiter

    def _schedule_commit(self) -> None:
        """Soon, so that others can join; at once where the last commit was for one reply alone."""
        self._committing = True
        asyncio.get_running_loop().call_later(COLLECT_S if self._n_last > 1 else 0.0, self._begin_commit)

    def _begin_commit(self) -> None:
        rows, self._rows = self._rows, defaultdict(list)
        waiting, self._waiting = self._waiting, []
        self._n_last = len(waiting)
        try:
            done = asyncio.get_running_loop().run_in_executor(self._thread, self._write, rows)
        except RuntimeError as error:  # no thread can be had
            self._committing = False
            self._told(waiting, error)
            return
        done.add_done_callback(partial(self._committed, waiting))

    def _committed(self, waiting: Sequence[asyncio.Future[None]], done: asyncio.Future[None]) -> None:
        self._committing = False
        self._told(waiting, done.exception())
        if self._waiting:
            self._schedule_commit()

    def _told(self, waiting: Sequence[asyncio.Future[None]], error: BaseException | None) -> None:
        """After a failed commit rows are missing, so nothing more is taken in: no conversation ends over a hole."""
        if error is not None:
            self._broken = StoreError(f"the journal {self.path} cannot be written: {error}")
            waiting, self._waiting = [*waiting, *self._waiting], []
        for waiter in waiting:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(StoreError(str(self._broken)))

    def _write(self, rows: Mapping[BulkInsert, Sequence[SqlRow]]) -> None:
        with self._connection:
            for statement in IN_ORDER:
                if statement in rows:
                    statement.execute(self._connection, rows[statement])


def _close(connection: sqlite3.Connection) -> None:
    """At rest a journal is one file; where somebody is reading it just now, its write-ahead log stays beside it."""
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()


def _item_json(item: Item) -> str:
    return item.model_dump_json(exclude_defaults=True)


def _digest(text: str) -> str:
    return text_digest(text).hex()[:16]


def _open(path: Path | None) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path or ":memory:", check_same_thread=False)
        refuse_damaged(connection, path)
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection)
    except READ_ERRORS as error:
        raise StoreError(f"the journal {path} cannot be opened: {single_line(str(error))}") from error
    return connection


def _ask_row(request: Request, attempt: Attempt, error: str | None) -> SqlRow:
    key, completion = request.key, attempt.completion
    sent = orjson.dumps({"messages": request.messages, "sampling": request.sampling, "reply": request.reply}).decode()
    usage, delivery = completion.usage, completion.delivery
    return (
        *(key.conversation, key.lane, key.agent, key.occurrence, attempt.number),
        *(attempt.fingerprint, request.model, sent, completion.text, completion.finish),
        *(_count(usage.prompt_tokens), _count(usage.completion_tokens)),
        *(_count(usage.cached_tokens), _count(usage.reasoning_tokens)),
        *(_text(completion.served_model), _text(completion.request_id)),
        *(completion.latency_s, completion.simulated, _text(error), attempt.at),
        None if attempt.cost is None else str(attempt.cost),
        *(delivery.wait_s, delivery.failed_s),
        orjson.dumps(delivery.failures).decode() if delivery.failures else None,
        *(attempt.reused, _text(completion.reasoning or None), not completion.whole),
    )


def _text(text: object) -> str | None:
    """As a file can hold it: half surrogate pairs are replaced. One bad row would cost everybody's commit."""
    if text is None or (type(text) is str and text.isascii()):
        return text
    return str(text).encode("utf-8", "replace").decode()


def _count(number: object) -> int:
    """Within SQLite's integers; 0 for what is no number."""
    return max(0, min(number, LARGEST_INTEGER)) if isinstance(number, int) else 0


def _message_row(conversation: str, record_reply: MessageRecord) -> SqlRow:
    message = record_reply.message
    return (
        *(conversation, record_reply.lane, message.source, record_reply.occurrence, record_reply.depth),
        *(message.id, type(message).__name__, message.content.model_dump_json()),
        *(orjson.dumps(message.inputs).decode(), message.created_at.timestamp()),
    )
