"""The agents that a scenario never asks need no key."""

from functools import partial
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.run import run
from fellowship.scenarios.feedback_loop import feedback_loop
from fellowship.scenarios.judge import judge

CAST: dict[str, Any] = {
    "generator": Generator("sim/mid"),
    "reviewer": Reviewer("sim/mid"),
    "evaluator": partial(judge, judge=Judge("openai/gpt-9")),
}


@pytest.mark.parametrize("is_bound", [False, True])
def test_the_evaluator_of_one_draft_needs_no_key(monkeypatch: pytest.MonkeyPatch, is_bound: bool) -> None:
    """Whether the arguments are given to the run or to a partial."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    scenario: Any = partial(feedback_loop, rounds=1, **CAST) if is_bound else feedback_loop
    arguments: dict[str, Any] = {} if is_bound else {"rounds": 1, **CAST}

    assert run(scenario, prompts=["Why?"], out=":memory:", quiet=True, **arguments).n_finished == 1


def test_the_evaluator_of_two_drafts_needs_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is demanded before the first request."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        run(feedback_loop, prompts=["Why?"], out=":memory:", quiet=True, rounds=2, **CAST)
