"""From conversations to pairs: the number left out for each reason. Every conversation is counted."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from fellowship.export.contradictions import pair_identity
from fellowship.export.pairs import LeftOut, LeftOutReason, fault_of_texts
from fellowship.export.records import PairRecord
from fellowship.formatting.valid_unicode import is_valid_unicode

ORDER: tuple[LeftOutReason, ...] = get_args(LeftOutReason)


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many conversations came in, and how many were left out by reason; `n_pairs` are what remains.

    Reasons that never occurred are absent; the others are in the order of `LeftOutReason`.
    """

    n_conversations: int
    left_out: Mapping[LeftOutReason, int]

    @property
    def n_pairs(self) -> int:
        """Conversations that became pairs."""
        return self.n_conversations - sum(self.left_out.values())

    def __str__(self) -> str:
        reasons = ", ".join(f"{reason} {count}" for reason, count in self.left_out.items()) or "nothing"
        return f"{self.n_conversations} conversations, {self.n_pairs} pairs; left out: {reasons}"


class Screen:
    """Passes each usable pair once, and counts the entries that it or `contradictory` rejects.

    Two pairs that differ only in typing are the same (see `formatting/normal_text.py`): the first one passes.
    """

    def __init__(self, left_out_before: Mapping[LeftOutReason, int]) -> None:
        if unknown := sorted(set(left_out_before) - set(ORDER)):
            expected = ", ".join(ORDER)
            raise ValueError(f"{unknown[0]!r} is no reason to leave a conversation out; expected one of {expected}")
        self._n_entries = sum(left_out_before.values())
        self._left_out = Counter(left_out_before)
        self._n_entries_of: Counter[tuple[bytes, bytes, bytes]] = Counter()

    def passing(self, records: Iterable[PairRecord | LeftOut]) -> Iterator[PairRecord]:
        """The usable records, in order."""
        for record in records:
            self._n_entries += 1
            reason = record.reason if isinstance(record, LeftOut) else self._fault(record)
            if reason is not None:
                self._left_out[reason] += 1
            elif isinstance(record, PairRecord):
                yield record

    def contradictory(self, record: PairRecord) -> None:
        """Count a pair that has passed as contradictory, with the entries that were left out as its duplicates."""
        n_entries = self._n_entries_of[pair_identity(record)]
        self._left_out["contradictory pair"] += n_entries
        self._left_out["duplicate pair"] -= n_entries - 1

    def funnel(self) -> Funnel:
        """The counts so far."""
        counts = self._left_out
        left_out: dict[LeftOutReason, int] = {reason: counts[reason] for reason in ORDER if counts[reason]}
        return Funnel(self._n_entries, left_out)

    def _fault(self, record: PairRecord) -> LeftOutReason | None:
        if (fault := fault_of_texts(record.chosen, record.rejected)) is not None:
            return fault
        if not is_valid_unicode(record.chosen, record.rejected, *record.names):
            return "not valid Unicode"
        pair = pair_identity(record)
        self._n_entries_of[pair] += 1
        return "duplicate pair" if self._n_entries_of[pair] > 1 else None
