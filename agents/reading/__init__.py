"""Reading what evaluators reply: strict about meaning, lenient about form.

The closing statement decides. A statement is a label at the start of a line ("### Score Assistant A:", "Verdict:"), a
JSON field, [[A]], \\boxed{A}, or a line that is nothing but the answer at an end of the reply. Where the reply has none
of them, a closing sentence counts that says nothing else ("A is better.", "I give A 7/10 and B 8/10.").

The modules decide in this order (full_reading.py); a reply that is wrongly read is mended in the first that errs:

completion_parts  where the reasoning ends and the answer begins (block_place, reasoning_marks)
demanded_form     the form that the prompt demands below plain words: read, and nothing else is asked
plain_lines       lines without decoration
own_lines         no line counts that is quoted (own_fences), attributed to others (attributions), a draft, or disowned,
                  and no clause that says what would be (hypotheses)
choices, scores   which forms state a result (lines: labels and numbers; json_values, fences)
prose             which closing sentences do, where no form does
introductions   no statement counts whose lead (leads) or sentence leaves it not clearly the judge's own
statements        what is corrected or withdrawn later (corrections) does not count; nor does a refused one (refusals),
                  nor an answer form that is left open above the filled one (placeholders); the others must agree
later_results     what stands behind is comment (comments: about_statement, about_judge, missing_input, commands), or
                  the statement again (later_choices, later_scores), and changes no score (later_changes)
seat_names        A is the first answer and B the second, in the words of the reply too
task_solutions    a letter is the vote, not the solution of the task

Patterns are written as wording.py says. Numbers and letters in running prose never count.

What remains must agree. The same answer twice is one answer; two different ones are `contradictory`, and so are scores
beside a winner that is not theirs. A score off the scale is `out_of_range` even where a later one is on it, and so is a
fraction with another denominator ("4/5" when asked for 10), which is never rescaled. All else is `missing`: no
statement, "N/A", or a refusal behind the closing statement.
"""

from dataclasses import dataclass

from fellowship.agents.reading.choices import Choice
from fellowship.agents.reading.completion_parts import parts_of, split_completion, with_parts
from fellowship.agents.reading.demanded_form import demanded_score, demanded_seat_scores
from fellowship.agents.reading.full_reading import full_choice, full_score, full_seat_scores
from fellowship.agents.reading.json_values import read_json
from fellowship.agents.reading.lines import Scale
from fellowship.agents.reading.statements import UnreadableKind, UnreadableReply

# Raised with every change that reads a reply differently. A run records it, and stops before old and new readings mix;
# `--accept-changes` then reads its recorded replies again.
READING_VERSION = 3

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
    return full_score(text, Scale(out_of, minimum))


def read_seat_scores(text: str, *, out_of: float, minimum: float = 0.0) -> SeatScores:
    """The scores of both seats (A, B or 1, 2), minimum to out_of: "Score A: 8/10", {"score_a": 8, "score_b": 7}.

    Forms that do not say "score" ("Assistant A: 8/10", a table row, {"a": 8, "b": 7}) count where nothing else does.
    Raises UnreadableReply (field "score A" or "score B") by the rules above; ValueError unless minimum < out_of.
    """
    if (demanded := demanded_seat_scores(text, out_of=out_of, minimum=minimum)) is not None:
        return SeatScores(*demanded)
    return SeatScores(*full_seat_scores(text, Scale(out_of, minimum)))


def read_choice(text: str) -> Choice:
    """The seat a reply prefers: "### Answer:\\nA", "Verdict: C (tie)", "[[B]]", {"verdict": "tie"}; C means tie.

    Raises UnreadableReply (field "choice"): missing, or contradictory when two different choices are stated.
    """
    return full_choice(text)
