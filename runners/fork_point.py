"""The point at which a fork leaves the recorded conversation: kept messages, edited texts and changed agents."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fellowship.agents.agent import Agent
from fellowship.protocols.completions import AskKey
from fellowship.protocols.interfaces import Role
from fellowship.runners.agent_binding import AnyAgent
from fellowship.runners.known_replies import AskPlace, AttemptsByPlace


@dataclass(frozen=True, slots=True)
class ForkPoint:
    """A fork of one conversation; `attempts` are those of the original.

    kept      asks before the fork: same agents, recorded replies
    edits     texts that replace replies
    changed   maps an agent, or a part of one, to the agent from the fork on
    all_live  whether all asks from the fork on are sent, also those with unchanged requests
    base      the fork point of the original, if that is itself a fork
    """

    kept: frozenset[AskPlace]
    attempts: AttemptsByPlace
    edits: Mapping[AskPlace, str]
    changed: Callable[[AnyAgent], AnyAgent]
    seed: int
    all_live: bool
    base: "ForkPoint | None" = None

    def agent_for(self, agent: Role[Any], key: AskKey) -> Role[Any]:
        """The agent that answers an ask: the original one before the fork, the changed one from it on."""
        if key[1:] in self.kept:
            return agent if self.base is None else self.base.agent_for(agent, key)
        return self.changed(agent) if isinstance(agent, Agent) else agent
