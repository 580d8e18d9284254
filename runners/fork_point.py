"""Where a conversation leaves its record: what stays as it was, what is put in its place, and who plays on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from fellowship.agents.agent import Agent
from fellowship.protocols.completions import AskKey
from fellowship.protocols.interfaces import Role
from fellowship.runners.agent_binding import AnyAgent
from fellowship.runners.known_replies import Attempts, ChangePolicy, KnownReplies

ForkedAsk: TypeAlias = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class ForkPoint:
    """Places are (lane, agent, occurrence) of messages; `attempts` are the original's.

    kept      before the branch: played by whom it was, and answered as it was
    edits     texts in the place of replies
    changed   who plays from the branch on, instead of an agent or of a part of one
    all_live  whether everything from the branch on is asked, also where the request is the same
    base      the branch that the original is itself
    """

    kept: frozenset[ForkedAsk]
    attempts: Attempts
    edits: Mapping[ForkedAsk, str]
    changed: Callable[[AnyAgent], AnyAgent]
    seed: int
    all_live: bool
    base: "ForkPoint | None" = None

    def before(self, conversation: str, own: Attempts, change: ChangePolicy) -> KnownReplies:
        """What need not be asked for in one of the forks."""
        elsewhere = {
            key._replace(conversation=conversation): attempts
            for key, attempts in self.attempts.items()
            if not self.all_live or key[1:] in self.kept
        }
        edits = {AskKey(conversation, *place): text for place, text in self.edits.items()}
        kept = frozenset(AskKey(conversation, *place) for place in self.kept)
        return KnownReplies(own, change, elsewhere, edits, kept)

    def agent_for(self, agent: Role[Any], key: AskKey) -> Role[Any]:
        """Who plays the agent's part in an ask."""
        if key[1:] in self.kept:
            return agent if self.base is None else self.base.agent_for(agent, key)
        return self.changed(agent) if isinstance(agent, Agent) else agent
