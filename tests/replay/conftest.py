from collections.abc import Iterator
from pathlib import Path

import pytest

from fellowship import Judge, run
from fellowship.replay.run_index import RunIndex
from fellowship.scenarios import debate, judge, panel
from fellowship.storage.recorded_run import RecordedRun
from fellowship.testing.scripted_provider import ScriptedProvider

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07[bold red]markup[/] \u202eright to left\u202c \x9b31m nul\x00 \rover\x08 日本語 \U000e0041"
)


@pytest.fixture(scope="session")
def debate_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "debate"
    question = {
        "prompt": "Why is the sky blue at noon but red at dusk?",
        "response_a": "Air scatters short waves more than long ones.",
        "response_b": "Because the ocean is blue. " * 200,
        "label": "A",
    }
    run(debate, prompts=[question] * 3, out=folder, debaters=panel("sim/mid"), quiet=True)
    return folder


@pytest.fixture(scope="session")
def hostile_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Conversation 0: repaired replies; 1: replies that stay unreadable. All texts are hostile."""
    folder = tmp_path_factory.mktemp("runs") / "hostile"

    def reply(request: object) -> str:
        readable = "c00000" in str(request.key) and request.attempt == 2  # type: ignore[attr-defined]
        return f"{HOSTILE}\nScore A: 3/10\nScore B: 5/10" if readable else HOSTILE

    question = {"id": HOSTILE, "prompt": HOSTILE, "response_a": HOSTILE, "response_b": "b"}
    provider = ScriptedProvider(reply)
    run(judge, prompts=[question] * 2, out=folder, judge=Judge("script/x"), providers={"script": provider}, quiet=True)
    return folder


@pytest.fixture
def debate_index(debate_folder: Path) -> Iterator[RunIndex]:
    with RecordedRun.open(debate_folder) as recorded:
        yield RunIndex(recorded)


@pytest.fixture
def hostile_index(hostile_folder: Path) -> Iterator[RunIndex]:
    with RecordedRun.open(hostile_folder) as recorded:
        yield RunIndex(recorded)
