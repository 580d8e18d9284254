"""Strategies: their names, and what an evaluator's reply decides under each."""

import re

import pytest

from fellowship.agents.reading import UnreadableReply
from fellowship.agents.strategies.combined import combined_strategy
from fellowship.agents.strategies.direct import direct_strategy
from fellowship.agents.strategies.independent import independent_strategy
from fellowship.agents.strategy import Reading, Strategy


@pytest.mark.parametrize(
    ("name", "strategy", "written"),
    [
        ("direct", direct_strategy, "direct"),
        ("direct-comparison", direct_strategy, "direct"),
        ("independent", independent_strategy(10.0), "independent-10"),
        ("independent-5", independent_strategy(5.0), "independent-5"),
        ("independent-scoring-100", independent_strategy(100.0), "independent-100"),
        ("combined", combined_strategy(10.0), "combined-10"),
        ("combined-10", combined_strategy(10.0), "combined-10"),
        ("combined-scoring-5", combined_strategy(5.0), "combined-5"),
        ("combined-2.5", combined_strategy(2.5), "combined-2.5"),
    ],
)
def test_a_strategy_has_a_name(name: str, strategy: Strategy, written: str) -> None:
    """The paper's long ones are understood; written is the short one."""
    assert Strategy.of(name) == strategy
    assert str(strategy) == written
    assert Strategy.of(written) == strategy
    assert Strategy.of(strategy) is strategy


def read_pair(strategy: str, text: str) -> Reading:
    """What a reply about two answers decides."""
    read = Strategy.of(strategy).read_pair
    assert read is not None
    return read(text)


def read_single(strategy: str, text: str) -> float:
    """The score in a reply about one answer."""
    read = Strategy.of(strategy).read_single
    assert read is not None
    return read(text)


EXPECTED = "; expected one of 'combined', 'direct', 'independent', or one of your own as module:name"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", f"unknown strategy ''{EXPECTED}"),
        ("pairwise", f"unknown strategy 'pairwise'{EXPECTED}"),
        ("Direct", f"unknown strategy 'Direct'{EXPECTED}; did you mean 'direct'?"),
        ("direct-10", "strategy 'direct-10': direct has no scale; expected direct"),
        ("combined-0", "strategy 'combined-0': the scale is 0; expected a number above 0"),
        ("combined--5", f"unknown strategy 'combined-'{EXPECTED}; did you mean 'combined'?"),
        ("combined-ten", f"unknown strategy 'combined-ten'{EXPECTED}; did you mean 'combined'?"),
        ("combined-10 ", f"unknown strategy 'combined-10 '{EXPECTED}; did you mean 'combined'?"),
        ("10", f"unknown strategy '10'{EXPECTED}"),
    ],
)
def test_an_unknown_strategy_is_refused(name: str, problem: str) -> None:
    """The error lists the known ones, and names the nearest."""
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}$"):
        Strategy.of(name)


@pytest.mark.parametrize(
    ("strategy", "text", "reading"),
    [
        ("direct", "Answer: B", Reading("B")),
        ("direct", "Answer: C", Reading("tie")),
        ("combined-10", "Score A: 8/10\nScore B: 7/10", Reading("A", 8.0, 7.0)),
        ("combined-5", "Score A: 1/5\nScore B: 1.5/5", Reading("B", 1.0, 1.5)),
        ("combined-100", "Score A: 80/100\nScore B: 80/100", Reading("tie", 80.0, 80.0)),
    ],
)
def test_a_reply_about_two_answers_decides(strategy: str, text: str, reading: Reading) -> None:
    """By name, or by the higher score; equal scores tie."""
    assert read_pair(strategy, text) == reading


@pytest.mark.parametrize("strategy", ["direct", "independent-10", "combined-10"])
def test_the_reply_form_is_itself_readable(strategy: str) -> None:
    """A model that fills in its placeholders has answered."""
    form = Strategy.of(strategy).reply_form
    filled = form.replace("A or B or C", "A").replace("X/", "8/").replace("Y/", "6/")

    if strategy == "independent-10":
        assert read_single(strategy, filled) == 8.0
    else:
        assert read_pair(strategy, filled).decision == "A"


@pytest.mark.parametrize("strategy", ["direct", "combined-10"])
def test_the_reply_form_is_not_taken_for_an_answer(strategy: str) -> None:
    """A model that only repeats it has not."""
    with pytest.raises(UnreadableReply):
        read_pair(strategy, Strategy.of(strategy).reply_form)


@pytest.mark.parametrize(
    ("readers", "problem"),
    [
        (set(), "strategy 'mine' has no readers; expected one"),
        ({"pair", "single"}, "strategy 'mine' has two readers; expected one"),
    ],
    ids=["none", "both"],
)
def test_a_strategy_has_one_reader(readers: set[str], problem: str) -> None:
    """It shows either both answers at once, or each alone."""
    with pytest.raises(ValueError, match=f"^{problem}$"):
        Strategy(
            name="mine",
            instructions="Judge.",
            reply_form="Reply.",
            read_pair=direct_strategy.read_pair if "pair" in readers else None,
            read_single=independent_strategy(10).read_single if "single" in readers else None,
        )
