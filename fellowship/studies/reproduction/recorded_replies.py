"""Recorded replies of a study, as files: the texts of evaluators, and the decisions derived from them at the time.

A folder holds, for each data set, `items_<dataset>.jsonl` with any of `<dataset>_<strategy>.jsonl` (direct-comparison,
independent-scoring-N, combined-scoring-N, debate, versus). Files are found by these patterns; rows of replies belong to
items by `id`. A row with a defect is counted and named: as a failure where only its decision is defective, else it is
left out. A file without any usable row is an InputError, which names the file, the line and the field of the first.
"""

import codecs
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from fellowship.agents.debater import PERSONAS
from fellowship.formatting.shorten import short_repr
from fellowship.protocols.content import Decision, Label, winner
from fellowship.protocols.errors import InputError
from fellowship.storage.item_columns import Defect
from fellowship.storage.item_labels import label_of

REPLIES = re.compile(
    r"(?P<dataset>.+)_(?P<strategy>direct-comparison|(?:independent|combined)-scoring-[\d.]*\d|debate|versus)\.jsonl"
)
ReplyAuthors: TypeAlias = tuple[str, ...]
"""The authors of replies: (evaluator,), or (generator, reviewer, opponent, judge) of a comparison of answers."""


@dataclass(frozen=True, slots=True)
class RecordedItem:
    """A question with its two answers and the human label, if they are known.

    own_label: the label by the votes about exactly these two answers, where the file distinguishes it from the label
    that the study used. is_mixed: whether the file says that the study's label mixes in votes about others.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    label: Label | None = None
    own_label: Label | None = None
    is_mixed: bool = False


@dataclass(frozen=True, slots=True)
class RecordedReply:
    """One evaluator's reply to one item, and the decision derived from it at the time; failed if none was recorded.

    texts: one reply; two (for A, for B) of independent scoring; the final replies, one per role, of a debate, whose
    `rounds` hold what each role said before. A score of -1 was not understood then. `asked_again`: a text is a first
    reply and, after a blank line, the answer to a second request.
    """

    line: int
    id: str
    who: ReplyAuthors
    texts: tuple[str, ...]
    decision: Decision
    score_a: float | None = None
    score_b: float | None = None
    asked_again: bool = False
    roles: tuple[str, ...] = ()
    rounds: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """One record of a file; its methods check the types of its fields."""

    path: Path
    line: int
    fields: Mapping[str, Any]

    def defect(self, problem: str, name: str | None = None) -> InputError:
        """An error at this line, to be raised."""
        return InputError(self.path, problem, line=self.line, column=name)

    def value(self, name: str, expected: str, *kinds: type) -> Any:
        """A required field of one of these types."""
        if name not in self.fields:
            raise self.defect(f"missing; the fields are: {', '.join(self.fields) or 'none'}", name)
        value = self.fields[name]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise self.defect(f"expected {expected}, got {short_repr(value, 40)}", name)
        return value

    def text(self, name: str) -> str:
        """A text; null and NaN are an empty one."""
        return "" if self.is_null(name) else self.value(name, "a text", str)

    def any_text(self, name: str) -> str:
        """A text, or another JSON value as its JSON text; null and NaN are an empty one."""
        value = self.text(name) if name not in self.fields or self.is_null(name) else self.fields[name]
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def number(self, name: str) -> float:
        """A finite number."""
        value = self.value(name, "a number", int, float)
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.defect(f"expected a finite number, got {short_repr(value, 40)}", name)
        return number

    def is_null(self, name: str) -> bool:
        """Whether the field is there without a value: null, or the NaN of a table with gaps."""
        value = self.fields.get(name, 0)
        return value is None or (isinstance(value, float) and math.isnan(value))

    def holds(self, name: str) -> bool:
        """Whether the field is there with a value."""
        return name in self.fields and not self.is_null(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        found = self.value(name, "a list of texts", list)
        if not all(isinstance(text, str) for text in found):
            raise self.defect(f"expected a list of texts, got {short_repr(found, 40)}", name)
        return tuple(found)

    def label(self, name: str) -> Label:
        """A, B or tie, in any of the accepted forms."""
        try:
            return label_of(name, self.value(name, "a label", str, int, float))
        except Defect as defect:
            raise self.defect(str(defect), name) from defect

    def id(self) -> str:
        """The row's id."""
        return str(self.value("id", "a number or a text", int, str))


class RecordedReplies:
    """A folder of recorded replies, its `strategies` by data set. A file is read, and checked, when first asked for.

    odd_rows: the defects of the rows of each file that was read, each one naming file, line and field.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise InputError(folder, "no such folder; expected one with published.json and recorded replies")
        self.folder = folder
        self.odd_rows: dict[Path, list[InputError]] = {}
        self._items: dict[Path, dict[str, RecordedItem]] = {}
        self._replies: dict[Path, dict[ReplyAuthors, dict[str, RecordedReply]]] = {}
        self.strategies: dict[str, list[str]] = {}
        for path in sorted(folder.iterdir()):
            if match := REPLIES.fullmatch(path.name):
                self.strategies.setdefault(match["dataset"], []).append(match["strategy"])

    def dataset(self, name: str) -> str | None:
        """The data set of that name as the files spell it; case, punctuation and a size at the end do not count."""
        spelt = {plain_value(own): own for own in self.strategies}
        return spelt.get(plain_value(name)) or spelt.get(plain_value(name).rstrip("0123456789"))

    def path(self, dataset: str, strategy: str) -> Path:
        """The file of these replies."""
        return self.folder / f"{dataset}_{strategy}.jsonl"

    def items(self, dataset: str, strategy: str) -> Mapping[str, RecordedItem]:
        """The items by id, in their order; for "versus" the prompts, which may be missing."""
        versus = strategy == "versus"
        path = self.folder / (f"{dataset}_prompts.jsonl" if versus else f"items_{dataset}.jsonl")
        if path not in self._items:
            if not path.is_file() and not versus:
                raise InputError(path, f"no such file; {self.path(dataset, strategy).name} is about its items")
            odd = self.odd_rows.setdefault(path, [])
            self._items[path] = _items(path, odd, with_answers=not versus) if path.is_file() else {}
        return self._items[path]

    def replies(self, dataset: str, strategy: str) -> Mapping[ReplyAuthors, Mapping[str, RecordedReply]]:
        """The replies by evaluator and by item."""
        path = self.path(dataset, strategy)
        if path not in self._replies:
            items, odd = self.items(dataset, strategy), self.odd_rows.setdefault(path, [])
            self._replies[path] = _read_replies(path, strategy, items, odd)
        return self._replies[path]


def plain_value(name: str) -> str:
    """A name without case and punctuation, for comparison: Fair-Eval -> faireval."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


PERSONA_OF_ROLE = {plain_value(persona.name): persona for persona in PERSONAS}


def join_replies(value: Any) -> str:
    """A model's name; several are joined, and none gives an empty text."""
    return " + ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _read_rows(path: Path, odd: list[InputError]) -> Iterator[ReplyRow]:
    """The rows of a JSON Lines file; InputError if there are none. A line that is no JSON object is odd."""
    line = 0
    for line, text in enumerate(path.read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\n"), start=1):
        if not text.strip():
            continue
        try:
            fields = _json_value(text)
        except (ValueError, RecursionError) as error:
            odd.append(InputError(path, f"not JSON: {error}", line=line))
            continue
        if isinstance(fields, dict):
            yield ReplyRow(path, line, fields)
        else:
            odd.append(InputError(path, f"expected a JSON object, got {short_repr(fields, 40)}", line=line))


def _json_value(text: bytes) -> Any:
    """The value of a line; NaN and Infinity, which are no JSON but written by Python, are floats.

    Numbers of any length are read, so that the row is named by the field.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if b"NaN" not in text and b"Infinity" not in text and "number" not in str(error):
            raise
        return json.loads(text)


def _refuse_without_rows(path: Path, any_usable: bool, odd: list[InputError]) -> None:
    """InputError, the first defect, for a file of which no row can be used."""
    if not any_usable:
        raise odd[0] if odd else InputError(path, "the file is empty; expected one JSON object per line", line=1)


def _items(path: Path, odd: list[InputError], *, with_answers: bool) -> dict[str, RecordedItem]:
    items: dict[str, RecordedItem] = {}
    for row in _read_rows(path, odd):
        try:
            id = row.id()
            if id in items:
                raise row.defect(f"{id!r} stands in an earlier line already", "id")
            items[id] = _recorded_item(row, id, odd) if with_answers else RecordedItem(id, row.any_text("prompt"))
        except InputError as defect:
            odd.append(defect)
    _refuse_without_rows(path, bool(items), odd)
    return items


def _recorded_item(row: ReplyRow, id: str, odd: list[InputError]) -> RecordedItem:
    """A labelled item. A text that is another JSON value is named as odd, and used as its JSON text."""
    for name in ("question", "answer_a", "answer_b"):
        if not row.is_null(name) and not isinstance(row.fields.get(name, ""), str):
            given = short_repr(row.fields[name], 40)
            odd.append(row.defect(f"expected a text, got {given}; its JSON text is used", name))
    answers = (row.any_text("answer_a"), row.any_text("answer_b"))
    own: Label | None = None
    try:
        own = row.label("own_label") if row.holds("own_label") else None
    except InputError as defect:
        odd.append(defect)
    is_mixed = any(value is True for name, value in row.fields.items() if name.startswith("votes_mixed"))
    return RecordedItem(id, row.any_text("question"), answers, row.label("human_label"), own, is_mixed)


def _read_replies(
    path: Path, strategy: str, items: Mapping[str, RecordedItem], odd: list[InputError]
) -> dict[ReplyAuthors, dict[str, RecordedReply]]:
    """The replies of a file, checked against the items and their labels, where there are items."""
    replies: dict[ReplyAuthors, dict[str, RecordedReply]] = {}
    for row in _read_rows(path, odd):
        try:
            reply = _recorded_reply(row, strategy, odd)
            _check_reply(row, reply, replies.get(reply.who, {}), items)
            replies.setdefault(reply.who, {})[reply.id] = reply
        except InputError as defect:
            odd.append(defect)
    every = (reply for of_one in replies.values() for reply in of_one.values())
    _refuse_without_rows(path, any(reply.decision != "failed" for reply in every), odd)
    return replies


def _check_reply(
    row: ReplyRow, reply: RecordedReply, of_one: Mapping[str, RecordedReply], items: Mapping[str, RecordedItem]
) -> None:
    """InputError for a reply that stands there already, without an item, or with another label than its item."""
    if reply.id in of_one:
        names = " / ".join(reply.who)
        raise row.defect(f"{reply.id!r} of {names} stands in line {of_one[reply.id].line} already", "id")
    if items and reply.id not in items:
        raise row.defect(f"no item has the id {reply.id!r}", "id")
    there = items[reply.id].label if items else None
    if there is not None and row.holds("human_label") and row.label("human_label") != there:
        raise row.defect(f"{row.label('human_label')} here, but {there} in the items", "human_label")


def _recorded_reply(row: ReplyRow, strategy: str, odd: list[InputError]) -> RecordedReply:
    """A row of any of the strategies. A score of -1 counts as a score, as it did in the original.

    A score or verdict that cannot be used is named as odd, and the recorded decision has failed.
    """
    if strategy == "versus":
        agent = (join_replies(row.fields.get(name)) for name in ("agent_generator", "agent_reviewer"))
        who: ReplyAuthors = (*agent, row.text("opponent"), row.text("judge"))
    else:
        who = (row.text("evaluator"),)
    names = ("raw_reply_a", "raw_reply_b") if strategy.startswith("independent") else ("raw_reply",)
    texts = row.texts("final_replies") if strategy == "debate" else tuple(map(row.text, names))
    discussion = _discussion(row) if strategy == "debate" else {}
    a: float | None = None
    b: float | None = None
    decision: Decision = "failed"
    try:
        if strategy == "direct-comparison":
            decision = row.label("verdict")
        else:
            a, b = row.number("score_a"), row.number("score_b")
            decision = winner(a, b)
    except InputError as defect:
        odd.append(defect)
    turns = [value for name, value in row.fields.items() if name.startswith("turns_to_answer")]
    again = any(isinstance(n, int) and n > 1 for n in turns)
    return RecordedReply(row.line, row.id(), who, texts, decision, a, b, again, **discussion)


def _discussion(row: ReplyRow) -> dict[str, Any]:
    """Roles and rounds of a debate; every role has one text in each round, and a final one."""
    roles = row.texts("roles")
    known = {plain_value(role) for role in roles}
    if not known or not known <= set(PERSONA_OF_ROLE) or len(known) < len(roles):
        given, expected = ", ".join(roles) or "none", ", ".join(each.name for each in PERSONAS)
        raise row.defect(f"the roles are {given}; expected some of {expected}, each once", "roles")
    rounds = row.value("rounds", "a list of rounds", list)
    for name, said in (*(("rounds", each) for each in rounds), ("final_replies", row.fields["final_replies"])):
        n_said = len(ReplyRow(row.path, row.line, {name: said}).texts(name))
        if n_said != len(roles):
            raise row.defect(f"{n_said} texts, but there are {len(roles)} roles", name)
    return {"roles": roles, "rounds": tuple(map(tuple, rounds))}
