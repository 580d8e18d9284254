"""Binding the agents among a scenario's arguments: unique names, and the models they use in this run."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from fellowship.agents.agent import Agent
from fellowship.protocols.autogen import ChatCompletionClient
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.items import CANDIDATE
from fellowship.providers.autogen import model_of
from fellowship.runners.model_choice import chosen_model
from fellowship.scenarios.evaluator_kind import KINDS
from fellowship.settings.settings import NO_SETTINGS, Settings

AnyAgent = Agent[Any]
OTHER_AUTHORS = ("user", "versus")


@dataclasses.dataclass(frozen=True, slots=True)
class AgentBindings:
    """Arguments with bound agents, and the AutoGen clients by the model names `client/...` that stand for them."""

    arguments: dict[str, Any]
    clients: dict[str, ChatCompletionClient]

    def agents(self, *, without: Collection[str] = ()) -> Iterator[AnyAgent]:
        """Every agent once, in the order of the arguments; not those which only arguments `without` name."""
        kept = {name: value for name, value in self.arguments.items() if name not in without}
        yield from {agent.name: agent for agent in _agents_in(kept)}.values()


def bind_agents(
    arguments: Mapping[str, Any],
    *,
    models: Mapping[str, str],
    default_model: str | None = None,
    settings: Settings = NO_SETTINGS,
) -> AgentBindings:
    """The arguments with their agents bound.

    models         models by name of an agent or argument, instead of the agent's own
    default_model  for all other agents, instead of their own
    settings       aliases of models, and the model of agents without one

    ConfigurationError for an agent without a model, and for a name in `models` that no agent or argument has.
    """
    named = _with_unique_names(arguments)
    _refuse_unknown(models, named)
    clients: dict[str, ChatCompletionClient] = {}

    def ready(role: str, agent: AnyAgent) -> AnyAgent:
        model = chosen_model(agent, role, models=models, default_model=default_model, settings=settings)
        _refuse_several(agent, model)
        if isinstance(model, ChatCompletionClient):
            name = f"client/{client_name(model)}.{agent.name}"
            clients[name] = model
            model = name
        return agent.with_model(model) if model is not None else agent

    bound = {role: map_agents(value, partial(ready, role)) for role, value in named.items()}
    used: dict[str, str] = {}
    for agent in _agents_in(bound):
        if used.setdefault(agent.name, agent.model_name) != agent.model_name:
            raise ConfigurationError(
                f"agent '{agent.name}' is the value of two arguments, and would have two models: {used[agent.name]} "
                f"and {agent.model_name}; give each argument an agent of its own"
            )
    return AgentBindings(bound, clients)


def _refuse_several(agent: AnyAgent, model: str | ChatCompletionClient | None) -> None:
    """ConfigurationError for `provider/a+provider/b`: several models where one is expected."""
    parts = model.split("+") if isinstance(model, str) else []
    if len(parts) > 1 and all("/" in part for part in parts):
        raise ConfigurationError(
            f"agent '{agent.name}' has the model {model!r}; an agent has one model: make {len(parts)} agents, or "
            f"write the evaluator as jury:{model}"
        )


def client_name(client: ChatCompletionClient) -> str:
    """The class of an AutoGen client, and its model where the client's configuration contains it."""
    kind, model = type(client).__name__, model_of(client)
    return f"{kind}/{model}" if model is not None else kind


def _with_unique_names(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers agents that share a name: juror_1, juror_2. An object that is given twice is one agent."""
    found = {id(agent): agent for agent in _agents_in(arguments)}
    uses = Counter(agent.name for agent in found.values())
    numbers: Counter[str] = Counter()
    for identity, agent in found.items():
        numbers[agent.name] += 1
        if uses[agent.name] > 1:
            found[identity] = agent.renamed(f"{agent.name}_{numbers[agent.name]}")
    _refuse_names([agent.name for agent in found.values()])
    return {role: map_agents(value, lambda agent: found[id(agent)]) for role, value in arguments.items()}


def _refuse_names(names: Sequence[str]) -> None:
    """ConfigurationError for a name of two agents, and for one of the authors of other messages."""
    reserved = next((name for name in names if name in reserved_names() or name.startswith(CANDIDATE)), None)
    if reserved is not None:
        msg = f"an agent is called '{reserved}', which is the author of other messages; give it another name=..."
        raise ConfigurationError(msg)
    twice = next((name for name, n in Counter(names).items() if n > 1), None)
    if twice is not None:
        raise ConfigurationError(f"two agents are called '{twice}'; give one of them another name=...")


@cache
def reserved_names() -> frozenset[str]:
    """The names of the authors of messages that no agent writes."""
    return frozenset((*OTHER_AUTHORS, *(author for name in KINDS.names() if (author := KINDS.find(name).author))))


def _refuse_unknown(models: Mapping[str, str], arguments: Mapping[str, Any]) -> None:
    """ConfigurationError for a name that no agent has, nor an argument with agents in it."""
    names = {agent.name for agent in _agents_in(arguments)}
    unknown = models.keys() - names - {role for role, value in arguments.items() if _agents_in(value)}
    if unknown:
        known = sorted(names | {role for role, value in arguments.items() if isinstance(value, Agent)})
        msg = f"--model names '{min(unknown)}', but the agents of this run are {', '.join(known) or 'none'}"
        raise ConfigurationError(msg)


def _agents_in(value: Any) -> list[AnyAgent]:
    """The agents in a value, in its order; one that is given twice is in the list twice."""
    found: list[AnyAgent] = []

    def visit(agent: AnyAgent) -> AnyAgent:
        found.append(agent)
        return agent

    map_agents(value, visit)
    return found


def map_agents(value: Any, change: Callable[[AnyAgent], AnyAgent]) -> Any:
    """The value with `change` applied to every agent in it, also inside lists, tuples, dicts, partials, dataclasses.

    A value in which no agent changes is returned itself, not a copy.
    """
    if isinstance(value, Agent):
        return change(value)
    parts = _parts_of(value)
    changed = {key: map_agents(part, change) for key, part in parts.items()}
    if all(changed[key] is part for key, part in parts.items()):
        return value
    return _with_parts(value, changed)


def _parts_of(value: Any) -> Mapping[Any, Any]:
    """The parts of a value that may contain agents, by index, key or field."""
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    if isinstance(value, dict):
        return value
    if isinstance(value, partial):
        return {"args": value.args, "keywords": value.keywords}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {part.name: getattr(value, part.name) for part in dataclasses.fields(value) if part.init}
    return {}


def _with_parts(value: Any, parts: dict[Any, Any]) -> Any:
    """A copy of the value with these parts; ConfigurationError for a dataclass that cannot be copied."""
    if isinstance(value, list | tuple):
        return type(value)(*parts.values()) if hasattr(value, "_fields") else type(value)(parts.values())
    if isinstance(value, dict):
        return parts
    if isinstance(value, partial):
        return partial(value.func, *parts["args"], **parts["keywords"])
    try:
        return dataclasses.replace(value, **parts)
    except ValueError as error:
        msg = f"the dataclass {type(value).__name__} contains agents and cannot be copied with their models: {error}"
        raise ConfigurationError(msg) from error
