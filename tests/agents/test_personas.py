"""Personas by name, and rubrics in place of the default criteria."""

from typing import Any

import pytest

from fellowship.agents.agent import Agent
from fellowship.agents.debater import Debater
from fellowship.agents.judge import Judge
from fellowship.agents.juror import Juror
from fellowship.agents.personas import CRITIC, GENERAL_PUBLIC, PSYCHOLOGIST
from fellowship.agents.strategy import DEFAULT_CRITERIA
from fellowship.extensions import UnknownEntry
from fellowship.protocols.content import Persona
from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.agent_binding import bind_agents


@pytest.mark.parametrize(
    ("text", "persona"),
    [
        ("critic", CRITIC),
        ("Critic", CRITIC),
        ("psychologist", PSYCHOLOGIST),
        ("general_public", GENERAL_PUBLIC),
        ("General Public", GENERAL_PUBLIC),
        ("the general-public", GENERAL_PUBLIC),
        ({"name": "nurse", "description": "You care."}, Persona(name="nurse", description="You care.")),
    ],
)
def test_a_persona_is_found_by_its_name(text: Any, persona: Persona) -> None:
    assert Juror("x/y", persona=text).persona == persona
    assert Juror("x/y", persona=text).system_text == Juror("x/y", persona=persona).system_text
    assert (Debater("x/y", persona=text).persona, Debater("x/y", persona=text).name) == (persona, persona.name)


@pytest.mark.parametrize("role", [Judge, Juror, Debater])
def test_an_unknown_persona_is_refused_with_the_known_ones(role: Any) -> None:
    with pytest.raises(UnknownEntry) as raised:
        role("x/y", persona="critik")

    assert str(raised.value) == (
        "unknown persona 'critik'; expected one of general_public, psychologist, critic, "
        'or Persona(name="...", description="..."); did you mean \'critic\'?'
    )
    with pytest.raises(TypeError, match="a persona is one of the names general_public, psychologist, critic, or"):
        role("x/y", persona=3)


@pytest.mark.parametrize(
    ("plain", "with_rubric"),
    [
        (Judge("x/y"), Judge("x/y", rubric={"accuracy": 1})),
        (Juror("x/y", strategy="direct"), Juror("x/y", strategy="direct", rubric=["accuracy"])),
        (Judge("x/y", strategy="independent-5").rater, Judge("x/y", strategy="independent-5", rubric=["a"]).rater),
        (Debater("x/y"), Debater("x/y", rubric=["accuracy"])),
        (Debater("x/y").ballot, Debater("x/y", rubric=["accuracy"]).ballot),
    ],
    ids=["judge", "juror", "rater", "debater", "ballot"],
)
def test_a_rubric_stands_in_place_of_the_default_criteria(plain: Agent[Any], with_rubric: Agent[Any]) -> None:
    assert DEFAULT_CRITERIA in plain.system_text
    assert "Weigh" not in with_rubric.system_text
    assert "These criteria count, weighted as shown:\n- a" in with_rubric.system_text
    assert "Neither the order in which answers are shown" in with_rubric.system_text


def test_own_instructions_stand_beside_a_rubric() -> None:
    own = Judge("x/y", instructions="Weigh brevity.", rubric=["style"])

    assert own.system_text.startswith("Weigh brevity.\n\nThese criteria count")


@pytest.mark.parametrize("model", ["sim/mid+sim/weak", "a/b+c/d+e/f"])
def test_an_agent_has_one_model(model: str) -> None:
    with pytest.raises(ConfigurationError, match=r"agent 'judge' has the model '.*'; an agent has one model: make \d"):
        bind_agents({"judge": Judge(model)}, models={})


def test_a_model_name_may_hold_a_plus() -> None:
    bound = bind_agents({"judge": Judge("lab/qwen+lora")}, models={})

    assert [agent.model_name for agent in bound.agents()] == ["lab/qwen+lora"]
