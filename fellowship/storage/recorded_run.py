"""A run as it stands in its folder, for reading: conversations, their messages, and every attempt."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import orjson

from fellowship.formatting.units import count_noun
from fellowship.protocols.completions import AskKey, Attempt, Completion
from fellowship.protocols.content_json import ContentTypes
from fellowship.protocols.errors import ConversationNotFound, RunNotFound
from fellowship.protocols.failed_votes import failed_for_votes
from fellowship.protocols.items import Item
from fellowship.storage import queries
from fellowship.storage.integrity import naming_journal
from fellowship.storage.records import (
    ConversationState,
    RecordedAsk,
    RecordedConversation,
    RecordedMessage,
    attempt_of,
    attempts_of,
)
from fellowship.storage.schema import as_current

JOURNAL = "journal.sqlite"
CONFIG = "config.resolved.toml"
EVERY_POSITION = 2**62


class RecordedRun(AbstractContextManager["RecordedRun"]):
    """A run's journal, read-only. Closing is left to `close` or to a `with` block.

    Counts and iterations are of the conversations about the first `n_input` items: those of the input of the run's last
    start. The others stay in the journal, and count again when a start has their items. `None` are all.
    `own_contents` has the classes of contents that are not built in; without it they are read as `LoadedContent`.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        folder: Path | None = None,
        own_contents: ContentTypes | None = None,
        *,
        n_input: int | None = None,
    ) -> None:
        self.connection = connection
        self.folder = folder
        self.n_input = n_input
        self.own_contents = own_contents
        self._models: dict[str, str] | None = None

    @classmethod
    def open(cls, folder: Path | str, own_contents: ContentTypes | None = None) -> "RecordedRun":
        """The run in a folder; RunNotFound, with the runs nearby, for a folder without a journal."""
        path = Path(folder) / JOURNAL
        if not path.is_file():
            near = sorted(str(found.parent) for found in Path(folder).rglob(JOURNAL))
            hint = f"; there are runs in {', '.join(near[:5])}" if near else "; `fellowship runs` lists runs"
            raise RunNotFound(f"no run in {folder}: it holds no {JOURNAL}{hint}")
        with naming_journal(path, "read"):
            connection = _read_only(path)
            return cls(connection, Path(folder), own_contents, n_input=_last_input(connection).get("total"))

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a run kept in memory stays."""
        if self.folder is not None:
            self.connection.close()

    def settings(self) -> dict[str, str]:
        """What is known about the run as a whole: scenario, simulated, version."""
        return dict(self.rows(queries.SETTINGS))

    def config(self) -> dict[str, Any]:
        """The settings of the scenario and of each agent; empty where none are recorded."""
        config: dict[str, Any] = orjson.loads(self.settings().get("config", "{}"))
        return config

    def models(self) -> dict[str, str]:
        """The models of the agents, by their names; empty where none are recorded."""
        agents = self.config().get("agents", {})
        return {name: agent["model"] for name, agent in agents.items() if "model" in agent}

    @property
    def simulated(self) -> bool:
        """Whether any of its replies was simulated."""
        return "simulated" in self.settings()

    def first_begun(self) -> float | None:
        """The time of the run's first start, in seconds; None where none is recorded."""
        ((at,),) = self.rows(queries.FIRST_BEGUN)
        return None if at is None else float(at)

    @property
    def n_left_out(self) -> int:
        """Conversations about items that are not in the input of the last start: they are in no count."""
        ((n,),) = self.rows(queries.N_BEHIND, self._first(None))
        return int(n)

    def left_out_text(self) -> str:
        """That such conversations are left out, and when they count again; empty without any."""
        if not (n := self.n_left_out):
            return ""
        text = f"{left_out_of_input(n)}; "
        if _last_input(self.connection).get("n") != self.n_input:
            return f"{text}they count again when a start has these items"
        return f"{text}the last start had -n {self.n_input}, and one without it counts them again"

    def states(self) -> dict[str, ConversationState]:
        """Every conversation that was ever begun."""
        return {id: ConversationState(*row) for id, *row in self.rows(queries.STATES)}

    def counts(self, *, first: int | None = None) -> dict[str, int]:
        """Conversations by status; of the first so many, if given."""
        return dict(self.rows(queries.STATUSES, self._first(first)))

    def n_unreached(self, *, first: int | None = None) -> int:
        """Conversations that have not ended, or that a provider or the scenario failed."""
        ((n,),) = self.rows(queries.UNREACHED, self._first(first))
        return int(n)

    def n_undecided(self, *, first: int | None = None) -> int:
        """Conversations whose verdict failed because votes that failed could have decided it."""
        reasons = self.rows(queries.FAILED_VERDICTS, self._first(first))
        return sum(failed_for_votes(reason) for (reason,) in reasons)

    def decisions(self, *, first: int | None = None) -> Iterator[tuple[str | None, str | None]]:
        """The outcome's decision and the item's label of every conversation, in the order of the input.

        Read by one query, without a model of a content: None where there is no decision, or no label.
        """
        yield from self.rows(queries.DECISIONS, self._first(first))

    def totals(self) -> tuple[int, int, int]:
        """Attempts, prompt tokens, completion tokens."""
        ((asks, prompt, written),) = self.rows(queries.TOTALS)
        return asks, prompt or 0, written or 0

    def n_unknown_usage(self) -> int:
        """Completions, not of other runs, for which the provider reported no tokens that can be true."""
        ((n,),) = self.rows(queries.N_UNKNOWN_USAGE)
        return int(n)

    def __iter__(self) -> Iterator[RecordedConversation]:
        """All conversations, in the order of the input."""
        for row in self.rows(queries.CONVERSATIONS, self._first(None)):
            yield self._conversation(row)

    def conversation(self, conversation_id: str) -> RecordedConversation:
        """One conversation; ConversationNotFound names the first and last there are."""
        row = next(self.rows(queries.CONVERSATION_BY_ID, conversation_id), None)
        if row is None:
            ids = self.ids()
            there = f"it has {ids[0]} to {ids[-1]}" if ids else "it has none yet"
            raise ConversationNotFound(
                f"the run {self.folder or 'in memory'} has no conversation '{conversation_id}'; {there}"
            )
        return self._conversation(row)

    def ids(self, *, most: int = -1) -> list[str]:
        """The ids of the first `most` conversations, or of all, in the order of the input."""
        return [id for (id,) in self.rows(queries.IDS, self._first(None), most)]

    def matching_ids(self, *, most: int = -1) -> list[str]:
        """Likewise, of those for which the connection's SQL function `found` is true."""
        return [id for (id,) in self.rows(queries.MATCHING_IDS, self._first(None), most)]

    def ended(self) -> Iterator[tuple[Any, ...]]:
        """Id, position, digest, item, status and outcome's content of every conversation."""
        yield from self.rows(queries.ENDED_CONVERSATIONS, self._first(None))

    def failures(self) -> Iterator[tuple[str, str, str]]:
        """Fault, error and id of every conversation that failed."""
        yield from self.rows(queries.FAILURES, self._first(None))

    def asks(self, conversation_id: str) -> list[RecordedAsk]:
        """Every attempt of a conversation, by lane, agent, occurrence and attempt."""
        rows = self.rows(queries.ASKS, conversation_id)
        return [
            RecordedAsk(*attempt_of(tuple(attempt)), model, orjson.loads(request), error)
            for *attempt, model, request, error in rows
        ]

    def attempts(self, conversation_id: str) -> dict[AskKey, list[Attempt]]:
        """The attempts of a conversation as a run takes them up, by ask."""
        return attempts_of(self.rows(queries.ATTEMPTS, conversation_id))

    def by_digest(self) -> dict[str, list[str]]:
        """The conversations about each item, by its digest, in the order of the input."""
        found: dict[str, list[str]] = {}
        for digest, id in self.rows(queries.DIGESTS):
            found.setdefault(digest, []).append(id)
        return found

    def unknown_ends(self) -> dict[str, set[tuple[str, str, int]]]:
        """By conversation: lane, agent and occurrence of the replies that were read with an unknown finish reason."""
        found: dict[str, set[tuple[str, str, int]]] = {}
        for conversation, *place in self.rows(queries.UNKNOWN_ENDS):
            found.setdefault(conversation, set()).add(tuple(place))
        return found

    def completions(self) -> Iterator[tuple[AskKey, Completion]]:
        """Every raw text of the run, by ask, in the order of the attempts."""
        for key, attempt in map(attempt_of, self.rows(queries.ALL_ATTEMPTS)):
            yield key, attempt.completion

    def messages_with_asks(
        self, conversation_id: str, asks: Sequence[RecordedAsk] | None = None
    ) -> list[RecordedMessage]:
        """The messages of a conversation, each with the attempts it was read from; `asks` where they are at hand."""
        by_place: dict[tuple[str, str, int], list[RecordedAsk]] = {}
        for ask in self.asks(conversation_id) if asks is None else asks:
            by_place.setdefault(ask.key[1:], []).append(ask)
        rows = self.rows(queries.MESSAGES, conversation_id)
        return [RecordedMessage.of(row, by_place.get(row[:3], ()), self.own_contents) for row in rows]

    def rows(self, query: str, *values: str | int) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one at a time. StoreError if the journal cannot be read."""
        with naming_journal(self.folder / JOURNAL if self.folder else "in memory", "read"):
            yield from self.connection.execute(query, values)

    def _first(self, first: int | None) -> int:
        """So many positions are looked at: `first`, else those of the input."""
        of_input = EVERY_POSITION if self.n_input is None else self.n_input
        return of_input if first is None else first

    def _conversation(self, row: tuple[Any, ...]) -> RecordedConversation:
        """A row of `queries.CONVERSATION` with its messages."""
        id, position, item, status, outcome, fault, error, tries = row
        posed = Item.model_validate_json(item)
        if self._models is None:
            self._models = self.models()
        writers, rows = self._models | posed.writers(), self.rows(queries.MESSAGES, id)
        said = tuple(RecordedMessage.of(each, (), self.own_contents, writers=writers) for each in rows)
        return RecordedConversation(id, position, posed, status, outcome, fault, error, said, tries)


def left_out_of_input(n: int) -> str:
    """That conversations are in no figure; of one run, or of several."""
    are = "is" if n == 1 else "are"
    return f"{count_noun(n, 'conversation')} of items that are no longer in the input {are} left out"


def _last_input(connection: sqlite3.Connection) -> dict[str, Any]:
    """The facts of the last start: `total` items, and `n` where it was limited to so many; empty without any."""
    row = connection.execute(queries.LAST_BEGUN).fetchone()
    return {} if row is None else dict(orjson.loads(row[0]))


def _read_only(path: Path) -> sqlite3.Connection:
    """A connection that has proved it can read. SQLite reads a WAL journal in a read-only folder as immutable only."""
    sealed = not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
    mode = "mode=ro&immutable=1" if sealed else "mode=ro"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, check_same_thread=False)
    connection.execute(queries.PROBE)
    return as_current(connection)
