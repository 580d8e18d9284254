"""The log in a run's folder: what it says, what it never says, and that it holds nobody up."""

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from fellowship.agents.generator import Generator
from fellowship.protocols.completions import Completion, Request, Usage
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import ProviderRefused, ProviderUnavailable, RateLimited, RunStopped
from fellowship.protocols.events import get_logger, log_of_run
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.protocols.quota import Quota
from fellowship.runners.run import arun
from fellowship.telemetry import run_log
from fellowship.telemetry.run_log import LineWriter, run_log_file
from fellowship.testing import ScriptedProvider
from tests.runners.kit import MODEL, improved, jumping, one_answer, scripted_run, told

CANARIES = ("canary-prompt", "canary-reply", "canary-key", "canary-error", "canary-context")


def logged(folder: Path) -> list[dict[str, Any]]:
    """The lines of a run's log; fails if one is no JSON."""
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def without_times(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in ("time", "duration_s")}


def usual(request: Request) -> Completion | Exception:
    """The second conversation's provider is down."""
    if request.key.conversation == "c00001":
        return ProviderUnavailable("down")
    return Completion("text", usage=Usage(10, 5))


def test_a_run_tells_its_beginning_each_conversation_and_its_end(tmp_path: Path) -> None:
    """One line each, with the run and the conversation bound."""
    scripted_run(improved, tmp_path, ScriptedProvider(usual), concurrency=1)

    run, info = {"run": str(tmp_path)}, {"level": "info"}
    none = {"n_asks": 0, "n_messages": 1, "prompt_tokens": 0, "completion_tokens": 0}
    two = {"n_asks": 2, "n_messages": 3, "prompt_tokens": 20, "completion_tokens": 10}
    begun = {"scenario": "improved", "seed": 0, "models": ["fake/any"], "n_conversations": 3, "n_pending": 3}
    ended = {"n_finished": 2, "n_failed": 1, "n_open": 0, "n_asks": 5, "stopped_by": None}
    done = {"event": "conversation_finished", "status": "finished", "fault": None}
    lost = {"event": "conversation_finished", "status": "failed", "fault": "provider"}
    assert [without_times(each) for each in logged(tmp_path)] == [
        {"event": "run_begun", **info, **begun, **run},
        {**done, **info, **two, **run, "conversation_id": "c00000"},
        {**lost, **info, **none, **run, "conversation_id": "c00001"},
        {**done, **info, **two, **run, "conversation_id": "c00002"},
        {"event": "run_ended", **info, **ended, **run},
    ]
    assert all(each["time"].endswith("Z") for each in logged(tmp_path))


def test_a_second_start_appends(tmp_path: Path) -> None:
    """Even behind a line that a kill has torn."""
    scripted_run(one_answer, tmp_path, ScriptedProvider(told))
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write('{"event": "to')
    scripted_run(one_answer, tmp_path, ScriptedProvider(told))

    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert lines[5] == '{"event": "to'
    assert [json.loads(line)["event"] for line in lines[6:]] == ["run_begun", "run_ended"]
    assert json.loads(lines[6])["n_pending"] == 0


def test_what_stopped_a_run_is_told(tmp_path: Path) -> None:
    """By its kind."""

    def refusing(request: Request) -> str | Exception:
        return ProviderRefused("no money") if request.key.conversation == "c00001" else "text"

    with pytest.raises(RunStopped):
        scripted_run(one_answer, tmp_path, ScriptedProvider(refusing), concurrency=1)

    last = logged(tmp_path)[-1]
    assert (last["event"], last["stopped_by"], last["n_open"]) == ("run_ended", "ProviderRefused", 2)


def test_a_run_in_memory_keeps_no_log() -> None:
    """Nor does anything outside of runs."""
    scripted_run(one_answer, ":memory:", ScriptedProvider(told))

    assert log_of_run.get() is None


def test_no_canary_of_prompt_reply_key_or_error_is_in_the_log(tmp_path: Path) -> None:
    """Not even where a scenario's or a provider's error repeats them, or the program has bound one."""

    def echoing(request: Request) -> str | Exception:
        said = " ".join(message["content"] for message in request.messages)
        if request.key.conversation == "c00001":
            return ProviderUnavailable(f"canary-error: cannot answer {said} with canary-key")
        return "canary-reply"

    async def buggy(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        draft = await talk.ask(generator, prompt)
        if talk.id == "c00002":
            raise ExceptionGroup(
                "canary-error", [ValueError(f"canary-error {prompt.content.text} {draft.content.text}")]
            )
        return draft

    with structlog.contextvars.bound_contextvars(secret="canary-context"):
        scripted_run(buggy, tmp_path, ScriptedProvider(echoing), prompts=["canary-prompt"] * 3)

    text = (tmp_path / "log.jsonl").read_text()
    assert [each for each in CANARIES if each in text] == []
    (failed,) = [each for each in logged(tmp_path) if each["event"] == "conversation_failed"]
    assert failed["error"] == "ValueError"
    assert failed["level"] == "warning"
    assert failed["conversation_id"] == "c00002"
    assert failed["at"].startswith("test_run_log.py:")


class Limited(ScriptedProvider):
    """One that has a quota, and so a gate."""

    quota = Quota("fake")


def test_requests_made_again_and_pauses_are_told_without_the_texts_of_the_server(tmp_path: Path) -> None:
    """Each with the conversation it happened to."""
    wrong = {1: ProviderUnavailable("canary-error"), 2: RateLimited("canary-error", retry_after_s=3.0)}
    provider = Limited(lambda request: wrong.pop(provider.n_calls, "canary-reply"))
    options: dict[str, Any] = {
        "quiet": True,
        "concurrency": 1,
        "generator": Generator(MODEL),
        "providers": {"fake": provider},
    }

    jumping(arun(one_answer, prompts=["canary-prompt"], out=tmp_path, **options))

    begun, again, paused, guessed, once_more, *_ = logged(tmp_path)
    told_ = {"model": MODEL, "agent": "generator", "run": str(tmp_path), "conversation_id": "c00000", "level": "info"}
    assert (begun["event"], guessed["event"]) == ("run_begun", "limit_guessed")
    assert without_times(again) == {
        **told_, "event": "request_made_again", "error": "ProviderUnavailable", "n_failed": 1, "n_rejected": 0
    }  # fmt: skip
    assert (paused["event"], paused["quota"], paused["conversation_id"]) == ("quota_paused", "fake", "c00000")
    assert (once_more["error"], once_more["n_failed"], once_more["n_rejected"]) == ("RateLimited", 1, 1)
    text = (tmp_path / "log.jsonl").read_text()
    assert [each for each in CANARIES if each in text] == []


def test_the_programs_own_structlog_is_left_as_it_is(tmp_path: Path) -> None:
    """It gets the events as before, and the log does not depend on what it does with them."""
    seen: list[Any] = []

    def swallowing(_: Any, __: str, event: Any) -> Any:
        seen.append(dict(event))
        raise structlog.DropEvent

    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, swallowing], cache_logger_on_first_use=False
    )
    before = structlog.get_config()
    scripted_run(one_answer, tmp_path, ScriptedProvider(told))

    assert structlog.get_config() == before
    assert [each["event"] for each in seen] == [each["event"] for each in logged(tmp_path)]
    assert seen[1]["conversation_id"] == "c00000"


def test_nothing_of_the_log_is_left_bound_behind_a_run(tmp_path: Path) -> None:
    """A program that goes on logs as before."""
    scripted_run(one_answer, tmp_path, ScriptedProvider(told))

    assert structlog.contextvars.get_contextvars() == {}
    assert log_of_run.get() is None


def test_a_full_disk_is_told_once_and_the_run_goes_on(tmp_path: Path) -> None:
    """On standard error, where the program says so."""
    (tmp_path / "log.jsonl").symlink_to("/dev/full")

    with capture_logs() as captured:
        summary = scripted_run(one_answer, tmp_path, ScriptedProvider(told))

    assert summary.n_finished == 3
    told_ = [each for each in captured if each["event"] == "log_not_written"]
    assert told_ == [
        {
            "event": "log_not_written",
            "log_level": "warning",
            "path": str(tmp_path / "log.jsonl"),
            "error": "No space left on device",
        }
    ]


def test_a_log_that_cannot_be_opened_is_told_and_the_run_goes_on(tmp_path: Path) -> None:
    """Such as a folder of that name."""
    (tmp_path / "log.jsonl").mkdir()

    with capture_logs() as captured:
        summary = scripted_run(one_answer, tmp_path, ScriptedProvider(told))

    assert summary.n_finished == 3
    assert [each["error"] for each in captured if each["event"] == "log_not_written"] == ["Is a directory"]


def test_a_disk_that_hangs_holds_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines beyond those that may wait are dropped, and counted when it goes on."""
    monkeypatch.setattr(run_log, "MAX_QUEUED_LINES", 2)
    going, writing = threading.Event(), threading.Event()
    real = os.write

    def hanging(file: int, data: Any) -> int:
        writing.set()
        going.wait(10)
        return real(file, data)

    monkeypatch.setattr("fellowship.telemetry.run_log.os.write", hanging)
    lines = LineWriter(tmp_path / "log.jsonl")
    lines.info('{"n": 0}')
    assert writing.wait(10)
    for number in range(1, 6):
        lines.info(f'{{"n": {number}}}')
    going.set()
    lines.close()

    assert logged(tmp_path) == [{"n": 0}, {"n": 1}, {"n": 2}, {"event": "log_lines_dropped", "n": 3}]


def test_what_is_told_after_the_end_is_left_out(tmp_path: Path) -> None:
    """Tasks may outlive a run that was abandoned."""
    with run_log_file(tmp_path):
        own = log_of_run.get()
        get_logger().info("told")
    assert own is not None
    own.info("too_late")

    assert [each["event"] for each in logged(tmp_path)] == ["told"]


def test_a_line_is_safe_for_a_terminal(tmp_path: Path) -> None:
    """Whatever a fact holds."""
    with run_log_file(tmp_path):
        get_logger().info("told", model="\x1b[2J\u202e\x9bé")

    assert (tmp_path / "log.jsonl").read_text().isascii()
    assert "\x1b" not in (tmp_path / "log.jsonl").read_text()
