"""An answer form that is echoed empty above the filled one states nothing; behind it, or alone, it is no answer."""

import pytest

from fellowship.agents.reading import SeatScores, read_choice, read_json, read_score, read_seat_scores
from tests.agents.outcomes import outcome

NUMBERS = [
    "<1-10>",
    "X/10",
    "[1-10]",
    "1-10",
    "[1-10]/10",
    "_/10",
    "`1 to 10`",
    "a number from 1 to 10",
    "1-10 (ten is best)",
]
CHOICES = [
    "A/B/tie",
    "A or B",
    "[A|B|C]",
    "<A or B>",
    "A, B, or C (tie)",
    "Assistant A or Assistant B",
    "[[A]], [[B]] or [[C]]",
]


@pytest.mark.parametrize("empty", NUMBERS)
def test_the_scores_below_an_empty_form_are_read(empty: str) -> None:
    form = f"Score A: {empty}\nScore B: {empty}"
    filled = "Score A: 8/10\nScore B: 7/10"

    assert read_seat_scores(f"{form}\n\n{filled}", out_of=10) == SeatScores(8, 7)
    assert read_seat_scores(f"I will use this format:\n{form}\n\nA cites.\n\n{filled}", out_of=10) == SeatScores(8, 7)
    assert read_score(f"Overall Score:\n{empty}\n\nOverall Score:\n8/10", out_of=10) == 8
    assert outcome(lambda: read_seat_scores(form, out_of=10)) in ("missing", "contradictory")


@pytest.mark.parametrize("empty", CHOICES)
def test_the_choice_below_an_empty_form_is_read(empty: str) -> None:
    assert read_choice(f"Verdict: {empty}\n\nVerdict: B") == "B"
    assert read_choice(f"### Answer:\n{empty}\n\nBoth are short.\n\n### Answer:\nB") == "B"
    assert outcome(lambda: read_choice(f"Verdict: {empty}")) in ("missing", "contradictory")


def test_the_object_below_an_empty_one_is_read() -> None:
    assert read_json('{"winner": "A|B|tie"}\n\n{"winner": "B"}') == {"winner": "B"}
    assert read_choice('{"winner": "A|B|tie"}\n\n{"winner": "B"}') == "B"
    assert outcome(lambda: read_json('{"correct": "y"}\n\n{"correct": "n"}')) == "contradictory"
    scores = '{"score_a": "<1-10>", "score_b": "<1-10>"}\n{"score_a": 8, "score_b": 7}'
    assert read_json(scores) == {"score_a": 8, "score_b": 7}
    assert read_seat_scores(scores, out_of=10) == SeatScores(8, 7)


@pytest.mark.parametrize(
    "text",
    [
        "Verdict: A\n\nVerdict: A or B",
        "Verdict: A\n\nVerdict: A or B\n\nVerdict: B",
        '{"winner": "A"}\n\n{"winner": "A|B"}',
        "Verdict: [A]\n\nVerdict: [B]",
        "Final answer: [[A]]/[[B]]\n\nFinal answer: [[A]]\n\nFinal answer: [[B]]",
    ],
)
def test_a_form_that_is_left_open_behind_an_answer_takes_it_back(text: str) -> None:
    assert outcome(lambda: read_choice(text)) == "contradictory"


@pytest.mark.parametrize("first", ["7-8", "7 or 8", "8/10 or 9/10"])
def test_a_range_of_scores_is_no_empty_form(first: str) -> None:
    assert outcome(lambda: read_score(f"Score: {first}\n\nScore: 8/10", out_of=10)) == "contradictory"
