"""Which KTO rows to keep: each completion of a prompt once, and none that is labelled both ways."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from fellowship.export.rows import ExportRow
from fellowship.protocols.digests import json_digest

KtoReason: TypeAlias = Literal["labelled both ways", "duplicate completion"]
DESIRABLE, UNDESIRABLE = 1, 2


class KtoLabels:
    """Learns the labels of all completions first (`learn`), then says which rows to keep (`keeping`).

    Holds 32 bytes per completion. `left_out` counts rows, two per pair.
    """

    def __init__(self) -> None:
        self.left_out: Counter[KtoReason] = Counter()
        self._labels: dict[bytes, int] = {}
        self._kept: set[bytes] = set()

    def learn(self, rows: Iterable[ExportRow]) -> None:
        """Note the labels of these rows."""
        for row in rows:
            completion = json_digest([row["prompt"], row["completion"]])
            self._labels[completion] = self._labels.get(completion, 0) | (DESIRABLE if row["label"] else UNDESIRABLE)

    def keeping(self, rows: Iterable[ExportRow]) -> Iterator[ExportRow]:
        """Those of the rows, all of them learnt, that belong into the data set."""
        for row in rows:
            completion = json_digest([row["prompt"], row["completion"]])
            if self._labels[completion] == DESIRABLE | UNDESIRABLE:
                self.left_out["labelled both ways"] += 1
            elif completion in self._kept:
                self.left_out["duplicate completion"] += 1
            else:
                self._kept.add(completion)
                yield row
