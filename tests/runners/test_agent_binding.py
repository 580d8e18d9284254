"""The cast of a run: who is found among the arguments, what they are called, and which model they get."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from functools import partial
from typing import Any, NamedTuple

import pytest

from fellowship.agents.agent import Agent
from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.juror import Juror
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.agent_binding import AgentBindings, bind_agents

NOBODY: Mapping[str, str] = {}


@dataclass(frozen=True)
class Pair:
    """Agents in a dataclass."""

    generator: Agent[Any]
    reviewers: list[Agent[Any]]


class Named(NamedTuple):
    """Agents in a named tuple."""

    first: Agent[Any]
    second: Agent[Any]


def names(bindings: AgentBindings) -> list[str]:
    return [agent.name for agent in bindings.agents()]


def models(bindings: AgentBindings) -> dict[str, str]:
    return {agent.name: agent.model_name for agent in bindings.agents()}


def test_agents_of_one_name_are_numbered() -> None:
    """In the order of the arguments; a name of its own stays."""
    bindings = bind_agents(
        {"jurors": [Juror("sim/mid"), Juror("sim/weak"), Juror("sim/mid", name="mira")]}, models=NOBODY
    )

    assert names(bindings) == ["juror_1", "juror_2", "mira"]


def test_the_same_object_given_twice_is_one_agent() -> None:
    """It needs no number."""
    generator = Generator("sim/mid")

    assert names(bind_agents({"writer": generator, "rewriter": generator}, models=NOBODY)) == ["generator"]


def test_the_same_object_given_twice_has_one_model() -> None:
    """Two would be recorded, opened and priced as one."""
    generator = Generator("sim/mid")

    with pytest.raises(ConfigurationError) as caught:
        bind_agents({"writer": generator, "rewriter": generator}, models={"rewriter": "sim/weak"})

    assert str(caught.value) == (
        "agent 'generator' is the value of two arguments, and would have two models: sim/mid and sim/weak; "
        "give each argument an agent of its own"
    )


def test_two_names_that_cannot_be_told_apart_are_refused() -> None:
    """A number must not meet a name that is there already."""
    jurors = [Juror("sim/mid"), Juror("sim/mid"), Juror("sim/mid", name="juror_1")]

    with pytest.raises(ConfigurationError) as caught:
        bind_agents({"jurors": jurors}, models=NOBODY)

    assert str(caught.value) == "two agents are called 'juror_1'; give one of them another name=..."


PLACES: dict[str, Any] = {
    "alone": Generator(),
    "list": [Generator()],
    "tuple": (1, Generator()),
    "named tuple": Named(Generator(), Reviewer()),
    "mapping": {"x": {"y": Generator()}},
    "partial": partial(dict, judge=Generator()),
    "partial in partial": partial(partial(dict, Generator()), judge=Reviewer()),
    "dataclass": Pair(Generator(), [Reviewer()]),
}


@pytest.mark.parametrize("place", PLACES)
def test_agents_are_found_wherever_arguments_have_them(place: str) -> None:
    """And all of them get the model that is for everyone."""
    bindings = bind_agents({"given": PLACES[place]}, models=NOBODY, default_model="sim/mid")

    assert "generator" in names(bindings)
    assert set(models(bindings).values()) == {"sim/mid"}


def test_what_holds_agents_keeps_its_kind() -> None:
    """Lists stay lists, named tuples named."""
    given = {
        "pair": Pair(Generator("sim/mid"), [Reviewer("sim/mid")]),
        "named": Named(Judge("sim/mid"), Judge("sim/mid")),
    }

    bindings = bind_agents(given, models=NOBODY)

    assert isinstance(bindings.arguments["pair"], Pair)
    assert isinstance(bindings.arguments["named"], Named)
    assert names(bindings) == ["generator", "reviewer", "judge_1", "judge_2"]


@dataclass
class Rubric:
    """A dataclass that cannot be copied field by field."""

    points: list[str]
    scale: InitVar[int]
    used: int = field(default=0, init=False)
    judge: Agent[Any] | None = None

    def __post_init__(self, scale: int) -> None:
        self.points = [f"{point} (0 to {scale})" for point in self.points]


def test_values_without_agents_are_passed_on_themselves() -> None:
    """State of their own is kept, at any depth."""
    rubric = Rubric(["clear"], 5)
    rubric.used = 3
    given = {"rubric": rubric, "rubrics": [rubric], "by_name": {"x": (rubric,)}, "scored": partial(dict, rubric)}

    bindings = bind_agents({**given, "judge": Judge("sim/mid")}, models=NOBODY, default_model="sim/weak")

    assert all(bindings.arguments[name] is value for name, value in given.items())


def test_dataclass_with_agents_that_cannot_be_copied_is_refused() -> None:
    """By its name."""
    with pytest.raises(ConfigurationError) as caught:
        bind_agents({"rubric": Rubric(["clear"], 5, judge=Judge())}, models=NOBODY, default_model="sim/mid")

    assert str(caught.value) == (
        "the dataclass Rubric contains agents and cannot be copied with their models: InitVar 'scale' must be "
        "specified with replace()"
    )


def test_a_model_goes_to_an_agent_by_its_name_or_by_its_role() -> None:
    """The agent's own name wins over the argument's; both over the model for everyone."""
    given = {"writer": Generator("a/x"), "jurors": [Juror("a/x"), Juror("a/x")], "judge": Judge("a/x")}

    bindings = bind_agents(given, models={"writer": "b/w", "jurors": "b/j", "juror_2": "b/2"}, default_model="b/all")

    assert models(bindings) == {"generator": "b/w", "juror_1": "b/j", "juror_2": "b/2", "judge": "b/all"}


def test_a_model_for_nobody_is_refused_with_who_is_there() -> None:
    """Roles and names."""
    given = {"writer": Generator("a/x"), "jurors": [Juror("a/x"), Juror("a/x")], "rounds": 3}

    with pytest.raises(ConfigurationError) as caught:
        bind_agents(given, models={"reviewer": "b/x"})

    assert str(caught.value) == (
        "--model names 'reviewer', but the agents of this run are generator, juror_1, juror_2, writer"
    )


def test_an_agent_without_a_model_is_refused() -> None:
    """With the three ways to give it one."""
    with pytest.raises(ConfigurationError) as caught:
        bind_agents({"jurors": [Juror(), Juror("sim/mid")]}, models=NOBODY)

    assert str(caught.value) == (
        "agent 'juror_1' has no model: give Juror('provider/model'), or --model juror_1=provider/model, or set "
        "FELLOWSHIP_MODEL"
    )


def test_clients_are_kept_apart_by_agent() -> None:
    """Two agents on one client, and two clients of one kind, are four different things."""
    from autogen_ext.models.replay import ReplayChatCompletionClient

    one, other = ReplayChatCompletionClient([]), ReplayChatCompletionClient([])

    bindings = bind_agents({"writer": Generator(one), "jurors": [Juror(other), Juror(one)]}, models=NOBODY)

    assert bindings.clients == {
        "client/ReplayChatCompletionClient.generator": one,
        "client/ReplayChatCompletionClient.juror_1": other,
        "client/ReplayChatCompletionClient.juror_2": one,
    }
    assert set(models(bindings).values()) == set(bindings.clients)


def test_a_model_for_everyone_replaces_a_client() -> None:
    """Then the client is not used."""
    from autogen_ext.models.replay import ReplayChatCompletionClient

    bindings = bind_agents(
        {"writer": Generator(ReplayChatCompletionClient([]))}, models=NOBODY, default_model="sim/mid"
    )

    assert (models(bindings), bindings.clients) == ({"generator": "sim/mid"}, {})
