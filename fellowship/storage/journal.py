"""The journal of a run: one SQLite file, written by one thread in group commits.

What arrives during a commit, or within two milliseconds of its request, goes into the next one; so under load many
replies share one transaction, and the event loop never waits for the disk. WAL with synchronous=NORMAL is safe
against kills.
"""

import asyncio
import contextlib
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel

from fellowship.protocols.completions import AskKey, Attempt, Request
from fellowship.protocols.content_json import BUILT_IN_CONTENTS, content_json
from fellowship.protocols.digests import text_digest
from fellowship.protocols.errors import ReplyError, StoreError
from fellowship.protocols.events import get_logger
from fellowship.protocols.interfaces import Ending, MessageRecord
from fellowship.protocols.items import Item
from fellowship.protocols.round_trip import read_back_difference
from fellowship.storage import queries
from fellowship.storage.bulk_insert import SqlRow
from fellowship.storage.integrity import naming_journal, refuse_damaged
from fellowship.storage.records import ConversationState, attempts_of
from fellowship.storage.schema import migrate
from fellowship.storage.spending import Spending, spending_of
from fellowship.storage.text_pool import SHORTEST_POOLED, TextPool

log = get_logger()

COLLECT_S = 0.002
PAGE_SIZE = 4_096  # of a new file: rows are narrow, and a run of one conversation has few
LEAST_ROOM = 2**20  # bytes
LONG_TEXT = 1_000  # characters; the text of a longer reply is stored as a reference
LONG_GIVEN_TEXT = 100  # the same for texts that came with the prompts: most requests quote them


WRITES = (
    *(queries.SET, queries.ADD_EVENT, queries.START, queries.FORGET_MESSAGES),
    *(queries.ADD_TEXT, queries.ADD_ASK, queries.ADD_MESSAGE, queries.FINISH),
)


class Batch(NamedTuple):
    """The rows of one commit, by statement: those of `WRITES`, in the order in which foreign keys hold."""

    settings: list[SqlRow]
    events: list[SqlRow]
    started: list[SqlRow]
    forgotten: list[SqlRow]
    texts: list[SqlRow]
    asks: list[SqlRow]
    messages: list[SqlRow]
    ended: list[SqlRow]


def item_digest(item: Item) -> str:
    """16 hex digits that change when the item does."""
    return stored_item(item)[1]


def stored_item(item: Item) -> tuple[str, str]:
    """The item as JSON, and its digest."""
    text = item.model_dump_json(exclude_defaults=True)
    return text, text_digest(text).hex()[:16]


class SqliteJournal(contextlib.AbstractAsyncContextManager["SqliteJournal"]):
    """A run's journal, open for writing; `path` None keeps it in memory. Implements `Journal`.

    connection        for reading; the journal's own thread writes
    n_committed       replies of all starts
    accepts_changes   whether asks that have changed since the run began are asked again
    is_lost           whether its file was removed, replaced or shortened, so that nothing in it is safe
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self.connection = _open(path)
        self._batch = Batch(*[[] for _ in WRITES])
        self._pool = TextPool(self._batch.texts)
        self._quotable: defaultdict[str, dict[str, str]] = defaultdict(dict)  # by conversation: texts by message id
        self._reported: set[type[BaseModel]] = set()  # classes of contents that are not read back as they are
        self._waiting: list[asyncio.Future[None]] = []
        self._n_last = 0
        self._committing = False
        settings = self.settings()
        self._simulated, self.accepts_changes = "simulated" in settings, "accepts_changes" in settings
        self._broken: StoreError | None = None
        self._short: StoreError | None = None
        self._is_short = False
        self.is_lost = False
        self._is_shortened = False
        self._files: dict[Path, tuple[int, int]] = {}
        self._log = None if path is None else path.with_name(f"{path.name}-wal")
        self._log_size = self._most_bytes = 0
        self.n_in_flight: Callable[[], int] = lambda: 0
        ((self.n_committed,),) = self._read(queries.ASK_COUNT)
        self._refuse_lost()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Commit what is pending and close the file (an in-memory journal stays readable).

        At rest a journal is one file; while another process reads it, its write-ahead log stays beside it.
        """
        try:
            while any(self._batch) or self._committing:
                await self._next_commit()
        finally:
            if self._is_short or self._broken is not None:  # replies to failed commits may be safe
                with contextlib.suppress(StoreError, sqlite3.Error):
                    ((self.n_committed,),) = self._read(queries.ASK_COUNT)
            if self.path is not None:
                if self._is_shortened:
                    with contextlib.suppress(StoreError, sqlite3.Error, OSError):
                        self._rewrite(self.path)
                with contextlib.suppress(sqlite3.Error):
                    self.connection.execute("PRAGMA journal_mode = DELETE")
                self.connection.close()
            self._thread.shutdown()

    def settings(self) -> dict[str, str]:
        """What is known about the run as a whole."""
        return dict(self._read(queries.SETTINGS))

    def set(self, **values: str) -> None:
        """Record something about the run as a whole; safe on return."""
        with naming_journal(self.path, "written"), self.connection:
            queries.SET.execute(self.connection, list(values.items()))

    def forget(self) -> None:
        """Empty a journal without replies, so that the run may start with other settings."""
        with naming_journal(self.path, "written"), self.connection:
            for statement in queries.EMPTY:
                self.connection.execute(statement)

    def accept_changes(self, config: str) -> None:
        """From now on every conversation is carried out again, and only asks that have changed go to a model."""
        with naming_journal(self.path, "written"), self.connection:
            queries.SET.execute(self.connection, [("config", config), ("accepts_changes", "true")])
            self.connection.execute(queries.START_ALL_AGAIN)
        self.accepts_changes = True

    def check_room(self) -> None:
        """StoreError where the disk has no room for replies: a small event may fit where they do not.

        After a commit, the room that is left is for the replies to the requests in flight, by the most bytes that one
        has taken so far, and for the pages of the write-ahead log, which go into the journal.
        """
        needed = LEAST_ROOM + self._log_size + self._most_bytes * self.n_in_flight()
        if self.path is not None and shutil.disk_usage(self.path.parent).free < needed:
            free = f"less than {needed / 2**20:.1f} MiB is free on its disk"
            raise StoreError(f"the journal {self.path} cannot be written: database or disk is full ({free})")

    def spent(self) -> Spending:
        """What all starts of the run have spent."""
        with naming_journal(self.path, "read"):
            return spending_of(self.connection)

    def facts_of(self, event: str) -> list[dict[str, Any]]:
        """The facts of every event of this name, in the order of their recording."""
        return [orjson.loads(facts) for (facts,) in self._read(queries.FACTS_OF_EVENT, (event,))]

    def begun(self) -> dict[str, ConversationState]:
        """Every conversation that was ever begun."""
        return {id: ConversationState(*row) for id, *row in self._read(queries.STATES)}

    def copy_conversation(
        self, source: sqlite3.Connection, source_id: str, id: str, position: int, item: Item, *, whole: bool
    ) -> None:
        """Copy the ending of another journal's conversation and all of its messages, or only its outcome; no asks.

        Here it is about another item and has another id. Safe with the next commit of the connection.
        """
        (ending,) = source.execute(queries.ENDING, (source_id,)).fetchall()
        self.connection.execute(queries.COPY_CONVERSATION, (*ending, id, position, *stored_item(item)))
        query, chosen = (queries.MESSAGES_TO_COPY, ()) if whole else (queries.MESSAGE_TO_COPY, (ending[1],))
        self.connection.executemany(queries.COPY_MESSAGE, source.execute(query, (id, source_id, *chosen)))

    def tell(self, event: str, at: float, **facts: Any) -> None:
        """Record an event of the run as a whole; safe with the next commit, or on closing."""
        self._batch.events.append(_event_row(event, at, facts))

    def set_event(self, event: str, at: float, **facts: Any) -> None:
        """Record an event of the run as a whole; safe on return."""
        with naming_journal(self.path, "written"), self.connection:
            queries.ADD_EVENT.execute(self.connection, [_event_row(event, at, facts)])

    async def flush(self) -> None:
        """Returns when all that was recorded is safe; StoreError if it cannot be written."""
        await self._next_commit()

    def start(
        self, conversation: str, position: int, item: Item, tries: int, at: float, *, is_new: bool = False
    ) -> None:
        """Record that a conversation starts, or starts again: its messages are then recorded again."""
        self._quotable[conversation] = {}
        self._batch.started.append((conversation, position, *stored_item(item), tries, at))
        if not is_new:
            self._batch.forgotten.append((conversation,))

    async def sent(self, key: AskKey, number: int) -> Mapping[str, Any]:
        loop = asyncio.get_running_loop()
        ((model, request),) = await loop.run_in_executor(self._thread, self._read, queries.SENT, (*key, number))
        return {"model": model, **orjson.loads(request)}

    async def recorded(self, conversation: str) -> Mapping[AskKey, Sequence[Attempt]]:
        """All completions of a conversation, by ask, in the order of their attempts."""
        loop = asyncio.get_running_loop()
        rows = await loop.run_in_executor(self._thread, self._read, queries.ATTEMPTS, (conversation,))
        return attempts_of(rows)

    async def commit(self, request: Request, attempt: Attempt, reply: MessageRecord | ReplyError) -> None:
        """Costs about 25 function calls, one future and a share of a transaction.

        Texts of 40 characters or more are hashed and written unless the pool remembers them.
        """
        key, completion = request.key, attempt.completion
        texts = self._quotable[key.conversation]
        if isinstance(reply, MessageRecord):
            inputs, error = reply.message.inputs, None
        else:
            inputs, error = tuple(texts), str(reply)
        pieces = self._pool.pieces(request, texts, inputs)
        self._batch.asks.append((*key, *self._ask_row(request.model, pieces, attempt, error)))
        if completion.simulated and not self._simulated:
            self._simulated = True
            self._batch.settings.append(("simulated", "true"))
        if error is None:
            self.note(key.conversation, reply)  # type: ignore[arg-type]
        await self._next_commit()
        self.n_committed += 1

    def note(self, conversation: str, record: MessageRecord) -> None:
        message = record.message
        content = content_json(message.content)
        if type(message.content) not in BUILT_IN_CONTENTS:
            self._check_read_back(message.content, content)
        text: Any = getattr(message.content, "text", None)
        hash: str | None = None
        n_chars = len(text) if type(text) is str else 0
        if n_chars >= SHORTEST_POOLED:
            self._quotable[conversation][message.id] = text
            if n_chars >= (LONG_TEXT if message.inputs else LONG_GIVEN_TEXT):
                head = f'{{"text":{orjson.dumps(text).decode()}'
                if content.startswith(head):
                    content, hash = f'{{"text":""{content[len(head) :]}', self._pool.hash(text)
        self._batch.messages.append(
            (
                *(conversation, record.lane, message.source, record.occurrence, record.depth),
                *(message.id, type(message).__name__, content, hash),
                *(self._pool.array(message.inputs), message.created_at.timestamp()),
            )
        )

    def _check_read_back(self, content: BaseModel, text: str) -> None:
        """ValueError for a value that the record does not give back; a type that it does not is logged once a class."""
        found = read_back_difference(content, text)
        if found is None:
            return
        name = type(content).__name__
        if found.is_lost:
            raise ValueError(f"field {found.field} of {name} cannot be recorded: {found.why}")
        if type(content) not in self._reported:
            self._reported.add(type(content))
            log.warning("content_not_read_back", content=name, field=found.field, reason=found.why)

    async def finish(self, conversation: str, ending: Ending, at: float) -> None:
        """Record the ending of a conversation; returns when it is safe."""
        self._quotable.pop(conversation, None)
        self._batch.ended.append((ending.status, ending.outcome, ending.fault, ending.error, at, conversation))
        await self._next_commit()

    def _ask_row(self, model: str, request: str, attempt: Attempt, error: str | None) -> SqlRow:
        """The columns of an ask behind its key."""
        completion = attempt.completion
        usage, delivery, text = completion.usage, completion.delivery, completion.text
        pooled = len(text) >= LONG_TEXT
        return (
            *(attempt.number, attempt.fingerprint, model, request, self._pool.hash(text) if pooled else text, pooled),
            *(completion.finish, usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens),
            *(usage.reasoning_tokens, completion.served_model, completion.request_id),
            *(completion.latency_s, completion.simulated, error, attempt.at),
            None if attempt.cost is None else str(attempt.cost),
            *(delivery.wait_s, delivery.failed_s),
            orjson.dumps(delivery.failures).decode() if delivery.failures else None,
            *(attempt.reused, completion.reasoning or None, not completion.whole),
        )

    def _read(self, query: str, values: SqlRow = ()) -> list[SqlRow]:
        with naming_journal(self.path, "read"):
            return self.connection.execute(query, values).fetchall()

    def _next_commit(self) -> asyncio.Future[None]:
        """Done when everything handed in so far is committed."""
        if self._broken is not None:
            raise self._broken
        waiter: asyncio.Future[None] = asyncio.Future()
        self._waiting.append(waiter)
        if not self._committing:
            self._schedule_commit()
        return waiter

    def _schedule_commit(self) -> None:
        """Soon, so that others can join; at once where the last commit was for one reply alone."""
        self._committing = True
        asyncio.get_running_loop().call_later(COLLECT_S if self._n_last > 1 else 0.0, self._begin_commit)

    def _begin_commit(self) -> None:
        batch, self._batch = self._batch, Batch(*[[] for _ in WRITES])
        self._pool.new = self._batch.texts
        waiting, self._waiting = self._waiting, []
        self._n_last = len(waiting)
        try:
            done = asyncio.get_running_loop().run_in_executor(self._thread, self._write, batch)
        except RuntimeError as error:  # no thread can be had
            self._committing = False
            self._resolve(waiting, error)
            return
        done.add_done_callback(partial(self._committed, waiting))

    def _committed(self, waiting: list[asyncio.Future[None]], done: asyncio.Future[None]) -> None:
        """Resolve the waiters. StoreError once, for rows that are safe, where the disk has no room for further ones."""
        self._committing = False
        short = self._short
        if done.exception() is None and short is not None and not self._is_short:
            self._is_short = True
            for waiter in waiting:
                if not waiter.done():
                    waiter.set_exception(StoreError(str(short)))
        else:
            self._resolve(waiting, done.exception())
        if self._waiting:
            self._schedule_commit()

    def _resolve(self, waiting: list[asyncio.Future[None]], error: BaseException | None) -> None:
        """After a failed commit rows are missing, so every later one fails too: no conversation ends over a hole."""
        if error is not None:
            self._broken = StoreError(f"the journal {self.path} cannot be written: {error}")
            waiting, self._waiting = [*waiting, *self._waiting], []
        for waiter in waiting:
            if error is not None:
                if not waiter.done():
                    waiter.set_exception(StoreError(str(self._broken)))
                continue
            try:
                waiter.set_result(None)
            except asyncio.InvalidStateError:  # cancelled
                continue

    def _write(self, batch: Batch) -> None:
        self._refuse_lost()
        with self.connection:
            for statement, rows in zip(WRITES, batch, strict=True):
                if rows:
                    statement.execute(self.connection, rows)
        if self._log is not None:
            size = self._log.stat().st_size
            if batch.asks:
                self._most_bytes = max(self._most_bytes, (size - self._log_size) // len(batch.asks))
            self._log_size = size
        if batch.asks and self._short is None:
            try:
                self.check_room()
            except (StoreError, OSError) as error:
                self._short = StoreError(str(error))

    def _refuse_lost(self) -> None:
        """StoreError where the path has another file than the one that is open, which keeps nothing for anyone.

        The write-ahead log exists from the first commit on.
        """
        if self.path is None or self._log is None:
            return
        size = 0
        for name in (self.path, self._log):
            try:
                now = name.stat()
                found, size = (now.st_dev, now.st_ino), now.st_size
            except OSError:
                found = None
            if name in self._files and found != self._files[name]:
                self.is_lost = True
                change = "is gone" if found is None else "was replaced by another file"
                raise StoreError(f"{name} {change} since the run was started")
            if found is not None:
                self._files[name] = found
        if size < self._log_size:
            self._refuse_shortened(self.path, self._log)
        self._log_size = size

    def _refuse_shortened(self, path: Path, log: Path) -> None:
        """StoreError unless another process has moved all replies from the write-ahead log into the journal."""
        try:
            with contextlib.closing(sqlite3.connect(path)) as other:  # the own one remembers what it has read
                refuse_damaged(other, path)
                other.execute(queries.ASK_COUNT).fetchall()
        except (sqlite3.Error, StoreError) as error:
            self.is_lost = self._is_shortened = True
            raise StoreError(f"{log} was shortened since the run was started") from error

    def _rewrite(self, path: Path) -> None:
        """Write the journal again from the pages that SQLite remembers, if all of it is there."""
        new = path.with_name(f"{path.name}.new")
        try:
            with contextlib.closing(sqlite3.connect(new)) as copy:
                self.connection.backup(copy)
                refuse_damaged(copy, new)
                ((n_kept,),) = copy.execute(queries.ASK_COUNT).fetchall()
            if n_kept < self.n_committed:
                return
            self.connection.close()
            for suffix in ("-wal", "-shm"):
                path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
        self.n_committed, self.is_lost = n_kept, False


class MemoryJournal:
    """Implements `Journal`; `messages` are those of one conversation by id, in their order of commit."""

    def __init__(self) -> None:
        self.messages: dict[str, MessageRecord] = {}

    async def sent(self, key: AskKey, number: int) -> Mapping[str, Any]:
        """KeyError: requests are not kept."""
        raise KeyError(key)

    async def commit(self, request: Request, attempt: Attempt, reply: MessageRecord | ReplyError) -> None:
        """Keep the message; an unreadable reply is not kept."""
        if isinstance(reply, MessageRecord):
            self.note(request.key.conversation, reply)

    def note(self, conversation: str, record: MessageRecord) -> None:
        """Keep a message."""
        self.messages[record.message.id] = record


def record_event(path: Path, event: str, at: float, **facts: Any) -> None:
    """Record an event of another run, which may be open in this process; safe on return."""
    with naming_journal(path, "written"), contextlib.closing(sqlite3.connect(path)) as connection, connection:
        queries.ADD_EVENT.execute(connection, [_event_row(event, at, facts)])


def _event_row(event: str, at: float, facts: Mapping[str, Any]) -> SqlRow:
    return at, event, orjson.dumps(facts).decode()


def _open(path: Path | None) -> sqlite3.Connection:
    with naming_journal(path, "opened"):
        connection = sqlite3.connect(path or ":memory:", check_same_thread=False)
        refuse_damaged(connection, path)
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection)
        return connection
