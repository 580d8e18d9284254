"""The model of an agent: the precedence of the command line, the environment, the script and the settings.

1. `--model NAME=MODEL`, for the agent or argument of that name
2. `--model MODEL`, for all agents
3. `FELLOWSHIP_MODEL`, for all agents
4. the model that the script gives to the agent
5. `model` in fellowship.toml, for agents without one

`overrides.current_overrides` reads the first three.
"""

from collections.abc import Mapping
from typing import Any

from fellowship.agents.agent import Agent
from fellowship.protocols.autogen import ChatCompletionClient
from fellowship.settings.settings import Settings


def chosen_model(
    agent: Agent[Any], argument: str, *, models: Mapping[str, str], default_model: str | None, settings: Settings
) -> str | ChatCompletionClient | None:
    """The model by that order, with its alias resolved; None for an agent without any.

    models         by name of an agent or argument; the agent's own name goes before that of its argument
    default_model  of --model MODEL, else of FELLOWSHIP_MODEL
    """
    model = models.get(agent.name) or models.get(argument) or default_model or agent.model or settings.model
    return settings.resolved(model) if isinstance(model, str) else model
