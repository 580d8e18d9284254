"""A scenario carried out on one item by scripted models, and the models: voters, writers, reviewers."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fellowship.protocols.completions import Request
from fellowship.protocols.content import Draft, Verdict
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.items import Item
from fellowship.protocols.messages import Message
from fellowship.protocols.sections import read_section
from fellowship.runners.run import arun
from fellowship.storage.records import RecordedConversation
from fellowship.testing import ScriptedProvider
from tests.builders import an_item

MODEL = "scripted/x"
GOOD, BAD = "It is Canberra.", "It is Sydney."
PAIR = an_item(GOOD, BAD, models=("together/secret-llama", "together/secret-gemma"), label="B", id="secret-id")
UNREADABLE = "I had rather not say."

Model = Callable[[Request], str | Exception]


@dataclass(frozen=True)
class Carried:
    """One conversation as it was recorded, and the requests its models got."""

    conversation: RecordedConversation
    requests: list[Request]

    @property
    def outcome(self) -> Any:
        """The content of the message the scenario returned."""
        assert self.conversation.outcome is not None, self.conversation.error
        return self.conversation.outcome.content

    @property
    def inputs(self) -> dict[str, list[str]]:
        """What the author of each message saw."""
        return {message.id: list(message.inputs) for message in self.conversation.messages}

    @property
    def said(self) -> dict[str, Any]:
        """The content of each message."""
        return {message.id: message.content for message in self.conversation.messages}

    def asked(self, *lanes: str) -> list[str]:
        """The asks that reached a model, in a stable order; of all lanes if none is named."""
        keys = sorted({request.key for request in self.requests})
        return [str(key).removeprefix("c00000/") for key in keys if not lanes or key.lane in lanes]

    def shown(self, ask: str) -> str:
        """All that the model saw at the first attempt of an ask."""
        request = next(each for each in self.requests if str(each.key) == f"c00000/{ask}")
        return "\n".join(message["content"] for message in request.messages)


def carried_out(scenario: Any, model: Any, item: Item = PAIR, **arguments: Any) -> Carried:
    """The scenario on one item, in memory."""
    provider = ScriptedProvider(model)
    running = arun(scenario, prompts=[item], out=":memory:", quiet=True, providers={"scripted": provider}, **arguments)
    [conversation] = asyncio.run(running)
    return Carried(conversation, provider.requests)


def seats(request: Request) -> tuple[str, str]:
    """The texts in seats A and B."""
    text = next(message["content"] for message in request.messages if message["role"] == "user")
    return read_section("answer_a", text) or "", read_section("answer_b", text) or ""


def scores(a: float, b: float, *, out_of: float = 10) -> str:
    """A reply to combined scoring."""
    return f"So be it.\nScore A: {a:g}/{out_of:g}\nScore B: {b:g}/{out_of:g}"


def by_merit(points: Mapping[str, float]) -> Model:
    """Scores each answer by its text, wherever it sits."""

    def model(request: Request) -> str:
        a, b = seats(request)
        return scores(points[a], points[b])

    return model


def by_seat(a: float, b: float) -> Model:
    """Scores the seats, whoever sits there."""
    return lambda request: scores(a, b)


def in_one_order(lane: str, then: Model, otherwise: Model) -> Model:
    """One model in the lane of that name, another elsewhere."""
    return lambda request: (then if request.key.lane.split("/")[-1] == lane else otherwise)(request)


def by_agent(models: Mapping[str, Model]) -> Model:
    """Each agent its own model."""
    return lambda request: models[request.key.agent](request)


def unreadable(request: Request) -> str:
    """No usable reply, however often it is asked."""
    return UNREADABLE


PREFERS: Mapping[str, Model] = {
    "A": by_merit({GOOD: 8, BAD: 2}),
    "B": by_merit({GOOD: 2, BAD: 8}),
    "tie": by_seat(5, 5),
    "inconsistent": by_seat(8, 2),
    "failed": unreadable,
}


class Decided:
    """A comparison that asks nobody: it gives its decisions in turn, and remembers what it was given."""

    def __init__(self, *decisions: str) -> None:
        self.decisions = decisions
        self.met: list[tuple[str, str]] = []

    async def __call__(
        self, talk: Conversation, prompt: Message[Any], a: Message[Draft], b: Message[Draft]
    ) -> Message[Verdict]:
        """The next decision."""
        decision = self.decisions[len(self.met)]
        self.met.append((a.content.text, b.content.text))
        verdict = Verdict.model_validate({"decision": decision, "reason": "x" if decision == "failed" else None})
        return talk.record(verdict, a, b, author="decided")
