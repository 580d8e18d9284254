"""A run as an index of conversations: ids first, rows for those on the screen, the whole of one that is opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

import orjson

from fellowship.formatting.terminal_text import first_line
from fellowship.protocols.content_json import json_value, load_content
from fellowship.replay.conversation_view import conversation_view
from fellowship.replay.message_summary import gist, label_agreement, message_decision
from fellowship.storage import queries
from fellowship.storage.recorded_run import RecordedRun

AGREEMENT = {"✓": "agreement", "✗": "disagreement"}


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A conversation as a line of a table."""

    id: str
    status: str
    decision: str | None
    outcome: str
    label: str | None
    n_messages: int
    prompt: str
    content: Mapping[str, Any] | None  # of the outcome, as recorded


class RunIndex:
    """Finds the conversations of a recorded run. `conversation` gives one with its steps; the last eight are kept."""

    def __init__(self, recorded: RecordedRun) -> None:
        self.recorded = recorded
        self.conversation = lru_cache(maxsize=8)(partial(conversation_view, recorded))

    @property
    def name(self) -> str:
        """The run's folder."""
        return str(self.recorded.folder or ":memory:")

    @cached_property
    def simulated(self) -> bool:
        """Whether any reply of the run was simulated."""
        return self.recorded.simulated

    @cached_property
    def n_left_out(self) -> int:
        """Conversations about items that are not in the input of the last start."""
        return self.recorded.n_left_out

    def ids(self, query: str = "", *, first: int = -1) -> tuple[str, ...]:
        """Ids of the conversations that have all the words of the query, in the order of the input; see `matches`."""
        words = query.casefold().split()
        if not words:
            return tuple(self.recorded.ids(most=first))
        self.recorded.connection.create_function("found", 6, lambda *row: row_matches(words, *row), deterministic=True)
        return tuple(self.recorded.matching_ids(most=first))

    def rows(self, ids: Sequence[str]) -> list[IndexRow]:
        """Those conversations as rows."""
        return [_row(*columns) for columns in self.recorded.rows(queries.INDEX_ROWS, orjson.dumps(ids).decode())]

    def n_steps(self, conversation_id: str) -> int:
        """How many steps a conversation has."""
        return len(self.conversation(conversation_id).steps)

    def prompt_step(self, conversation_id: str) -> int:
        """The step, from 0, of the prompt, which given answers come before in the canonical order; 0 without one."""
        steps = self.conversation(conversation_id).steps
        return next((number for number, step in enumerate(steps) if step.kind == "Prompt"), 0)


def row_matches(
    words: Sequence[str], id: str, status: str, fault: str | None, error: str | None, item: str, outcome: str | None
) -> bool:
    """Whether all words occur in id, status, decision, label, fault, error or prompt.

    `is:` asks for one mark exactly: is:failed, is:tie, is:inconsistent, is:provider, is:agreement, is:disagreement.
    """
    asked = orjson.loads(item)
    decision = orjson.loads(outcome).get("decision") if outcome else None
    agreement = AGREEMENT.get(label_agreement(decision, asked.get("label")))
    marks = {mark.casefold() for mark in (status, fault, decision, agreement) if mark}
    texts = [id, *marks, error or "", asked.get("id") or "", *(turn["content"] for turn in asked["prompt"]["chat"])]
    readable = "\n".join(texts).casefold()
    return all(word[3:] in marks if word.startswith("is:") else word in readable for word in words)


def _row(
    id: str, status: str, error: str | None, item: str, type_name: str | None, content: str | None, n: int
) -> IndexRow:
    asked = orjson.loads(item)
    outcome = load_content(type_name, content) if type_name and content else None
    return IndexRow(
        id=id,
        status=status,
        decision=message_decision(outcome) if outcome else None,
        outcome=gist(outcome) if outcome and status != "failed" else first_line(error or ""),
        label=asked.get("label"),
        n_messages=n,
        prompt=first_line(asked["prompt"]["chat"][-1]["content"]),
        content=json_value(outcome) if outcome else None,
    )
