"""A debate: who speaks when, who saw what, how many asks it takes, and what becomes of a ballot that fails."""

from typing import Any

import pytest

from fellowship.agents.debater import Debater
from fellowship.protocols.completions import Request
from fellowship.protocols.content import Verdict
from fellowship.protocols.errors import ConfigurationError
from fellowship.scenarios import debate, panel
from tests.scenarios.scripts import (
    BAD,
    GOOD,
    MODEL,
    PREFERS,
    UNREADABLE,
    Carried,
    Model,
    by_merit,
    by_seat,
    carried_out,
    scores,
    seats,
)

PERSONAS = ["general_public", "psychologist", "critic"]
GIVEN = ["user.0", "candidate_1.0", "candidate_2.0"]
EXCHANGED = ["user.0", "candidate_2.0", "candidate_1.0"]


def debated(ballots: Model, **options: Any) -> Carried:
    """A debate of the paper's panel in which everyone says where and when they speak."""

    def model(request: Request) -> str | Exception:
        if request.key.agent.endswith("_ballot"):
            return ballots(request)
        return f"{request.key.agent} speaks for the time {request.key.occurrence + 1} in {request.key.lane}."

    return carried_out(debate, model, debaters=panel(MODEL), **options)


@pytest.mark.parametrize("rounds", [0, 1, 2, 3])
def test_a_debate_takes_two_orders_of_three_arguments_a_round_and_three_ballots(rounds: int) -> None:
    """And no ask besides."""
    carried = debated(PREFERS["A"], rounds=rounds)

    assert len(carried.requests) == len(carried.asked()) == 2 * (rounds * 3 + 3)


def test_two_rounds_are_the_default() -> None:
    """As in the paper."""
    assert len(debated(PREFERS["A"]).requests) == 18


def test_everyone_reads_what_was_said_before_and_no_ballot() -> None:
    """In the order of speaking; ballots are cast on the whole discussion."""
    carried = debated(PREFERS["A"], rounds=2)

    for lane, shown in (("ab", GIVEN), ("ba", EXCHANGED)):
        arguments = [f"{lane}/{name}.{number}" for number in (0, 1) for name in PERSONAS]
        for place, argument in enumerate(arguments):
            assert carried.inputs[argument] == [*shown, *arguments[:place]]
        for name in PERSONAS:
            assert carried.inputs[f"{lane}/{name}_ballot.0"] == [*shown, *arguments]
        assert carried.inputs[f"{lane}/debate.0"] == [f"{lane}/{name}_ballot.0" for name in PERSONAS]
    assert carried.inputs["debate.0"] == ["ab/debate.0", "ba/debate.0"]
    assert len(carried.inputs) == 3 + 2 * (6 + 3 + 1) + 1


def test_what_was_said_is_shown_and_what_was_not_is_not() -> None:
    """To the letter, and within one order."""
    carried = debated(PREFERS["A"], rounds=1)

    first, second = carried.shown("ab/general_public.0"), carried.shown("ab/psychologist.0")
    ballot = carried.shown("ba/general_public_ballot.0")
    assert "speaks" not in first
    assert '<argument by="general_public">\ngeneral_public speaks for the time 1 in ab.\n</argument>' in second
    assert "psychologist speaks" not in second
    assert [f"{name} speaks for the time 1 in ba." in ballot for name in PERSONAS] == [True] * 3
    assert "in ab." not in ballot
    assert "Score A: 8" not in ballot


def test_the_seats_are_exchanged_for_the_whole_debate() -> None:
    """Arguments and ballots alike."""
    carried = debated(PREFERS["A"], rounds=1)

    for request in carried.requests:
        assert seats(request) == ((GOOD, BAD) if request.key.lane == "ab" else (BAD, GOOD))


def test_a_debate_is_blind() -> None:
    """Nobody learns who wrote an answer, nor what people said of it."""
    carried = debated(PREFERS["A"], rounds=2)

    assert not [ask for ask in carried.asked() if "secret" in carried.shown(ask) or "candidate" in carried.shown(ask)]


def test_the_mean_of_the_ballots_decides() -> None:
    """Not their majority; each order has a verdict, and both make one."""

    def ballots(request: Request) -> str | Exception:
        strong = request.key.agent == "critic_ballot"
        return by_merit({GOOD: 0, BAD: 8} if strong else {GOOD: 6, BAD: 5})(request)

    carried = debated(ballots, rounds=0)

    assert carried.outcome == Verdict(decision="B", score_a=4, score_b=6, out_of=10)
    assert carried.said["ab/debate.0"].explanation == "2 A, 1 B"
    assert carried.said["ba/debate.0"].decision == "A"


def test_a_debate_that_depends_on_the_seats_is_inconsistent() -> None:
    """Though each of its orders is clear."""
    assert debated(by_seat(8, 2), rounds=1).outcome.decision == "inconsistent"


def test_a_ballot_that_cannot_be_read_abstains() -> None:
    """It does not count 0 and 0, as it did in the paper; its failure is on record with all it saw."""

    def ballots(request: Request) -> str | Exception:
        return UNREADABLE if request.key.agent == "critic_ballot" else by_merit({GOOD: 8, BAD: 2})(request)

    carried = debated(ballots, rounds=1)

    assert carried.outcome == Verdict(decision="A", score_a=8, score_b=2, out_of=10)
    failure = "ab/critic_ballot.note1"
    assert carried.said[failure].reason.startswith("critic_ballot: score A: expected a number from 0 to 10")
    assert carried.inputs[failure] == [*GIVEN, *(f"ab/{name}.0" for name in PERSONAS)]
    assert carried.inputs["ab/debate.0"] == ["ab/general_public_ballot.0", "ab/psychologist_ballot.0", failure]


def test_a_debate_without_most_of_its_ballots_has_failed() -> None:
    """In either order."""

    def ballots(request: Request) -> str | Exception:
        silent = request.key.agent != "critic_ballot" and request.key.lane == "ba"
        return UNREADABLE if silent else by_merit({GOOD: 8, BAD: 2})(request)

    carried = debated(ballots, rounds=0)

    assert carried.outcome.decision == "failed"
    assert carried.outcome.reason.startswith("exchanged order: 2 of 3 votes failed: general_public_ballot: score A")
    assert carried.said["ab/debate.0"].decision == "A"


def ballots_of(points: dict[str, list[tuple[float, float] | None]]) -> Model:
    """The three ballots of each lane, as scores of the seats there; None is unreadable."""

    def ballots(request: Request) -> str | Exception:
        persona = PERSONAS.index(request.key.agent.removesuffix("_ballot"))
        stated = points[request.key.lane][persona]
        return UNREADABLE if stated is None else scores(*stated)

    return ballots


@pytest.mark.parametrize(
    ("ab", "ba", "decision"),
    [
        ([(8, 2), (7, 3), None], [(2, 8), (3, 7), (2, 8)], "failed"),
        ([(8, 2), (8, 3), None], [(2, 8), (3, 8), None], "A"),
        ([(8, 2), (8, 3), None], [(8, 2), (8, 3), (8, 2)], "inconsistent"),
        ([(8, 2), (7, 3), None], [(8, 2), (8, 3), None], "inconsistent"),
        ([(8, 2), (6, 3), None], [(9, 0), (9, 0), None], "failed"),
        ([(5, 5), (5, 5), None], [(5, 5), (5, 5), (5, 5)], "failed"),
        ([(10, 0), None, None], [(0, 10), (0, 10), (0, 10)], "failed"),
    ],
    ids=["could tie", "decided", "orders differ", "A or tie, and B", "could be B too", "tie", "most are missing"],
)
def test_a_ballot_that_could_decide_fails_the_debate(ab: Any, ba: Any, decision: str) -> None:
    """Over both orders: where they differ whatever is missing, the debate is inconsistent."""
    assert debated(ballots_of({"ab": ab, "ba": ba}), rounds=0).outcome.decision == decision


@pytest.mark.parametrize(("read", "decision"), [("9", "A"), ("7", "failed")])
def test_one_score_of_a_ballot_limits_the_other(read: str, decision: str) -> None:
    """A lead of 3 stands against 9 to at most 10, and not against 7 to at most 10."""

    def ballots(request: Request) -> str | Exception:
        if request.key.agent != "critic_ballot":
            return by_merit({GOOD: 5, BAD: 3.5})(request)
        return f"Score {'A' if seats(request)[0] == GOOD else 'B'}: {read}/10"

    assert debated(ballots, rounds=0).outcome.decision == decision


def test_a_debate_says_why_it_stands_without_a_ballot() -> None:
    """Its orders differ for any scores of the critic."""
    missing = ballots_of({"ab": [(8, 2), (7, 3), None], "ba": [(9, 2), (9, 3), (9, 2)]})

    outcome = debated(missing, rounds=0).outcome

    assert outcome.explanation.startswith("whatever the missing replies say: given order: 1 of 3 votes failed: critic")
    assert (outcome.decision, outcome.reason) == ("inconsistent", None)


def test_an_argument_that_stays_empty_fails_its_order() -> None:
    """The other order goes on to its end."""

    def model(request: Request) -> str | Exception:
        if request.key.agent.endswith("_ballot"):
            return PREFERS["A"](request)
        return "" if request.key.agent == "psychologist" and request.key.lane == "ab" else "A is right."

    carried = carried_out(debate, model, debaters=panel(MODEL), rounds=1)

    expected = "given order: psychologist: argument: expected an argument, got no text (stop)"
    assert carried.outcome == Verdict.failure(expected)
    assert carried.said["ba/debate.0"].decision == "B"


def test_one_order_is_half_the_debate() -> None:
    """As the paper held it."""
    carried = debated(by_seat(8, 2), rounds=2, seats="as given")

    assert carried.outcome == Verdict(decision="A", score_a=8, score_b=2, out_of=10, explanation="3 A")
    assert len(carried.requests) == 9


def test_ballots_without_scores_are_refused_before_anybody_speaks() -> None:
    """No reply is paid for in vain."""
    expected = (
        "scenario debate: a debate needs votes with scores, but general_public_ballot has the strategy direct; "
        "expected one with scores, such as combined-10 or independent-10"
    )

    def model(request: Request) -> str | Exception:
        raise AssertionError(request.key)

    with pytest.raises(ConfigurationError) as caught:
        carried_out(debate, model, debaters=panel(MODEL, strategy="direct"))
    assert str(caught.value) == expected


def test_two_debaters_of_one_persona_are_told_apart() -> None:
    """By number, as jurors are; so are their ballots."""
    debaters = [Debater(MODEL), Debater(MODEL)]

    def model(request: Request) -> str | Exception:
        return PREFERS["A"](request)

    carried = carried_out(debate, model, debaters=debaters, rounds=1, seats="as given")

    assert carried.asked() == [
        "ab/general_public_1.0",
        "ab/general_public_1_ballot.0",
        "ab/general_public_2.0",
        "ab/general_public_2_ballot.0",
    ]
