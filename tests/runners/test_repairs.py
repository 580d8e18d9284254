"""What a user gets wrong first and puts right then: told early, and no obstacle afterwards."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.completions import Request
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import ConfigurationError, InputError, ProviderUnavailable, SharedFailure, StoreError
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.runners.run import run
from fellowship.scenarios import answer
from fellowship.storage.items import read_items
from fellowship.storage.recorded_run import JOURNAL
from fellowship.testing import ScriptedProvider
from tests.cli.kit import lines_of


def failing(request: Request) -> str:
    """A server that is down."""
    raise ProviderUnavailable("no server is listening")


def started(folder: Path, provider: ScriptedProvider, *, model: str = "fake/any", prompts: int = 3) -> Any:
    """A run of so many answers."""
    questions = [f"question {i}" for i in range(prompts)]
    return run(answer, prompts=questions, out=folder, providers={"fake": provider}, generator=Generator(model))


def test_a_provider_that_never_answers_stops_the_run_early(tmp_path: Path) -> None:
    """Few are tried, and the error says what was wrong with them."""
    provider = ScriptedProvider(failing)

    with pytest.raises(SharedFailure, match=r"none of \d+ conversations got through: ProviderUnavailable"):
        run(
            answer,
            prompts=[f"question {i}" for i in range(500)],
            out=tmp_path,
            concurrency=10,
            providers={"fake": provider},
            generator=Generator("fake/any"),
        )

    assert 10 <= provider.n_calls < 40


def test_a_provider_that_fails_often_stops_no_run(tmp_path: Path) -> None:
    """The first prompt is answered, the next forty are not; what comes after them is asked all the same."""

    def moody(request: Request) -> str:
        if 0 < int(request.messages[0]["content"]) <= 40:
            raise ProviderUnavailable("busy")
        return "fine"

    summary = run(
        answer,
        prompts=[str(i) for i in range(60)],
        out=tmp_path,
        concurrency=1,
        providers={"fake": ScriptedProvider(moody)},
        generator=Generator("fake/any"),
    )

    assert (summary.n_finished, summary.n_failed) == (20, 40)


def test_a_run_without_a_single_reply_may_be_started_otherwise(tmp_path: Path) -> None:
    """A misspelt model is no reason to refuse the right one."""
    assert started(tmp_path, ScriptedProvider(failing), model="fake/misspelt").n_failed == 3

    assert started(tmp_path, ScriptedProvider(lambda request: "fine"), model="fake/right").n_finished == 3


def test_a_run_with_replies_is_not_started_otherwise(tmp_path: Path) -> None:
    """The difference is shown where it begins."""
    started(tmp_path, ScriptedProvider(lambda request: "fine"))

    with pytest.raises(ConfigurationError, match=r"agents.generator.model was 'fake/any', is 'fake/other'"):
        started(tmp_path, ScriptedProvider(lambda request: "fine"), model="fake/other")


def test_a_missing_await_is_named(tmp_path: Path) -> None:
    """In an ask and in what the scenario returns."""

    async def forgetful(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        draft = talk.ask(generator, prompt)
        try:
            return await talk.ask(generator, prompt, draft)  # type: ignore[arg-type]
        finally:
            draft.close()

    summary = run(
        forgetful,
        prompts=["one"],
        out=tmp_path,
        providers={"fake": ScriptedProvider(["a"])},
        generator=Generator("fake/any"),
    )

    (row,) = summary.rows()
    assert row["error"] == (
        "TypeError: agent 'generator' was asked about coroutine; expected messages; is an `await` missing?"
    )


def test_a_bug_in_a_scenario_is_shown_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first of its kind with its place, the others in the record only."""

    async def broken(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        raise KeyError("rubric")

    summary = run(broken, prompts=["a", "b", "c"], out=tmp_path, generator=Generator("sim/mid"), quiet=True)

    assert summary.n_failed == 3
    assert capsys.readouterr().err.count("Traceback") == 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [{"prompt": "a", "response_a": "x", "response_b": "y", "label": n} for n in (0, 1)],
            ": column 'label': only 0 and 1 occur, which may mean tie and A, or A and B; write A, B and tie",
        ),
        ([{"prompt": "a", "Label": "A"}], ":1: column 'Label': did you mean 'label'?"),
        ([{"prompt": "a", "response-a": "x"}], ":1: column 'response-a': did you mean 'response_a'?"),
    ],
    ids=["0 and 1", "case", "dash"],
)
def test_labels_that_would_be_misread_or_ignored_are_refused(
    rows: list[dict[str, Any]], message: str, tmp_path: Path
) -> None:
    """Silence here would be wrong data."""
    path = tmp_path / "x.jsonl"
    path.write_text(lines_of(rows))

    with pytest.raises(InputError) as raised:
        list(read_items(path))

    assert str(raised.value) == f"{path}{message}"


def compared(n: int, label: object) -> dict[str, object]:
    """A row of two answers."""
    return {"prompt": f"question {n}", "response_a": "x", "response_b": "y", "label": label}


def test_labels_0_1_and_2_need_a_tie_of_1_5(tmp_path: Path) -> None:
    """Without it they may be classes that count from 0; an empty label is none."""
    path = tmp_path / "x.jsonl"
    path.write_text(lines_of([compared(n, label) for n, label in enumerate((0, 1, 2, ""))]))

    with pytest.raises(InputError, match="only 0 and 1 and 2 occur"):
        list(read_items(path))

    path.write_text(lines_of([compared(n, label) for n, label in enumerate((0, 1, 2, 1.5, ""))]))
    assert [item.label for item in read_items(path)] == ["tie", "A", "B", "tie", None]


def test_a_journal_of_a_newer_schema_is_refused(tmp_path: Path) -> None:
    """It may hold what this version would lose."""
    started(tmp_path, ScriptedProvider(lambda request: "fine"))
    connection = sqlite3.connect(tmp_path / JOURNAL)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StoreError, match="schema version 99"):
        started(tmp_path, ScriptedProvider(lambda request: "fine"))
