"""The survey of an input: its columns, labels and annotators, and the defects that only all rows together show."""

import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fellowship.formatting.terminal_text import single_line
from fellowship.protocols.items import Item
from fellowship.storage.item_columns import Defect, ItemColumns, columns_of
from fellowship.storage.item_labels import ClassNames, label_numbers, unclear_numbers

MAX_NAMES = 12


@dataclass(slots=True)
class InputSurvey:
    """What was read of an input. Rows count as they are added; a list of texts or Items has no columns.

    `place` is the form of a row's place in messages. Memory per row is three numbers of 8 bytes, so that an input of
    any size is read piece by piece.
    """

    class_names: ClassNames = field(default_factory=dict)
    place: str = "line {}"
    n_items: int = 0
    used: dict[str, None] = field(default_factory=dict)
    unused: dict[str, None] = field(default_factory=dict)
    labels: Counter[str] = field(default_factory=Counter)
    votes: Counter[int] = field(default_factory=Counter)
    overruled: int = 0
    repeats: int = 0
    first_repeat: tuple[int, int] | None = None
    numbers: dict[float, str] = field(default_factory=dict)
    _noted: dict[tuple[int, bool], ItemColumns] = field(default_factory=dict)
    _lines: "array[int]" = field(default_factory=lambda: array("q"))
    _ids: "array[int]" = field(default_factory=lambda: array("q"))
    _texts: "array[int]" = field(default_factory=lambda: array("q"))
    _decided: bytearray = field(default_factory=bytearray)

    def add(self, line: int, row: Mapping[str, Any], item: Item) -> None:
        """Count an item and the row that it was read from."""
        self._count(item)
        compared = bool(item.candidates)
        self._lines.append(line)
        self._texts.append(
            hash((_typed(item.prompt.text), item.prompt.reference, *sorted(map(_text, item.candidates))))
        )
        self._ids.append(hash(item.id) if item.id is not None else 0)
        self._decided.append(compared and (item.label is not None or bool(item.votes)))
        if len(row) == 1 and "prompt" in row and isinstance(row["prompt"], str):
            self.used["prompt"] = None
            return
        columns = columns_of(row)
        if (id(columns), compared) not in self._noted:
            self._noted[id(columns), compared] = columns
            self.used |= dict.fromkeys(columns.used(compared=compared))
            self.unused |= dict.fromkeys(map(str, row))
        for name in columns.prompt:
            if isinstance(row[name], list):
                keys = {key for message in row[name] if isinstance(message, Mapping) for key in message}
                self.unused |= dict.fromkeys(f"{name}[].{key}" for key in sorted(keys - {"role", "content"}))
        if item.votes or (item.label is not None and item.label not in map(row.get, columns.label)):
            self.numbers.update(label_numbers(row, columns, self.class_names, compared=compared))

    def add_again(self, line: int, before: int, item: Item) -> None:
        """Count an item that is repeated on purpose: the same row, in a list."""
        self._count(item)
        self.repeats += 1
        self.first_repeat = self.first_repeat or (before, line)

    def _count(self, item: Item) -> None:
        self.n_items += 1
        if item.candidates or item.label is not None:
            self.labels[item.label or "none"] += 1
            self.votes[len(item.votes)] += 1
            others = Counter(vote for vote in item.votes if vote != item.label)
            self.overruled += any(2 * n > len(item.votes) for n in others.values())

    def check(self, rows_behind: Iterable[tuple[int, Any]] = ()) -> None:
        """Defect for what only all rows show; `rows_behind` are those that are not items of the run.

        The error names the lines: two items under one id, one row for each annotator of the same answers, and labels
        that are numbers of no certain meaning.
        """
        if self.numbers:
            behind = (each for _, row in rows_behind for each in self._numbers_of(row))
            if (problem := unclear_numbers(self.numbers | dict(behind))) is not None:
                raise Defect(next(iter(self.numbers.values())), problem)
        for before, line in _repeated(self._lines, self._ids):
            places = f"{self._place(line)} has the id of {self._place(before)}"
            raise Defect("id", f"{places}; every row has an id of its own, or none")
        for group in _groups(self._texts):
            decided = [place for place in group if self._decided[place]]
            if len(decided) > 1:
                first, second = (self._place(self._lines[place]) for place in decided[:2])
                problem = (
                    f"{second} compares the same answers as {first}; where each row is one annotator's, "
                    "write one row with the list 'votes', and leave out other repetitions"
                )
                raise Defect("label", problem)
            self.repeats += len(group) - 1
            self.first_repeat = self.first_repeat or (self._lines[group[0]], self._lines[group[1]])

    def _numbers_of(self, row: Any) -> Iterator[tuple[float, str]]:
        if isinstance(row, Mapping):
            columns = columns_of(row)
            compared = all(columns.responses)
            yield from label_numbers(row, columns, self.class_names, compared=compared)

    def as_json(self) -> dict[str, Any]:
        """The survey for programs."""
        return {
            "items": self.n_items,
            "columns": [*self.used],
            "unused_columns": self._unused(),
            "labels": dict(self.labels),
            "votes_per_item": {str(n): count for n, count in sorted(self.votes.items()) if n},
            "labels_against_votes": self.overruled,
            "repeated_rows": self.repeats,
        }

    def lines(self) -> list[str]:
        """The survey for people; empty for an input without columns."""
        if not self.used:
            return []
        items = "1 item" if self.n_items == 1 else f"{self.n_items:,} items"
        unused = self._unused()
        found = [f"input: {items}; columns used: {_names(self.used)}; not used: {_names(unused) or 'none'}"]
        if self.labels:
            counts = ", ".join(f"{self.labels[label]:,} {label}" for label in ("A", "B", "tie", "none"))
            found.append(f"labels of people: {counts}{self._votes_text()}")
        if self.overruled:
            items = "1 item has" if self.overruled == 1 else f"{self.overruled:,} items have"
            found.append(f"{items} another label than more than half of the annotators; the label counts")
        if self.first_repeat is not None:
            before, line = map(self._place, self.first_repeat)
            rows = "1 row repeats" if self.repeats == 1 else f"{self.repeats:,} rows repeat"
            found.append(f"{rows} an earlier one ({line}: as {before}); each is a conversation of its own")
        return found

    def _place(self, line: int) -> str:
        return self.place.format(line)

    def _unused(self) -> list[str]:
        return [name for name in self.unused if name not in self.used]

    def _votes_text(self) -> str:
        sizes = [n for n in self.votes if n]
        if not sizes:
            return "; one label per item"
        fewest, most = min(sizes), max(sizes)
        annotators = f"{most}" if fewest == most else f"{fewest} to {most}"
        return f"; annotators: {annotators} per item, in {sum(self.votes[n] for n in sizes):,} items"


def _text(candidate: Any) -> str:
    return _typed(str(candidate.text))


def _typed(text: str) -> str:
    """The text as it is compared: line ends, blanks around it and Unicode forms make no difference."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()


def _names(names: Iterable[str]) -> str:
    shown = [single_line(name) for name in names]
    more = f" and {len(shown) - MAX_NAMES:,} more" if len(shown) > MAX_NAMES else ""
    return ", ".join(shown[:MAX_NAMES]) + more


def _repeated(lines: "array[int]", hashes: "array[int]") -> Iterator[tuple[int, int]]:
    """The lines of values that occur twice; 0 is no value."""
    return ((lines[group[0]], lines[group[1]]) for group in _groups(hashes) if hashes[group[0]])


def _groups(hashes: "array[int]") -> list[list[int]]:
    """The places of equal hashes, where there are at least two; all in ascending order."""
    import numpy

    if len(hashes) < 2:
        return []
    values = numpy.frombuffer(hashes, dtype=numpy.int64)
    order = numpy.argsort(values, kind="stable")
    starts = numpy.flatnonzero(numpy.diff(values[order], prepend=values[order[:1]] - 1))
    sizes = numpy.diff(starts, append=len(hashes))
    several = sizes > 1
    return sorted(
        order[start : start + size].tolist() for start, size in zip(starts[several], sizes[several], strict=True)
    )
