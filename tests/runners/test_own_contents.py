"""Outcomes of own content classes: the same values after a run, after a further start, and in verify."""

import asyncio
import json
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from fellowship.agents.agent import Agent
from fellowship.protocols.content import Prompt
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.reruns.api import averify
from fellowship.runners.own_contents import own_contents
from fellowship.runners.run import arun
from fellowship.testing import ScriptedProvider
from tests.cli.kit import run_in_child

REPLY = {"level": "h", "due": "2024-02-29", "words": ["b", "a"], "weight": "Infinity"}


class Level(Enum):
    low = "l"
    high = "h"


class Planned(BaseModel):
    level: Level
    due: date
    words: set[str]
    weight: float


class Counted(BaseModel):
    n: tuple[int, ...]


class Planner(Agent[Planned]):
    """Plans."""

    instructions = "Plan."


async def planned(talk: Conversation, prompt: Message[Prompt], *, planner: Planner) -> Message[Planned]:
    return await talk.ask(planner, prompt)


async def counted(talk: Conversation, prompt: Message[Prompt], *, planner: Planner) -> Message[Counted]:
    """The outcome is not a reply."""
    plan = await talk.ask(planner, prompt)
    return talk.record(Counted(n=(1, len(plan.content.words))), plan, author="counter")


def outcomes(scenario: Any, out: Path, providers: dict[str, Any]) -> list[Any]:
    options: Any = {"out": out, "providers": providers, "quiet": True, "planner": Planner("fake/m")}
    summary = asyncio.run(arun(scenario, prompts=["Q?"], **options))
    return [each.outcome.content for each in summary if each.outcome is not None]


def test_the_outcome_has_its_class_after_both_starts(tmp_path: Path) -> None:
    plan = Planned(level=Level.high, due=date(2024, 2, 29), words={"a", "b"}, weight=float("inf"))

    assert outcomes(planned, tmp_path, {"fake": ScriptedProvider({"planner": json.dumps(REPLY)})}) == [plan]
    assert outcomes(planned, tmp_path, {"fake": ScriptedProvider({})}) == [plan]


def test_a_recorded_outcome_has_its_class_although_no_agent_writes_it(tmp_path: Path) -> None:
    outcomes(counted, tmp_path, {"fake": ScriptedProvider({"planner": json.dumps(REPLY)})})

    assert outcomes(counted, tmp_path, {"fake": ScriptedProvider({})}) == [Counted(n=(1, 2))]


def test_verify_finds_no_difference_in_typed_values(tmp_path: Path) -> None:
    provider = ScriptedProvider({"planner": json.dumps(REPLY)})
    outcomes(planned, tmp_path, {"fake": provider})

    found = asyncio.run(averify(planned, of=tmp_path, planner=Planner("fake/m"), providers={"fake": provider}))

    assert (found.n_conversations, found.differences) == (1, ())


def test_a_name_of_two_classes_has_none() -> None:
    def one() -> type[BaseModel]:
        class Twofold(BaseModel):
            a: int

        return Twofold

    first, second = one(), one()

    assert first is not second
    assert own_contents(planned, [])("TwofoldMessage") is None


def test_a_class_in_a_function_is_found_by_what_the_scenario_uses() -> None:
    class Local(BaseModel):
        a: int

    async def scenario(talk: Any, prompt: Any) -> Any:
        return talk.record(Local(a=1), prompt, author="x")

    assert own_contents(scenario, [])("LocalMessage") is Local
    assert own_contents(scenario, [])("NobodysMessage") is None


SCRIPT = """
from pydantic import BaseModel
from fellowship import Agent, Generator, run
from fellowship.testing import ScriptedProvider

class Tags(BaseModel):
    tags: set[str]

class Tagger(Agent[Tags]):
    instructions = "Tag."

async def tagged(talk, prompt, *, tagger, generator):
    return await talk.ask(generator, prompt, await talk.ask(tagger, prompt))

replies = {"tagger": '{"tags": ["alpha", "beta", "gamma", "delta", "epsilon"]}', "generator": "Done."}
provider = ScriptedProvider(replies)
run(tagged, prompts=["Q?"], out="tagged", tagger=Tagger("fake/m"), generator=Generator("fake/m"), quiet=True,
    providers={"fake": provider})
"""


def test_a_set_in_a_reply_does_not_change_later_requests_in_another_process(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    run_in_child("run", "script.py", cwd=tmp_path, environment={"PYTHONHASHSEED": "1"})

    seen = [run_in_child("verify", "tagged", cwd=tmp_path, environment={"PYTHONHASHSEED": seed}) for seed in ("2", "3")]

    assert [(each.code, each.out) for each in seen] == [(0, "1 conversations, 2 recorded replies: 0 differences\n")] * 2
