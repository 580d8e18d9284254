"""A format of a data set: its name, its columns, the rows it makes of a pair, and its section of the card.

The formats are in `formats/`. A format of your own is an ExportFormat and is written `module:name`. See `records.py`
for what TRL's trainers take columns for. The options of a data set, its formats among them, are checked here.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

from fellowship.export.records import ExportRow
from fellowship.extensions import EntryTable
from fellowship.protocols.errors import ConfigurationError

DEFAULT_FORMATS = ("dpo", "kto")
LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]*")
NOT_A_LICENSE = {"unknown", "none", "null", "tbd", "todo", "n-a", "na", "unlicensed", "unspecified"}
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
MESSAGES_COLUMN = "messages"
PROVENANCE_COLUMN = "provenance"
RowLeftOutReason: TypeAlias = Literal["labelled both ways", "duplicate completion"]


@dataclass(frozen=True, slots=True)
class RowTotals:
    """The rows of a format that were written, and those with the label True, by split; the left-out ones by reason."""

    rows: Mapping[str, int]
    n_true: Mapping[str, int]
    left_out: Mapping[RowLeftOutReason, int]


@dataclass(frozen=True)
class ExportFormat:
    """One config of a data set.

    name          of the config and its folder: lower-case letters, digits, `_` and `-`
    columns       in order, with their types: `messages`, or one of the `datasets` library, such as `string` or `bool`
    rows          the rows of a pair, which is `{prompt, chosen, rejected, provenance}` with lists of messages; the
                  provenance is added to each
    label         the `bool` column of a format with one answer per row: answers that are labelled both ways are left
                  out, and so are repeated ones
    card_section  Markdown about the rows that were written
    """

    name: str
    columns: Mapping[str, str]
    rows: Callable[[ExportRow], Iterable[ExportRow]]
    label: str | None = None
    card_section: Callable[[RowTotals], str] | None = None

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"format {self.name!r}: expected a name of lower-case letters, digits, '_' and '-'")
        if PROVENANCE_COLUMN in self.columns:
            raise ValueError(f"format {self.name!r} has a column {PROVENANCE_COLUMN!r}, which every row is given")
        if self.label is not None and self.columns.get(self.label) != "bool":
            raise ValueError(f"format {self.name!r}: the label {self.label!r} is no column of type bool")

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The columns that hold messages."""
        return tuple(column for column, type_name in self.columns.items() if type_name == MESSAGES_COLUMN)

    def rows_of(self, pair: ExportRow) -> Iterable[ExportRow]:
        """The rows of a pair with its provenance; ConfigurationError for a row of other columns."""
        for row in self.rows(pair):
            if row.keys() != self.columns.keys():
                given, expected = ", ".join(row) or "none", ", ".join(self.columns)
                raise ConfigurationError(f"format {self.name!r}: a row has the columns {given}; expected {expected}")
            yield {**{column: row[column] for column in self.columns}, PROVENANCE_COLUMN: pair[PROVENANCE_COLUMN]}


FORMATS: EntryTable[ExportFormat] = EntryTable(
    "format", "fellowship.export.formats", "format", (ExportFormat,), "an ExportFormat"
)


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The formats to write, the share of prompts to keep for testing, in [0, 1), and the licence, if there is one.

    `selection` are the options by which the pairs were selected, by name.
    """

    formats: tuple[ExportFormat, ...]
    test_share: float
    license: str | None
    selection: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The options as the manifest has them."""
        names = [format.name for format in self.formats]
        return {"configs": names, "test_share": self.test_share, "license": self.license, **self.selection}


def checked_options(
    configs: Sequence[str | ExportFormat], *, test_share: float, license: str | None, selection: Mapping[str, Any]
) -> ExportOptions:
    """The options, each format once and in the given order; ConfigurationError for options that cannot be used."""
    if not 0 <= test_share < 1:
        raise ConfigurationError(f"test_share is {test_share!r}; expected a number from 0 up to, but not including, 1")
    if license is not None and (not LICENSE.fullmatch(license) or license in NOT_A_LICENSE):
        expected = "an identifier such as 'cc-by-4.0' or 'apache-2.0', or no license at all"
        raise ConfigurationError(f"license is {license!r}; expected {expected}")
    if not configs:
        raise ConfigurationError(f"a data set has at least one format; {FORMATS.choices()}")
    formats: dict[str, ExportFormat] = {}
    for config in configs:
        found = config if isinstance(config, ExportFormat) else FORMATS.find(config)
        if formats.setdefault(found.name, found) is not found:
            raise ConfigurationError(f"two formats are called {found.name!r}; a data set has each name once")
    return ExportOptions(tuple(formats.values()), float(test_share), license, selection)
