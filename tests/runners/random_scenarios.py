"""Random scenarios as data, and the scenario that carries one out. They keep to the rules: a lane for each branch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from hypothesis import strategies as st

from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.completions import Request
from fellowship.protocols.content import Draft, Prompt, Verdict
from fellowship.protocols.errors import ProviderUnavailable, ReplyError
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.scenarios.concurrency import gather_in_order
from tests.runners.kit import drawn

AGENTS = 3


@dataclass(frozen=True)
class Ask:
    """An agent is asked about the prompt and the latest messages; a tolerant one puts down a failure and goes on."""

    agent: int
    n_seen: int
    tolerant: bool


@dataclass(frozen=True)
class Record:
    """A message that no model wrote."""

    author: str
    n_seen: int


@dataclass(frozen=True)
class Beside:
    """Branches at once, each in a lane of its own."""

    branches: tuple["Steps", ...]


Steps: TypeAlias = tuple[Ask | Record | Beside, ...]


def steps() -> st.SearchStrategy[Steps]:
    """Trees of at most a few levels; sizes are kept small, as there are several conversations of each."""
    ask = st.builds(Ask, st.integers(0, AGENTS - 1), st.integers(0, 3), st.booleans())
    record = st.builds(Record, st.sampled_from(["jury", "summary"]), st.integers(0, 3))
    simple = st.lists(ask | record, min_size=1, max_size=3).map(tuple)

    def deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        beside = st.builds(Beside, st.lists(inner, min_size=2, max_size=3).map(tuple))
        return st.lists(ask | record | beside, min_size=1, max_size=4).map(tuple)

    return st.recursive(simple, deeper, max_leaves=5)


def cast() -> list[Reviewer]:
    """The agents of every random scenario: a reply without a score is unreadable to them."""
    return [Reviewer("fake/any", name=f"reviewer_{i}") for i in range(AGENTS)]


async def follow(
    talk: Conversation, prompt: Message[Prompt], *, plan: Steps, agents: Sequence[Reviewer]
) -> Message[Any]:
    """The plan, step by step; its outcome is the last message."""
    said = await _follow(talk, prompt, plan, agents, [])
    return said[-1]


async def _follow(
    talk: Conversation, prompt: Message[Prompt], plan: Steps, agents: Sequence[Reviewer], before: Sequence[Message[Any]]
) -> list[Message[Any]]:
    said = list(before)
    for step in plan:
        if isinstance(step, Ask):
            said.append(await _ask(talk, agents[step.agent], [prompt, *_latest(said, step.n_seen)], step.tolerant))
        elif isinstance(step, Record):
            note = Draft(text=f"{step.author} has seen {len(said)} messages and the seed {talk.seed}")
            said.append(talk.record(note, *_latest(said, step.n_seen), author=step.author))
        else:
            branches = [
                _follow(talk.lane(f"branch_{i}"), prompt, branch, agents, said)
                for i, branch in enumerate(step.branches)
            ]
            for branch in await gather_in_order(*branches):
                said.extend(branch[len(before) :])
    return said


async def _ask(talk: Conversation, agent: Reviewer, messages: Sequence[Message[Any]], tolerant: bool) -> Message[Any]:
    if not tolerant:
        return await talk.ask(agent, *messages)
    try:
        return await talk.ask(agent, *messages)
    except ReplyError as error:
        return talk.record(Verdict.failure(str(error)), *messages, author=agent.name)


def _latest(said: Sequence[Message[Any]], n: int) -> list[Message[Any]]:
    return list(said[len(said) - n :]) if n <= len(said) else list(said)


@dataclass(frozen=True)
class Faults:
    """What goes wrong, as a function of the ask: unreadable replies, unreadable repairs, and no reply at all."""

    seed: int
    unreadable: float
    unrepaired: float
    unavailable: float

    def reply(self, request: Request) -> str | Exception:
        """The reply to a request."""
        if drawn(self.seed, "unavailable", request.key) < self.unavailable:
            return ProviderUnavailable(f"nobody answers {request.key}")
        mark = drawn(self.seed, request.key, request.attempt, request.messages)
        threshold = self.unreadable if request.attempt % 2 else self.unrepaired
        score = "" if mark < threshold else f"\nOverall score: {round(mark * 10, 1)}/10"
        return f"advice number {mark:.6f}{score}"
