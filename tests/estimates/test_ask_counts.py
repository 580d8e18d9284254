"""Asks to come, from the asks of conversations that were seen."""

import pytest

from fellowship.estimates.ask_counts import (
    AgentModel,
    AskBounds,
    SeenConversation,
    by_conversation,
    expected_asks,
    measured_asks,
    pending_asks,
    without_recorded,
)
from fellowship.estimates.extrapolation import Extrapolation
from fellowship.estimates.interval import Interval
from fellowship.estimates.item_sample import ItemTraits
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


def finished_loops(counts: list[int]) -> Extrapolation:
    """A pilot whose conversations make so many asks; 180 more are pending."""
    usages = [AgentUsage(f"c{i:05d}", *WRITER, n, n) for i, n in enumerate(counts)]
    return Extrapolation({used.conversation: 10.0 for used in usages}, usages, [10.0] * 180)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ([3] * 20, 180 * 3 - 2 * 38, 540),  # 20.6 % of 180 may end after one round
        ([3] * 2, 180 * 3 - 2 * 162, 540),  # 90 %
        ([1] * 20, 180, 180 + 2 * 38),
    ],
    ids=["none of twenty ended early", "none of two", "all ended at once"],
)
def test_an_end_that_no_conversation_of_a_pilot_left_is_no_proof(counts: list[int], low: float, high: float) -> None:
    """The exact binomial bound of the level, by hand: 1 - 0.01^(1 / n), with the fewest and the most of a loop."""
    found = measured_asks({WRITER: Interval(180, 500, 540)}, finished_loops(counts))[WRITER]

    assert (found.low, found.high) == (low, high)


def test_one_of_twenty_that_ended_early_has_the_bound_of_one() -> None:
    """At most 28.9 % of 180, so 52, may end early: by the mean of the difference seen, 1, and the largest, 2."""
    found = measured_asks({WRITER: Interval(180, 500, 540)}, finished_loops([3] * 19 + [2]))[WRITER]

    assert found.low == pytest.approx(540 - 52 * 1.5)


def test_a_loop_of_which_all_seen_agree_may_end_early() -> None:
    """After one ask, unless the number is fixed; an agent that is asked once has no shorter conversation."""
    bounds = {WRITER: Interval.sure(540)}

    assert measured_asks(bounds, finished_loops([3] * 20))[WRITER] == Interval.sure(540)
    assert measured_asks(bounds, finished_loops([3] * 20), 1)[WRITER].low == 540 - 2 * 38
    assert measured_asks({WRITER: Interval.sure(180)}, finished_loops([1] * 20), 1)[WRITER] == Interval.sure(180)


def test_asks_of_each_shape_and_size_are_those_seen_of_it() -> None:
    """Equal answers are not compared; long items are asked about three times, and stand for long ones only."""
    seen = [
        SeenConversation(ItemTraits(10, 2, 1), {}),
        SeenConversation(ItemTraits(10, 2, 2), {WRITER: 2}),
        SeenConversation(ItemTraits(10, 0, 0), {WRITER: 1}),
        SeenConversation(ItemTraits(90, 0, 0), {WRITER: 3}),
    ]
    none = Extrapolation({}, [], [])

    def asks(*pending: ItemTraits) -> Interval:
        return expected_asks(seen, pending, none, AskBounds())[WRITER]

    assert asks(*[ItemTraits(12, 2, 1)] * 30, *[ItemTraits(11, 2, 2)] * 10) == Interval.sure(20)
    assert asks(*[ItemTraits(12)] * 9, ItemTraits(80)) == Interval(10, 12, 30)
    assert asks(ItemTraits(10, 5, 5)) == Interval(0, 1, 3)  # not seen: as any other


def test_a_scenario_allows_more_than_was_simulated() -> None:
    """A loop of one to four rounds of which all that were simulated have two."""
    seen = [SeenConversation(ItemTraits(10), {WRITER: 2})] * 3

    found = expected_asks(seen, [ItemTraits(10)] * 10, Extrapolation({}, [], []), AskBounds(1, 4, 1))

    assert found[WRITER] == Interval(10, 20, 40)
