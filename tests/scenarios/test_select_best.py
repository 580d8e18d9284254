"""Selecting the best draft, and two drafts against each other: who meets whom, and who stays."""

from functools import partial

import pytest

from fellowship.agents.judge import Judge
from fellowship.protocols.content import Draft, Verdict
from fellowship.scenarios import judge, select_best, versus
from tests.builders import an_item
from tests.scenarios.scripts import GOOD, MODEL, PREFERS, Decided, carried_out


def no_model(request: object) -> str:
    """Nobody may be asked."""
    raise AssertionError(request)


@pytest.mark.parametrize(
    ("decisions", "best", "met"),
    [
        pytest.param(["A", "A"], "one", [("one", "two"), ("one", "three")], id="the first stays"),
        pytest.param(["B", "A"], "two", [("one", "two"), ("two", "three")], id="the second wins and stays"),
        pytest.param(["B", "B"], "three", [("one", "two"), ("two", "three")], id="each beats the last"),
        pytest.param(["A", "B"], "three", [("one", "two"), ("one", "three")], id="the third wins"),
        pytest.param(["tie", "tie"], "three", [("one", "two"), ("two", "three")], id="a tie goes to the later"),
        pytest.param(["inconsistent", "A"], "one", [("one", "two"), ("one", "three")], id="inconsistent keeps"),
        pytest.param(["failed", "B"], "three", [("one", "two"), ("one", "three")], id="failed keeps"),
    ],
)
def test_the_winner_meets_the_next(decisions: list[str], best: str, met: list[tuple[str, str]]) -> None:
    """A challenger has to win its place, or to tie."""
    evaluator = Decided(*decisions)

    carried = carried_out(select_best, no_model, an_item("one", "two", "three"), evaluator=evaluator)

    assert carried.outcome == Draft(text=best)
    assert evaluator.met == met


def test_every_stage_has_a_lane_of_its_own() -> None:
    """So that one evaluator can be asked in each."""
    carried = carried_out(select_best, no_model, an_item("one", "two", "three"), evaluator=Decided("B", "A"))

    assert carried.inputs["stage_1/decided.0"] == ["candidate_1.0", "candidate_2.0"]
    assert carried.inputs["stage_2/decided.0"] == ["candidate_2.0", "candidate_3.0"]


def test_the_outcome_is_one_of_the_drafts_themselves() -> None:
    """With its author and its id, and no copy of it."""
    carried = carried_out(select_best, no_model, an_item("one", "two"), evaluator=Decided("B"))

    assert carried.conversation.outcome_id == "candidate_2.0"


def test_identical_texts_are_not_compared() -> None:
    """The earlier stays; the next one is in its own stage nevertheless."""
    evaluator = Decided("B")

    carried = carried_out(select_best, no_model, an_item("one", "one", "two"), evaluator=evaluator)

    assert evaluator.met == [("one", "two")]
    assert "stage_2/decided.0" in carried.said


def test_a_draft_alone_is_the_best() -> None:
    """Without asking."""
    carried = carried_out(select_best, no_model, an_item("one"), evaluator=Decided())

    assert carried.outcome == Draft(text="one")


def test_no_draft_is_a_mistake() -> None:
    """There is no best of none."""
    carried = carried_out(select_best, no_model, an_item(), evaluator=Decided())

    assert carried.conversation.error == "ValueError: select_best needs at least one draft"


@pytest.mark.parametrize("decision", ["A", "B", "tie", "inconsistent", "failed"])
def test_versus_gives_the_evaluators_verdict(decision: str) -> None:
    """The candidate is draft A."""
    carried = carried_out(versus, PREFERS[decision], evaluator=partial(judge, judge=Judge(MODEL)))

    assert carried.outcome.decision == decision
    assert carried.asked() == ["ab/judge.0", "ba/judge.0"]


def test_versus_calls_identical_texts_a_tie_without_asking() -> None:
    """No model is paid for that."""
    evaluator = partial(judge, judge=Judge(MODEL))

    carried = carried_out(versus, no_model, an_item(GOOD, GOOD), evaluator=evaluator)

    assert carried.outcome == Verdict(decision="tie", explanation="the two answers are identical")
    assert carried.inputs["versus.0"] == ["candidate_1.0", "candidate_2.0"]
    assert carried.requests == []
