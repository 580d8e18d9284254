"""Texts cut to a length."""

import pytest

from fellowship.formatting.shorten import short_repr, shorten, shorten_middle


@pytest.mark.parametrize(("text", "expected"), [("", ""), ("1234567890", "1234567890"), ("12345678901", "1234567...")])
def test_a_text_is_cut_to_the_number_of_characters(text: str, expected: str) -> None:
    """With the mark included."""
    assert shorten(text, 10) == expected


def test_a_value_is_cut_as_its_repr() -> None:
    """Quotes of a text that is cut stay open."""
    assert short_repr(["a", "b"], 10) == "['a', 'b']"
    assert short_repr("x" * 100) == f"'{'x' * 56}..."


def test_the_middle_of_a_text_is_left_out_where_that_saves_a_quarter() -> None:
    """With the number of characters that are missing."""
    assert shorten_middle("x" * 125, 100) == "x" * 125
    assert shorten_middle("a" * 50 + "b" * 26 + "c" * 50, 100) == f"{'a' * 50}\n[... 26 characters ...]\n{'c' * 50}"
