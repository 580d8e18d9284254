"""A later number is another result unless it is the score of a criterion."""

import pytest

from fellowship.agents.reading import SeatScores, read_choice, read_json, read_score, read_seat_scores
from fellowship.agents.reading.criteria import is_criterion_score
from tests.agents.outcomes import outcome

ON_THE_SAME_LINE = [
    ", lowered to 5/10 because of the invented citation",
    " (final: 5/10)",
    " (after penalty: 5/10)",
    ", but 5/10 given the invented citation",
    ", capped at 5/10 since it is incomplete",
    " (adjusted 5/10)",
    ", minus 3 for the invented citation",
    ", less one point for the length",
]
OF_CRITERIA = [
    " (accuracy 9/10)",
    " (Correctness: 9/10; Helpfulness: 7/10)",
    ", accuracy 9/10, depth 7/10",
    " (factual accuracy: 9/10)",
    " (English: 9/10)",
    " (down from 9/10)",
    ", minus 2 points for length",
]
BEHIND = [
    "Adjusted for length bias: {}",
    "Length-adjusted: {}",
    "**Adjusted for verbosity: {}**",
    "Updated to {} after fact-checking.",
    "Taking the invented source into account: {}",
    "Considering clarity, {}.",
    "Weighted by accuracy: {}",
]
CRITERIA_BEHIND = [
    "Accuracy: A 9/10, B 5/10",
    "A's accuracy is 9/10, its style 6/10.",
    "For accuracy I give A 9/10 and B 5/10.",
    "In terms of depth, A gets 9/10 and B 5/10.",
    "- **Accuracy**: A 9/10, B 5/10",
    "Criteria: correctness (A 9/10, B 5/10), style (A 7/10, B 7/10)",
    "A: accuracy 9/10, depth 7/10; B: accuracy 5/10, depth 7/10",
]
SCORES = "A is vivid.\n\nScore A: 8/10\nScore B: 6/10"


@pytest.mark.parametrize("rest", ON_THE_SAME_LINE)
def test_a_score_that_its_own_line_changes_is_not_read(rest: str) -> None:
    assert outcome(lambda: read_score(f"Overall score: 8/10{rest}", out_of=10)) == "contradictory"
    seats = f"Score A: 8/10{rest}\nScore B: 7/10"
    assert outcome(lambda: read_seat_scores(seats, out_of=10)) == "contradictory"


@pytest.mark.parametrize("rest", OF_CRITERIA)
def test_scores_of_criteria_on_the_line_of_a_score_are_comment(rest: str) -> None:
    assert read_score(f"Overall score: 8/10{rest}", out_of=10) == 8


@pytest.mark.parametrize("behind", BEHIND)
def test_other_scores_in_a_sentence_that_names_a_criterion_are_another_result(behind: str) -> None:
    assert outcome(lambda: read_seat_scores(f"{SCORES}\n\n{behind.format('A 5/10, B 7/10')}", out_of=10)) == (
        "contradictory"
    )
    assert outcome(lambda: read_score(f"Overall score: 8/10\n\n{behind.format('5/10')}", out_of=10)) == "contradictory"


@pytest.mark.parametrize("behind", CRITERIA_BEHIND)
def test_scores_of_criteria_behind_the_scores_are_comment(behind: str) -> None:
    read = read_seat_scores(f"{SCORES}\n\n{behind}", out_of=10)
    assert (read.a, read.b) == (8, 6)


@pytest.mark.parametrize(
    "later", ["After the accuracy penalty A has 5/10.", "With the citation penalty applied, A ends at 5/10."]
)
def test_a_score_that_an_answer_has_now_is_another_result(later: str) -> None:
    assert outcome(lambda: read_seat_scores(f"{SCORES}\n\n{later}", out_of=10)) == "contradictory"


def test_the_article_is_no_seat() -> None:
    text = "Score A: 2/5\nScore B: 3/5\n\nB is flawed. It receives a score of 3 out of 5 for its efficiency."
    assert read_seat_scores(text, out_of=5).b == 3


def test_a_number_beside_the_name_of_a_criterion_is_its_score() -> None:
    sentence = "its style is 6/10 and 5/10 is the rest"
    assert is_criterion_score(sentence, sentence.index("6/10"), sentence.index("6/10") + 4)
    assert not is_criterion_score(sentence, sentence.index("5/10"), sentence.index("5/10") + 4)


@pytest.mark.parametrize(("later", "read"), [("A is better overall.", (8, 6)), ("B is better overall.", None)])
def test_a_heading_of_the_verdict_is_comment_and_what_it_heads_must_agree(
    later: str, read: tuple[int, int] | None
) -> None:
    text = f"## Score A\n8/10\n\n## Score B\n6/10\n\n## Verdict\n{later}"
    if read is None:
        assert outcome(lambda: read_seat_scores(text, out_of=10)) == "contradictory"
    else:
        scores = read_seat_scores(text, out_of=10)
        assert (scores.a, scores.b) == read


@pytest.mark.parametrize("later", ["Short.", "Superficial."])
def test_a_word_about_an_answer_is_comment(later: str) -> None:
    assert read_seat_scores(f"{SCORES}\n{later}", out_of=10).a == 8


@pytest.mark.parametrize("later", ["(That is, the first answer shown.)", "In other words, the first response wins."])
def test_an_answer_by_its_place_must_agree_with_the_choice(later: str) -> None:
    assert outcome(lambda: read_choice(f"The second is wrong.\n\nAnswer: B\n\n{later}")) == "contradictory"
    assert read_choice(f"The second is wrong.\n\nAnswer: A\n\n{later}") == "A"


def test_courtesy_in_french_is_comment() -> None:
    assert read_choice("Answer: B\n\nN'hésitez pas à me demander plus de détails !") == "B"


@pytest.mark.parametrize(
    "later", ["\n\nWait, the second claim also lacks a source.", "\nOn reflection, 2.", " Actually, make that 2."]
)
def test_an_object_that_is_taken_back_is_not_read(later: str) -> None:
    assert outcome(lambda: read_json('{"unsupported": 1}' + later)) == "contradictory"
    assert outcome(lambda: read_json('```json\n{"unsupported": 1}\n```\n' + later.lstrip())) == "contradictory"


@pytest.mark.parametrize(
    "text",
    [
        '{"winner": "A"} Correction: B is the winner. {see note}',
        '{"winner": "A"}\nActually, B is better: $\\frac{1}{2}$ of A is wrong.',
        '```json\n{"winner": "A"}\n```\nOn reflection, this should be B ({see above}).',
        '{"winner": "A"}\n\nThe other judge says {"winner": "B"}. Correction: mine is B.',
        '{"winner": "A"}\n\nThe set {1, 2} is not sorted. I take that back: {}',
        '{"winner": "A"} is wrong; use {note 2}.',
        '{"winner": "A" /* wait, it is B */}',
    ],
)
def test_braces_behind_a_correction_do_not_hide_it(text: str) -> None:
    """What holds no JSON is prose, and a correction counts behind the object wherever its sentence begins."""
    assert outcome(lambda: read_json(text)) in ("contradictory", "missing")
    assert outcome(lambda: read_choice(text)) != "A"


@pytest.mark.parametrize("sign", [" ", "\n", " // "])
def test_a_correction_behind_an_object_on_its_line_counts(sign: str) -> None:
    assert read_choice(f'{{"winner": "A"}}{sign}Correction: B') == "B"
    text = f'{{"score_a": 8, "score_b": 7}}{sign}Correction: score A is 6. {{see note}}'
    assert read_seat_scores(text, out_of=10) == SeatScores(6, 7)


@pytest.mark.parametrize(
    "between",
    ["I take that back.", "Correction: score A is 6.", "Actually, A gets 6.", "Scratch that, it deserves less."],
)
def test_a_correction_between_two_scores_is_not_passed_over(between: str) -> None:
    """It is about the score above it, although the closing statement is about the other seat."""
    objects = f'{{"score_a": 8}}\n{between}\n{{"score_b": 7}}'
    assert outcome(lambda: read_seat_scores(objects, out_of=10)) in ("contradictory", SeatScores(6, 7))
    labels = f"Score A: 8/10\n{between}\nScore B: 7/10"
    assert outcome(lambda: read_seat_scores(labels, out_of=10)) in ("contradictory", SeatScores(6, 7))
    assert read_seat_scores("Score A: 8/10\nWait, B has 3 sources.\nScore B: 7/10", out_of=10) == SeatScores(8, 7)


@pytest.mark.parametrize("sentence", ["Ignore {}.", "Please disregard {}; I have no answer."])
def test_an_object_that_its_line_disowns_is_not_read(sentence: str) -> None:
    text = sentence.format('{"a": 1}')
    assert outcome(lambda: read_json(text)) in ("missing", "contradictory")
    assert outcome(lambda: read_json(f'{{"a": 1}}\n\n{text}')) == "contradictory"
    assert read_json(f'{text}\n{{"a": 2}}') == {"a": 2}


def test_braces_in_comment_behind_an_object_leave_it() -> None:
    assert read_json('{"winner": "A"}\nThe set {1, 2} is right. Let me know if {b} helps.') == {"winner": "A"}
    assert read_json('{"a": 1}\nActually, no.\n```json\n{"a": 2}\n```\nDone {x}.') == {"a": 2}


def test_courtesy_behind_an_object_and_corrections_in_it_are_not_of_it() -> None:
    assert read_json('{"found": "wait, no"}\n\nLet me know if you need more.') == {"found": "wait, no"}


@pytest.mark.parametrize(
    "text",
    [
        'The draft ends with {"unsupported": []}, which looks like a leftover of a tool.',
        'The draft contains the JSON `{"unsupported": []}` as an example in its tutorial.',
        'An empty result would look like {"unsupported": []}. I see no text to check.',
        'The user wants something like: {"unsupported": []}',
        "{\"unsupported\": []}\n\nI'm sorry, but I can't help with that.",
    ],
)
def test_an_object_of_others_or_before_a_refusal_is_not_read(text: str) -> None:
    assert outcome(lambda: read_json(text)) == "missing"


@pytest.mark.parametrize(
    "text",
    [
        'The result is {"a": 1}.',
        'I checked both claims. {"a": 1}',
        '**Answer:** `{"a": 1}`',
        '<answer>{"a": 1}</answer>',
        'Here you go:\n\n{"a": 1}\n\nThe second claim has no source.',
    ],
)
def test_an_object_that_its_line_announces_is_read(text: str) -> None:
    assert read_json(text) == {"a": 1}
