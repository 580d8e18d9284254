"""A jury: jurors side by side, each in both seat orders, and the rule that makes one verdict of their votes."""

from typing import Any

import pytest

from fellowship.agents.juror import Juror
from fellowship.protocols.completions import Request
from fellowship.protocols.content import Verdict, Vote
from fellowship.protocols.errors import ConfigurationError
from fellowship.scenarios import jury
from tests.scenarios.scripts import (
    BAD,
    GOOD,
    MODEL,
    PREFERS,
    UNREADABLE,
    Carried,
    Model,
    by_agent,
    by_merit,
    carried_out,
    in_one_order,
    seats,
    unreadable,
)

MEANING = {decision[0]: decision for decision in PREFERS}


def voting(letters: str, **options: Any) -> Carried:
    """A jury whose jurors vote like this: A, B, t(ie), i(nconsistent), f(ailed)."""
    models = {f"juror_{number}": PREFERS[MEANING[letter]] for number, letter in enumerate(letters, 1)}
    return carried_out(jury, by_agent(models), jurors=[Juror(MODEL, name=name) for name in models], **options)


@pytest.mark.parametrize(
    ("votes", "decision"),
    [("AAB", "A"), ("BBA", "B"), ("ttA", "tie"), ("ABt", "tie"), ("Aii", "A"), ("iii", "inconsistent"), ("AAf", "A")],
)
def test_the_majority_of_those_who_vote_decides(votes: str, decision: str) -> None:
    """Who is inconsistent or unreadable abstains."""
    carried = voting(votes)

    assert carried.outcome.decision == decision
    assert [carried.said[f"juror_{n}.0"].decision for n in (1, 2, 3)] == [MEANING[letter] for letter in votes]


def test_a_jury_half_of_which_failed_has_failed() -> None:
    """Naming who and why; the conversation is marked."""
    carried = voting("Af")

    assert carried.outcome.decision == "failed"
    assert carried.outcome.reason.startswith("1 of 2 votes failed: given order: juror_2: score A: expected a number")
    assert (carried.conversation.status, carried.conversation.fault) == ("failed", "content")


@pytest.mark.parametrize(
    ("known", "others", "rule", "decision"),
    [
        ("A", "AAB", "majority", "A"),
        ("B", "AAB", "majority", "failed"),
        ("tie", "AAB", "majority", "A"),
        ("A", "AB", "majority", "failed"),
        ("tie", "Att", "majority", "tie"),
        ("A", "A", "mean", "A"),
        ("B", "A", "mean", "failed"),
        ("tie", "A", "mean", "A"),
    ],
)
def test_the_order_that_was_read_limits_what_a_failed_vote_could_be(
    known: str, others: str, rule: str, decision: str
) -> None:
    """After A in one order it is A or no vote; by mean, the known order is half of it."""
    models = {f"juror_{number}": PREFERS[MEANING[letter]] for number, letter in enumerate(others, 1)}
    for lane in ("ab", "ba"):
        models["half"] = in_one_order(lane, unreadable, PREFERS[known])

        carried = carried_out(jury, by_agent(models), jurors=[Juror(MODEL, name=name) for name in models], rule=rule)

        assert carried.outcome.decision == decision
        assert carried.said["half.0"].decision == "failed"


@pytest.mark.parametrize(("score", "decision"), [(10, "A"), (3, "A"), (1, "failed")])
def test_an_independent_score_that_was_read_limits_what_the_other_could_change(score: float, decision: str) -> None:
    """A lead of 8 stands against 3 to at most 10, and not against 1 to at most 10."""
    models: dict[str, Model] = {
        "sure": lambda request: f"Overall score: {10 if GOOD in request.messages[1]['content'] else 2}/10",
        "half": lambda request: f"Overall score: {score}/10" if GOOD in request.messages[1]["content"] else UNREADABLE,
    }
    jurors = [Juror(MODEL, name=name, strategy="independent-10") for name in models]

    assert carried_out(jury, by_agent(models), jurors=jurors, rule="mean").outcome.decision == decision


@pytest.mark.parametrize(
    ("score", "rest", "decision"),
    [
        (7.7, "", "A"),
        (7.7, "\nScore {other}: N/A", "A"),
        (6, "", "A"),
        (5, "", "failed"),
        (3, "", "failed"),
        (7.7, "\nScore {other}: 70/100", "failed"),
    ],
)
def test_one_score_of_a_reply_about_both_answers_limits_the_other(score: float, rest: str, decision: str) -> None:
    """A lead of 5 stands against 6 to at most 10, not against 5 to at most 10, and not on a scale that is in doubt."""

    def half(request: Request) -> str:
        own, other = "AB" if seats(request)[0] == GOOD else "BA"
        return f"Score {own}: {score}/10{rest.format(other=other)}"

    models: dict[str, Model] = {"sure": by_merit({GOOD: 10, BAD: 5}), "half": half}
    jurors = [Juror(MODEL, name=name) for name in models]

    carried = carried_out(jury, by_agent(models), jurors=jurors, rule="mean")

    assert carried.outcome.decision == decision
    assert carried.said["half.0"].decision == "failed"


def test_every_juror_votes_in_both_orders_and_sees_no_other() -> None:
    """Two asks each; the verdict comes from the votes."""
    carried = voting("AB")

    given, exchanged = ["user.0", "candidate_1.0", "candidate_2.0"], ["user.0", "candidate_2.0", "candidate_1.0"]
    assert carried.asked() == ["ab/juror_1.0", "ab/juror_2.0", "ba/juror_1.0", "ba/juror_2.0"]
    assert carried.inputs == {
        "user.0": [],
        "candidate_1.0": [],
        "candidate_2.0": [],
        "ab/juror_1.0": given,
        "ab/juror_2.0": given,
        "ba/juror_1.0": exchanged,
        "ba/juror_2.0": exchanged,
        "juror_1.0": ["ab/juror_1.0", "ba/juror_1.0"],
        "juror_2.0": ["ab/juror_2.0", "ba/juror_2.0"],
        "jury.0": ["juror_1.0", "juror_2.0"],
    }
    assert {type(carried.said[f"juror_{n}.0"]) for n in (1, 2)} == {Vote}
    assert type(carried.outcome) is Verdict


def test_one_order_asks_every_juror_once() -> None:
    """And takes its vote as it is."""
    carried = voting("Aii", seats="as given")

    assert carried.outcome.decision == "A"
    assert carried.asked() == ["ab/juror_1.0", "ab/juror_2.0", "ab/juror_3.0"]
    assert carried.inputs["jury.0"] == ["ab/juror_1.0", "ab/juror_2.0", "ab/juror_3.0"]


def test_the_mean_decides_against_the_majority_where_it_is_the_rule() -> None:
    """One strong voice outweighs two faint ones."""
    models = {
        "faint_1": by_merit({GOOD: 6, BAD: 5}),
        "faint_2": by_merit({GOOD: 6, BAD: 5}),
        "strong": by_merit({GOOD: 0, BAD: 8}),
    }
    jurors = [Juror(MODEL, name=name) for name in models]

    by_mean = carried_out(jury, by_agent(models), jurors=jurors, rule="mean")
    by_majority = carried_out(jury, by_agent(models), jurors=jurors)

    assert by_mean.outcome == Verdict(decision="B", score_a=4, score_b=6, out_of=10, explanation="2 A, 1 B")
    assert by_majority.outcome == Verdict(decision="A", explanation="2 A, 1 B")


def test_jurors_may_use_different_strategies() -> None:
    """A vote is a vote."""
    jurors = [
        Juror(MODEL, name="letter", strategy="direct"),
        Juror(MODEL, name="single", strategy="independent-10"),
        Juror(MODEL, name="pair"),
    ]
    models = {
        "letter": lambda request: "Answer: C",
        "single": lambda request: f"Overall score: {8 if GOOD in request.messages[1]['content'] else 2}/10",
        "pair": PREFERS["A"],
    }

    carried = carried_out(jury, by_agent(models), jurors=jurors)

    assert carried.outcome == Verdict(decision="A", explanation="2 A, 1 tie")
    assert carried.asked() == [
        "a/single.0",
        "ab/letter.0",
        "ab/pair.0",
        "b/single.0",
        "ba/letter.0",
        "ba/pair.0",
    ]


def test_jurors_of_one_name_are_numbered() -> None:
    """So that a jury can be written as a list of models."""
    carried = carried_out(jury, PREFERS["A"], jurors=[Juror(MODEL), Juror(MODEL)], seats="as given")

    assert carried.asked() == ["ab/juror_1.0", "ab/juror_2.0"]


def test_a_rule_that_cannot_count_the_votes_is_refused_before_anybody_is_asked() -> None:
    """No reply is paid for in vain."""
    jurors = [Juror(MODEL, name="pair"), Juror(MODEL, name="letter", strategy="direct")]

    def model(request: Request) -> str | Exception:
        raise AssertionError(request.key)

    with pytest.raises(ConfigurationError) as caught:
        carried_out(jury, model, jurors=jurors, rule="mean")
    assert (
        str(caught.value)
        == "scenario jury: the rule 'mean' needs votes with scores, but letter has the strategy direct"
    )
