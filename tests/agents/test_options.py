"""Options of agents that cannot be meant are refused when the agent is made."""

from typing import Any

import pytest

from fellowship.agents.judge import Judge
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.completions import Sampling
from fellowship.protocols.errors import InvalidArgument


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": 0.7}, "Judge got temperature=0.7; it belongs into sampling=Sampling(temperature=0.7)"),
        ({"rubrik": {"accuracy": 1}}, "Judge got an unknown option 'rubrik'; did you mean 'rubric'?"),
        (
            {"rubric": "accuracy"},
            "a rubric is a mapping of criteria to weights, or a list of criteria; got the text 'accuracy'",
        ),
    ],
    ids=["sampling", "misspelt", "rubric"],
)
def test_option_that_does_not_exist_is_refused_with_what_was_meant(options: dict[str, Any], message: str) -> None:
    """In silence it would change nothing, and the user would believe it had."""
    with pytest.raises(TypeError) as raised:
        Judge("sim/mid", **options)

    assert str(raised.value) == message


def test_sampling_may_be_a_mapping() -> None:
    """Checked like the model."""
    options: dict[str, Any] = {"sampling": {"temperature": 0.5}}

    assert Judge("sim/mid", **options).sampling == Sampling(temperature=0.5, max_tokens=1024)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"rubric": {"accuracy": 2, "style": 0}},
            "rubric: criterion 'style': weight: Input should be greater than 0, got 0",
        ),
        (
            {"name": 3},
            "Judge: name is 3; it must be a valid Python identifier: letters, digits and _, such as 'judge_1'",
        ),
        ({"repairs": 1.5}, "repairs is 1.5; expected a whole number"),
        ({"instructions": None}, "Judge: instructions is None; expected a text"),
        ({"strategy": 5}, "strategy is 5; expected a name, such as 'combined-10', or a Strategy"),
        ({"persona": {"name": "x"}}, "Persona: description: Field required"),
        ({"sampling": {"temperature": 3}}, "Sampling: temperature: Input should be less than or equal to 2, got 3"),
    ],
)
def test_a_value_that_no_agent_can_use_is_a_configuration_error(options: dict[str, Any], message: str) -> None:
    """In one line; Python code may catch it as a ValueError."""
    with pytest.raises(InvalidArgument) as raised:
        Judge("sim/mid", **options)

    assert str(raised.value) == message
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize("top", [0, float("nan"), "ten"])
def test_the_scale_of_a_reviewer_is_a_number_above_0(top: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"^Reviewer: out_of is .*; expected a number above 0$"):
        Reviewer("sim/mid", out_of=top)
