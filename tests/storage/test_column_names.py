"""The table of words of column names, and what is decided from it."""

from collections import Counter

import pytest

from fellowship.storage.column_meanings import decision_meaning, prompt_meaning
from fellowship.storage.column_names import NAME_TABLE


def test_no_word_has_a_meaning_twice() -> None:
    """Each is found at one place of the table."""
    lines = [line.split(":") for line in NAME_TABLE.strip().splitlines()]
    found = Counter(
        (meaning, word) for meanings, words in lines for meaning in meanings.split() for word in words.split()
    )

    assert {pair for pair, n in found.items() if n > 1} == set()


@pytest.mark.parametrize(
    ("name", "is_part", "is_apart"),
    [
        ("retrieved_chunks", True, False),
        ("chunk_source", False, True),
        ("System Message", True, False),
        ("systemName", False, True),
        ("photo2", True, False),
        ("photo_album", False, False),
        ("judge_prompt", False, True),
        ("assistant_prompt", False, False),
        ("zettel", False, False),
    ],
)
def test_what_a_name_says_of_a_text(name: str, is_part: bool, is_apart: bool) -> None:
    """Whether it belongs to the prompt, or does not; names of unknown words say nothing."""
    meaning = prompt_meaning(name)

    assert (meaning.is_part, meaning.is_apart) == (is_part, is_apart)


@pytest.mark.parametrize(
    ("name", "words", "numbers", "letters"),
    [
        ("stronger_answer", True, True, True),
        ("strongerAnswer", True, True, True),
        ("stronger_magnet", False, False, True),
        ("rater_3", True, True, True),
        ("rater_comment", False, False, False),
        ("verdict_key", True, True, True),
        ("storage_key", False, False, False),
        ("cohort", False, False, False),
    ],
)
def test_what_a_name_says_of_a_decision(name: str, words: bool, numbers: bool, letters: bool) -> None:
    """Which values are decisions under it: `first`, `1` and `A`."""
    meaning = decision_meaning(name)

    assert (meaning.words, meaning.numbers, meaning.letters) == (words, numbers, letters)
