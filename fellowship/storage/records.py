"""What a journal's rows are read as: one record type per table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from fellowship.protocols.completions import AskKey, Attempt, Completion, Delivery, Usage
from fellowship.protocols.content_json import ContentTypes, load_content
from fellowship.protocols.interfaces import Fault, Status
from fellowship.protocols.items import Item
from fellowship.storage.bulk_insert import SqlRow

SAME_MOMENT_S = 2e-6
"""Seconds by which a recorded moment of an answer and that of the message read from it may differ by rounding."""
NO_WRITERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class RecordedAsk:
    """One attempt of one ask: the request, and what was answered; `error` says why the reply is unreadable."""

    key: AskKey
    attempt: Attempt
    model: str
    request: dict[str, Any]
    error: str | None

    @property
    def completion(self) -> Completion:
        """The attempt's completion."""
        return self.attempt.completion


@dataclass(frozen=True, slots=True)
class RecordedMessage:
    """A message, with its place in the conversation and, where they were read, the attempts it was read from.

    `type` is the name of its message class, such as DraftMessage; `model` that of its author, None for an author that
    is no agent of the run, for a given answer whose model the item does not name, and where it was not read.
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
    model: str | None = None

    @classmethod
    def of(
        cls,
        row: SqlRow,
        asks: Sequence[RecordedAsk] = (),
        own_contents: ContentTypes | None = None,
        *,
        writers: Mapping[str, str] = NO_WRITERS,
    ) -> "RecordedMessage":
        """A row of `queries.MESSAGES`, with its attempts; `own_contents` has the classes that are not built in.

        `writers`: the models by author; without them no model is known.
        """
        lane, source, occurrence, id, type_name, text, inputs, seconds = row
        content = load_content(type_name, text, own_contents)
        created_at = datetime.fromtimestamp(seconds, UTC)
        seen = tuple(orjson.loads(inputs))
        model = writers.get(source)
        return cls(id, source, type_name, content, seen, created_at, lane, occurrence, tuple(asks), model)

    @property
    def attempt_in_use(self) -> RecordedAsk | None:
        """The attempt whose reply the message is: the message has the moment of its answer. None without such a one.

        It is the last attempt, unless the code has changed since: then an earlier one may be read, and is in use.
        """
        created = self.created_at.timestamp()
        return next((ask for ask in reversed(self.asks) if abs(ask.attempt.at - created) < SAME_MOMENT_S), None)


@dataclass(frozen=True, slots=True)
class RecordedConversation:
    """One conversation: its item, its messages in the canonical order, and how it ended."""

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
        """The message that the scenario returned; None if it returned none."""
        return next((message for message in self.messages if message.id == self.outcome_id), None)


@dataclass(frozen=True, slots=True)
class ConversationState:
    """A conversation that was begun, as far as resuming needs it."""

    status: Status
    fault: Fault | None
    tries: int
    digest: str


def attempt_of(row: SqlRow) -> tuple[AskKey, Attempt]:
    """A row of `queries.ATTEMPTS`."""
    number, fingerprint, text, finish, prompt, written, cached, n_reasoning, *rest = row[4:]
    served, request_id, latency_s, simulated, at, cost, wait_s, failed_s, failures, reused, reasoning, split = rest
    completion = Completion(
        text=text,
        finish=finish,
        usage=Usage(prompt, written, cached, n_reasoning),
        served_model=served,
        request_id=request_id,
        latency_s=latency_s,
        simulated=bool(simulated),
        delivery=Delivery(wait_s, failed_s, tuple(orjson.loads(failures)) if failures else ()),
        reasoning=reasoning or "",
        whole=not split,
    )
    paid = None if cost is None else Decimal(cost)
    return AskKey(*row[:4]), Attempt(number, fingerprint, completion, at, paid, bool(reused))


def attempts_of(rows: Iterable[SqlRow]) -> dict[AskKey, list[Attempt]]:
    """Rows of `queries.ATTEMPTS`, by ask, in order."""
    found: dict[AskKey, list[Attempt]] = {}
    for key, attempt in map(attempt_of, rows):
        found.setdefault(key, []).append(attempt)
    return found
