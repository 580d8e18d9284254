"""What a plan says of its intervals."""

from io import StringIO

import pytest

from fellowship.estimates.agent_estimate import AgentEstimate
from fellowship.estimates.ask_counts import AgentModel
from fellowship.estimates.durations import DurationEstimate
from fellowship.estimates.interval import ZERO_INTERVAL, Interval
from fellowship.estimates.run_estimate import RunEstimate
from fellowship.reports.plan_report import print_plan
from fellowship.settings.prices import Pricing


def of_agent(n_measured: int, name: str = "generator") -> AgentEstimate:
    """An agent whose tokens were measured in so many conversations."""
    asks = Interval.sure(280)
    return AgentEstimate(AgentModel(name, "openai/x"), Pricing("unknown"), asks, n_measured=n_measured)


def plan_text(estimate: RunEstimate) -> str:
    """The plan in one line."""
    out = StringIO()
    print_plan([estimate], out)
    return " ".join(out.getvalue().split())


@pytest.mark.parametrize(
    ("n_finished", "n_known", "agents", "said"),
    [
        (4, 4, [of_agent(4)], "tokens and cost: from n = 4 finished conversations, by prompt length; nominal 98 %"),
        (9, 7, [of_agent(7)], "tokens and cost: from n = 7 finished conversations, by prompt length; nominal 98 % int"),
        (9, 7, [of_agent(7)], "98 % intervals; those of 2 more are unknown"),
        (4, 0, [of_agent(0)], "estimated from text lengths; those of 4 finished conversations are unknown"),
        (4, 1, [of_agent(0)], "estimated from text lengths; known of 1 of 4 finished conversations only"),
        (0, 0, [of_agent(0)], "tokens and cost: estimated from text lengths; --pilot 20 measures them"),
        (
            *(4, 0, [of_agent(4), of_agent(0, "reviewer")]),
            "tokens and cost of reviewer: estimated from text lengths; the 4 finished conversations report none",
        ),
    ],
    ids=["all", "most", "the others", "none", "too few", "no pilot", "of one agent"],
)
def test_conversations_whose_cost_is_unknown_are_no_basis_of_it(
    n_finished: int, n_known: int, agents: list[AgentEstimate], said: str
) -> None:
    """They count for the calls alone."""
    amounts = ZERO_INTERVAL, ZERO_INTERVAL, ZERO_INTERVAL, 0.0, ()
    time = DurationEstimate(ZERO_INTERVAL, "")
    estimate = RunEstimate(
        *("answer", None, 300, n_finished, n_finished, 80, n_finished, False, agents, *amounts, time),
        n_known_usage=n_known,
    )

    text = plan_text(estimate)

    assert said in text
    assert ("from n = " in text) is any(agent.is_measured for agent in agents)


def test_a_small_pilot_is_advised_to_be_larger() -> None:
    """Two or three conversations say nothing about the width; of a small file nothing narrows it."""
    wide, time = Interval(0, 100, 900), DurationEstimate(ZERO_INTERVAL, "")

    def text(n: int, n_prompts: int) -> str:
        cast = [of_agent(n)]
        numbers = n_prompts, n, 2 * n, 4 * n, n, False
        return plan_text(RunEstimate("answer", None, *numbers, cast, ZERO_INTERVAL, ZERO_INTERVAL, wide, 0.0, (), time))

    assert "cost +-450%, because n is only 2; --pilot 20 narrows it" in text(2, 200)
    assert "cost +-450%, because n is only 3; only the run itself shows it" in text(3, 12)


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (Interval(51, 100, 149), "cost +-49%, because conversations differ; --pilot 40 narrows it to about 35%"),
        (Interval(0, 100, 300), "cost +-150%, because conversations differ; only the run itself shows it"),
        (Interval(70, 100, 130), None),
    ],
    ids=["a further pilot", "no pilot is large enough", "narrow"],
)
def test_a_wide_interval_is_said_with_the_pilot_that_narrows_it(cost: Interval, said: str | None) -> None:
    """Half widths go by the root of the number of conversations."""
    time = DurationEstimate(ZERO_INTERVAL, "")
    estimate = RunEstimate(
        "answer", None, 300, 20, 40, 80, 20, False, [of_agent(20)], ZERO_INTERVAL, ZERO_INTERVAL, cost, 0.0, (), time
    )

    text = plan_text(estimate)

    assert ("wide interval: " in text) is (said is not None)
    assert said is None or said in text
