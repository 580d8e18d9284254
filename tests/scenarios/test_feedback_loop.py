"""The feedback loop: how many rounds, who saw what, when it stops, and which draft is its outcome."""

from functools import partial
from typing import Any

import pytest

from fellowship.agents.generator import REVISE, Generator
from fellowship.agents.judge import Judge
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.completions import Request
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.items import Item
from fellowship.scenarios import answer, feedback_loop, judge
from tests.builders import QUESTION, an_item
from tests.scenarios.scripts import MODEL, Carried, Decided, Model, carried_out, scores, seats

ITEM = an_item()
REFERENCE = "Canberra, since 1913."


def writing_and_reviewing(points: dict[str, list[float]] | None = None, *, out_of: int = 10) -> Model:
    """A generator that numbers its drafts, and reviewers with these scores round by round."""

    def model(request: Request) -> str:
        agent, number = request.key.agent, request.key.occurrence
        if agent == "generator":
            return f"draft {number + 1}"
        if agent == "judge":
            a, b = seats(request)
            return scores(9 if a == "draft 2" else 3, 9 if b == "draft 2" else 3)
        score = (points or {}).get(agent, [5.0] * 9)[number]
        return f"{agent} on its reading {number + 1}\nOverall score: {score:g}/{out_of}"

    return model


def looped(
    points: dict[str, list[float]] | None = None, *reviewers: Reviewer, item: Item = ITEM, **options: Any
) -> Carried:
    """A feedback loop of a generator and these reviewers, one if none is given."""
    cast = list(reviewers) or Reviewer(MODEL)
    model = writing_and_reviewing(points)
    return carried_out(feedback_loop, model, item, generator=Generator(MODEL), reviewer=cast, **options)


def chat(carried: Carried, ask: str) -> list[tuple[str, str]]:
    """Roles and texts that an ask sent."""
    request = next(each for each in carried.requests if str(each.key) == f"c00000/{ask}")
    return [(message["role"], message["content"]) for message in request.messages]


@pytest.mark.parametrize("rounds", [1, 2, 3, 5])
def test_a_round_is_a_draft_and_its_review(rounds: int) -> None:
    """So there are as many drafts as rounds, and each has a score."""
    carried = looped(rounds=rounds)

    assert carried.outcome == Draft(text=f"draft {rounds}")
    assert len(carried.requests) == 2 * rounds
    assert carried.asked() == [f"{name}.{number}" for name in ("generator", "reviewer") for number in range(rounds)]


def test_three_rounds_are_the_default() -> None:
    """As in the paper."""
    assert looped().outcome == Draft(text="draft 3")


def test_everyone_sees_the_latest_and_nothing_older() -> None:
    """The prompt, the latest draft, its critiques."""
    carried = looped(rounds=3)

    assert carried.inputs == {
        "user.0": [],
        "generator.0": ["user.0"],
        "reviewer.0": ["user.0", "generator.0"],
        "generator.1": ["user.0", "generator.0", "reviewer.0"],
        "reviewer.1": ["user.0", "generator.1"],
        "generator.2": ["user.0", "generator.1", "reviewer.1"],
        "reviewer.2": ["user.0", "generator.2"],
    }


def test_the_generator_sees_its_draft_and_what_was_said_of_it() -> None:
    """As a chat, and the bare prompt at first."""
    carried = looped(rounds=2)

    assert chat(carried, "generator.0") == [("user", QUESTION)]
    assert chat(carried, "generator.1") == [
        ("user", QUESTION),
        ("assistant", "draft 1"),
        ("user", f"<critique>\nreviewer on its reading 1\nOverall score: 5/10\n</critique>\n\n{REVISE}"),
    ]


def test_nobody_in_the_loop_sees_the_reference() -> None:
    """A critique could pass it on to the generator."""
    item = Item(prompt=Prompt.of(QUESTION, reference=REFERENCE))

    carried = looped(item=item, rounds=2)

    assert [REFERENCE in carried.shown(ask) for ask in carried.asked()] == [False] * 4


def test_two_reviewers_read_side_by_side() -> None:
    """Neither sees the other's critique; the generator sees both, without their names."""
    carried = looped(None, Reviewer(MODEL, name="mira"), Reviewer(MODEL, name="noor"), rounds=2)

    assert carried.inputs["mira.1"] == carried.inputs["noor.1"] == ["user.0", "generator.1"]
    assert carried.inputs["generator.1"] == ["user.0", "generator.0", "mira.0", "noor.0"]
    assert len(carried.requests) == 2 + 4
    assert carried.shown("generator.1").count("<critique>") == 2


@pytest.mark.parametrize(("stop_at", "n_drafts"), [(None, 3), (1.0, 3), (0.9, 2), (0.7, 2), (0.5, 1), (0.0, 1)])
def test_the_loop_stops_when_the_score_is_high_enough(stop_at: float | None, n_drafts: int) -> None:
    """A share of the scale, reached or passed."""
    carried = looped({"reviewer": [5, 9, 9.5]}, rounds=3, stop_at=stop_at)

    assert carried.outcome == Draft(text=f"draft {n_drafts}")
    assert len(carried.requests) == 2 * n_drafts


def test_the_mean_of_several_scores_stops_the_loop() -> None:
    """A reviewer without scores has no say."""
    reviewers = [Reviewer(MODEL, name="mira"), Reviewer(MODEL, name="noor"), Reviewer(MODEL, name="mute", scored=False)]

    carried = looped({"mira": [6, 8, 9], "noor": [9, 8, 9]}, *reviewers, rounds=3, stop_at=0.8)

    assert carried.outcome == Draft(text="draft 2")


@pytest.mark.parametrize(
    ("given", "stop_at"),
    [([6.9, 7.1, 7], 0.7), ([5.7, 8.3], 0.7), ([0.1, 0.2], 0.015), ([8.1, 8.2, 8.6], 0.83), ([5.5, 5.6, 5.7], 0.56)],
)
def test_a_mean_that_equals_the_limit_reaches_it(given: list[float], stop_at: float) -> None:
    """By its digits, whatever their floats add up to; one digit less does not."""
    reviewers = [Reviewer(MODEL, name=f"reviewer_{n}") for n in range(len(given))]

    def drafts(shortfall: float) -> Draft:
        scores = {f"reviewer_{n}": [round(score - shortfall * (n == 0), 2), 10] for n, score in enumerate(given)}
        outcome: Draft = looped(scores, *reviewers, rounds=2, stop_at=stop_at).outcome
        return outcome

    assert drafts(0) == Draft(text="draft 1")
    assert drafts(0.01) == Draft(text="draft 2")


def test_a_score_counts_as_a_share_of_its_scale() -> None:
    """4.5 out of 5 is enough for 0.9."""
    carried = carried_out(
        feedback_loop,
        writing_and_reviewing({"reviewer": [4.4, 4.5, 5]}, out_of=5),
        ITEM,
        generator=Generator(MODEL),
        reviewer=Reviewer(MODEL, out_of=5),
        stop_at=0.9,
    )

    assert carried.outcome == Draft(text="draft 2")


def test_a_loop_without_scores_never_stops_early() -> None:
    """There is nothing to stop at."""
    carried = looped(None, Reviewer(MODEL, scored=False), rounds=3, stop_at=0.0)

    assert carried.outcome == Draft(text="draft 3")


def test_an_evaluator_selects_the_best_draft() -> None:
    """It meets the drafts in their order."""
    evaluator = Decided("B", "A")

    carried = looped(rounds=3, evaluator=evaluator)

    assert carried.outcome == Draft(text="draft 2")
    assert evaluator.met == [("draft 1", "draft 2"), ("draft 2", "draft 3")]


def test_a_judge_may_be_the_evaluator() -> None:
    """In both seats of each stage, in lanes of their own."""
    carried = looped(rounds=3, evaluator=partial(judge, judge=Judge(MODEL)))

    assert carried.outcome == Draft(text="draft 2")
    assert carried.asked("stage_1/ab", "stage_1/ba", "stage_2/ab", "stage_2/ba") == [
        "stage_1/ab/judge.0",
        "stage_1/ba/judge.0",
        "stage_2/ab/judge.0",
        "stage_2/ba/judge.0",
    ]
    assert carried.inputs["stage_2/ab/judge.0"] == ["user.0", "generator.1", "generator.2"]
    assert len(carried.requests) == 6 + 4


def test_one_draft_needs_no_evaluator() -> None:
    """There is nothing to compare."""
    evaluator = Decided()

    assert looped(rounds=1, evaluator=evaluator).outcome == Draft(text="draft 1")
    assert evaluator.met == []


def test_an_unreadable_critique_fails_the_conversation() -> None:
    """After its repair; the other reviewer's critique is in the journal."""

    def model(request: Request) -> str | Exception:
        silent = request.key.agent == "mira"
        return "No." if silent else writing_and_reviewing()(request)

    reviewers = [Reviewer(MODEL, name="mira"), Reviewer(MODEL, name="noor")]
    carried = carried_out(feedback_loop, model, ITEM, generator=Generator(MODEL), reviewer=reviewers)

    assert (carried.conversation.status, carried.conversation.fault) == ("failed", "content")
    assert carried.conversation.error is not None
    assert carried.conversation.error.startswith("mira: score: expected a number from 0 to 10")
    assert "noor.0" in carried.said
    assert len(carried.requests) == 4


def test_an_answer_is_one_draft() -> None:
    """A model alone is what every loop is compared with."""
    carried = carried_out(answer, writing_and_reviewing(), ITEM, generator=Generator(MODEL))

    assert carried.outcome == Draft(text="draft 1")
    assert carried.inputs == {"user.0": [], "generator.0": ["user.0"]}
    assert len(carried.requests) == 1
