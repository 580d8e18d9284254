"""Majority: the commonest of A, B and tie; a tie when two are equally common (the paper's jury)."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations_with_replacement

from fellowship.protocols.content import Decision, Verdict
from fellowship.scenarios.aggregation import AggregationRule


def _decide(votes: Sequence[Verdict]) -> Verdict:
    return Verdict(decision=_unique_mode([vote.decision for vote in votes]))


def _is_open(votes: Sequence[Verdict]) -> bool:
    """Whether another resolution of the failed votes, abstaining included, gives another majority."""
    cast: list[Decision] = [vote.decision for vote in votes if vote.decision in ("A", "B", "tie")]
    n_failed = sum(vote.decision == "failed" for vote in votes)
    choices: Sequence[Decision | None] = ("A", "B", "tie", None)
    resolutions = combinations_with_replacement(choices, n_failed)
    return len({_unique_mode([*cast, *(each for each in resolved if each)]) for resolved in resolutions}) > 1


def _unique_mode(decisions: Sequence[Decision]) -> Decision:
    if not decisions:
        return "inconsistent"
    (first, n_first), *others = Counter(decisions).most_common()
    return "tie" if others and others[0][1] == n_first else first


majority_rule = AggregationRule(_decide, is_open=_is_open)
