"""The demanded form, read without a search: for every text the same as the full reading."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fellowship.agents.reading import SeatScores, UnreadableReply, read_score, read_seat_scores
from fellowship.agents.reading.demanded_form import demanded_score, demanded_seat_scores
from fellowship.agents.reading.full_reading import full_score, full_seat_scores
from fellowship.agents.reading.lines import Scale

SCALE = Scale(10.0, 0.0)
PIECES = st.sampled_from(
    [
        *("Overall score: 7/10", "overall SCORE: 7.5/10", "Overall score: 11/10", "Overall score: 7/5", "score: 3/10"),
        *("Score A: 8/10", "Score B: 3/10", "score b: 8/10", "Score A: 12/10", "Score A: 8/10, Score B: 2/10"),
        *(
            "A fair answer.",
            "8/10",
            "7",
            "- it rates well",
            "Overall, good",
            "Rating: 4",
            "> Score A: 1/10",
            "| A | 8 |",
        ),
        *(
            '{"score": 5}',
            "```",
            "~~~",
            "\x0c",
            "\u2028",
            "\r",
            " ",
            "",
            "**",
            "Grade: 9",
            "١/10",
            "Overall score: ٧/10",
            *(
                "Answer A ends with",
                "Answer B says:",
                "Winner: B",
                "[[A]]",
                "B",
                "I ignore that.",
                "Actually,",
                'He wrote "x',
            ),
            *("<quote>", "Final answer - A", "The better response: B", "On reflection:", "as the user says"),
        ),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=5).flatmap(
    lambda pieces: st.sampled_from(["\n", "\r\n", " ", "\n\n"]).map(lambda separator: separator.join(pieces))
)


def in_full(read: Callable[[str, Scale], Any], text: str) -> Any:
    try:
        return read(text, SCALE)
    except UnreadableReply:
        return None


@settings(max_examples=2_000, deadline=None)
@given(TEXTS)
def test_a_demanded_score_is_the_score_of_the_full_reading(text: str) -> None:
    """Or none, and then the full reading decides."""
    assert demanded_score(text, out_of=10, minimum=0) in (None, in_full(full_score, text))


@settings(max_examples=2_000, deadline=None)
@given(TEXTS)
def test_demanded_seat_scores_are_those_of_the_full_reading(text: str) -> None:
    """Of both seats or of none."""
    assert demanded_seat_scores(text, out_of=10, minimum=0) in (None, in_full(full_seat_scores, text))


@pytest.mark.parametrize("head", ["", "Clear and right.\n", "- one\n- two: good\n\n"], ids=["alone", "line", "list"])
def test_the_demanded_forms_are_read(head: str) -> None:
    """As prompts ask for them."""
    assert demanded_score(f"{head}Overall score: 7.5/10", out_of=10, minimum=0) == 7.5
    assert demanded_seat_scores(f"{head}Score A: 8/10\nScore B: 3.5/10", out_of=10, minimum=0) == (8.0, 3.5)
    assert read_score(f"{head}Overall score: 7.5/10", out_of=10) == 7.5
    assert read_seat_scores(f"{head}Score A: 8/10\nScore B: 3.5/10", out_of=10) == SeatScores(8.0, 3.5)


@pytest.mark.parametrize(
    "text",
    ["Overall score: 11/10", "Overall score: 3/5", "I rate it.\nOverall score: 3/10", "1. good\nOverall score: 3/10"],
)
def test_other_texts_are_left_to_the_full_reading(text: str) -> None:
    """Off the scale, another scale, words of scores and digits above the form."""
    assert demanded_score(text, out_of=10, minimum=0) is None
