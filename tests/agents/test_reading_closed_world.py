"""What is not known as comment behind a statement, or as the judge's own introduction above it, is not read."""

import pytest

from fellowship.agents.reading import read_choice, read_score, read_seat_scores, split_completion
from fellowship.agents.reading.comments import no_comment
from fellowship.agents.reading.introductions import is_foreign_introduction
from tests.agents.outcomes import outcome

ABOUT_JUDGE = [
    "Kindly annul this verdict.",
    "This verdict is null.",
    "These scores came from a coin flip.",
    "The scores above belong to another pair.",
    "My rating no longer applies.",
    "Both numbers were typed at random.",
    "Undo that.",
    "I jumbled the pair.",
    "I would rather not take part in this.",
    "I prefer not to rate such texts.",
    "I feel uneasy about ranking these.",
    "My rules forbid judging this.",
    "The responses were not attached to your message.",
    "There is nothing to evaluate.",
    "No candidates were supplied.",
    "Grading this is against company policy.",
    "Nullify.",
]
COMMENT = [
    "Both responses are correct.",
    "Answer A names no source.",
    "These scores reflect accuracy first and style second.",
    "My verdict is based on the second paragraph.",
    "I found no mistake in the second answer.",
    "I weighed completeness more than brevity.",
    "I hope this helps!",
    "Let me know if you want a longer comparison.",
    "The difference in scores is due to the missing example.",
    "I could not verify the date in A.",
    "A higher score would require a worked example.",
    "If sources mattered, the verdict would be the same.",
    "The code runs, but it prints nothing.",
    "I am confident in this decision.",
    "Thank you for the detailed answers.",
    "Neither response covers the second question.",
]


@pytest.mark.parametrize("later", ABOUT_JUDGE)
def test_unknown_words_about_the_statement_or_the_judge_make_a_reply_unreadable(later: str) -> None:
    found = [
        outcome(lambda: read_choice(f"Answer: B\n\n{later}")),
        outcome(lambda: read_score(f"Overall score: 7/10\n\n{later}", out_of=10)),
        outcome(lambda: read_seat_scores(f"Score A: 7/10\nScore B: 3/10\n\n{later}", out_of=10)),
    ]

    assert set(found) <= {"contradictory", "missing"}


@pytest.mark.parametrize(
    "later", ["My  rating\tno longer applies.", "I\u00a0 jumbled the \u2009 pair.", "Undo\t that."]
)
def test_blanks_of_any_kind_and_number_stand_between_the_words_of_a_pattern(later: str) -> None:
    assert outcome(lambda: read_choice(f"Answer: B\n\n{later}")) == "contradictory"


@pytest.mark.parametrize("later", COMMENT)
def test_comment_behind_a_statement_leaves_it(later: str) -> None:
    assert not no_comment(later.lower())
    assert read_choice(f"Answer: B\n\n{later}") == "B"
    assert read_score(f"Overall score: 7/10\n\n{later}", out_of=10) == 7


@pytest.mark.parametrize(
    "later",
    ["Well, A.", "Hence A.", "On reflection A", "All told, A.", "Having heard the panel, I now favour A.", "Ballot: A"],
)
def test_a_short_clause_with_another_seat_contradicts_the_verdict(later: str) -> None:
    assert outcome(lambda: read_choice(f"Answer: B\n\n{later}")) in ("contradictory", "A")


@pytest.mark.parametrize(
    "later",
    [
        "Closing ballot: A 2/10, B 8/10",
        "A: 2/10\nB: 8/10",
        "Having heard the panel, I now award A 2/10 and B 8/10.",
        "A = 2, B = 8",
        "Take two points off A.",
        "Subtract 2 from A for the typo.",
    ],
)
def test_other_numbers_for_the_seats_contradict_the_scores(later: str) -> None:
    found = outcome(lambda: read_seat_scores(f"Score A: 7/10\nScore B: 3/10\n\n{later}", out_of=10))

    assert found in ("contradictory", "missing")


@pytest.mark.parametrize("later", ["Hm, 3.", "Instead 3/10.", "(update: 3/10)", "By consensus: 3/10."])
def test_another_number_contradicts_the_score(later: str) -> None:
    assert outcome(lambda: read_score(f"Overall score: 7/10\n\n{later}", out_of=10)) in ("contradictory", 3.0)


@pytest.mark.parametrize(
    "above",
    [
        "The footer of the essay states:",
        "Seen on the last page:",
        "Somebody scribbled this underneath:",
        "Answer two, word for word:",
        "Here is what the candidate prints.",
        "A lenient grader would say",
        "The sample reply is",
        "Had it compiled, I would have put",
        "If I were generous, I would write",
    ],
)
def test_a_statement_below_an_unknown_introduction_is_not_read(above: str) -> None:
    assert outcome(lambda: read_score(f"{above}\n\nOverall score: 9/10", out_of=10)) == "missing"
    assert read_score(f"{above}\n\nOverall score: 9/10\n\nThis is poor.\n\nOverall score: 2/10", out_of=10) == 2


@pytest.mark.parametrize(
    "above",
    [
        "Given these points, I would suggest a closer rating:",
        "My evaluation is as follows:",
        "### Final assessment",
        "**Scores:**",
        "Therefore:",
        "Taking all of this together, here are my scores:",
        "- The example is wrong",
        "Answer B is clearer and cites two sources.",
    ],
)
def test_a_statement_below_an_introduction_of_the_judge_is_read(above: str) -> None:
    assert not is_foreign_introduction(above.lower())
    assert read_seat_scores(f"{above}\n\nScore A: 4/10\nScore B: 8/10", out_of=10).b == 8


@pytest.mark.parametrize(
    "text",
    [
        "On a scale from 1 to 5:\nOverall score: 4",
        "I use a scale of 1-5.\n\nOverall score: 4",
        "On a five-point scale:\nOverall score: 4",
        "Overall score: 3/10 (where 1 is best)",
        "Overall score: 3/10 (lower is better)",
    ],
)
def test_a_score_on_a_scale_that_the_reply_names_itself_is_not_read(text: str) -> None:
    assert outcome(lambda: read_score(text, out_of=10)) in ("out_of_range", "contradictory", "missing")


@pytest.mark.parametrize("mark", ["labelled B in the prompt", "labeled as response B", "labels swapped"])
def test_a_score_of_a_relabelled_seat_is_not_read(mark: str) -> None:
    text = f"Score A: 8/10 (the first answer, {mark})\nScore B: 5/10"

    assert outcome(lambda: read_seat_scores(text, out_of=10)) == "contradictory"


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("**Verdict:** Assistant B provides the better response.", "B"),
        ("Verdict: Response A offers the stronger answer.", "A"),
        ("Answer: Both responses are equally good, so C.", "tie"),
        ("Answer: C, no answer is better", "tie"),
        ("Verdict\n=======\nA", "A"),
        ("Answer --> B", "B"),
        ("The verdict is A.", "A"),
        ("Chosen response: A", "A"),
        ("Feedback: Both are short. [RESULT] A", "A"),
        ("Winner on style: B\nWinner on depth: A\n\nWinner overall: A", "A"),
        ("Verdict: A\n\n(Had speed mattered, my verdict: B.)", "A"),
    ],
)
def test_forms_of_a_choice(text: str, choice: str) -> None:
    assert read_choice(text) == choice


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("Feedback: Too short. [RESULT] 4", 4),
        ("Overall score: +6/10", 6),
        ("Overall score: 6/10, down from 8/10 before the edit", 6),
        ("Overall score: 6/10\n\nSorry to be blunt, but it fails.", 6),
        ("Overall score: 5/10\n\nUpdate upon checking the sources:\nOverall score: 3/10", 3),
        ("Overall score: 5/10 (I initially gave 8/10 here)", 5),
        ("Overall score: 5/10 (not 7/10, as I initially thought)", 5),
    ],
)
def test_forms_of_a_score(text: str, score: float) -> None:
    assert read_score(text, out_of=10) == score


@pytest.mark.parametrize(
    "text",
    [
        "Score A: 5 (depth 4, style 6)\nScore B: 8 (depth 9, style 7)",
        "Score A: Depth 4/10, Style 6/10, Overall 5/10\nScore B: Depth 9/10, Style 7/10, Overall 8/10",
        "Score A: 5 marks out of 10\nScore B: 8 marks out of 10",
        "[Score A]: 5/10\n[Score B]: 8/10",
        "Score A → 5/10\nScore B => 8/10",
        "Score A: 5/10\nScore B: also 8/10",
        '{"model_a": {"depth": 4, "overall": 5}, "model_b": {"depth": 9, "overall": 8}}',
        "| | Depth | Style | Total |\n|---|---|---|---|\n| Response A | 4 | 6 | 5 |\n| Response B | 9 | 7 | 8 |",
    ],
)
def test_forms_of_seat_scores(text: str) -> None:
    scores = read_seat_scores(text, out_of=10)

    assert (scores.a, scores.b) == (5, 8)


@pytest.mark.parametrize("preamble", ["Sure, here is my view.\n", "assistant\n", "Of course!\nI will think first.\n\n"])
def test_a_block_below_a_short_preamble_is_reasoning(preamble: str) -> None:
    parts = split_completion(f"{preamble}<think>\nScore A: 9/10\n</think>\nB is clearer.")

    assert "Score A" not in parts.answer
    assert parts.reasoning == "Score A: 9/10"
    assert not split_completion(f"{preamble}<think>\nScore A: 9/10").closed


@pytest.mark.parametrize("text", ["Like this:\n<think>\nA\n</think>\nEnd.", "The tag <think> opens, </think> closes."])
def test_a_block_that_is_shown_belongs_to_the_answer(text: str) -> None:
    assert split_completion(text).answer == text
