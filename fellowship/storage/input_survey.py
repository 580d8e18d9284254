"""The survey of an input: its columns, labels and annotators, and the defects that only all rows together show."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from fellowship.formatting.normal_text import normal_answer
from fellowship.formatting.terminal_text import single_line
from fellowship.protocols.items import Item
from fellowship.storage.column_meanings import PromptMeaning, prompt_meaning
from fellowship.storage.decision_columns import NO_STATEMENT, decision_defect, hidden_decisions, stated_seat
from fellowship.storage.item_columns import IGNORED, Defect, ItemColumns, columns_of, filled
from fellowship.storage.item_labels import ClassNames, label_numbers, majority, unclear_numbers
from fellowship.storage.lost_prompt_parts import row_placeholders
from fellowship.storage.prompt_columns import texts_beside
from fellowship.storage.written_values import NO_PARAGRAPH, is_no_value

MAX_NAMES = 12
MAX_FORMS = 6
"""The most forms of statements in a column of decisions."""
FEWEST_ROWS = 3
"""The fewest rows of answers to one prompt whose other columns are compared."""
BY_VOTES = 2
"""In place of 1 for an item that is decided by a label."""


@dataclass(slots=True)
class InputSurvey:
    """What was read of an input. Rows count as they are added; a list of texts or Items has no columns.

    `place` is the form of a row's place in messages. Memory per row is five numbers of 8 bytes, so that an input of
    any size is read piece by piece.
    """

    class_names: ClassNames = field(default_factory=dict)
    place: str = "line {}"
    n_items: int = 0
    used: dict[str, None] = field(default_factory=dict)
    unused: dict[str, None] = field(default_factory=dict)
    labels: Counter[str] = field(default_factory=Counter)
    votes: Counter[int] = field(default_factory=Counter)
    repeats: int = 0
    first_repeat: tuple[int, int] | None = None
    numbers: dict[float, str] = field(default_factory=dict)
    undecided_votes: int = 0
    first_undecided: int | None = None
    against_votes: int = 0
    first_against: int | None = None
    no_values: Counter[str] = field(default_factory=Counter)
    first_no_value: dict[str, tuple[int, str]] = field(default_factory=dict)
    _hidden: dict[str, tuple[int, Any]] = field(default_factory=dict)
    _stated: dict[str, dict[tuple[str, str], tuple[int, Any]]] = field(default_factory=dict)
    _differing: dict[str, int | None] = field(default_factory=dict)
    _data: dict[str, int | None] = field(default_factory=dict)
    _has_one_prompt: bool = True
    _placeholders: Counter[str] = field(default_factory=Counter)
    _beside_labels: set[str] = field(default_factory=set)
    _noted: dict[tuple[int, bool], ItemColumns] = field(default_factory=dict)
    _lines: "array[int]" = field(default_factory=lambda: array("q"))
    _ids: "array[int]" = field(default_factory=lambda: array("q"))
    _texts: "array[int]" = field(default_factory=lambda: array("q"))
    _prompts: "array[int]" = field(default_factory=lambda: array("q"))
    _beside: "array[int]" = field(default_factory=lambda: array("q"))
    _decided: bytearray = field(default_factory=bytearray)

    def add(self, line: int, row: Mapping[str, Any] | None, item: Item) -> None:
        """Count an item and the row that it was read from; None for a text, a chat or an Item of the caller."""
        self._count(item)
        compared = bool(item.candidates)
        self._lines.append(line)
        prompt = normal_answer(item.prompt.text)
        self._texts.append(hash((prompt, item.prompt.reference, *sorted(map(_text, item.candidates)))))
        self._prompts.append(hash(prompt))
        self._has_one_prompt = self._has_one_prompt and self._prompts[-1] == self._prompts[0]
        self._ids.append(hash(item.id) if item.id is not None else 0)
        by_votes = bool(item.votes) and item.label in (None, majority(item.votes))
        self._decided.append(0 if not compared else BY_VOTES if by_votes else item.label is not None)
        if compared:
            self._compare_with_votes(line, item)
        if row is None or (len(row) == 1 and "prompt" in row and isinstance(row["prompt"], str)):
            self.used |= dict.fromkeys(row or ())
            self._beside.append(0)
            return
        columns = columns_of(row)
        if (id(columns), compared) not in self._noted:
            self._noted[id(columns), compared] = columns
            self.used |= dict.fromkeys(columns.used(compared=compared))
            self.unused |= dict.fromkeys(map(str, row))
        self._note_no_values(line, row, columns)
        for name in columns.prompt:
            if isinstance(row[name], list):
                keys = {key for message in row[name] if isinstance(message, Mapping) for key in message}
                self.unused |= dict.fromkeys(f"{name}[].{key}" for key in sorted(keys - {"role", "content"}))
        if item.votes or (item.label is not None and not _is_written(item.label, row, columns)):
            self.numbers.update(label_numbers(row, columns, self.class_names))
        self._beside.append(self._note_beside(row, columns))
        if self._has_one_prompt and not compared:
            for name in columns.others:
                if texts := _texts_beside(row, name, lambda meaning: meaning.may_be_data):
                    _note_value(self._data, name, hash(texts))
        self._placeholders.update({name for name, *_ in row_placeholders(row, columns, item.prompt)})
        if compared and (columns.label or columns.others):
            self._note_hidden(line, row, columns, item)

    def _note_no_values(self, line: int, row: Mapping[str, Any], columns: ItemColumns) -> None:
        """Note texts such as `None` where they may be meant: answers, references and what is added to a prompt."""
        for name in (*columns.paragraphs, *(name for names in columns.responses for name in names), "reference"):
            given = row.get(name)
            text = given.get("text") if isinstance(given, Mapping) else given
            is_missing = name in columns.paragraphs and isinstance(text, str) and NO_PARAGRAPH.fullmatch(text)
            if is_no_value(text) and not is_missing:
                self.no_values[name] += 1
                self.first_no_value.setdefault(name, (line, str(text).strip()))

    def _note_beside(self, row: Mapping[str, Any], columns: ItemColumns) -> int:
        """The hash of what may tell equal prompts apart, and is not read."""
        found = []
        for name in columns.others:
            if texts := _texts_beside(row, name, lambda meaning: meaning.may_tell_apart):
                found.append((name, hash(texts)))
                _note_value(self._differing, name, hash(texts))
        return hash(tuple(found)) if found else 0

    def _compare_with_votes(self, line: int, item: Item) -> None:
        decided = majority(item.votes)
        if item.votes and item.label is None:
            self.undecided_votes += 1
            self.first_undecided = line if self.first_undecided is None else self.first_undecided
        elif decided is not None and item.label != decided:
            self.against_votes += 1
            self.first_against = line if self.first_against is None else self.first_against

    def _note_hidden(self, line: int, row: Mapping[str, Any], columns: ItemColumns, item: Item) -> None:
        """Note decisions in rows whose label is empty; a column that stands beside labels, too, is another's."""
        if item.label is not None:
            if self._beside_labels.issuperset(columns.others):
                return
            self._beside_labels.update(
                name for name in columns.others if name not in self._beside_labels and filled(row, name) is not None
            )
            return
        for name in columns.others:
            form = stated_seat(row, name, self.class_names)
            forms = self._stated.setdefault(name, {})
            if form is not None and len(forms) <= MAX_FORMS:
                forms.setdefault(form, (line, row[name]))
        if columns.label:
            for name, value in hidden_decisions(row, columns, self.class_names):
                self._hidden.setdefault(name, (line, value))

    def add_again(self, line: int, before: int, item: Item) -> None:
        """Count an item that is repeated on purpose: the same row, in a list."""
        self._count(item)
        self.repeats += 1
        self.first_repeat = self.first_repeat or (before, line)

    def _count(self, item: Item) -> None:
        self.n_items += 1
        if item.candidates:
            self.labels[item.label or "none"] += 1
            self.votes[len(item.votes)] += 1

    def check(self, rows_behind: Iterable[tuple[int, Any]] = ()) -> None:
        """Defect for what only all rows show; `rows_behind` are those that are not items of the run.

        The error names the lines: two items under one id, one row for each annotator of the same answers, labels
        that are numbers of no certain meaning, and decisions under another name where the column of labels is empty.
        """
        if self.numbers:
            behind = (each for _, row in rows_behind for each in self._numbers_of(row))
            if (problem := unclear_numbers(self.numbers | dict(behind))) is not None:
                raise Defect(next(iter(self.numbers.values())), problem)
        hidden = self._hidden | dict(self._all_stated())
        if found := {name: place for name, place in hidden.items() if name not in self._beside_labels}:
            line, defect = (
                next(iter(found.values()))[0],
                decision_defect({name: each[1] for name, each in found.items()}),
            )
            raise Defect(next(iter(found)), f"{self._place(line)} has no label, and {defect}")
        for before, line in _repeated(self._lines, self._ids):
            places = f"{self._place(line)} has the id of {self._place(before)}"
            raise Defect("id", f"{places}; every row has an id of its own, or none")
        for group in _groups(self._texts):
            self._check_beside(group)
            decided = [place for place in group if self._decided[place]]
            if len(decided) > 1:
                first, second = (self._place(self._lines[place]) for place in decided[:2])
                problem = (
                    f"{second} compares the same answers as {first}; where each row is one annotator's, "
                    "write one row with the list 'votes', and leave out other repetitions"
                )
                raise Defect(self._deciding_column(decided[1]), problem)
            self.repeats += len(group) - 1
            self.first_repeat = self.first_repeat or (self._lines[group[0]], self._lines[group[1]])
        for name, n in self._placeholders.items():
            if n == self.n_items > 1:
                problem = "all prompts have the placeholder of this column's name; write the value in its place"
                raise Defect(name, f"{problem}, or rename it to '{IGNORED}{name}' if it is to be ignored")
        if self._has_one_prompt and len(self._prompts) >= FEWEST_ROWS:
            self._check_beside([*range(len(self._prompts))])
        data = next((name for name, value in self._data.items() if value is None), None)
        if self._has_one_prompt and data is not None:
            advice = f"write it into the prompt, or rename it to '{IGNORED}{data}' if it is to be ignored"
            raise Defect(data, f"all rows have the same prompt, and differ in this column; {advice}")

    def _deciding_column(self, place: int) -> str:
        """The column, of labels or of votes, in which an item is decided; `label` or `votes` where there are none."""
        by_votes = self._decided[place] == BY_VOTES
        names = (each for columns in self._noted.values() for each in (columns.votes if by_votes else columns.label))
        return next(names, "votes" if by_votes else "label")

    def _all_stated(self) -> Iterator[tuple[str, tuple[int, Any]]]:
        """The columns in which each row says something of the seats, in few forms."""
        for name, forms in self._stated.items():
            if forms and len(forms) <= MAX_FORMS and NO_STATEMENT not in forms:
                found = [form for form, seat in forms if seat == "A" and (form, "B") in forms]
                stated = [place for (form, seat), place in forms.items() if form and (not seat or form in found)]
                yield from [(name, stated[0])] if stated else []

    def _check_beside(self, group: list[int]) -> None:
        """Defect where rows of one prompt differ in a column that is not read."""
        differing = [place for place in group if self._beside[place] != self._beside[group[0]]]
        name = next((name for name, value in self._differing.items() if value is None), None)
        if differing and name is not None:
            first, second = self._place(self._lines[group[0]]), self._place(self._lines[differing[0]])
            advice = f"write it into the prompt, or rename it to '{IGNORED}{name}' if it is to be ignored"
            raise Defect(name, f"{first} and {second} have the same prompt, and differ in this column; {advice}")

    def _numbers_of(self, row: Any) -> Iterator[tuple[float, str]]:
        if isinstance(row, Mapping):
            columns = columns_of(row)
            if all(columns.responses):
                yield from label_numbers(row, columns, self.class_names)

    def as_json(self) -> dict[str, Any]:
        """The survey for programs."""
        return {
            "items": self.n_items,
            "columns": [*self.used],
            "unused_columns": self._unused(),
            "labels": dict(self.labels),
            "votes_per_item": {str(n): count for n, count in sorted(self.votes.items()) if n},
            "votes_without_majority": self.undecided_votes,
            "labels_against_votes": self.against_votes,
            "repeated_rows": self.repeats,
            **({"missing_values_as_text": dict(self.no_values)} if self.no_values else {}),
        }

    def lines(self) -> list[str]:
        """The survey for people; of texts, chats and Items, which have no columns, only where something is odd."""
        items = "1 item" if self.n_items == 1 else f"{self.n_items:,} items"
        unused = self._unused()
        columns = f"; columns used: {_names(self.used)}; not used: {_names(unused) or 'none'}" if self.used else ""
        found = [f"input: {items}{columns}"]
        if self.labels:
            counts = ", ".join(f"{self.labels[label]:,} {label}" for label in ("A", "B", "tie", "none"))
            found.append(f"labels of people: {counts}{self._votes_text()}")
        n_plain = len(found)
        if 0 < (n_unlabelled := self.labels["none"]) < self.labels.total():
            rows = "1 item has" if n_unlabelled == 1 else f"{n_unlabelled:,} items have"
            found.append(f"{rows} no label: asked about and paid for like the others, but in no agreement with labels")
        if self.first_undecided is not None:
            rows = "1 row has" if self.undecided_votes == 1 else f"{self.undecided_votes:,} rows have"
            found.append(f"{rows} votes without a majority, and no label ({self._place(self.first_undecided)})")
        if self.first_against is not None:
            differ = "1 label differs" if self.against_votes == 1 else f"{self.against_votes:,} labels differ"
            place = self._place(self.first_against)
            found.append(f"{differ} from the majority of the votes in the same row ({place}); the label counts")
        for name, (at, text) in self.first_no_value.items():
            rows = "1 row has" if self.no_values[name] == 1 else f"{self.no_values[name]:,} rows have"
            what = "a word such as" if self.no_values[name] > 1 else "the word"
            meaning = "as a missing value that was written as text; models see it as it stands"
            found.append(f"{rows} {what} {text!r} alone in '{name}' ({self._place(at)}), {meaning}")
        if self.first_repeat is not None:
            before, line = map(self._place, self.first_repeat)
            rows = "1 row repeats" if self.repeats == 1 else f"{self.repeats:,} rows repeat"
            found.append(f"{rows} an earlier one ({line}: as {before}); each is a conversation of its own")
        return found if self.used or len(found) > n_plain else []

    def _place(self, line: int) -> str:
        return self.place.format(line)

    def _unused(self) -> list[str]:
        return [name for name in self.unused if name not in self.used]

    def _votes_text(self) -> str:
        sizes = [n for n in self.votes if n]
        if not sizes:
            n_labelled = self.labels.total() - self.labels["none"]
            return f"; {'at most ' if self.labels['none'] else ''}one label per item" if n_labelled else ""
        fewest, most = min(sizes), max(sizes)
        annotators = f"{most}" if fewest == most else f"{fewest} to {most}"
        return f"; annotators: {annotators} per item, in {sum(self.votes[n] for n in sizes):,} items"


def _texts_beside(row: Mapping[str, Any], name: str, keys: Callable[[PromptMeaning], bool]) -> tuple[str, ...]:
    """The texts of a column; numbers are not looked through."""
    given = row.get(name)
    may_count = keys(meaning := prompt_meaning(name)) or (meaning.keys_say and not isinstance(given, str))
    if not may_count or given is None or isinstance(given, int | float):
        return ()
    return texts_beside(name, filled(row, name), keys=keys)


def _note_value(values: dict[str, int | None], name: str, value: int) -> None:
    """Keep the only value of a column; None for one with several."""
    if values.setdefault(name, value) != value:
        values[name] = None


def _is_written(label: str, row: Mapping[str, Any], columns: ItemColumns) -> bool:
    """Whether a column has the label as it stands, and not as a number or in another form."""
    return any(isinstance(value := row.get(name), str) and value == label for name in columns.label)


def _text(candidate: Any) -> str:
    return normal_answer(str(candidate.text))


def _names(names: Iterable[str]) -> str:
    shown = [single_line(name) for name in names]
    more = f" and {len(shown) - MAX_NAMES:,} more" if len(shown) > MAX_NAMES else ""
    return ", ".join(shown[:MAX_NAMES]) + more


def _repeated(lines: "array[int]", hashes: "array[int]") -> Iterator[tuple[int, int]]:
    """The lines of values that occur twice; 0 is no value."""
    return ((lines[group[0]], lines[group[1]]) for group in _groups(hashes) if hashes[group[0]])


def _groups(hashes: "array[int]") -> list[list[int]]:
    """The places of equal hashes, where there are at least two; all in ascending order."""
    repeated = {value for value, following in pairwise(sorted(hashes)) if value == following}
    groups: dict[int, list[int]] = {}
    for place, value in enumerate(hashes) if repeated else ():
        if value in repeated:
            groups.setdefault(value, []).append(place)
    return list(groups.values())
