"""Arguments that cannot be meant are told before anything is asked."""

from functools import partial
from typing import Any

import pytest

from fellowship.agents.debater import Debater
from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.juror import Juror
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.scenario_function import check_arguments
from fellowship.scenarios import debate, feedback_loop, judge, jury, panel

JUDGE = Judge("sim/mid")


def told(scenario: Any, arguments: dict[str, Any]) -> str | None:
    """What is said against the arguments; None if nothing is."""
    try:
        check_arguments(scenario, arguments)
    except ConfigurationError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("scenario", "arguments", "message"),
    [
        (judge, {"juge": JUDGE}, "it takes judge, seats; 'juge' - did you mean 'judge'?"),
        (judge, {}, "missing a required argument: 'judge'; it takes judge, seats"),
        (judge, {"judge": "sim/mid"}, "judge is 'sim/mid'; expected a Judge, such as Judge('sim/mid')"),
        (judge, {"judge": Generator("sim/mid")}, "judge is a Generator; expected a Judge"),
        (judge, {"judge": JUDGE, "seats": "bth"}, "seats is 'bth'; expected one of 'both', 'as given'"),
        (jury, {"jurors": []}, "jurors is []; expected a list of Jurors, such as [Juror('sim/mid')]"),
        (jury, {"jurors": [JUDGE]}, "expected a list of Jurors"),
        (
            jury,
            {"jurors": [Juror("sim/mid")], "rule": "majorty"},
            "rule is 'majorty'; expected one of 'majority', 'mean', or one of your own as module:name; "
            "did you mean 'majority'?",
        ),
        (debate, {"debaters": Debater("sim/mid")}, "debaters is a Debater; expected a list of Debaters"),
        (feedback_loop, {"generator": Generator("sim/mid"), "reviewer": "sim/mid"}, "expected a Reviewer"),
    ],
)
def test_argument_of_another_kind_is_named_with_what_was_expected(
    scenario: Any, arguments: dict[str, Any], message: str
) -> None:
    """One line: the scenario, the argument, what it is and what it should be."""
    problem = told(scenario, arguments)

    assert problem is not None
    assert message in problem
    assert problem.startswith(f"scenario {scenario.__name__}: ")


@pytest.mark.parametrize(
    ("scenario", "arguments"),
    [
        (judge, {"judge": JUDGE}),
        (judge, {"judge": JUDGE, "seats": "as given"}),
        (jury, {"jurors": (Juror("sim/mid"),), "rule": "mean"}),
        (debate, {"debaters": panel("sim/mid"), "rounds": 1}),
        (feedback_loop, {"generator": Generator("sim/mid"), "reviewer": Reviewer("sim/mid")}),
        (feedback_loop, {"generator": Generator("sim/mid"), "reviewer": [Reviewer("sim/mid")], "evaluator": None}),
        (partial(judge, judge=JUDGE), {}),
    ],
)
def test_arguments_that_fit_are_let_through(scenario: Any, arguments: dict[str, Any]) -> None:
    """Lists and tuples, one or several, options and partials."""
    assert told(scenario, arguments) is None


def test_annotations_that_cannot_be_resolved_are_no_obstacle() -> None:
    """A user's scenario may name types that exist for type checkers only."""

    async def scenario(talk: "Nowhere", prompt: Any, *, judge: "Nowhere") -> Any:  # type: ignore[name-defined]  # noqa: F821
        return prompt

    assert told(scenario, {"judge": "anything"}) is None
