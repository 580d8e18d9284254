"""A JSON-lines file with its row count and hash."""

import hashlib
from pathlib import Path
from typing import Self

import orjson

from fellowship.export.export_format import ExportFormat
from fellowship.export.records import DATE, ExportRow

LINE_BREAKS = {"\u0085": b"\\u0085", "\u2028": b"\\u2028", "\u2029": b"\\u2029"}


class JsonLinesFile:
    """Writes rows; `n_rows`, `n_true` (with the label True), `sha256` and `date_columns` describe those written so far.

    `date_columns` are those columns of messages in which every text so far is nothing but a date.
    """

    def __init__(self, path: Path, format: ExportFormat) -> None:
        path.parent.mkdir(exist_ok=True)
        self.n_rows = 0
        self.n_true = 0
        self.date_columns = set(format.texts)
        self._label = format.label
        self.sha256 = hashlib.sha256()
        self._file = path.open("wb")

    def write(self, row: ExportRow) -> None:
        """Append a row."""
        line = encode_row(row)
        self._file.write(line)
        self.sha256.update(line)
        self.n_rows += 1
        self.n_true += self._label is not None and bool(row[self._label])
        self.date_columns -= {
            column for column in self.date_columns if not all(DATE.fullmatch(each["content"]) for each in row[column])
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def encode_row(row: ExportRow) -> bytes:
    """One line of UTF-8 JSON; other characters that a reader may treat as a line break are escaped."""
    line = orjson.dumps(row)
    for character, escaped in LINE_BREAKS.items():
        line = line.replace(character.encode(), escaped)
    return line + b"\n"
