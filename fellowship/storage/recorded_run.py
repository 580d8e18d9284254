"""A run as it stands in its folder, for reading: conversations, their messages, and every attempt."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from fellowship.formatting.terminal_text import single_line
from fellowship.protocols.completions import AskKey, Attempt, Completion, Delivery, Usage
from fellowship.protocols.content import load_content
from fellowship.protocols.errors import ConversationNotFound, RunNotFound, StoreError
from fellowship.protocols.interfaces import Fault, Status
from fellowship.protocols.items import Item
from fellowship.storage.attempts import ATTEMPTS, attempts
from fellowship.storage.integrity import READ_ERRORS
from fellowship.storage.schema import is_current, migrate

JOURNAL = "journal.sqlite"
CONFIG = "config.resolved.toml"
CONVERSATIONS_QUERY = "SELECT id, position, item, status, outcome, fault, error, tries FROM conversations"
MESSAGES_QUERY = (
    "SELECT lane, source, occurrence, id, type, content, inputs, created_at FROM messages WHERE conversation = ? "
    "ORDER BY depth, lane, source, occurrence"
)
ASKS_QUERY = (
    "SELECT lane, agent, occurrence, attempt, model, request, completion, finish, prompt_tokens, completion_tokens, "
    "latency_s, simulated, error, cost, wait_s, failed_s, failures, reused, reasoning, split "
    "FROM asks WHERE conversation = ? ORDER BY lane, agent, occurrence, attempt"
)
COMPLETIONS_QUERY = (
    "SELECT conversation, lane, agent, occurrence, completion, finish, prompt_tokens, completion_tokens, simulated, "
    "reasoning, split FROM asks ORDER BY conversation, lane, agent, occurrence, attempt"
)


@dataclass(frozen=True, slots=True)
class RecordedAsk:
    """One attempt of one ask: what was sent, what came back; `error` when the reply was unreadable.

    `cost` in US dollars, None where the price was not known; `reused`: another run asked and paid for it. `reasoning`
    came beside the completion (None: there was none); `whole`: the completion is not split into answer and reasoning.
    """

    lane: str
    agent: str
    occurrence: int
    attempt: int
    model: str
    request: dict[str, Any]
    completion: str
    finish: str
    prompt_tokens: int
    completion_tokens: int
    latency_s: float
    simulated: bool
    error: str | None
    cost: Decimal | None
    delivery: Delivery
    reused: bool
    reasoning: str | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class RecordedMessage:
    """A message, with its place in the conversation and, where they were read, the attempts it was read from.

    `type` is the name of its message class, such as DraftMessage.
    """

    id: str
    source: str
    type: str
    content: Any
    inputs: tuple[str, ...]
    created_at: datetime
    lane: str
    occurrence: int
    asks: tuple[RecordedAsk, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordedConversation:
    """One conversation: what it was about, what was said in the canonical order, and how it ended."""

    id: str
    position: int
    item: Item
    status: Status
    outcome_id: str | None
    fault: Fault | None
    error: str | None
    messages: tuple[RecordedMessage, ...]
    tries: int = 1

    @property
    def outcome(self) -> RecordedMessage | None:
        """The message the scenario returned; None if it did not come to that."""
        return next((message for message in self.messages if message.id == self.outcome_id), None)


class RecordedRun:
    """A run's journal, read-only. Closing is left to `close` or to a `with` block."""

    def __init__(self, connection: sqlite3.Connection, folder: Path | None = None) -> None:
        self.connection = connection
        self.folder = folder

    @classmethod
    def open(cls, folder: Path | str) -> "RecordedRun":
        """The run in a folder; RunNotFound, with the runs that are near, if there is none."""
        path = Path(folder) / JOURNAL
        if not path.is_file():
            near = sorted(str(found.parent) for found in Path(folder).rglob(JOURNAL))
            hint = f"; there are runs in {', '.join(near[:5])}" if near else "; `fellowship runs` lists runs"
            raise RunNotFound(f"no run in {folder}: it holds no {JOURNAL}{hint}")
        try:
            connection = _read_only(path)
        except READ_ERRORS as error:
            raise StoreError(f"the journal {path} cannot be read: {single_line(str(error))}") from error
        return cls(connection, Path(folder))

    def __enter__(self) -> "RecordedRun":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back; a run kept in memory stays."""
        if self.folder is not None:
            self.connection.close()

    def settings(self) -> dict[str, str]:
        """What is known about the run as a whole: scenario, simulated, version."""
        return dict(self.rows("SELECT key, value FROM run"))

    @property
    def simulated(self) -> bool:
        """Whether any of its replies was simulated."""
        return any(self.rows("SELECT 1 FROM run WHERE key = 'simulated'"))

    def counts(self, *, first: int | None = None) -> dict[str, int]:
        """Conversations by status; of the first so many, if given."""
        limit = "" if first is None else f"WHERE position < {first:d}"
        counted = f"SELECT status, count(*) FROM conversations {limit} GROUP BY status"
        return dict(self.rows(counted))

    def totals(self) -> tuple[int, int, int]:
        """Attempts, prompt tokens, completion tokens."""
        ((asks, prompt, written),) = self.rows("SELECT count(*), sum(prompt_tokens), sum(completion_tokens) FROM asks")
        return asks, prompt or 0, written or 0

    def __iter__(self) -> Iterator[RecordedConversation]:
        """All conversations, in the order of the input."""
        for row in self.rows(f"{CONVERSATIONS_QUERY} ORDER BY position"):
            yield self._conversation(row)

    def conversation(self, conversation_id: str) -> RecordedConversation:
        """One conversation; ConversationNotFound names the first and last there are."""
        row = next(self.rows(f"{CONVERSATIONS_QUERY} WHERE id = ?", conversation_id), None)
        if row is None:
            ids = [id for (id,) in self.rows("SELECT id FROM conversations ORDER BY position")]
            there = f"it has {ids[0]} to {ids[-1]}" if ids else "it has none yet"
            raise ConversationNotFound(
                f"the run {self.folder or 'in memory'} has no conversation '{conversation_id}'; {there}"
            )
        return self._conversation(row)

    def asks(self, conversation_id: str) -> list[RecordedAsk]:
        """Every attempt of a conversation, by lane, agent, occurrence and attempt."""
        return [_ask(row) for row in self.rows(ASKS_QUERY, conversation_id)]

    def attempts(self, conversation_id: str) -> dict[AskKey, list[Attempt]]:
        """The attempts of a conversation as a run takes them up, by ask."""
        return attempts(conversation_id, list(self.rows(ATTEMPTS, conversation_id)))

    def by_digest(self) -> dict[str, list[str]]:
        """The conversations about each item, by its digest, in the order of the input."""
        found: dict[str, list[str]] = {}
        for digest, id in self.rows("SELECT digest, id FROM conversations ORDER BY position"):
            found.setdefault(digest, []).append(id)
        return found

    def completions(self) -> Iterator[tuple[AskKey, Completion]]:
        """Every raw text of the run, by ask, in the order of the attempts."""
        for row in self.rows(COMPLETIONS_QUERY):
            key, (text, finish, prompt, written, simulated, reasoning, split) = AskKey(*row[:4]), row[4:]
            completion = Completion(text, finish, Usage(prompt, written), simulated=bool(simulated))
            yield key, replace(completion, reasoning=reasoning or "", whole=not split)

    def messages_with_asks(self, conversation_id: str) -> list[RecordedMessage]:
        """The messages of a conversation, each with its lane and attempts."""
        attempts: dict[tuple[str, str, int], list[RecordedAsk]] = {}
        for ask in self.asks(conversation_id):
            attempts.setdefault((ask.lane, ask.agent, ask.occurrence), []).append(ask)
        return [
            _message(row, tuple(attempts.get((row[0], row[1], row[2]), ())))
            for row in self.rows(MESSAGES_QUERY, conversation_id)
        ]

    def rows(self, query: str, *values: str) -> Iterator[tuple[Any, ...]]:
        """What a query of one's own gives. StoreError if the journal cannot be read."""
        try:
            yield from self.connection.execute(query, values)
        except READ_ERRORS as error:
            place = self.folder / JOURNAL if self.folder else "in memory"
            raise StoreError(f"the journal {place} cannot be read: {single_line(str(error))}") from error

    def _conversation(self, row: tuple[Any, ...]) -> RecordedConversation:
        id, position, item, status, outcome, fault, error, tries = row
        messages = tuple(_message(row) for row in self.rows(MESSAGES_QUERY, id))
        return RecordedConversation(
            id, position, Item.model_validate_json(item), status, outcome, fault, error, messages, tries
        )


def _ask(row: tuple[Any, ...]) -> RecordedAsk:
    lane, agent, occurrence, attempt, model, request, *rest = row
    completion, finish, prompt_tokens, completion_tokens, latency_s, simulated, error, cost, *rest = rest
    wait_s, failed_s, failures, reused, reasoning, split = rest
    return RecordedAsk(
        lane=lane,
        agent=agent,
        occurrence=occurrence,
        attempt=attempt,
        model=model,
        request=orjson.loads(request),
        completion=completion,
        finish=finish,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        latency_s=latency_s,
        simulated=bool(simulated),
        error=error,
        cost=None if cost is None else Decimal(cost),
        delivery=Delivery(wait_s, failed_s, tuple(orjson.loads(failures)) if failures else ()),
        reused=bool(reused),
        reasoning=reasoning,
        whole=not split,
    )


def _read_only(path: Path) -> sqlite3.Connection:
    """A connection that has proved it can read. SQLite reads a WAL journal in a read-only folder as immutable only."""
    sealed = not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
    mode = "mode=ro&immutable=1" if sealed else "mode=ro"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, check_same_thread=False)
    connection.execute("SELECT 1 FROM conversations LIMIT 1")
    return connection if is_current(connection) else _as_of_today(connection)


def _as_of_today(older: sqlite3.Connection) -> sqlite3.Connection:
    """A copy in memory, brought to today's schema: looking at a run changes nothing."""
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(older):
        older.backup(copy)
    migrate(copy)
    return copy


def _message(row: tuple[Any, ...], asks: tuple[RecordedAsk, ...] = ()) -> RecordedMessage:
    lane, source, occurrence, id, type_name, content, inputs, created_at = row
    return RecordedMessage(
        id=id,
        source=source,
        type=type_name,
        content=load_content(type_name, content),
        inputs=tuple(orjson.loads(inputs)),
        created_at=datetime.fromtimestamp(created_at, UTC),
        lane=lane,
        occurrence=occurrence,
        asks=asks,
    )
