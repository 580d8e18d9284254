"""Scores in evaluators' replies: every form we read, every one we refuse and why, and how a failure is told."""

import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.agents.reading import (
    SeatScores,
    UnreadableReply,
    read_choice,
    read_json,
    read_score,
    read_seat_scores,
)
from tests.agents.outcomes import outcome

MISSING, RANGE, TWO = "missing", "out_of_range", "contradictory"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("### Overall Score:\n8/10", 8.0, id="heading, next line"),
        pytest.param("### Overall Score\n\n8 / 10", 8.0, id="heading without colon, blank line"),
        pytest.param("**Overall Score:** 8.5 / 10", 8.5, id="bold label"),
        pytest.param("**Overall Score: 9/10**", 9.0, id="bold line"),
        pytest.param("Score: 9", 9.0, id="plain number"),
        pytest.param("score：８／１０", 8.0, id="full-width"),
        pytest.param("**9**/10", 9.0, id="bold number, whole reply"),
        pytest.param("9", 9.0, id="number, whole reply"),
        pytest.param("Rating: 7 out of 10", 7.0, id="out of"),
        pytest.param("Final rating - 7 of 10", 7.0, id="dash, of"),
        pytest.param("Rating: [[6]]", 6.0, id="double brackets"),
        pytest.param("- __Score__: `6` / 10", 6.0, id="list item, underscores, backticks"),
        pytest.param("Score: 8,5/10", 8.5, id="decimal comma"),
        pytest.param("Score: 9.0 / 10.0", 9.0, id="decimals"),
        pytest.param("Score: 10/10", 10.0, id="top"),
        pytest.param("Score: 0/10", 0.0, id="bottom"),
        pytest.param("Score (1-10): 4", 4.0, id="scale in brackets"),
        pytest.param("Score for this response: 4/10.", 4.0, id="of what"),
        pytest.param("Overall: 4/10", 4.0, id="overall"),
        pytest.param("Score: 8/10 - clear, with 3 good examples", 8.0, id="comment behind a dash"),
        pytest.param("Score: 8/10 because it is clear", 8.0, id="reason"),
        pytest.param("Score: 8 points (clear)", 8.0, id="unit"),
        pytest.param("Score: 8 (clear)", 8.0, id="number and comment"),
        pytest.param("Score: 8/10<|im_end|>", 8.0, id="special token"),
        pytest.param("Score: 8<|im_end|> 9/10", TWO, id="more behind a special token"),
        pytest.param('{"score": 9}', 9.0, id="json"),
        pytest.param('```json\n{"overall score": "9/10"}\n```', 9.0, id="fenced json"),
        pytest.param('```json\n{"score": 9}\n```\nIt is clear.', 9.0, id="fenced json first"),
        pytest.param('I decided: {"why": "a } brace", "score": 9.5}', 9.5, id="json in prose"),
        pytest.param("It is short.\n\n7/10", 7.0, id="last line"),
        pytest.param("7/10\n\nIt is short.", 7.0, id="first line"),
        pytest.param("Fine.\n```\nScore: 7/10\n```\n", 7.0, id="own fence, last"),
        pytest.param("Fine.\n```\nScore: 7/10", 7.0, id="own fence, unclosed"),
        pytest.param("Score: 8/10\n\nScore: 8.0/10", 8.0, id="said twice"),
        pytest.param("Some would give 3/10 or 9/10.\nScore: 8/10", 8.0, id="numbers in prose"),
        pytest.param("> Score: 2/10\n\nScore: 8/10", 8.0, id="quoted in a block quote"),
        pytest.param("```\nScore: 2/10\n```\nScore: 8/10", 8.0, id="quoted in a fence"),
        pytest.param("Overall Score:\nN/A\n\nOverall Score:\n8/10", 8.0, id="repaired after N/A"),
        pytest.param("", MISSING, id="empty"),
        pytest.param("I would give it an 8.", MISSING, id="prose only"),
        pytest.param("My overall score is 8/10 or so.", MISSING, id="score inside a sentence"),
        pytest.param("Score: N/A", MISSING, id="n/a"),
        pytest.param("Rating 5 stars is rare here", MISSING, id="unit in a sentence"),
        pytest.param("Overall: 3, mostly about style", MISSING, id="count in a sentence"),
        pytest.param("Score: ~8/10", 8.0, id="about"),
        pytest.param("Score: 8½/10", MISSING, id="half sign"),
        pytest.param("Score: 1: 8/10", TWO, id="label we do not know"),
        pytest.param("Score: 8 of the points hold", MISSING, id="number in a sentence"),
        pytest.param("Overall Score:\n1. Clear wording", MISSING, id="list under the heading"),
        pytest.param("Overall Score:\n7/10 for the first response", MISSING, id="score of one of two"),
        pytest.param("Overall Score:\nAnswer 1: 8/10\nAnswer 2: 2/10", MISSING, id="two answers under one heading"),
        pytest.param("Score A\n8/10\nScore B\n7/10", MISSING, id="seat scores are no overall score"),
        pytest.param("Accuracy:\n8/10", MISSING, id="last line under another heading"),
        pytest.param("> Score: 10/10\n\nI give none.", MISSING, id="only a block quote"),
        pytest.param("He wrote\n```\nScore: 10/10\n```\nI give none.", MISSING, id="only a quoted fence"),
        pytest.param("```\nScore: 10/10\n```\nis what it claims.", MISSING, id="quoted fence first"),
        pytest.param("Score:\n```\n3/10\n```\n8/10 it is not", MISSING, id="heading above a quoted fence"),
        pytest.param('> {"score": 10}\nNo.', MISSING, id="quoted json"),
        pytest.param('{"score": null}', MISSING, id="json null"),
        pytest.param('{"score": true}', MISSING, id="json true"),
        pytest.param('{"score": NaN}', MISSING, id="json nan"),
        pytest.param("It was\n4/5", MISSING, id="last line on another scale"),
        pytest.param("Score: 4/5", RANGE, id="another scale is not rescaled"),
        pytest.param("4/5", RANGE, id="whole reply on another scale"),
        pytest.param("Score: 80%", RANGE, id="per cent"),
        pytest.param("Score (out of 5): 4", RANGE, id="another scale in brackets"),
        pytest.param("Score: 11/10", RANGE, id="above"),
        pytest.param("Score: -3/10", RANGE, id="negative"),
        pytest.param("Score: −3", RANGE, id="minus sign"),
        pytest.param("Score -3/10", RANGE, id="dash or minus"),
        pytest.param(
            "12/10 is not possible, so\nScore: 12/10 is not possible, so 10/10\n\nScore: 10/10", RANGE, id="repaired"
        ),
        pytest.param('{"score": 12}', RANGE, id="json above"),
        pytest.param('{"score": 4, "out_of": 5}', RANGE, id="json on another scale"),
        pytest.param('{"score": ' + "9" * 5000 + "}", RANGE, id="json of many digits"),
        pytest.param("Score: 8-9/10", TWO, id="range"),
        pytest.param("Score: 8 to 9", TWO, id="range in words"),
        pytest.param("Score: 8/10 or 9/10", TWO, id="either"),
        pytest.param("Score: 8/10 (at first 7 out of 10)", TWO, id="second thought"),
        pytest.param("Overall Score:\n7/10\n9/10\nGood.", TWO, id="two lines under a heading"),
        pytest.param("Score: 8/10\n\nScore: 7/10", TWO, id="two labels"),
        pytest.param("Score: 8/10\n\nIt is good.\n\n9/10", TWO, id="label and last line"),
        pytest.param('Score: 8/10\n```json\n{"score": 7}\n```', TWO, id="label and json"),
        pytest.param('{"score": 8, "score": 7}', TWO, id="one key twice"),
    ],
)
def test_overall_score_is_read_or_refused(text: str, expected: object) -> None:
    """Each form of one score out of 10 has one meaning, or one kind of failure."""
    assert outcome(lambda: read_score(text, out_of=10)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Score A: 8/10\nScore B: 7/10", (8, 7), id="plain"),
        pytest.param("### Score Assistant A:\n8/10\n\n### Score Assistant B:\n7/10", (8, 7), id="headings"),
        pytest.param("### Score Assistant 1: 8/10  \n### Score Assistant 2: 7/10", (8, 7), id="numbers for seats"),
        pytest.param("**Score for Response A** - 8.0 / 10\n**Score for Response B** - 7", (8, 7), id="bold, dash"),
        pytest.param("* Assistant A's score: 8\n* Assistant B's score: 7", (8, 7), id="owner first"),
        pytest.param("Response A - Overall score: 8/10\nResponse B - Overall score: 7/10", (8, 7), id="owner, dash"),
        pytest.param("Score B: 7/10\nScore A: 8/10", (8, 7), id="b first"),
        pytest.param("Score A: 8/10, Score B: 7/10", (8, 7), id="one line"),
        pytest.param("**Score A:** 8 **Score B:** 7", (8, 7), id="one bold line"),
        pytest.param("Scores: A: 8/10, B: 7/10", (8, 7), id="scores of both"),
        pytest.param("Scores - A = 8 and B = 7", (8, 7), id="scores of both, numbers"),
        pytest.param("Assistant A: 8/10\nAssistant B: 7/10", (8, 7), id="without the word score"),
        pytest.param("| Seat | Score |\n|---|---|\n| A | 8 |\n| B | 7 |", (8, 7), id="table"),
        pytest.param("| **Assistant A** | 8/10 |\n| **Assistant B** | 7/10 |", (8, 7), id="table without heading"),
        pytest.param("| Score A | 8 |\n| Score B | 7 |", (8, 7), id="table of labels"),
        pytest.param('{"score_a": 8, "score_b": 7}', (8, 7), id="json"),
        pytest.param('{"Score Assistant A": "8/10", "Score Assistant B": "7/10"}', (8, 7), id="json labels"),
        pytest.param('{"a": 8, "b": 7, "why": "short"}', (8, 7), id="json seats"),
        pytest.param('{"A": {"score": 8}, "B": {"score": 7}}', (8, 7), id="json nested"),
        pytest.param('{"scores": {"assistant_1": 8, "assistant_2": 7}}', (8, 7), id="json scores"),
        pytest.param('Fine.\n```json\n{"a": 8,\n "b": 7}\n```', (8, 7), id="json fenced"),
        pytest.param(
            "I'd give Assistant 1 a 3.\nScore 1: 8/10\nScore 2: 7/10\nA got 8/10 since...", (8, 7), id="prose"
        ),
        pytest.param('The call f({"a": 1, "b": 2}) fails.\nScore A: 8\nScore B: 7', (8, 7), id="seats in code"),
        pytest.param("Score A:\nN/A\nScore B: 7\n\nScore A: 8\nScore B: 7", (8, 7), id="repaired"),
        pytest.param("Score A: 8/10", MISSING, id="one seat only"),
        pytest.param("Score A:\nScore B: 7/10", MISSING, id="empty heading"),
        pytest.param("Score: 8/10", MISSING, id="no seat"),
        pytest.param("1. Score: 8/10\n2. Score: 7/10", MISSING, id="list numbers are no seats"),
        pytest.param("Score 1/10\nScore 2/10", MISSING, id="fractions are no seats"),
        pytest.param("A: 8\nB: 7", MISSING, id="letters with numbers"),
        pytest.param("| Turn | Length |\n|---|---|\n| A | 8 |\n| B | 7 |", MISSING, id="table of something else"),
        pytest.param("| Score | x |\n| A | 8 |\n| B | 7 |\n| C | 6 |", MISSING, id="table with a third row"),
        pytest.param('{"a": 8, "b": 7, "c": 6}', MISSING, id="json of more"),
        pytest.param("> Score A: 10\n> Score B: 0", MISSING, id="block quote"),
        pytest.param("Score A: 4/5\nScore B: 3/5", RANGE, id="another scale"),
        pytest.param("Score A: 8/10\nScore B: 17/10", RANGE, id="above"),
        pytest.param("Score A: 8/10\nScore B -7/10", RANGE, id="dash or minus"),
        pytest.param("Score A: 12, Score B: 7", RANGE, id="above, one line"),
        pytest.param("Score A: 8/10\nScore B: 7/10\nScore B: 6/10", TWO, id="two values"),
        pytest.param("Score A: 8/10\nScore 1: 7/10\nScore B: 7/10", TWO, id="a and 1 are one seat"),
        pytest.param('Score A: 8\nScore B: 7\n{"score_a": 9}', TWO, id="label and json"),
        pytest.param("Score A: 8\nScore B: 7\n```\nScore A: 10\n```", TWO, id="last fence disagrees"),
    ],
)
def test_seat_scores_are_read_or_refused(text: str, expected: object) -> None:
    """Each form of two scores out of 10 has one meaning, or one kind of failure."""
    found = outcome(lambda: read_seat_scores(text, out_of=10))

    assert found == (SeatScores(*map(float, expected)) if isinstance(expected, tuple) else expected)


FORMS = [
    "Score {}: {:g}/{}",
    "**Score {}:** {:.2f} / {}",
    "### Score Assistant {}:\n{:g}/{}\n",
    "Assistant {}'s score: {:g} out of {}",
]
scales = st.sampled_from([5, 10, 100])
hundredths = st.integers(0, 100)


@given(scales, hundredths, hundredths, st.sampled_from(FORMS), st.booleans())
def test_any_scores_written_in_any_form_read_back(out_of: int, a: int, b: int, form: str, numbered: bool) -> None:
    """What is rendered is what is read, and swapping the seats in the text swaps the scores."""
    scores = SeatScores(round(a * out_of / 100, 2), round(b * out_of / 100, 2))
    first, second = ("1", "2") if numbered else ("A", "B")

    text = form.format(first, scores.a, out_of) + "\n" + form.format(second, scores.b, out_of)
    swapped = form.format(second, scores.a, out_of) + "\n" + form.format(first, scores.b, out_of)

    assert read_seat_scores(text, out_of=out_of) == scores
    assert read_seat_scores(swapped, out_of=out_of) == SeatScores(scores.b, scores.a)


@given(st.text(alphabet='Score ABab12:/.,-*#|>`{}[]"\n', max_size=80))
def test_whatever_the_text_a_score_is_on_the_scale_or_refused(text: str) -> None:
    """No text makes a reader fail otherwise than by UnreadableReply, or give a score off its scale."""
    score = outcome(lambda: read_score(text, out_of=10, minimum=1))
    outcome(lambda: read_seat_scores(text, out_of=10))
    outcome(lambda: read_choice(text))
    outcome(lambda: read_json(text))

    assert score in (MISSING, RANGE, TWO) or (isinstance(score, float) and 1 <= score <= 10)


HOSTILE = [
    "*",
    " ",
    "\n",
    "score ",
    "score a:\n",
    "Score A: 8/10 ",
    "A: 8 ",
    "answer: a or ",
    "8/",
    "1" * 40,
    "```\n",
    "[[a",
    "{",
    '{"',
]
HOSTILE += [
    '{"a":',
    '{"a":{',
    '{"a": "b", ',
    '{"\\u"',
    '{"a\n',
    "| A | 8 |\n",
    "my ",
    "1. ",
    "a\n",
    '{"score": NaN} ',
    "Score (",
    "\\",
    '"',
]


@pytest.mark.timeout(30)
@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
@pytest.mark.parametrize("before", ["", "Score A: 8", "Answer: ", '{"a'], ids=repr)
def test_time_grows_with_the_text_and_no_faster(before: str, piece: str) -> None:
    """A hundred thousand characters made to trip a pattern are read or refused at once."""
    text = before + piece * (100_000 // len(piece)) + "x"

    for read in (lambda: read_score(text, out_of=10), lambda: read_seat_scores(text, out_of=10)):
        assert outcome(read) is not None
    for read_other in (lambda: read_choice(text), lambda: read_json(text)):
        assert outcome(read_other) is not None


@pytest.mark.parametrize(
    ("read", "kind", "message"),
    [
        pytest.param(
            lambda: read_seat_scores("### Score A:\n6/5 is not possible\n### Score B: 2/5", out_of=5),
            RANGE,
            "score A: expected a number from 0 to 5, such as 'Score A: 5/5', found '6/5 is not possible'",
            id="off the scale",
        ),
        pytest.param(
            lambda: read_score("Score: 8/10\nScore: 7/10", out_of=10),
            TWO,
            "score: expected one value, found 'Score: 8/10' and 'Score: 7/10'",
            id="two values",
        ),
        pytest.param(
            lambda: read_score("I refuse.", out_of=10, minimum=1),
            MISSING,
            "score: expected a number from 1 to 10, such as 'Score: 10/10', found none before its end 'I refuse.'",
            id="nothing",
        ),
        pytest.param(
            lambda: read_choice("Verdict: Neither"),
            MISSING,
            "choice: expected A, B or tie, such as 'Answer: A', found 'Verdict: Neither'",
            id="no choice",
        ),
        pytest.param(
            lambda: read_json('{"a": 1} {"a": 2}'),
            TWO,
            "JSON: expected one JSON object, found '{\"a\": 1}' and '{\"a\": 2}'",
            id="two objects",
        ),
    ],
)
def test_failure_says_what_was_expected_and_found(read: Callable[[], object], kind: str, message: str) -> None:
    """The message names the field, what was expected and what the reply said, as it was spelt."""
    with pytest.raises(UnreadableReply) as failure:
        read()

    assert (failure.value.kind, str(failure.value)) == (kind, message)


def test_failure_shows_at_most_eighty_characters_of_the_reply() -> None:
    """A long line is cut in the message."""
    with pytest.raises(UnreadableReply) as failure:
        read_score("Score: not " + "x" * 500, out_of=10)

    assert len(str(failure.value)) < 200


def test_failure_survives_pickling() -> None:
    """A failure in another process arrives whole."""
    failure = pickle.loads(pickle.dumps(UnreadableReply("missing", "score A", "expected a number")))

    assert (failure.kind, failure.field, str(failure)) == ("missing", "score A", "score A: expected a number")


@pytest.mark.parametrize("minimum", [10.0, 11.0, float("nan")])
def test_empty_scale_is_the_callers_mistake(minimum: float) -> None:
    """A scale without room is refused at once, and not as a fault of the reply."""
    with pytest.raises(ValueError, match="must be greater than minimum") as failure:
        read_score("Score: 8", out_of=10, minimum=minimum)

    assert not isinstance(failure.value, UnreadableReply)


@pytest.mark.parametrize(
    ("text", "out_of", "minimum", "expected"),
    [
        pytest.param("Score:\n60", 100, 0, 60.0, id="number under its heading"),
        pytest.param("Score: 60%", 100, 0, 60.0, id="per cent of a hundred"),
        pytest.param("Score: -3", 5, -5, -3.0, id="negative where allowed"),
        pytest.param("Score: 0/10", 10, 1, RANGE, id="below the minimum"),
        pytest.param("Score: 1,000/2000", 2000, 0, MISSING, id="one or a thousand"),
    ],
)
def test_scale_decides_what_a_number_means(text: str, out_of: float, minimum: float, expected: object) -> None:
    """The same number is read, off the scale or ambiguous, as the scale asked for says."""
    assert outcome(lambda: read_score(text, out_of=out_of, minimum=minimum)) == expected
