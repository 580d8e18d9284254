"""Recorded replies of a study, as files: the texts of evaluators, and the decisions derived from them at the time.

A folder holds, for each data set, `items_<dataset>.jsonl` with any of `<dataset>_<strategy>.jsonl` (direct-comparison,
independent-scoring-N, combined-scoring-N, debate, versus). Files are found by these patterns; rows of replies belong to
items by `id`. A row with a defect is counted and named: as a failure where only its decision is defective, else it is
left out. A file without any usable row is an InputError, which names the file, the line and the field of the first.
"""

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from fellowship.agents.debater import PERSONAS
from fellowship.formatting.shorten import short_repr
from fellowship.formatting.valid_unicode import encoding_problem
from fellowship.protocols.content import Decision, Label, winner
from fellowship.protocols.errors import InputError
from fellowship.studies.reproduction.reply_row import ReplyRow, join_replies, plain_value

REPLIES = re.compile(
    r"(?P<dataset>.+)_(?P<strategy>direct-comparison|(?:independent|combined)-scoring-[\d.]*\d|debate|versus)\.jsonl"
)
NOT_UNDERSTOOD = -1
"""The recorded score of an answer whose score was not understood."""
ReplyAuthors: TypeAlias = tuple[str, ...]
"""The authors of replies: (evaluator,), or (generator, reviewer, opponent, judge) of a comparison of answers."""


@dataclass(frozen=True, slots=True)
class RecordedItem:
    """A question with its two answers and the human label, if they are known.

    own_label: the label by the votes about exactly these two answers, where the file distinguishes it from the label
    that the study used. is_mixed: whether the study's label mixes in votes about others; None where the file does not
    say it.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    label: Label | None = None
    own_label: Label | None = None
    is_mixed: bool | None = None

    @property
    def is_own(self) -> bool | None:
        """Whether the own label is the one that the study used; None where one of them is not known."""
        return None if self.own_label is None or self.label is None else self.own_label == self.label


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
            self._items[path] = _items(path, dataset, odd, with_answers=not versus) if path.is_file() else {}
        return self._items[path]

    def replies(self, dataset: str, strategy: str) -> Mapping[ReplyAuthors, Mapping[str, RecordedReply]]:
        """The replies by evaluator and by item."""
        path = self.path(dataset, strategy)
        if path not in self._replies:
            items, odd = self.items(dataset, strategy), self.odd_rows.setdefault(path, [])
            self._replies[path] = _read_replies(path, dataset, strategy, items, odd)
        return self._replies[path]


PERSONA_OF_ROLE = {plain_value(persona.name): persona for persona in PERSONAS}


def _read_rows(path: Path, odd: list[InputError]) -> Iterator[ReplyRow]:
    """The rows of a JSON Lines file; InputError if there are none. A line that is no JSON object is odd."""
    line = 0
    for line, text in enumerate(path.read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\n"), start=1):
        if not text.strip():
            continue
        try:
            fields = _json_value(text)
        except (ValueError, RecursionError) as error:
            odd.append(InputError(path, encoding_problem(text) or f"not JSON: {error}", line=line))
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


def _items(path: Path, dataset: str, odd: list[InputError], *, with_answers: bool) -> dict[str, RecordedItem]:
    items: dict[str, RecordedItem] = {}
    for row in _read_rows(path, odd):
        try:
            id = row.id()
            if id in items:
                raise row.defect(f"{id!r} stands in an earlier line already", "id")
            row.refuse_other("dataset", dataset)
            items[id] = _recorded_item(row, id, odd) if with_answers else _prompt(row, id, odd)
        except InputError as defect:
            odd.append(defect)
    _refuse_without_rows(path, bool(items), odd)
    return items


def _prompt(row: ReplyRow, id: str, odd: list[InputError]) -> RecordedItem:
    """A prompt, whose answers and label are not known."""
    return RecordedItem(id, _named_text(row, "prompt", odd))


def _recorded_item(row: ReplyRow, id: str, odd: list[InputError]) -> RecordedItem:
    """A labelled item."""
    question, *answers = (_named_text(row, name, odd) for name in ("question", "answer_a", "answer_b"))
    own: Label | None = None
    flags: list[bool | None] = []
    for name in row.fields:
        try:
            if name == "own_label" and row.holds(name):
                own = row.label(name)
            elif name.startswith("votes_mixed"):
                flags.append(None)
                flags[-1] = row.flag(name)
        except InputError as defect:
            odd.append(defect)
    is_mixed = True if True in flags else None if not flags or None in flags else False
    return RecordedItem(id, question, tuple(answers), row.label("human_label"), own, is_mixed)


def _named_text(row: ReplyRow, name: str, odd: list[InputError]) -> str:
    """A text. Another JSON value is named as odd, and its JSON text is used; null gives an empty text."""
    if name in row.fields and not isinstance(row.fields[name], str):
        used = "an empty one" if row.is_null(name) else "its JSON text"
        odd.append(row.defect(f"expected a text, got {short_repr(row.fields[name], 40)}; {used} is used", name))
    return row.any_text(name)


def _read_replies(
    path: Path, dataset: str, strategy: str, items: Mapping[str, RecordedItem], odd: list[InputError]
) -> dict[ReplyAuthors, dict[str, RecordedReply]]:
    """The replies of a file, checked against the items and their labels, where there are items."""
    replies: dict[ReplyAuthors, dict[str, RecordedReply]] = {}
    spellings: dict[ReplyAuthors, RecordedReply] = {}
    for row in _read_rows(path, odd):
        try:
            row.refuse_other("dataset", dataset)
            row.refuse_other("strategy", *((strategy,) if strategy != "versus" else ("versus", "combined-scoring-10")))
            reply = _recorded_reply(row, strategy, odd)
            _check_reply(row, reply, replies.get(reply.who, {}), items)
            first = spellings.setdefault(tuple(map(str.casefold, map(str.strip, reply.who))), reply)
            if reply.who != first.who:
                given, expected = " / ".join(reply.who), " / ".join(first.who)
                raise row.defect(f"{given!r} is spelt {expected!r} in line {first.line}; expected one spelling")
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
        agent = _agent_name(row, "agent_generator"), _agent_name(row, "agent_reviewer")
        who: ReplyAuthors = (*agent, row.name("opponent"), row.name("judge"))
    else:
        who = (row.name("evaluator"),)
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
            a, b = _score(row, "score_a", strategy, odd), _score(row, "score_b", strategy, odd)
            decision = winner(a, b)
    except InputError as defect:
        odd.append(defect)
    again = _asked_again(row, odd)
    return RecordedReply(row.line, row.id(), who, texts, decision, a, b, again, **discussion)


def _agent_name(row: ReplyRow, name: str) -> str:
    """The name of a model, or of several in a list, joined; only the reviewer may be missing."""
    given = row.fields.get(name)
    if isinstance(given, list) and given and all(isinstance(each, str) and each.strip() for each in given):
        return join_replies(given)
    return "" if name == "agent_reviewer" and not row.holds(name) else row.name(name)


def _score(row: ReplyRow, name: str, strategy: str, odd: list[InputError]) -> float:
    """A recorded score. One off the scale is named as odd, and counts as it did in the original."""
    score = row.number(name)
    out_of = float(strategy.rpartition("-")[2]) if "scoring-" in strategy else 10.0
    if score != NOT_UNDERSTOOD and not 0 <= score <= out_of:
        given = short_repr(row.fields[name], 40)
        odd.append(row.defect(f"{given} is off the scale of 0 to {out_of:g}; the recorded decision uses it", name))
    return score


def _asked_again(row: ReplyRow, odd: list[InputError]) -> bool:
    """Whether an evaluator was asked more than once. Another value than a count is named as odd, and not used."""
    again = False
    for name in row.fields:
        if name.startswith("turns_to_answer") and row.holds(name):
            try:
                again |= row.whole_number(name) > 1
            except InputError as defect:
                odd.append(row.defect(f"{defect.problem}; it is not used", name))
    return again


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
