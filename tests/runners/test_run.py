"""`run` and `arun`: arguments, overrides, settings on disk."""

import asyncio
import tomllib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import numpy as np
import pytest

from fellowship.agents.agent import Agent
from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.reading import READING_VERSION
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.items import Item
from fellowship.protocols.messages import Message
from fellowship.runners.overrides import Overrides, current_overrides, overriding
from fellowship.runners.run import arun, run
from fellowship.scenarios.judge import judge
from fellowship.testing import ScriptedProvider
from tests.runners.kit import COMPARISONS, MODEL, one_answer, scripted_run, told

VERDICT = "Score A: 7/10\nScore B: 5/10"


def test_run_inside_a_running_loop_says_what_to_write() -> None:
    """As in a notebook."""

    async def notebook() -> None:
        run(one_answer, prompts=["one"], out=":memory:", generator=Generator("sim/mid"))

    with pytest.raises(ConfigurationError) as caught:
        asyncio.run(notebook())

    assert str(caught.value) == (
        "an event loop is already running here, as in a notebook: write `await arun(...)` instead of `run(...)`"
    )


async def needs_rounds(talk: Conversation, prompt: Message[Prompt], *, generator: Generator, rounds: int) -> Any:
    """A scenario with an argument that has no default."""


async def compares(talk: Conversation, prompt: Message[Prompt], a: Message[Draft], b: Message[Draft]) -> Any:
    """A scenario of two drafts."""


async def too_short(talk: Conversation) -> Any:
    """A scenario without a prompt."""


SIGNATURES: list[tuple[Any, dict[str, Any], str]] = [
    (needs_rounds, {"generator": Generator("sim/mid")}, "missing a required argument: 'rounds'"),
    (needs_rounds, {"generator": 1, "rounds": 1, "n_rounds": 2}, "got an unexpected keyword argument 'n_rounds'"),
    (compares, {"a": "text"}, "multiple values for argument 'a'"),
    (too_short, {}, "too many positional arguments"),
]  # fmt: skip


@pytest.mark.parametrize(("scenario", "arguments", "problem"), SIGNATURES, ids=["missing", "unknown", "twice", "short"])
def test_arguments_that_do_not_fit_the_scenario_are_told(
    tmp_path: Path, scenario: Any, arguments: dict[str, Any], problem: str
) -> None:
    """Before anything is written."""
    with pytest.raises(ConfigurationError) as caught:
        run(scenario, prompts=["one"], out=tmp_path / "run", **arguments)

    assert str(caught.value).startswith(f"scenario {scenario.__name__}: {problem}; it ")
    assert not (tmp_path / "run").exists()


PROMPTS: dict[str, Any] = {
    "texts": ["What is it?"],
    "chats": [[{"role": "user", "content": "What is it?"}]],
    "rows": [{"prompt": "What is it?", "id": 7}],
    "prompts": [Prompt.of("What is it?")],
    "items": [Item(prompt=Prompt.of("What is it?"))],
    "a generator": (text for text in ["What is it?"]),
}


@pytest.mark.parametrize("kind", PROMPTS)
def test_prompts_come_in_many_forms(kind: str) -> None:
    """All of them pose the same question."""
    provider = ScriptedProvider(told)

    scripted_run(one_answer, ":memory:", provider, prompts=PROMPTS[kind])

    assert provider.requests[0].messages == ({"role": "user", "content": "What is it?"},)


BAD_PROMPTS: list[tuple[Any, str]] = [
    ([], "there are no prompts; expected at least one"),
    (["fine", 5], "prompts[1]: expected a JSON object with a column 'prompt', got a number"),
    (["fine", " "], "prompts[1]: column 'prompt': a prompt has a text that is not blank"),
    ([{"text": "x"}], "prompts[0]: column 'prompt': missing; the columns are: text"),
    (
        [{"prompt": "x", "response_a": "y", "response_b": "z", "votes": 5}],
        "prompts[0]: column 'votes': expected a list of labels, got a number",
    ),
    (
        [[{"role": "tool", "content": "x"}]],
        "prompts[0]: column 'prompt': chat.0.role: Input should be 'system', 'user' or 'assistant'",
    ),
]


@pytest.mark.parametrize(("prompts", "message"), BAD_PROMPTS)
def test_a_prompt_that_cannot_be_used_is_told_by_its_place(prompts: Any, message: str) -> None:
    """And by its column, where it has columns."""
    with pytest.raises(ConfigurationError) as caught:
        scripted_run(one_answer, ":memory:", ScriptedProvider([]), prompts=prompts)

    assert str(caught.value) == message


def test_a_comparison_without_answers_is_told_by_its_place() -> None:
    """The scenario says how many it needs."""
    with pytest.raises(ConfigurationError, match=r"^prompts\[0\] has 0 answers, but the scenario compares 2$"):
        scripted_run(judge, ":memory:", ScriptedProvider([]), prompts=["one"], judge=Judge(MODEL))


@pytest.mark.parametrize("concurrency", [0, -3])
def test_at_least_one_conversation_is_under_way(concurrency: int) -> None:
    """Otherwise nothing could be."""
    with pytest.raises(ConfigurationError, match=f"^concurrency is {concurrency}; expected at least 1$"):
        scripted_run(one_answer, ":memory:", ScriptedProvider([]), concurrency=concurrency)


def test_the_command_line_goes_before_the_script_and_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--model ROLE=, then --model, then FELLOWSHIP_MODEL, then the script's."""
    monkeypatch.setenv("FELLOWSHIP_MODEL", "fake/environment")

    def model(**overrides: Any) -> str:
        provider = ScriptedProvider(told)
        with overriding(Overrides(**overrides)):
            scripted_run(one_answer, ":memory:", provider, prompts=["one"])
        return provider.requests[0].model

    assert model() == "fake/environment"
    assert model(default_model="fake/everyone") == "fake/everyone"
    assert model(default_model="fake/everyone", models={"generator": "fake/role"}) == "fake/role"
    monkeypatch.setenv("FELLOWSHIP_MODEL", "")
    assert model() == MODEL


def test_overrides_hold_inside_their_block_only(tmp_path: Path) -> None:
    """Prompts, folder, n and seed of the command line."""
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"prompt": "from the file"}\n' * 3)

    with overriding(Overrides(prompts=prompts, out=tmp_path / "there", n=2, seed=9)):
        summary = scripted_run(one_answer, tmp_path / "here", ScriptedProvider(told))

    assert (summary.folder, len(summary)) == (tmp_path / "there", 2)
    assert tomllib.loads((tmp_path / "there/config.resolved.toml").read_text())["seed"] == 9
    assert not (tmp_path / "here").exists()
    assert current_overrides() == Overrides()


def test_the_settings_of_a_run_are_toml_without_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    monkeypatch.setenv("FELLOWSHIP_API_KEY", "sk-canary")

    scripted_run(one_answer, tmp_path, ScriptedProvider(told), seed=3)

    assert tomllib.loads((tmp_path / "config.resolved.toml").read_text()) == {
        "scenario": "one_answer",
        "scenario_digest": ANY,
        "own_code": {"modules": {}, "values": {}, "files": {}},
        "reading_version": READING_VERSION,
        "seed": 3,
        "arguments": {"generator": "agent generator"},
        "agents": {
            "generator": {
                "role": "Generator",
                "kind": "generator",
                "model": MODEL,
                "system": "",
                "sampling": {"temperature": 0.7, "max_tokens": 2048},
                "repairs": 1,
            }
        },
    }
    for file in tmp_path.iterdir():
        assert b"sk-canary" not in file.read_bytes()


class Plain:
    """An argument whose repr has an address in it."""


@dataclass(frozen=True)
class Pair:
    """An argument with an agent inside."""

    generator: Agent[Any]
    limit: float


def odd_arguments() -> dict[str, Any]:
    return {
        "object": Plain(),
        "pair": Pair(Generator(MODEL), 0.5),
        "function": told,
        "lambda": lambda: None,
        "partial": partial(print, 1, x=Plain()),
        "numpy": np.float64(0.25),
        "many": [1, "two", None, {"three": Plain()}],
        "quotes": "a \"quoted\" 'text'\nwith two lines\\",
    }


def test_arguments_of_any_kind_are_the_same_at_the_next_start(tmp_path: Path) -> None:
    """No setting depends on where an object lies in memory."""

    async def taking(talk: Conversation, prompt: Message[Prompt], **odd: Any) -> Message[Draft]:
        draft: Message[Draft] = await talk.ask(odd["pair"].generator, prompt)
        return draft

    scripted_run(taking, tmp_path, ScriptedProvider(told), odd=None, **odd_arguments())
    again = scripted_run(taking, tmp_path, ScriptedProvider([]), odd=None, **odd_arguments())

    assert again.n_asked == 0
    assert tomllib.loads((tmp_path / "config.resolved.toml").read_text())["arguments"] == {
        "object": "Plain",
        "pair": {"generator": "agent generator_1", "limit": 0.5},
        "function": "told",
        "lambda": "<lambda>",
        "partial": {"call": "print", "given": [1], "x": "Plain"},
        "numpy": 0.25,
        "many": [1, "two", "None", {"three": "Plain"}],
        "quotes": "a \"quoted\" 'text'\nwith two lines\\",
        "generator": "agent generator_2",
    }


def test_agents_of_a_partial_scenario_belong_to_the_cast(tmp_path: Path) -> None:
    """Evaluators are scenarios with their agents filled in: their models are settings, and can be replaced."""
    provider = ScriptedProvider(lambda request: VERDICT)

    def start(model: str) -> Any:
        scenario = partial(judge, judge=Judge(model))
        main = arun(scenario, prompts=COMPARISONS, out=tmp_path, quiet=True, providers={"fake": provider})
        return asyncio.run(main)

    start("fake/one")
    with pytest.raises(ConfigurationError, match=r"agents\.judge\.model was 'fake/one', is 'fake/other'"):
        start("fake/other")
    with overriding(Overrides(default_model="fake/one")):
        start("nobody/serves-this")

    assert {request.model for request in provider.requests} == {"fake/one"}


def test_a_summary_is_one_line_and_rows() -> None:
    """The line says that it is simulated."""
    summary = scripted_run(one_answer, ":memory:", ScriptedProvider(told))

    assert str(summary) == "[SIM] one_answer: 3 conversations, 3 finished, 0 failed · 3 asked now"
    assert summary.rows()[0] == {
        "conversation": "c00000",
        "item": None,
        "status": "finished",
        "fault": None,
        "error": None,
        "label": None,
        "author": "generator",
        "text": "reply to c00000/generator.0, attempt 1",
        "truncated": False,
    }
    assert list(summary.frame()["conversation"]) == ["c00000", "c00001", "c00002"]
