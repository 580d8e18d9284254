"""The content classes of a scenario that are not built in, found by the names under which they are recorded.

A record of a run never causes an import: only classes that this process has already are found.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel

from fellowship.agents.agent import Agent
from fellowship.protocols.content_json import ContentTypes
from fellowship.runners.scenario_function import unwrapped


def own_contents(scenario: Callable[..., Any], agents: Iterable[Agent[Any]]) -> ContentTypes:
    """Looks first at the replies of the agents, then at what the scenario names, then at all loaded classes.

    A name of several loaded classes, none of which the scenario names, has no class.
    """
    named = {reply.__name__: reply for reply in _named_by(scenario)}
    named |= {agent.reply.__name__: agent.reply for agent in agents}

    @cache
    def find(message_type: str) -> type[BaseModel] | None:
        name = message_type.removesuffix("Message")
        if name in named:
            return named[name]
        loaded = {each for each in _subclasses(BaseModel) if each.__name__ == name}
        return loaded.pop() if len(loaded) == 1 else None

    return find


def _named_by(scenario: Callable[..., Any]) -> Iterator[type[BaseModel]]:
    """The models in the module of the scenario, and those that a function inside another function refers to."""
    function = inspect.unwrap(unwrapped(scenario))
    if not inspect.isroutine(function):  # an object with a method __call__
        function = type(function).__call__
    names = getattr(function, "__globals__", {})
    cells = getattr(function, "__closure__", None) or ()
    for value in [*names.values(), *(cell.cell_contents for cell in cells if cell != type(cell)())]:
        if isinstance(value, type) and issubclass(value, BaseModel):
            yield value


def _subclasses(of: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in type.__subclasses__(of):
        yield each
        yield from _subclasses(each)
