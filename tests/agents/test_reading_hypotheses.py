"""What would be under a condition that does not hold states nothing, and takes nothing back."""

import pytest

from fellowship.agents.reading import SeatScores, read_choice, read_score, read_seat_scores
from tests.agents.outcomes import outcome


@pytest.mark.parametrize(
    "behind",
    [
        "8/10 (would be 10/10 with a source)",
        "8 (would be 10 with a source)",
        "8/10 (could have been 9/10 if it cited its sources)",
        "8/10, but it would be a 10/10 if the code ran.",
        "8/10. With two examples, I would give it 9/10.",
        "8/10 (a source would make it 10/10)",
        "8/10 (9/10 if it had cited a source)",
    ],
)
def test_a_score_that_would_be_given_is_comment(behind: str) -> None:
    assert read_score(f"Overall Score: {behind}", out_of=10) == 8
    assert read_seat_scores(f"Score A: {behind}\nScore B: 7/10", out_of=10) == SeatScores(8, 7)
    assert read_seat_scores(f"Score B: 7/10\n\nScore A: {behind}", out_of=10) == SeatScores(8, 7)


@pytest.mark.parametrize(
    "behind",
    [
        "8/10 (should be 6/10)",
        "8/10 would be too generous; 6/10",
        "8/10 (would be 6/10 if I were honest)",
        "8/10 (would be 6/10 if I followed the rubric)",
        "8/10 (would be 10/10 with a source, so 9/10)",
        "8/10 or 9/10 (would be 10/10 with a source)",
        "would be 10/10 with a source",
    ],
)
def test_a_score_that_doubts_the_stated_one_is_no_hypothesis(behind: str) -> None:
    assert outcome(lambda: read_score(f"Overall Score: {behind}", out_of=10)) in ("contradictory", "missing")


@pytest.mark.parametrize(
    "later",
    [
        "If I had to break the tie, I'd pick A.",
        "If forced to choose, I would go with B because it is shorter.",
        "Were I forced to pick one, I'd choose the second answer.",
        "As a tie-breaker, I'd choose B for its brevity.",
        "Though if I absolutely had to choose, the edge would go to B.",
        "I would lean towards B if I were forced to choose.",
    ],
)
def test_a_broken_tie_under_a_condition_leaves_the_tie(later: str) -> None:
    assert read_choice(f"Verdict: C (tie)\n\n{later}") == "tie"
    assert read_choice(f"Verdict: tie. {later}") == "tie"
    assert read_seat_scores(f"Score A: 8/10\nScore B: 8/10\n\n{later}", out_of=10) == SeatScores(8, 8)


def test_scores_under_a_condition_leave_those_that_are_stated() -> None:
    assert read_score("Score: 8/10\n\nIf I had to grade the style alone, I'd give it 6/10.", out_of=10) == 8
    text = "Score A: 8/10\nScore B: 8/10\n\nIf I had to break the tie, I would give A 9/10."
    assert read_seat_scores(text, out_of=10) == SeatScores(8, 8)


@pytest.mark.parametrize(
    "later",
    [
        "I have to break the tie, so I'd pick A.",
        "If I must break the tie, I pick A.",
        "If I had to break the tie, which I do, I'd pick A.",
        "If I had to break the tie, as required, I'd pick A.",
        "If I had to break the tie, I'd pick A, so A.",
        "If I had to break the tie, I'd pick A. So my final verdict is A.",
        "Ties are not allowed, so I would pick A.",
        "But a draw is not permitted; if I had to choose, I'd pick A.",
    ],
)
def test_a_condition_that_holds_is_no_hypothesis(later: str) -> None:
    assert outcome(lambda: read_choice(f"Verdict: tie\n\n{later}")) in ("contradictory", "A")
