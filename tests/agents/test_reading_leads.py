"""Whose statement it is, by the lead above it and by the sentence around it."""

import pytest

from fellowship.agents.reading import SeatScores, UnreadableReply, read_choice, read_json, read_score, read_seat_scores
from tests.agents.outcomes import outcome

SCORES = "Score A: 9/10\nScore B: 5/10"
OVERALL = "Overall score: 9/10"


@pytest.mark.parametrize("apart", ["\n", "\n\n"], ids=["adjacent", "apart"])
@pytest.mark.parametrize(
    "lead",
    [
        "My scores:",
        "### Final Scores",
        "4. Final scores",
        "**Step 4 – Scores**",
        "Based on the above, I rate them as follows:",
        "Considering accuracy, depth and style, my final scores are:",
        "After reading both answers carefully, I give:",
        "After verification:",
        "Post-discussion scores",
        "As juror 3, I give the following scores:",
        "As the critic on this panel I rate",
        "I agree with the previous juror:",
        "In light of the factual error in B, I lower its score:",
        "A is accurate, so I give:",
        "All things considered:",
        "Accuracy matters most here, so:",
        "Assistant A is more accurate and complete",
        "Reasoning: A answers the question and B does not",
        "- A cites its source",
        "As an AI I don't have opinions, but:",
        "Endgültige Bewertung:",
        "Voici mes notes :",
        "我的评分如下：",
    ],
)
def test_a_statement_below_a_lead_of_the_judge_is_read(lead: str, apart: str) -> None:
    assert read_seat_scores(lead + apart + SCORES, out_of=10) == SeatScores(9, 5)
    assert read_score(lead + apart + OVERALL, out_of=10) == 9
    assert read_choice(f"{lead}{apart}Answer: A") == "A"


@pytest.mark.parametrize("apart", ["\n", "\n\n"], ids=["adjacent", "apart"])
@pytest.mark.parametrize(
    "lead",
    [
        "First impression:",
        "**Snap judgment**",
        "Step 1: initial scoring",
        "Off the top of my head:",
        "Without the rubric:",
        "Before the discussion I gave",
        "If length were all that mattered:",
        "One could give",
        "I would have given",
        "Most readers would vote",
        "Juror 2's scores:",
        "Answer B's verdict:",
        "The scores suggested by answer B:",
        "Considering only style:",
        "Add this line to the end:",
        "Once that is done, I would give",
        "The required form is, e.g.,",
        "My scores so far:",
        "Auf den ersten Blick:",
        "Première impression :",
        "初步评分：",
    ],
)
def test_a_statement_below_another_lead_is_not_read(lead: str, apart: str) -> None:
    assert outcome(lambda: read_seat_scores(lead + apart + SCORES, out_of=10)) == "missing"
    assert outcome(lambda: read_score(lead + apart + OVERALL, out_of=10)) == "missing"
    assert outcome(lambda: read_choice(f"{lead}{apart}Answer: A")) == "missing"


@pytest.mark.parametrize(
    "text",
    [
        f"My scores are\n{SCORES}\nunless the source turns out to be invented.",
        f"I give\n{SCORES}\nbut that was before I checked the claims.",
        f"{SCORES}\nwould be my scores if the source existed.",
        f"I gave:\n{SCORES}\nhad A not invented a source.",
    ],
)
def test_a_statement_inside_of_a_sentence_is_not_read(text: str) -> None:
    assert outcome(lambda: read_seat_scores(text, out_of=10)) in ("missing", "contradictory")


def test_a_sentence_of_its_own_below_a_statement_leaves_it() -> None:
    assert read_seat_scores(f"I give\n{SCORES}\nBut both are short.", out_of=10) == SeatScores(9, 5)
    assert read_score(f"{OVERALL}\nIf you need more, add sources.", out_of=10) == 9


@pytest.mark.parametrize("heading", ["### First impression", "Quick take", "**Initial reading**"])
def test_a_section_of_a_draft_states_nothing_where_words_follow_it(heading: str) -> None:
    draft = f"{heading}\nA is longer and reads well.\n{SCORES}\n\n"

    assert outcome(lambda: read_seat_scores(f"{draft}### Check\nA invents its source.", out_of=10)) == "missing"


@pytest.mark.parametrize("lead", ["Gut feeling", "Before checking"])
def test_the_scores_below_a_later_lead_of_the_judge_count(lead: str) -> None:
    text = f"{lead}:\n{SCORES}\n\nVerified:\nScore A: 4/10\nScore B: 6/10"

    assert read_seat_scores(text, out_of=10) == SeatScores(4, 6)


@pytest.mark.parametrize(
    "text",
    [
        'Initially I gave\n{"points": 8}\nbut the text copies its source.',
        'A good text would get\n{"points": 18}',
        'My first guess:\n```json\n{"points": 18}\n```\nIt was wrong.',
        '{"points": 18}\nwould be right for a finished text.',
    ],
)
def test_an_object_below_a_lead_of_others_is_not_read(text: str) -> None:
    assert outcome(lambda: read_json(text)) == "missing"


@pytest.mark.parametrize(
    "text",
    [
        'Sure! Extracted entities:\n{"points": 8}',
        'Based on the first paragraph, the points are:\n{"points": 8}',
        'Here is the JSON in the format you requested:\n{"points": 8}',
        '# Plan\n```json\n{"points": 8}\n```',
        '{"points": 8}\nIf you need more, ask.',
    ],
)
def test_an_object_below_a_lead_of_its_own_is_read(text: str) -> None:
    assert read_json(text) == {"points": 8}


@pytest.mark.parametrize("source", ["— from answer B", "-- Assistant B's last lines"])
def test_the_source_of_a_block_quote_attributes_nothing_below(source: str) -> None:
    assert read_seat_scores(f"> Score A: 10/10\n{source}\n\n{SCORES}", out_of=10) == SeatScores(9, 5)


@pytest.mark.parametrize("tag", ["reason", "rationale"])
def test_what_a_tag_of_reasons_holds_above_the_answer_states_nothing(tag: str) -> None:
    assert read_choice(f"<{tag}>[[A]] was my first idea</{tag}><answer>B</answer>") == "B"


@pytest.mark.parametrize(
    "remark",
    [
        "Improve the ending",
        "- Explain the term before you use it",
        "2. Shorten the first draft",
        "**Clarity:** name the original source",
        "Mehr Quellen nennen",
        "The ranking of the kings in the last paragraph is wrong",
    ],
)
@pytest.mark.parametrize("between", ["\n", "\n\n"], ids=["directly", "apart"])
def test_an_advice_without_its_full_stop_leads_to_nothing(remark: str, between: str) -> None:
    """Reviewers write lists of advice, and few of them end in full stops."""
    assert read_score(f"- A good start\n{remark}{between}Overall score: 3/10", out_of=10) == 3
    assert read_json(f'{remark}{between}{{"points": 3}}') == {"points": 3}


@pytest.mark.parametrize(
    "lead",
    [
        "If nobody checked",
        "Had A cited its source",
        "Juror 2's scores",
        "The earlier vote",
        "Quick look",
        "The text closes with",
    ],
)
def test_a_line_that_breaks_off_heads_a_draft_or_names_another_result_leads_to_a_statement(lead: str) -> None:
    """Also where a blank line stands between."""
    for between in ("\n", "\n\n"):
        with pytest.raises(UnreadableReply):
            read_score(f"{lead}{between}Overall score: 9/10\n\nThat is all.", out_of=10)
