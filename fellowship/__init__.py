"""fellowship: LLM evaluators that agree with people, generator/reviewer pairings that win, preference data from both.

Names load on first use, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_EXPORTED = {  # names by module
    "fellowship.agents.agent": "Agent",
    "fellowship.agents.debater": "Debater",
    "fellowship.agents.generator": "Generator",
    "fellowship.agents.judge": "Judge",
    "fellowship.agents.juror": "Juror",
    "fellowship.agents.reviewer": "Reviewer",
    "fellowship.interop.model_client": "ModelClient",
    "fellowship.interop.team": "ScenarioTeam",
    "fellowship.protocols.completions": "Sampling",
    "fellowship.protocols.content": (
        "Argument Criterion Critique Draft Persona PreferencePair Prompt Rubric Verdict Vote"
    ),
    "fellowship.protocols.interfaces": "Conversation",
    "fellowship.protocols.items": "Item",
    "fellowship.protocols.messages": "Message",
    "fellowship.reruns.api": "afork averify fork verify",
    "fellowship.runners.run": "arun run",
    "fellowship.runners.summary": "RunSummary",
}
_HOMES = {name: module for module, names in _EXPORTED.items() for name in names.split()}

__all__ = sorted(("__version__", *_HOMES))  # pyright: ignore[reportUnsupportedDunderAll] - they read the imports below

if TYPE_CHECKING:
    from fellowship.agents.agent import Agent as Agent
    from fellowship.agents.debater import Debater as Debater
    from fellowship.agents.generator import Generator as Generator
    from fellowship.agents.judge import Judge as Judge
    from fellowship.agents.juror import Juror as Juror
    from fellowship.agents.reviewer import Reviewer as Reviewer
    from fellowship.interop.model_client import ModelClient as ModelClient
    from fellowship.interop.team import ScenarioTeam as ScenarioTeam
    from fellowship.protocols.completions import Sampling as Sampling
    from fellowship.protocols.content import Argument as Argument
    from fellowship.protocols.content import Criterion as Criterion
    from fellowship.protocols.content import Critique as Critique
    from fellowship.protocols.content import Draft as Draft
    from fellowship.protocols.content import Persona as Persona
    from fellowship.protocols.content import PreferencePair as PreferencePair
    from fellowship.protocols.content import Prompt as Prompt
    from fellowship.protocols.content import Rubric as Rubric
    from fellowship.protocols.content import Verdict as Verdict
    from fellowship.protocols.content import Vote as Vote
    from fellowship.protocols.interfaces import Conversation as Conversation
    from fellowship.protocols.items import Item as Item
    from fellowship.protocols.messages import Message as Message
    from fellowship.reruns.api import afork as afork
    from fellowship.reruns.api import averify as averify
    from fellowship.reruns.api import fork as fork
    from fellowship.reruns.api import verify as verify
    from fellowship.runners.run import arun as arun
    from fellowship.runners.run import run as run
    from fellowship.runners.summary import RunSummary as RunSummary


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fellowship' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
