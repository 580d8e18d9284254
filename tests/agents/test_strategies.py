"""Strategies: their names, and what an evaluator's reply decides under each."""

import pytest

from fellowship.agents.reading import UnreadableReply
from fellowship.agents.strategies import Reading, Strategy, read_pair, read_single


@pytest.mark.parametrize(
    ("name", "strategy", "written"),
    [
        ("direct", Strategy("direct"), "direct"),
        ("direct-comparison", Strategy("direct"), "direct"),
        ("independent", Strategy("independent", 10.0), "independent-10"),
        ("independent-5", Strategy("independent", 5.0), "independent-5"),
        ("independent-scoring-100", Strategy("independent", 100.0), "independent-100"),
        ("combined", Strategy("combined", 10.0), "combined-10"),
        ("combined-10", Strategy("combined", 10.0), "combined-10"),
        ("combined-scoring-5", Strategy("combined", 5.0), "combined-5"),
        ("combined-2.5", Strategy("combined", 2.5), "combined-2.5"),
    ],
)
def test_a_strategy_has_a_name(name: str, strategy: Strategy, written: str) -> None:
    """The paper's long ones are understood; written is the short one."""
    assert Strategy.of(name) == strategy
    assert str(strategy) == written
    assert Strategy.of(written) == strategy
    assert Strategy.of(strategy) is strategy


@pytest.mark.parametrize(
    "name", ["", "pairwise", "Direct", "direct-10", "combined-0", "combined--5", "combined-ten", "combined-10 ", "10"]
)
def test_an_unknown_strategy_is_refused(name: str) -> None:
    """With the known ones."""
    expected = rf"^unknown strategy {name!r}; expected direct, independent-N or combined-N, such as combined-10$"

    with pytest.raises(ValueError, match=expected):
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
    assert read_pair(Strategy.of(strategy), text) == reading


@pytest.mark.parametrize("strategy", ["direct", "independent-10", "combined-10"])
def test_the_reply_form_is_itself_readable(strategy: str) -> None:
    """A model that fills in its placeholders has answered."""
    form = Strategy.of(strategy).reply_form
    filled = form.replace("A or B or C", "A").replace("X/", "8/").replace("Y/", "6/")

    if strategy == "independent-10":
        assert read_single(Strategy.of(strategy), filled) == 8.0
    else:
        assert read_pair(Strategy.of(strategy), filled).decision == "A"


@pytest.mark.parametrize("strategy", ["direct", "combined-10"])
def test_the_reply_form_is_not_taken_for_an_answer(strategy: str) -> None:
    """A model that only repeats it has not."""
    with pytest.raises(UnreadableReply):
        read_pair(Strategy.of(strategy), Strategy.of(strategy).reply_form)


def test_direct_comparison_gives_no_score() -> None:
    """Asking it for one is a programmer's mistake."""
    with pytest.raises(ValueError, match=r"^direct comparison gives no score$"):
        read_single(Strategy.of("direct"), "Overall score: 8/10")
