"""What stands behind or beside a closing statement and changes, contradicts or renames it."""

from functools import partial

import pytest

from fellowship.agents.reading import SeatScores, read_choice, read_json, read_score, read_seat_scores
from fellowship.agents.reading.later_changes import changing_sentence
from fellowship.agents.reading.lines import Scale
from fellowship.agents.reading.number_words import in_digits
from fellowship.agents.reading.seat_names import refuse_renamed_seats
from fellowship.agents.reading.statements import UnreadableReply
from fellowship.agents.reading.task_solutions import is_solution
from tests.agents.outcomes import outcome

SCORES = "Both were read with care.\n\nScore A: 8/10\nScore B: 4/10"
TWO = "contradictory"

POINTS = [
    "I take three points from A for the invented quotation.",
    "Let me dock assistant A another two points.",
    "A loses five points for plagiarism.",
    "B gets two more points for its table.",
    "**Adjustment:** −3 points for A.",
    "Penalty for A: -4",
    "B +2 for honesty.",
    "B is owed one more: add one point to B.",
]
NUMBERS = [
    "The 8 for A is too kind.",
    "Assistant B's 4 underrates it.",
    "8 no longer seems right for A.",
    "A shouldn't have received an 8.",
    "A is not worth an 8.",
    "Hmm, 4 seems low for B.",
    "The 8 should be lower.",
]
MEASURES = [
    "B deserves a better rating than it got.",
    "B should be ranked higher.",
    "A merits less than 8.",
    "A should have scored lower.",
    "The gap between them should be smaller.",
    "B's score should go up by one.",
]
MIND = [
    "I was too lenient with A.",
    "I overrated A.",
    "The rebuttal has meanwhile changed my view.",
    "I no longer think A is that good.",
    "Reading it again, A is rather thin.",
    "On a second look, B is the more careful one.",
    "I'd bump B up a bit.",
]
OTHER_NUMBERS = ["Final: five for A, seven for B.", "So it's six for B and five for A.", "A gets a five, B a seven."]
EXPLANATIONS = [
    "A loses one point for a typo.",
    "I deducted six points from B for the invented source.",
    "Minus 2 for A because of the length, minus 6 for B because of the errors.",
    "The 8 reflects A's depth, and the 4 goes to B for its errors.",
    "A earns extra points for its examples.",
    "A deserves the higher score because it is exact.",
    "A 10 would be too generous, as one source is missing.",
    "B would have scored higher with a source.",
    "Nothing in the rebuttal changed my view.",
    "A gives four reasons, B seven.",
    "Assistant B should have used more examples.",
    "B is too long.",
    "A is four points ahead.",
]


def _outcome_of_scores(text: str) -> object:
    return outcome(partial(read_seat_scores, text, out_of=10))


@pytest.mark.parametrize("behind", POINTS + NUMBERS + MEASURES + MIND + OTHER_NUMBERS)
def test_a_sentence_that_changes_the_scores_makes_them_unreadable(behind: str) -> None:
    assert outcome(lambda: read_seat_scores(f"{SCORES}\n\n{behind}", out_of=10)) == TWO


@pytest.mark.parametrize("behind", EXPLANATIONS)
def test_a_sentence_that_explains_the_scores_is_comment(behind: str) -> None:
    assert read_seat_scores(f"{SCORES}\n\n{behind}", out_of=10) == SeatScores(8, 4)


@pytest.mark.parametrize(
    "behind",
    [
        "Minus 3 for the invented source: 6/10.",
        "It deserves a lower score than this.",
        "That was too generous.",
        "Add one point for the table.",
        "Final: seven.",
        "-4 for length",
    ],
)
def test_one_score_is_changed_likewise(behind: str) -> None:
    assert outcome(lambda: read_score(f"Overall score: 9/10\n\n{behind}", out_of=10)) == TWO


@pytest.mark.parametrize("behind", ["-1 for length", "I deduct one point for the tone.", "It should cite less."])
def test_points_that_lead_to_the_score_explain_it(behind: str) -> None:
    assert read_score(f"Overall score: 9/10\n\n{behind}", out_of=10) == 9


def test_points_of_several_lines_add_up() -> None:
    scale, stated = Scale(10, 0), {"score": 7.0}
    assert changing_sentence(["-1 for length", "-2 for tone"], stated, scale) is None
    assert changing_sentence(["-1 for length", "-1 for tone"], stated, scale) == "-1 for length"


def test_words_of_numbers_are_digits_where_they_measure() -> None:
    assert in_digits("a gets four, b one point") == "a gets 4, b 1 point"
    assert in_digits("a is the better one. it has four reasons") == "a is the better one. it has four reasons"


@pytest.mark.parametrize("behind", ["Average: 6/10", "Mean score: 6", "Difference: 4/10", "Gap between them: 4 points"])
def test_a_figure_of_both_scores_is_comment(behind: str) -> None:
    assert read_seat_scores(f"{SCORES}\n\n{behind}", out_of=10).a == 8


def test_an_average_behind_one_score_is_another_score() -> None:
    assert outcome(lambda: read_score("Overall score: 9/10\n\nAverage: 6/10", out_of=10)) == TWO


WINNERS = [
    "Result: {}",
    "**Outcome:** {} is better",
    "Best: {}",
    "Preferred answer - {}",
    "Final ranking:\n1. {}\n2. the other",
    "| Winner | {} |",
    "Rank 1: {}",
    "<result>{}</result>",
]


@pytest.mark.parametrize("form", WINNERS)
def test_a_winner_in_an_answer_form_must_agree_with_the_scores(form: str) -> None:
    for text in (f"{SCORES}\n\n{form.format('B')}", f"{form.format('B')}\n\n{SCORES}"):
        assert _outcome_of_scores(text) == TWO
    assert read_seat_scores(f"{SCORES}\n\n{form.format('A')}", out_of=10) == SeatScores(8, 4)


@pytest.mark.parametrize("line", ["Result: tie", "Winner: none (tie)", "Winner: nobody", "No clear winner", "A = B"])
def test_no_winner_must_agree_with_the_scores(line: str) -> None:
    equal = "Score A: 6/10\nScore B: 6/10"
    assert outcome(lambda: read_seat_scores(f"{SCORES}\n\n{line}", out_of=10)) == TWO
    assert read_seat_scores(f"{equal}\n\n{line}", out_of=10) == SeatScores(6, 6)


@pytest.mark.parametrize("line", ["B > A", "**A < B**", "Response B > Response A", "B ≻ A"])
def test_a_line_that_compares_the_seats_is_an_answer_form(line: str) -> None:
    assert outcome(lambda: read_seat_scores(f"{SCORES}\n\n{line}", out_of=10)) == TWO
    assert read_choice(f"B covers more.\n\n{line}") == "B"
    assert outcome(lambda: read_choice(f"Verdict: A\n\n{line}")) == TWO


@pytest.mark.parametrize(
    "line",
    ["Result: a good text with flaws", "Recommendation: B should cite its sources.", "Best: the table in B"],
)
def test_a_label_of_results_above_other_words_states_no_winner(line: str) -> None:
    assert read_seat_scores(f"{SCORES}\n\n{line}", out_of=10).b == 4


@pytest.mark.parametrize("first", ["better", "best_response", "preferred answer", "result", "stronger"])
def test_fields_of_an_object_that_name_two_winners_contradict(first: str) -> None:
    assert outcome(lambda: read_choice(f'{{"{first}": "A", "winner": "B"}}')) == TWO
    assert read_choice(f'{{"{first}": "B", "winner": "B"}}') == "B"


@pytest.mark.parametrize(
    "text",
    [
        "Answer: B\n\nAssistant A selected option B, the right one. Assistant B selected option C.",
        "Answer: A. 12 apples\n\nResponse B answers A and is right, while response A answers D.",
        "Answer: B (tin)\n\nOnly response A says tin, so response A is better.",
        "Answer: C\n\nResponse A says C (right). Response B says A (wrong).",
        "Answer: B\n\nResponse A is correct and response B is wrong.",
        "The correct option is \\boxed{B}. Response A chose B, response B chose C.",
        "The answer to the question is [[A]]. Response B agrees, response A does not.",
    ],
)
def test_the_solution_of_the_task_is_no_vote(text: str) -> None:
    assert outcome(lambda: read_choice(text)) is not None


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("Response A: B (wrong). Response B: D (correct).\n\nAnswer: B", "B"),
        ("Answer: B\n\nResponse A says C, which is wrong. Response B says D, which is right.", "B"),
        ("Answer: A\n\nResponse A says B (correct), response B says A (wrong).", "A"),
        ("Answer: B\n\nResponse A is correct as well, but response B shows its steps.", "B"),
        ("The right option is C. Response A says C. Response B says B.\n\n\\boxed{A}", "A"),
        ("Expected answer: B\nResponse B gives: D\n\nFinal answer: A", "A"),
        ("You may answer [[A]], [[B]] or [[C]].\n\nBoth are the same.\n\n[[C]]", "tie"),
    ],
)
def test_a_vote_beside_the_answers_of_a_task_is_read(text: str, choice: str) -> None:
    assert read_choice(text) == choice


def test_words_in_front_of_a_letter_make_it_a_solution() -> None:
    assert is_solution("the correct answer to the quiz is ")
    assert not is_solution("the correct answer is 12. my verdict is ")


@pytest.mark.parametrize(
    "line",
    [
        "(A denotes the second answer, B the first.)",
        "I call the first response B.",
        "Note that response A is Assistant 2 here.",
        "The seats are swapped.",
    ],
)
def test_seats_that_the_reply_renames_are_not_read(line: str) -> None:
    for text in (f"{SCORES}\n\n{line}", f"{line}\n{SCORES}", f"{line}\n\nAnswer: A"):
        assert (outcome(partial(read_choice, text)) if "Answer" in text else _outcome_of_scores(text)) == TWO
    with pytest.raises(UnreadableReply, match="A for the first answer"):
        refuse_renamed_seats([line.lower()])


@pytest.mark.parametrize(
    "line", ["(A is the first answer, B the second.)", "B is the second best in style.", "A is the first to cite."]
)
def test_seats_that_keep_their_names_are_read(line: str) -> None:
    assert read_seat_scores(f"{SCORES}\n\n{line}", out_of=10).a == 8


def test_a_count_behind_a_score_is_comment_and_a_range_is_not() -> None:
    text = "Score A: 8/10 - 3 good examples\nScore B: 5/10 – 2 errors"
    assert read_seat_scores(text, out_of=10) == SeatScores(8, 5)
    assert outcome(lambda: read_score("Overall score: 8/10 - 9/10", out_of=10)) == TWO


@pytest.mark.parametrize("number", ["1,000", "2,500"])
def test_a_number_with_a_thousands_comma_is_no_score(number: str) -> None:
    assert outcome(lambda: read_score(f"Overall score: {number}/10", out_of=10)) == "missing"


def test_a_score_in_double_brackets_is_read() -> None:
    assert read_score("The text is clear.\n\nRating: [[7]]", out_of=10) == 7
    assert outcome(lambda: read_score("Rating: [[12]]", out_of=10)) == "out_of_range"


@pytest.mark.parametrize(
    "lead", ['The form {"points": 0} is required.', 'The reply should look like {"points": 0}, nothing else.']
)
def test_an_object_that_shows_the_form_states_nothing_beside_the_own_one(lead: str) -> None:
    assert read_json(f'{lead}\n\n{{"points": 7}}') == {"points": 7}
    assert outcome(lambda: read_json('Mine is {"points": 3}.\n\n{"points": 7}')) == TWO
