"""Asks to come, from the asks of conversations that were seen."""

import pytest

from fellowship.estimates.ask_counts import AgentModel, by_conversation, measured_asks, pending_asks, without_recorded
from fellowship.estimates.extrapolation import Extrapolation
from fellowship.estimates.interval import Interval
from fellowship.storage.run_stats import AgentUsage

WRITER, READER = AgentModel("generator", "a/x"), AgentModel("reviewer", "a/y")


@pytest.mark.parametrize(
    ("seen", "recorded", "expected"),
    [
        ([{WRITER: 3, READER: 2}] * 4, {}, {WRITER: Interval.sure(30), READER: Interval.sure(20)}),
        ([{WRITER: 3}, {WRITER: 1}], {}, {WRITER: Interval(10, 20, 30)}),
        ([{WRITER: 1, READER: 1}, {WRITER: 1}], {}, {WRITER: Interval.sure(10), READER: Interval(0, 5, 10)}),
        ([{WRITER: 3}], {WRITER: 4}, {WRITER: Interval.sure(26)}),
        ([{WRITER: 0}, {WRITER: 1}], {WRITER: 7}, {WRITER: Interval(0, 0, 3)}),
        ([{}], {}, {}),
    ],
    ids=["the same", "as replies go", "not everybody", "some answered", "never below none", "no ask"],
)
def test_asks_of_ten_conversations(
    seen: list[dict[AgentModel, int]], recorded: dict[AgentModel, int], expected: dict[AgentModel, Interval]
) -> None:
    """Certain where all conversations agree, else from the fewest to the most, less what is answered."""
    usages = [AgentUsage("c00000", *key, n, n) for key, n in recorded.items()]

    assert without_recorded(pending_asks(seen, 10), usages) == expected


def test_conversations_without_an_ask_are_among_those_seen() -> None:
    """They have no row in a journal's asks."""
    share = AgentUsage("c00001", *WRITER, 2, 3)

    assert by_conversation(["c00000", "c00001"], [share]) == [{}, {WRITER: 2}]


def test_finished_conversations_narrow_the_bounds_and_never_leave_them() -> None:
    """Twenty finished loops of two or three rounds; simulated ones made from one to nine."""
    usages = [AgentUsage(f"c{i:05d}", *WRITER, 2 + i % 2, 3) for i in range(20)]
    finished = {used.conversation: 10.0 + i for i, used in enumerate(usages)}
    bounds = {WRITER: Interval(100, 300, 900), READER: Interval.sure(100)}

    found = measured_asks(bounds, Extrapolation(finished, usages, [15.0] * 100))

    assert found[WRITER].expected == pytest.approx(250, rel=0.05)
    assert 200 < found[WRITER].low < found[WRITER].high < 310
    assert found[READER] == Interval.sure(100)
