"""What an author changed, word by word."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.replay.draft_diff import marked, marked_markdown, pieces

TEXTS = st.text(st.sampled_from("ab \n"), max_size=40)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("The sky is blue.", "The sky is blue.", "The sky is blue."),
        ("The sky is blue.", "The deep sky is blue.", "The {+deep+} sky is blue."),
        ("The deep sky is blue.", "The sky is blue.", "The [-deep-] sky is blue."),
        ("The sky is blue.", "The sea is blue.", "The [-sky-]{+sea+} is blue."),
        ("Yes.", "No, never.", "[-Yes.-]{+No, never.+}"),
        ("one\ntwo", "one two", "one two"),
        ("a b", "a", "a [-b-]"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        ("a\x1b[2J", "a \u202eb", "[-a\\x1b[2J-]{+a \\u202eb+}"),
    ],
    ids=[
        "same",
        "inserted",
        "deleted",
        "replaced",
        "other",
        "blank space",
        "cut",
        "from nothing",
        "to nothing",
        "hostile",
    ],
)
def test_changes_are_marked(before: str, after: str, told: str) -> None:
    """Deleted words stand before those that take their place."""
    assert marked(pieces(before, after)) == told


def test_markdown_marks_every_line_of_its_own() -> None:
    """Marks do not reach over lines in Markdown, and what texts hold is literal."""

    def literal(text: str) -> str:
        return re.sub(r"([*~])", r"\\\1", text)

    changes = pieces("keep old one\n\nold two end", "keep *new* one\n\nnew two end")
    whole = pieces("", "first line\n\nsecond *line*")

    assert marked_markdown(changes, literal) == "keep ~~old~~**\\*new\\*** one\n\n~~old~~**new** two end"
    assert marked_markdown(whole, literal) == "**first line**\n\n**second \\*line\\***"


@given(TEXTS, TEXTS)
def test_the_pieces_make_up_both_texts(before: str, after: str) -> None:
    """Word for word."""
    changes = pieces(before, after)

    was = "".join(piece.text for piece in changes if piece.change != "inserted")
    now = "".join(piece.text for piece in changes if piece.change != "deleted")
    assert now.split() == after.split()
    assert was.split() == before.split()


def test_a_long_draft_is_compared_in_a_moment() -> None:
    """Four thousand words, every tenth of them another one."""
    before = [f"word{n % 977}" for n in range(4_000)]
    after = [word if n % 10 else f"new{n}" for n, word in enumerate(before)]

    changes = pieces(" ".join(before), " ".join(after))

    assert "".join(piece.text for piece in changes if piece.change != "deleted").split() == after
    assert {"kept", "deleted", "inserted"} == {piece.change for piece in changes}
