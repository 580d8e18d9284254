"""A judge alone: both seat orders, what becomes of disagreement and failure, and what the judge is shown."""

from typing import Any

import pytest

from fellowship.agents.judge import Judge
from fellowship.protocols.completions import Request
from fellowship.protocols.content import Verdict
from fellowship.protocols.errors import ProviderUnavailable
from fellowship.scenarios import judge
from tests.scenarios.scripts import (
    BAD,
    GOOD,
    MODEL,
    PREFERS,
    UNREADABLE,
    by_merit,
    by_seat,
    carried_out,
    in_one_order,
    scores,
    seats,
    unreadable,
)

FAILURE = (
    "judge: score A: expected a number from 0 to 10, such as 'Score A: 10/10', "
    f"found none before its end '{UNREADABLE}'"
)


@pytest.mark.parametrize(
    ("model", "verdict"),
    [
        pytest.param(by_merit({GOOD: 8, BAD: 2}), Verdict(decision="A", score_a=8, score_b=2, out_of=10), id="A"),
        pytest.param(by_merit({GOOD: 2, BAD: 8}), Verdict(decision="B", score_a=2, score_b=8, out_of=10), id="B"),
        pytest.param(by_seat(5, 5), Verdict(decision="tie", score_a=5, score_b=5, out_of=10), id="tie"),
        pytest.param(
            by_seat(8, 2), Verdict(decision="inconsistent", score_a=5, score_b=5, out_of=10), id="the first seat wins"
        ),
        pytest.param(
            in_one_order("ba", by_merit({GOOD: 6, BAD: 4}), by_merit({GOOD: 8, BAD: 2})),
            Verdict(decision="A", score_a=7, score_b=3, out_of=10),
            id="same winner, other scores",
        ),
        pytest.param(
            in_one_order("ba", by_seat(5, 5), by_merit({GOOD: 8, BAD: 2})),
            Verdict(decision="inconsistent", score_a=6.5, score_b=3.5, out_of=10),
            id="a tie and a winner",
        ),
        pytest.param(in_one_order("ab", unreadable, PREFERS["A"]), Verdict.failure(f"given order: {FAILURE}"), id="ab"),
        pytest.param(
            in_one_order("ba", unreadable, PREFERS["A"]), Verdict.failure(f"exchanged order: {FAILURE}"), id="ba"
        ),
        pytest.param(
            unreadable, Verdict.failure(f"given order: {FAILURE}; exchanged order: {FAILURE}"), id="neither order"
        ),
    ],
)
def test_both_seat_orders_make_one_verdict(model: Any, verdict: Verdict) -> None:
    """Told in the seats of the order given, with the mean of the scores."""
    carried = carried_out(judge, model, judge=Judge(MODEL))

    assert carried.outcome == verdict
    assert carried.asked() == ["ab/judge.0", "ba/judge.0"]
    assert carried.conversation.status == ("failed" if verdict.decision == "failed" else "finished")


def test_the_seats_are_exchanged_and_nothing_else() -> None:
    """Each order sees the prompt and both drafts; the verdict of both comes from the two."""
    carried = carried_out(judge, PREFERS["A"], judge=Judge(MODEL))

    assert [seats(request) for request in carried.requests] == [(GOOD, BAD), (BAD, GOOD)]
    assert carried.inputs == {
        "user.0": [],
        "candidate_1.0": [],
        "candidate_2.0": [],
        "ab/judge.0": ["user.0", "candidate_1.0", "candidate_2.0"],
        "ba/judge.0": ["user.0", "candidate_2.0", "candidate_1.0"],
        "judge.0": ["ab/judge.0", "ba/judge.0"],
    }
    assert carried.said["ba/judge.0"].decision == "B"


def test_a_judge_never_learns_who_wrote_what_or_the_label() -> None:
    """Nor whose item it is."""
    carried = carried_out(judge, PREFERS["A"], judge=Judge(MODEL))

    assert not [word for word in ("secret", "candidate", "label") if word in carried.shown("ab/judge.0")]


def test_one_order_is_asked_once() -> None:
    """As the paper did."""
    carried = carried_out(judge, by_seat(8, 2), judge=Judge(MODEL), seats="as given")

    assert carried.outcome.decision == "A"
    assert carried.outcome.explanation == scores(8, 2)
    assert carried.asked() == ["ab/judge.0"]


def test_one_order_that_fails_is_a_failed_verdict() -> None:
    """And not a tie, as it was in the paper."""
    carried = carried_out(judge, unreadable, judge=Judge(MODEL), seats="as given")

    assert carried.outcome == Verdict.failure(FAILURE)
    assert (carried.conversation.status, carried.conversation.fault) == ("failed", "content")


@pytest.mark.parametrize(("repairs", "n_requests"), [(0, 2), (1, 4), (2, 6)])
def test_an_unreadable_reply_is_asked_for_again(repairs: int, n_requests: int) -> None:
    """In each order as often as the judge allows."""
    carried = carried_out(judge, unreadable, judge=Judge(MODEL, repairs=repairs))

    assert len(carried.requests) == n_requests
    assert carried.outcome.decision == "failed"


def test_a_repaired_reply_counts_like_any() -> None:
    """The verdict does not show that it was asked for twice."""

    def model(request: Request) -> str:
        return UNREADABLE if request.attempt == 1 else str(PREFERS["A"](request))

    carried = carried_out(judge, model, judge=Judge(MODEL))

    assert carried.outcome.decision == "A"
    assert len(carried.requests) == 4


def test_direct_comparison_decides_without_scores() -> None:
    """A letter for each order."""

    def model(request: Request) -> str:
        return f"Answer: {'A' if seats(request)[0] == GOOD else 'B'}"

    carried = carried_out(judge, model, judge=Judge(MODEL, strategy="direct"))

    assert carried.outcome == Verdict(decision="A")


@pytest.mark.parametrize("order", ["both", "as given"])
@pytest.mark.parametrize(("good", "bad", "decision"), [(4, 2, "A"), (2, 4, "B"), (3, 3, "tie")])
def test_independent_scores_are_asked_for_once_per_answer(order: str, good: int, bad: int, decision: str) -> None:
    """In any seat order: there are no seats in it."""

    def model(request: Request) -> str:
        return f"Overall score: {good if GOOD in request.messages[1]['content'] else bad}/5"

    carried = carried_out(judge, model, judge=Judge(MODEL, strategy="independent-5"), seats=order)

    assert carried.outcome == Verdict.model_validate(
        {"decision": decision, "score_a": good, "score_b": bad, "out_of": 5}
    )
    assert carried.asked() == ["a/judge.0", "b/judge.0"]
    assert carried.inputs["a/judge.0"] == ["user.0", "candidate_1.0"]
    assert carried.inputs["b/judge.0"] == ["user.0", "candidate_2.0"]
    assert carried.inputs["judge.0"] == ["a/judge.0", "b/judge.0"]
    assert BAD not in carried.shown("a/judge.0")
    assert GOOD not in carried.shown("b/judge.0")


def test_an_independent_score_that_fails_is_a_failed_verdict() -> None:
    """The other is asked for nevertheless."""

    def model(request: Request) -> str:
        return UNREADABLE if GOOD in request.messages[1]["content"] else "Overall score: 3/10"

    carried = carried_out(judge, model, judge=Judge(MODEL, strategy="independent-10"))

    assert carried.outcome.decision == "failed"
    assert carried.outcome.reason.startswith("judge: score: expected a number from 0 to 10")
    assert carried.asked() == ["a/judge.0", "b/judge.0"]


def test_a_provider_that_fails_is_not_a_verdict() -> None:
    """The conversation fails, is tried again by the next start, and the other order is in the journal."""

    def fails(request: Request) -> Exception:
        return ProviderUnavailable("no answer")

    carried = carried_out(judge, in_one_order("ab", fails, PREFERS["A"]), judge=Judge(MODEL))

    assert (carried.conversation.status, carried.conversation.fault) == ("failed", "provider")
    assert carried.conversation.error == "ProviderUnavailable: no answer"
    assert "ba/judge.0" in carried.said
