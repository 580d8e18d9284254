"""fellowship: LLM evaluators that agree with people, generator/reviewer pairings that win, preference data from both.

Names load on first use, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Agent": "fellowship.agents.agent",
    "Generator": "fellowship.agents.generator",
    "Reviewer": "fellowship.agents.reviewer",
    "Judge": "fellowship.agents.judge",
    "Juror": "fellowship.agents.juror",
    "Debater": "fellowship.agents.debater",
    "Conversation": "fellowship.protocols.interfaces",
    "Message": "fellowship.protocols.messages",
    "Prompt": "fellowship.protocols.content",
    "Draft": "fellowship.protocols.content",
    "Critique": "fellowship.protocols.content",
    "Argument": "fellowship.protocols.content",
    "Verdict": "fellowship.protocols.content",
    "Vote": "fellowship.protocols.content",
    "PreferencePair": "fellowship.protocols.content",
    "Persona": "fellowship.protocols.content",
    "Rubric": "fellowship.protocols.content",
    "Criterion": "fellowship.protocols.content",
    "Item": "fellowship.protocols.items",
    "Sampling": "fellowship.protocols.completions",
    "ModelClient": "fellowship.interop.model_client",
    "ScenarioTeam": "fellowship.interop.team",
    "run": "fellowship.runners.run",
    "arun": "fellowship.runners.run",
    "verify": "fellowship.reruns.api",
    "averify": "fellowship.reruns.api",
    "fork": "fellowship.reruns.api",
    "afork": "fellowship.reruns.api",
    "RunSummary": "fellowship.runners.summary",
}

__all__ = [
    "Agent",
    "Argument",
    "Conversation",
    "Criterion",
    "Critique",
    "Debater",
    "Draft",
    "Generator",
    "Item",
    "Judge",
    "Juror",
    "Message",
    "ModelClient",
    "Persona",
    "PreferencePair",
    "Prompt",
    "Reviewer",
    "Rubric",
    "RunSummary",
    "Sampling",
    "ScenarioTeam",
    "Verdict",
    "Vote",
    "__version__",
    "afork",
    "arun",
    "averify",
    "fork",
    "run",
    "verify",
]

if TYPE_CHECKING:
    from fellowship.agents.agent import Agent
    from fellowship.agents.debater import Debater
    from fellowship.agents.generator import Generator
    from fellowship.agents.judge import Judge
    from fellowship.agents.juror import Juror
    from fellowship.agents.reviewer import Reviewer
    from fellowship.interop.model_client import ModelClient
    from fellowship.interop.team import ScenarioTeam
    from fellowship.protocols.completions import Sampling
    from fellowship.protocols.content import (
        Argument,
        Criterion,
        Critique,
        Draft,
        Persona,
        PreferencePair,
        Prompt,
        Rubric,
        Verdict,
        Vote,
    )
    from fellowship.protocols.interfaces import Conversation
    from fellowship.protocols.items import Item
    from fellowship.protocols.messages import Message
    from fellowship.reruns.api import afork, averify, fork, verify
    from fellowship.runners.run import arun, run
    from fellowship.runners.summary import RunSummary


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fellowship' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
