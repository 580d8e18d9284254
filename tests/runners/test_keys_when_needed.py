"""What will not be asked is not opened: finished runs need no key, nor does a model that has nothing left to answer."""

from pathlib import Path
from typing import Any

import pytest

from fellowship import fork
from fellowship.agents.generator import Generator
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import ConfigurationError, ProviderTimeout
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.testing import ScriptedProvider
from tests.runners.kit import scripted_run, told

PROMPTS = ["one", "two"]
AGENTS = {"first": Generator("openai/first", name="first"), "second": Generator("mistral/second", name="second")}


async def both(talk: Conversation, prompt: Message[Prompt], *, first: Generator, second: Generator) -> Message[Draft]:
    """A draft of each model."""
    return await talk.ask(second, prompt, await talk.ask(first, prompt))


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "MISTRAL_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def carried_out(folder: Path, providers: dict[str, Any], **more: Any) -> Any:
    import asyncio

    from fellowship.runners.run import arun

    options = {"prompts": PROMPTS, "out": folder, "quiet": True, "providers": providers, **AGENTS, **more}
    return asyncio.run(arun(both, **options))


def test_a_finished_run_needs_no_key(tmp_path: Path) -> None:
    """Nor a price, though it has a budget."""
    carried_out(tmp_path, {"openai": ScriptedProvider(told), "mistral": ScriptedProvider(told)})

    assert carried_out(tmp_path, {}, budget=1).n_asked == 0


def test_a_new_run_needs_the_keys_of_all_models_before_anything_is_written(tmp_path: Path) -> None:
    """Also that of the second model, which is asked later."""
    with pytest.raises(ConfigurationError, match="MISTRAL_API_KEY"):
        carried_out(tmp_path / "run", {"openai": ScriptedProvider(told)})

    assert not (tmp_path / "run").exists()


def test_a_model_with_nothing_left_to_answer_needs_no_key(tmp_path: Path) -> None:
    """The first model has answered all; only the second is asked in the next start."""
    late = ScriptedProvider(lambda request: ProviderTimeout("gone"))
    carried_out(tmp_path, {"openai": ScriptedProvider(told), "mistral": late})

    summary = carried_out(tmp_path, {"mistral": ScriptedProvider(told)})

    assert (summary.n_finished, summary.n_asked) == (2, 2)


def test_a_key_that_is_needed_after_all_stops_a_continued_run(tmp_path: Path) -> None:
    """At the first request to its model; a further prompt needs both models."""
    carried_out(tmp_path, {"openai": ScriptedProvider(told), "mistral": ScriptedProvider(told)})

    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        carried_out(tmp_path, {"mistral": ScriptedProvider([])}, prompts=[*PROMPTS, "three"])


def test_a_run_that_never_began_needs_its_keys(tmp_path: Path) -> None:
    """An empty folder has no replies."""
    (tmp_path / "run").mkdir()

    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        scripted_run(both, tmp_path / "run", ScriptedProvider([]), **AGENTS)

    assert not any((tmp_path / "run").iterdir())


def test_a_fork_needs_the_keys_of_changed_agents_only(tmp_path: Path) -> None:
    """The others are answered from the record, where their requests are the same."""
    folder = tmp_path / "run"
    carried_out(folder, {"openai": ScriptedProvider(told), "mistral": ScriptedProvider(told)})

    summary = fork(both, of=folder, conversation="c00000", models={"second": "sim/mid"}, **AGENTS)

    assert (summary.n_finished, summary.n_asked) == (1, 1)
    with pytest.raises(ConfigurationError, match="MISTRAL_API_KEY"):
        fork(both, of=folder, conversation="c00000", models={"second": "mistral/other"}, **AGENTS)


@pytest.mark.parametrize("character", ["天", "あ", "한", "ж"])
def test_simulated_models_count_tokens_of_every_script(tmp_path: Path, character: str) -> None:
    """With too few of them a prompt would look like one that was read in part."""
    agents = {name: Generator("sim/mid", name=name) for name in AGENTS}

    summary = carried_out(tmp_path, {}, prompts=[character * 40 * n for n in (2, 20, 60)], **agents)

    assert (summary.n_finished, summary.n_failed) == (3, 0)
