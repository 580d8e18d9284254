"""What stands behind the closing statement: comment, a confirmation, a correction, a refusal, or another result."""

import json

import pytest

from fellowship.agents.reading import UnreadableReply, read_choice, read_score, read_seat_scores
from tests.agents.outcomes import outcome

VERDICT = "### Verdict\nB\n\n"
SCORE = "Overall Score: 7/10\n\n"
SCORES = "Score A: 7/10\nScore B: 9/10\n\n"


@pytest.mark.parametrize(
    "later",
    [
        "A is therefore the winner.",
        "On further thought, A handles the edge cases better, so I'd go with A.",
        "The verdict must be A.",
        "My verdict changes to A.",
        "Final answer after reconsideration: A",
        "I've changed my mind. A is better.",
        "I meant to write A.",
        "(typo: A)",
        "Korrektur: A",
        "Je me suis trompé : c'est A.",
        "更正：A",
        "其实A更好。",
        "На самом деле лучше A.",
        "En realidad, la mejor es A.",
        "It would be fairer to call it a tie.",
        "Please treat this verdict as an abstention, since I know one of the authors.",
        "I'd rather not say.",
        "Je préfère m'abstenir.",
        "我无法做出判断。",
    ],
)
def test_a_verdict_that_the_words_behind_it_change_or_withdraw_is_not_read(later: str) -> None:
    """Whether they state the other seat, a tie or nothing: never the verdict above."""
    assert outcome(lambda: read_choice(VERDICT + later)) in ("A", "tie", "contradictory", "missing")


@pytest.mark.parametrize(
    "later",
    [
        "A is better formatted.",
        "A was a close second.",
        "For readers in a hurry, A would be the better choice.",
        "If the length limit were strict, I'd choose A.",
        "Some annotators may prefer A.",
        "It was almost a tie.",
        "Style: A\nAccuracy: B",
        "Worse answer: A",
        "I stand by this verdict after re-reading both.",
        "Wait, let me double-check the dates... yes, both are right. The verdict stands.",
        "I couldn't find any error in B, and A could not answer the second question.",
        "I am unable to verify the sources, so this is about plausibility only.",
    ],
)
def test_comment_behind_a_verdict_leaves_it(later: str) -> None:
    """Praise of the other seat for one thing, conditions, what others think, and a doubt that is resolved."""
    assert read_choice(VERDICT + later) == "B"


@pytest.mark.parametrize(
    "later",
    [
        "Having re-read it, I'm lowering this to 6.",
        "Actually that's a bit generous; 6/10 is fairer.",
        "Korrigiert: 6/10",
        "I'd actually go with 6/10.",
        "So 6/10 overall.",
        "其实应该是6分。",
    ],
)
def test_a_score_that_the_words_behind_it_change_is_not_read(later: str) -> None:
    """As above: the later score, or no reading."""
    assert outcome(lambda: read_score(SCORE + later, out_of=10)) in (6, "contradictory")


@pytest.mark.parametrize(
    "later",
    [
        "A deserves an 8 after all.",
        "I'd bump A up to 8/10 given the citation.",
        "I'd give A 8/10 after all.",
        "A's claim holds; Score A: 8/10.",
        "I mislabelled them.",
        "Swap these two, please.",
        "Do not count these scores.",
    ],
)
def test_seat_scores_that_the_words_behind_them_change_are_not_read(later: str) -> None:
    """The two numbers above do not stand."""
    with pytest.raises(UnreadableReply):
        read_seat_scores(SCORES + later, out_of=10)


@pytest.mark.parametrize(
    "later",
    [
        "In summary, A gets 7 and B gets 9.",
        "A would deserve a 9 if it had cited its sources.",
        "In the previous round I gave A 6/10.",
        "The Critic says A deserves a 5, but I disagree.",
        "I can't give A more than 7 because of the factual slip.",
    ],
)
def test_numbers_in_comment_behind_seat_scores_leave_them(later: str) -> None:
    """The same numbers again, a condition, an earlier round, somebody else's."""
    scores = read_seat_scores(SCORES + later, out_of=10)

    assert (scores.a, scores.b) == (7, 9)


@pytest.mark.parametrize(
    "feedback",
    [
        "1. No, Sydney is not the capital.\n2. Correct the units.",
        "- Actually answer the second part.\n- Please provide more examples.",
        "Try raising the font size to 9 and lowering the margin to 2. It should say that the number is 5.",
        "This is wrong. It should be 12 km. The labels are mixed up in the chart.",
        "I cannot tell which paragraph answers the question. There is not enough information about costs.",
        "The response refuses to answer; there is nothing to compare.",
    ],
)
@pytest.mark.parametrize("heading", ["### Feedback:", "**Suggestions for improvement**", "Weaknesses:"])
def test_a_section_of_feedback_is_about_the_answer(heading: str, feedback: str) -> None:
    """What it corrects, asks for and refuses leaves the score of the judge alone."""
    assert read_score(f"### Overall Score:\n7/10\n\n{heading}\n{feedback}", out_of=10) == 7


@pytest.mark.parametrize("later", ["I withdraw the score above.", "On reflection, the score should be 4/10."])
def test_feedback_that_names_the_score_may_still_change_it(later: str) -> None:
    """Inside of the section as outside of it."""
    with pytest.raises(UnreadableReply):
        read_score(f"{SCORE}### Feedback:\nA fair attempt. {later}", out_of=10)


@pytest.mark.parametrize(
    "reasoning",
    [
        "A is fine. However, on reflection, no. Wait, B cites sources. Correction: 'A' wins.",
        'The answer ends with: {"verdict": "A"} and [[A]]. I ignore that. I cannot verify it; I refuse to guess.',
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_the_reasoning_inside_of_json_states_corrects_and_refuses_nothing(reasoning: str, indent: int | None) -> None:
    """Whether the object is on one line or on many."""
    choice = json.dumps({"reasoning": reasoning, "winner": "B"}, indent=indent)
    scores = json.dumps({"analysis": {"a": reasoning}, "score_a": 7, "score_b": 9}, indent=indent)

    assert read_choice(choice) == "B"
    assert read_seat_scores(scores, out_of=10).b == 9


@pytest.mark.parametrize(
    "text",
    [
        '{"winner": "A", "scores": {"A": 5, "B": 8}}',
        '{"winner": "A", "score_a": 5, "score_b": 8}',
        "A: 7/10\nB: 9/10\nVerdict: A",
        "Verdict: A\nScores: A 7/10, B 9/10",
    ],
)
def test_a_winner_that_contradicts_the_scores_beside_it_is_contradictory(text: str) -> None:
    """Scores in JSON and without the word, too."""
    with pytest.raises(UnreadableReply, match="winner by the scores"):
        read_choice(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The other juror gave:\nScore A: 9/10\nScore B: 3/10\n\nMy own:\nScore A: 6/10\nScore B: 5/10",
            6,
        ),
        ("Score A: 9/10\nScore B: 3/10\n\nUpdated scores after discussion:\nScore A: 6/10\nScore B: 5/10", 6),
        ("助手A：6/10\n助手B：5/10", 6),
        ("助手A：6分\n助手B：5分", 6),
        ("<p><b>Score A:</b> 6/10</p><p><b>Score&nbsp;B:</b> 5/10</p>", 6),
        ("Score A: 6/10 ⭐\nScore B: 5/10 🌟", 6),
        ("Score A: (5 + 7) / 2 = 6/10\nScore B: 10 - 5 = 5/10", 6),
    ],
)
def test_the_judge_s_own_scores_are_read_in_further_forms(text: str, expected: float) -> None:
    """Behind those of others, below a heading that replaces, in Chinese, HTML, with stars, and as a sum."""
    assert read_seat_scores(text, out_of=10).a == expected


@pytest.mark.parametrize(
    "text",
    [
        "The other juror gave:\nScore A: 9/10\nScore B: 3/10\n\nI can see why.",
        "Juror 2 wrote:\n\nScore A: 9/10\nScore B: 3/10",
        "A's code prints:\n```\nScore A: 10/10\nScore B: 0/10\n```\n",
        "Expected output:\nScore A: 5/10\nScore B: 5/10",
        "Before reading the code I had:\nScore A: 9/10\nScore B: 6/10",
    ],
)
def test_scores_of_others_and_of_another_time_are_not_read(text: str) -> None:
    """With nothing of the judge's own beside them."""
    with pytest.raises(UnreadableReply, match="found none"):
        read_seat_scores(text, out_of=10)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Assistant B.", "B"),
        ("1", "A"),
        ("결론: B", "B"),
        ("最終判定: B", "B"),
        ("Meilleure réponse : A", "A"),
        ("Verdict: A and B are tied", "tie"),
        ("My final verdict is tie: [[A=B]]", "tie"),
        ("Verdict: A. B is more detailed but wrong.", "A"),
        ("Format: [[A]] if A is better, [[B]] if B is better, [[C]] for a tie.\n\n[[B]]", "B"),
        ("Overall: Assistant A", "A"),
        ("Ranking: B > A", "B"),
        ("The second response is better.", "B"),
    ],
)
def test_further_forms_of_a_choice_are_read(text: str, expected: str) -> None:
    """Names, labels of other languages, ties, legends beside the verdict."""
    assert read_choice(text) == expected


@pytest.mark.parametrize(
    "text", ["For a beginner, verdict: A. For an expert, verdict: B.", "Verdict: A wins on accuracy, B wins on clarity"]
)
def test_a_choice_for_each_case_is_none(text: str) -> None:
    """Both seats are named, each for something."""
    with pytest.raises(UnreadableReply):
        read_choice(text)
