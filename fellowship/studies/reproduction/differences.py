"""Rows of a figure whose recorded decision differs from ours, by the reason for the difference."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fellowship.agents.agent import Agent
from fellowship.agents.debater import Debater
from fellowship.protocols.completions import Completion
from fellowship.protocols.content import Decision, Label, Verdict
from fellowship.protocols.errors import ReplyContradictory, ReplyError, ReplyNotParsed, ReplyOutOfRange
from fellowship.scenarios.aggregation import aggregate
from fellowship.studies.reproduction.recorded_replies import RecordedReply
from fellowship.studies.reproduction.rereading import judge_of

EXPLAINED = {
    "repaired": "A from the repaired half. When score A was not understood, the original asked again for both "
    "scores, but read only B's again: A kept -1 and lost. Our judge reads the whole reply.",
    "choice": "choice understood. Even after asking again the original understood no choice, and counted a tie. "
    "Our judge reads it, for instance from a last line '### A'.",
    "understood": "score understood. The original did not understand it, and counted -1.",
    "no_decision": "no recorded decision. The row has none that can be used; our agents read the reply.",
    "reread": "read differently. The recorded verdict is not ours. Where the file does not say how often the original "
    "asked, it may also have counted a tie for a reply that it did not understand.",
    "missing": "unreadable. The original counted a tie, or -1 for a score, or took one of several numbers; here it is "
    "a failure, which leaves n and is shown with the bounds that any resolution of it would give.",
    "out_of_range": "off the scale. The original went on with -1, or with a number that the scale does not have; here "
    "it is a failure, which leaves n.",
    "contradictory": "contradictory. The original took the first of two different answers; here it is a failure, "
    "which leaves n.",
    "votes_failed": "votes failed. A jury fails when the votes that could not be read could have changed its verdict.",
    "votes_changed": "votes changed. A juror's reply is read differently, as shown for that judge.",
    "no_reply": "without reply. Items for which no reply is recorded leave n.",
}
"""Each kind of change: in two words, then the original's treatment and ours."""


class ChangeReason(NamedTuple):
    """The reason why two decisions on one row differ: its kind and a text."""

    kind: str
    text: str


FAULTS: Mapping[type[ReplyError], ChangeReason] = {
    ReplyNotParsed: ChangeReason("missing", "no verdict could be read; now failed and left out of n"),
    ReplyOutOfRange: ChangeReason("out_of_range", "a score off the scale; now failed and left out of n"),
    ReplyContradictory: ChangeReason("contradictory", "contradictory answers; now failed and left out of n"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a figure. `reason` is None exactly where the recorded decision and ours are the same."""

    recorded: Decision
    ours: Decision
    label: Label | None
    own_label: Label | None
    reason: ChangeReason | None


@dataclass(frozen=True, slots=True)
class ReadingChange:
    """`n` of `of` rows that differ for one reason; `moves` counts them by "recorded -> ours"."""

    kind: str
    text: str
    n: int
    of: int
    moves: Mapping[str, int]

    @property
    def counted(self) -> str:
        """The rows alone: "3 of 80 rows, B -> A 2, tie -> A 1"."""
        return ", ".join((f"{self.n} of {self.of} rows", *(f"{move} {n}" for move, n in self.moves.items())))

    def __str__(self) -> str:
        moves = ", ".join(f"{move} {n}" for move, n in self.moves.items())
        return f"{self.n} of {self.of} rows: {self.text}{': ' if moves else ''}{moves}"


def case_of_jury(
    recorded: Sequence[Verdict], votes: Sequence[Verdict], label: Label | None, own_label: Label | None
) -> Case:
    """The row of a jury, re-judged from the recorded votes and from ours: no juror is asked again."""
    then, ours = aggregate(recorded).decision, aggregate(votes).decision
    return Case(then, ours, label, own_label, _reason_of_jury(then, ours, votes))


def reading_changes(cases: Sequence[Case], n_items: int) -> tuple[ReadingChange, ...]:
    """The changes among the rows of a figure, the most frequent first; then the items without a row."""
    moves: dict[ChangeReason, Counter[str]] = defaultdict(Counter)
    for case in cases:
        if case.reason is not None:
            moves[case.reason][f"{case.recorded} -> {case.ours}"] += 1
    found = [ReadingChange(*why, n.total(), n_items, dict(n.most_common())) for why, n in moves.items()]
    found.sort(key=lambda change: (-change.n, change.text))
    if n_absent := n_items - len(cases):
        found.append(ReadingChange("no_reply", "no reply recorded; left out of n", n_absent, n_items, {}))
    return tuple(found)


def change_reason(reply: RecordedReply, ours: Verdict, strategy: str) -> ChangeReason | None:
    """The reason why our verdict on a reply differs from the recorded one; None if it does not."""
    if ours.decision == reply.decision:
        return None
    if ours.decision == "failed":
        return next(_faults(reply, strategy), FAULTS[ReplyNotParsed])
    if reply.decision == "failed":
        return ChangeReason("no_decision", "a reply read that has no recorded decision")
    if -1 in (reply.score_a, reply.score_b):
        if reply.score_a == -1 and reply.asked_again and strategy.startswith("combined"):
            half = "score A read from the repaired half of the reply (the original re-read only B)"
            return ChangeReason("repaired", half)
        return ChangeReason("understood", "a score understood that the original counted as -1")
    if reply.score_a is None and reply.decision == "tie" and reply.asked_again:
        return ChangeReason("choice", "a choice understood where the original, after asking again, counted a tie")
    return ChangeReason("reread", "read differently")


def _faults(reply: RecordedReply, strategy: str) -> Iterator[ChangeReason]:
    """The errors of those texts of a reply that our agents cannot read."""
    asked: Agent[Any] = Debater().ballot if strategy == "debate" else judge_of(strategy)
    if strategy.startswith("independent"):
        asked = judge_of(strategy).rater
    if not all(text.strip() for said in reply.rounds for text in said):
        yield FAULTS[ReplyNotParsed]
    for text in reply.texts:
        try:
            asked.read(Completion(text))
        except ReplyError as error:
            yield FAULTS[type(error)]


def _reason_of_jury(recorded: Decision, ours: Decision, votes: Sequence[Verdict]) -> ChangeReason | None:
    if recorded == ours:
        return None
    if ours == "failed":
        return ChangeReason("votes_failed", "the votes that failed could decide; now failed and left out of n")
    if recorded == "failed":
        return ChangeReason("no_decision", "a juror's reply read that has no recorded decision")
    if any(vote.decision == "failed" for vote in votes):
        return ChangeReason("votes_failed", "a juror's reply could not be read, so it abstains")
    return ChangeReason("votes_changed", "a juror's reply is read differently")
