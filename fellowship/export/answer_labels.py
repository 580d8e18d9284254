"""Which rows of one answer and a label to keep: each answer to a prompt once, and none that is labelled both ways.

Prompts and answers that differ only in typing are the same: see `formatting/normal_text.py`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fellowship.export.export_format import ExportFormat, RowLeftOutReason
from fellowship.export.records import ExportRow
from fellowship.export.split import prompt_digest
from fellowship.formatting.normal_text import normal_answer
from fellowship.protocols.digests import json_digest

TRUE, FALSE = 1, 2


class AnswerLabels:
    """Learns the labels of all answers first (`learn`), then says which rows to keep (`keeping`).

    Of a format without a label every row is kept. Holds 32 bytes per answer. `left_out` counts rows.
    """

    def __init__(self, format: ExportFormat) -> None:
        self.format = format
        self.left_out: Counter[RowLeftOutReason] = Counter()
        self._labels: dict[bytes, int] = {}
        self._kept: set[bytes] = set()

    def learn(self, pair: ExportRow) -> None:
        """Note the labels of the rows of a pair."""
        if self.format.label is None:
            return
        for row in self.format.rows_of(pair):
            answer = self._answer(row)
            self._labels[answer] = self._labels.get(answer, 0) | (TRUE if row[self.format.label] else FALSE)

    def keeping(self, pair: ExportRow) -> Iterator[ExportRow]:
        """Those of the rows of a pair, learnt before, that belong in the data set."""
        for row in self.format.rows_of(pair):
            answer = b"" if self.format.label is None else self._answer(row)
            if not answer:
                yield row
            elif self._labels[answer] == TRUE | FALSE:
                self.left_out["labelled both ways"] += 1
            elif answer in self._kept:
                self.left_out["duplicate completion"] += 1
            else:
                self._kept.add(answer)
                yield row

    def _answer(self, row: ExportRow) -> bytes:
        return json_digest([_normal(column, row[column]) for column in self.format.texts])


def _normal(column: str, messages: Sequence[Mapping[str, Any]]) -> Any:
    if column == "prompt":
        return prompt_digest(messages).hex()
    return [[message["role"], normal_answer(message["content"])] for message in messages]
