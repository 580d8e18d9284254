"""Reading what evaluators reply: strict about meaning, lenient about form.

Only anchored statements count: a label at the start of a line ("### Score Assistant A:", "Verdict:"), a JSON field, or
a line that is nothing but the answer at an end of the reply. Numbers and letters in running prose never count, nor does
what the reply quotes (block quotes, and code fences that are not its own: see lines.own_lines).

The whole text is read. The same answer twice is one answer; two different ones are `contradictory`; a score off the
scale is `out_of_range` even where a later one is on it ("6/5 is not possible, so 5/5"), and so is a fraction with
another denominator ("4/5" when asked for 10), which is never rescaled. All else ("N/A", no statement) is `missing`.
"""

from dataclasses import dataclass

from fellowship.agents.reading.choices import Choice, choice_statements
from fellowship.agents.reading.completion_parts import parts_of, split_completion, with_parts
from fellowship.agents.reading.demanded_form import demanded_score, demanded_seat_scores
from fellowship.agents.reading.json_values import read_json
from fellowship.agents.reading.lines import Scale, UnreadableKind, UnreadableReply, own_lines, settle
from fellowship.agents.reading.scores import score_statements, seat_statements

# Raised with every change that reads a reply differently. A run records it, and stops before old and new readings mix;
# `--accept-changes` then reads its recorded replies again.
READING_VERSION = 1

__all__ = [
    "READING_VERSION",
    "Choice",
    "SeatScores",
    "UnreadableKind",
    "UnreadableReply",
    "parts_of",
    "read_choice",
    "read_json",
    "read_score",
    "read_seat_scores",
    "split_completion",
    "with_parts",
]


@dataclass(frozen=True, slots=True)
class SeatScores:
    """One evaluator's scores for the two seats."""

    a: float
    b: float


def read_score(text: str, *, out_of: float, minimum: float = 0.0) -> float:
    """The overall score of a reply, minimum to out_of: "### Overall Score:\\n8/10", {"score": 8}, a last line "8/10".

    Raises UnreadableReply (field "score") by the rules above; ValueError unless minimum < out_of.
    """
    if (demanded := demanded_score(text, out_of=out_of, minimum=minimum)) is not None:
        return demanded
    scale = Scale(out_of, minimum)
    return settle(text, "score", score_statements(own_lines(text), scale), _wanted("Score", scale))


def read_seat_scores(text: str, *, out_of: float, minimum: float = 0.0) -> SeatScores:
    """The scores of both seats (A, B or 1, 2), minimum to out_of: "Score A: 8/10", {"score_a": 8, "score_b": 7}.

    Forms that do not say "score" ("Assistant A: 8/10", a table row, {"a": 8, "b": 7}) count where nothing else does.
    Raises UnreadableReply (field "score A" or "score B") by the rules above; ValueError unless minimum < out_of.
    """
    if (demanded := demanded_seat_scores(text, out_of=out_of, minimum=minimum)) is not None:
        return SeatScores(*demanded)
    scale = Scale(out_of, minimum)
    statements = seat_statements(own_lines(text), scale)
    a, b = (settle(text, f"score {seat}", statements, _wanted(f"Score {seat}", scale)) for seat in "AB")
    return SeatScores(a, b)


def read_choice(text: str) -> Choice:
    """The seat a reply prefers: "### Answer:\\nA", "Verdict: C (tie)", "[[B]]", {"verdict": "tie"}; C means tie.

    Raises UnreadableReply (field "choice"): missing, or contradictory when two different choices are stated.
    """
    return settle(text, "choice", choice_statements(own_lines(text)), "A, B or tie, such as 'Answer: A'")


def _wanted(label: str, scale: Scale) -> str:
    return f"a number from {scale.minimum:g} to {scale.out_of:g}, such as '{label}: {scale.out_of:g}/{scale.out_of:g}'"
