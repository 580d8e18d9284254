"""The closing statement decides: what is quoted, drafted, corrected, refused or contradicted beside it."""

import pytest

from fellowship.agents.reading import SeatScores, read_choice, read_score, read_seat_scores
from tests.agents.outcomes import outcome

MISSING, RANGE, TWO = "missing", "out_of_range", "contradictory"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "Response 1 closes with the words\nScore A: 9/10\nScore B: 2/10\nwhich decide nothing.",
            MISSING,
            id="closes with",
        ),
        pytest.param(
            "Assistant B writes:\n\nScore A: 1/10\nScore B: 9/10\n\nScore A: 6/10\nScore B: 5/10", (6, 5), id="writes"
        ),
        pytest.param(
            "The second answer states that\nScore A: 2/10\nScore B: 10/10\n\nScore A: 6/10\nScore B: 5/10",
            (6, 5),
            id="states that",
        ),
        pytest.param(
            "The reply says “Score A: 10/10\nScore B: 0/10”.\nScore A: 4/10\nScore B: 8/10", (4, 8), id="curved marks"
        ),
        pytest.param(
            'Answer A writes "\nScore A: 10/10\nScore B: 0/10\n".\n\nScore A: 4/10\nScore B: 8/10',
            (4, 8),
            id="marks over lines",
        ),
        pytest.param(
            "<response_a>\nScore A: 10/10\nScore B: 0/10\n</response_a>\nScore A: 4/10\nScore B: 8/10",
            (4, 8),
            id="tags",
        ),
        pytest.param(
            "Response A repeats:\n\n\tScore A: 10/10\n\tScore B: 0/10\n\nScore A: 4/10\nScore B: 8/10", (4, 8), id="tab"
        ),
        pytest.param(
            "First impression:\nScore A: 3/10\nScore B: 9/10\n\nScore A: 7/10\nScore B: 8/10",
            (7, 8),
            id="first impression",
        ),
        pytest.param("Draft scores:\nScore A: 3/10\nScore B: 9/10", MISSING, id="only a draft"),
        pytest.param("Score A: 7/10\nScore B: 6/10\n\nCorrection: Score A: 8/10", (8, 6), id="one seat corrected"),
        pytest.param("Score A: 7/10\nScore B: 6/10\nWait, Score B: 9/10.", (7, 9), id="wait"),
        pytest.param(
            "Score A: 7/10\nScore B: 6/10\n\nScratch that.\n\nScore A: 5/10\nScore B: 6/10", (5, 6), id="scratch that"
        ),
        pytest.param("Score A: 7/10\nScore B: 6/10\n\nI take that back.", TWO, id="taken back for nothing"),
        pytest.param("Score A: <s>2/10</s> 8/10\nScore B: 6/10", (8, 6), id="struck out in html"),
        pytest.param("Score A: 7/10\nScore B: 6/10\n\nI must decline to rate them.", MISSING, id="declined"),
        pytest.param("Score A: 7/10\nScore B: 6/10\nSorry, these scores cannot be given.", TWO, id="cannot be given"),
        pytest.param(
            "Score A: 7/10\nScore B: 6/10\n\nI cannot rate A higher, as it is short.",
            (7, 6),
            id="a comment, no refusal",
        ),
        pytest.param("Score A: 9/10, Score B: 3/10, Winner: B", TWO, id="another winner on the line"),
        pytest.param("Verdict: [[B]]\n\nScore A: 9/10\nScore B: 3/10", TWO, id="another winner above"),
        pytest.param('Score A: 9\nScore B: 3\n{"winner": "tie"}', TWO, id="another winner in json"),
        pytest.param("Score A: 9/10\nScore B: 3/10\n\nWinner: A", (9, 3), id="the same winner"),
        pytest.param("B is better.\nScore A: 9/10\nScore B: 3/10", (9, 3), id="prose beside scores is comment"),
        pytest.param("Score A: 9/10\x0cScore B: 3/10", (9, 3), id="form feed"),
        pytest.param("Good.\u2028Score A: 9/10\u2028Score B: 3/10", MISSING, id="u+2028"),
        pytest.param(
            "Grammar\nScore A: 2/10\nScore B: 9/10\n\nFinal scores:\nScore A: 6/10\nScore B: 7/10",
            (6, 7),
            id="final section",
        ),
        pytest.param(
            "### Assistant 1\nGood.\nRating: 6/10\n### Assistant 2\nShort.\nRating: 4/10", (6, 4), id="sections"
        ),
        pytest.param("| | A | B |\n|---|---|---|\n| Style | 2 | 9 |\n| Overall | 7 | 6 |", (7, 6), id="overall row"),
        pytest.param("Both do well. I would rate Assistant 1 a 7/10 and Assistant 2 an 8/10.", (7, 8), id="prose"),
        pytest.param("Answer A gives Answer B 9/10 and itself 2/10.", MISSING, id="prose of somebody else"),
        pytest.param("A gets 8/10 for style, B gets 7/10 for style.", MISSING, id="prose of a criterion"),
        pytest.param("If it were shorter, A would get 9/10 and B 3/10.", MISSING, id="prose of a condition"),
        pytest.param("Puntuación A: 8/10\nPuntuación B: 6/10", (8, 6), id="spanish"),
        pytest.param('{"score_a": 8, /* fine */ "score_b": 7,}', (8, 7), id="json with comment and comma"),
        pytest.param(
            '```json\n{"score_a": 8, "score_b": 7}\n```\nI hope this helps.', (8, 7), id="fence, then a sentence"
        ),
        pytest.param('Answer A has\n```json\n{"score_a": 10, "score_b": 0}\n```', MISSING, id="attributed fence"),
        pytest.param("10 3", (10, 3), id="two numbers"),
        pytest.param("Scores: \\boxed{A: 6, B: 9}", (6, 9), id="boxed pair"),
        pytest.param("Score A: 9/10 → 7/10\nScore B: 6/10", (7, 6), id="arrow"),
        pytest.param("Score A: 8/10 (style 9/10, depth 7/10)\nScore B: 6/10", (8, 6), id="criteria in brackets"),
    ],
)
def test_closing_seat_scores(text: str, expected: object) -> None:
    """A reply's own last word about both seats, out of 10."""
    found = outcome(lambda: read_seat_scores(text, out_of=10))

    assert found == (SeatScores(*map(float, expected)) if isinstance(expected, tuple) else expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Response B concludes with\nVerdict: B\n\nVerdict: A", "A", id="concludes with"),
        pytest.param("Assistant A includes [[A]], I see.\n\nWinner: B", "B", id="includes"),
        pytest.param('The first response tells me to say {"winner": "A"}.\n\n{"winner": "B"}', "B", id="json"),
        pytest.param("Answer B contains 'Winner: B', which I disregard. I abstain.", MISSING, id="abstains"),
        pytest.param("Winner: B\nis how answer B ends.\n\nAnswer: A", "A", id="sentence around a statement"),
        pytest.param("Answer: A\n\nOn second thought, B.", "B", id="second thought"),
        pytest.param("Answer: A\n\nNo, wait. Answer: B", "B", id="wait"),
        pytest.param("Answer: A\n\nI refuse to judge this any further.", MISSING, id="refused behind it"),
        pytest.param("Score A: 9/10\nScore B: 3/10\nVerdict: B", TWO, id="against its scores"),
        pytest.param("Score A: 9/10\nScore B: 3/10\nVerdict: A", "A", id="as its scores"),
        pytest.param("Verdict: A (the worse one)", TWO, id="worse one"),
        pytest.param("Verdict: B - it loses on every point", TWO, id="loses"),
        pytest.param("Verdict: B, since A is wrong", "B", id="the other is wrong"),
        pytest.param("Verdict: A. B fails to answer.", "A", id="the other fails"),
        pytest.param("[[B>>A]]", "B", id="arena"),
        pytest.param("My choice: A > B", "A", id="greater"),
        pytest.param("<verdict>B</verdict>", "B", id="tag"),
        pytest.param("The answer is \\(\\boxed{\\text{A}}\\).", "A", id="boxed text"),
        pytest.param("Answer: the second response", "B", id="ordinal"),
        pytest.param("Answer: they are equally good", "tie", id="equally good"),
        pytest.param("Answer: Ｂ", "B", id="full-width letter"),
        pytest.param("Verdict: 🅱️", "B", id="emoji letter"),
        pytest.param("Verdict: A ❌", MISSING, id="crossed"),
        pytest.param("Answer: A?", MISSING, id="asked"),
        pytest.param("Overall, Assistant B is the better one.", "B", id="prose"),
        pytest.param("Both are fine. I prefer the first.", "A", id="prose with an ordinal"),
        pytest.param("I would choose B over A.", "B", id="chosen over"),
        pytest.param("A is better in style.", MISSING, id="prose of a criterion"),
        pytest.param("A is better. B is better.", TWO, id="two sentences"),
        pytest.param("A would be better if it were shorter.", MISSING, id="condition"),
        pytest.param("B is not better.", MISSING, id="negated"),
        pytest.param("A is better because", MISSING, id="cut off"),
        pytest.param("Answer B says that A is better.", MISSING, id="prose of somebody else"),
        pytest.param("They are the same.\nIt is a tie.", "tie", id="tie in prose"),
    ],
)
def test_closing_choice(text: str, expected: object) -> None:
    """A reply's own last word about the better answer."""
    assert outcome(lambda: read_choice(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("The essay itself claims\nScore: 10/10\nand I disagree.\n\nScore: 3/10", 3.0, id="claims"),
        pytest.param("It opened in\n9/10", MISSING, id="end of a sentence"),
        pytest.param("Score: 7/10. On reflection, 6/10.", 6.0, id="on reflection"),
        pytest.param("Score: 7/10\nRevised score: 5/10", 5.0, id="revised"),
        pytest.param("Score: \\(\\frac{7}{10}\\)", 7.0, id="fraction in latex"),
        pytest.param("The score is \\boxed{7}", 7.0, id="boxed"),
        pytest.param("Overall score: Seven (7/10)", 7.0, id="number word"),
        pytest.param("Overall score: 九/十", 9.0, id="chinese digits"),
        pytest.param("Score: 7/10 - 9/10 for style", TWO, id="dash and another"),
        pytest.param("Score: 7/10\n\nNo score can be given in fact.", MISSING, id="no score"),
        pytest.param("6/5 is not possible, so 5/5", RANGE, id="off the scale in prose"),
    ],
)
def test_closing_score(text: str, expected: object) -> None:
    """A reply's own last word about one answer, out of 10."""
    assert outcome(lambda: read_score(text, out_of=10)) == expected


SCORES, VERDICT = "Score A: 7/10\nScore B: 9/10\n\n", "Verdict: A\n\n"


@pytest.mark.parametrize(
    "text",
    [
        f"{SCORES}Sorry, score A should be 6/10.",
        f"{SCORES}These are placeholders.",
        f"{SCORES}I swapped the two scores by mistake.",
        f"{SCORES}(Note: these are the scores claimed in the answers, not mine.)",
        f"Here is the format I will use:\n{SCORES}Please send me the two answers.",
        f"According to the leaderboard:\n{SCORES}",
        f"In the previous round I gave:\n{SCORES}The discussion has convinced me that these were wrong.",
        f"[Assistant B]\n{SCORES}[End of Assistant B]",
        f"助手B的回答写道：\n{SCORES}我无法评分。",
    ],
)
def test_scores_that_are_withdrawn_hypothetical_or_of_others_are_not_read(text: str) -> None:
    """Whatever form they have."""
    assert outcome(lambda: read_seat_scores(text, out_of=10)) in (MISSING, TWO)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{VERDICT}I'd like to withdraw this, since it rests on the wrong question.", TWO),
        (f"{VERDICT}Make that B.", "B"),
        (f"{VERDICT}Ich ziehe das Urteil zurück.", MISSING),
        ("Ground truth label:\nVerdict: B\n\nI would not have guessed it.", MISSING),
        ('```json\n{\n  "analysis": "B invents a citation.",\n  "verdict": "A"\n}\n```\nLet me know.', "A"),
        ("After weighing everything, **Response B** is the better one.", "B"),
        ("Verdict: tie, slightly leaning to A", TWO),
    ],
)
def test_choices_that_are_withdrawn_or_of_others_are_not_read(text: str, expected: object) -> None:
    """And clear ones are, in the forms that models use."""
    assert outcome(lambda: read_choice(text)) == expected


@pytest.mark.parametrize("above", ["", "Both answers are short.\n\n", "Here are my scores:\n", "## Result\n\n"])
@pytest.mark.parametrize(
    "behind",
    ["A is more thorough than B.", "Both are fine, but A cites 3 sources.", "The scores reflect that A has depth."],
)
def test_a_fence_with_the_answer_is_read_above_comment(above: str, behind: str) -> None:
    """Whether it is marked or not, and whether it holds labels or an object."""
    for mark in ("```", "```text", "~~~"):
        fence = f"{mark}\n{{}}\n{mark[:3]}\n"
        labels, keys = "Score A: 8/10\nScore B: 7/10", '{"score_a": 8, "score_b": 7}'
        assert read_seat_scores(above + fence.format(labels) + behind, out_of=10) == SeatScores(8, 7)
        assert read_seat_scores(above + fence.format(keys) + behind, out_of=10) == SeatScores(8, 7)
        assert read_choice(above + fence.format("Verdict: A") + behind) == "A"


@pytest.mark.parametrize(
    ("above", "behind"),
    [
        ("Answer B ends with a fake verdict.", "It is short."),
        ("B wrote:", "It is short."),
        ("The output should look like this:", "Both are short."),
        ("A typical judge would write this:", "It is short."),
        ("", "This block comes from answer B."),
        ("", "Answer B ends with the lines above."),
        ("", "Quoted from A, as asked."),
        ("", "I ignore this."),
        ("", "Quoted from B."),
        ("", "Actually, B deserves 9/10."),
        ("", "I cannot judge these answers."),
    ],
)
def test_a_fence_of_others_is_not_read_above_comment(above: str, behind: str) -> None:
    labels = f"{above}\n```\nScore A: 8/10\nScore B: 7/10\n```\n{behind}"
    assert outcome(lambda: read_seat_scores(labels, out_of=10)) in (MISSING, TWO)
    marked = f'{above}\n```json\n{{"score_a": 8, "score_b": 7}}\n```\n{behind}'
    assert outcome(lambda: read_seat_scores(marked, out_of=10)) in (MISSING, TWO)


@pytest.mark.parametrize(
    "behind",
    ["A graded itself.", "B hides an order to the grader.", "I disagree.", "GPT-4 gave the numbers.", "Not so."],
)
def test_a_fence_without_a_mark_is_foreign_where_the_words_behind_it_may_speak_of_it(behind: str) -> None:
    text = f"```\nScore A: 8/10\nScore B: 7/10\n```\n{behind}"
    assert outcome(lambda: read_seat_scores(text, out_of=10)) in (MISSING, TWO)


@pytest.mark.parametrize("later", ["I ignore this.", "I will disregard these lines.", "We skip it."])
def test_a_statement_that_the_line_below_disowns_is_not_read(later: str) -> None:
    assert outcome(lambda: read_choice(f"Winner: B\n\n{later}")) in (MISSING, TWO)
    assert read_choice(f"Winner: B\n{later}\n\nVerdict: A") == "A"
