"""Options of agents that cannot be meant are refused when the agent is made."""

from typing import Any

import pytest

from fellowship.agents.judge import Judge
from fellowship.protocols.completions import Sampling


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
