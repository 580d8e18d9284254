"""Asks to come, from the asks of conversations that were seen."""

import pytest

from fellowship.protocols.completions import Usage
from fellowship.runners.plan.asks import Who, asks_to_come, by_conversation
from fellowship.runners.plan.ranges import Range
from fellowship.storage.spent import Spent

WRITER, READER = Who("generator", "a/x"), Who("reviewer", "a/y")


@pytest.mark.parametrize(
    ("seen", "recorded", "expected"),
    [
        ([{WRITER: 3, READER: 2}] * 4, {}, {WRITER: Range.sure(30), READER: Range.sure(20)}),
        ([{WRITER: 3}, {WRITER: 1}], {}, {WRITER: Range(10, 20, 30)}),
        ([{WRITER: 1, READER: 1}, {WRITER: 1}], {}, {WRITER: Range.sure(10), READER: Range(0, 5, 10)}),
        ([{WRITER: 3}], {WRITER: 4}, {WRITER: Range.sure(26)}),
        ([{WRITER: 0}, {WRITER: 1}], {WRITER: 7}, {WRITER: Range(0, 0, 3)}),
        ([{}], {}, {}),
    ],
    ids=["the same", "as replies go", "not everybody", "some answered", "never below none", "no ask"],
)
def test_asks_of_ten_conversations(
    seen: list[dict[Who, int]], recorded: dict[Who, int], expected: dict[Who, Range]
) -> None:
    """Certain where all conversations agree, else from the fewest to the most, less what is answered."""
    assert asks_to_come(seen, 10, recorded) == expected


def test_conversations_without_an_ask_are_among_those_seen() -> None:
    """They have no row in a journal's asks."""
    share = Spent("c00001", *WRITER, 2, 3, Usage(), 0.0)

    assert by_conversation(["c00000", "c00001"], [share]) == [{}, {WRITER: 2}]
