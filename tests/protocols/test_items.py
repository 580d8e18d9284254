"""The authors of given answers."""

import pytest

from fellowship.protocols.items import CANDIDATE, candidate_position


@pytest.mark.parametrize(
    ("author", "position"),
    [(f"{CANDIDATE}1", 0), (f"{CANDIDATE}12", 11), (CANDIDATE, None), (f"{CANDIDATE}x", None), ("judge_1", None)],
)
def test_the_author_of_a_given_answer_names_its_position(author: str, position: int | None) -> None:
    """Counted from 0; other authors have none."""
    assert candidate_position(author) == position
