"""Texts with halves of surrogate pairs."""

import pytest

from fellowship.formatting.valid_unicode import is_valid_unicode, replace_surrogates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("naïve 🙂", "naïve 🙂"),
        ("a lone \ud83d half", "a lone \ufffd half"),
        ("a pair \ud83d\ude00 in two halves", "a pair 😀 in two halves"),
    ],
)
def test_lone_halves_are_replaced_and_pairs_joined(text: str, expected: str) -> None:
    """A text that can be encoded stays as it is."""
    assert replace_surrogates(text) == expected
    assert is_valid_unicode(text) == (text == expected)


def test_halves_in_two_texts_make_no_pair() -> None:
    """One that ends with the first half, and one that begins with the second."""
    assert not is_valid_unicode("\ud83d", "\ude00")
