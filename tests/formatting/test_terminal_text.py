import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from fellowship.formatting.terminal_text import fit, pad, sanitized, single_line, wrap
from fellowship.replay.styled_text import Span, ansi

HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text())
def test_nothing_a_terminal_could_obey_is_left(text: str) -> None:
    assert all(letter == "\n" or unicodedata.category(letter) not in HIDDEN for letter in sanitized(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202eabc", "\\u202eabc"),
        ("\U000e0041", "\\U000e0041"),
        ("a\r\nb\rc\td", "a\nb\\x0dc    d"),
        ("[bold]日本語[/]", "[bold]日本語[/]"),
    ],
)
def test_what_is_hidden_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert sanitized(text) == shown


def test_a_text_on_a_single_line_has_no_break_and_no_escape() -> None:
    """Runs of white space become a space."""
    assert single_line(" two\r\n\n lines\x1b[0m\t") == "two lines\\x1b[0m"


@given(st.text(), st.integers(2, 50))
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(text: str, width: int) -> None:
    lines = wrap(text, width)

    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(sanitized(text).split())


@given(st.text(), st.integers(1, 50))
def test_a_padded_text_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert cell_len(pad(text, width)) == width
    assert cell_len(fit(text, width)) <= width


def test_text_is_broken_at_spaces_and_keeps_its_indentation() -> None:
    assert wrap("  one two three\n\nfour", 9) == ("  one two", "three", "", "four")
    assert wrap("日本語日本語", 5) == ("日本", "語日", "本語")


def test_a_span_cannot_bring_an_escape_of_its_own() -> None:
    assert ansi((Span("\x1b[2Jx", "bold"),)) == "\x1b[1m\\x1b[2Jx\x1b[0m"
