"""What is forked and verified: runs whose code has changed since, copies, forks, and runs that have not ended."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.errors import ConversationNotFound, RunStopped
from fellowship.reruns.api import fork, verify
from fellowship.reruns.script_interceptor import ScriptInterceptor, StopScript
from fellowship.runners.overrides import Overrides, overriding
from fellowship.storage.recorded_run import RecordedRun
from fellowship.testing import ScriptedProvider
from tests.runners.kit import MODEL, improved, queried, scripted_run, told


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """Two drafts, the second of which builds on the first."""
    scripted_run(improved, tmp_path / "run", ScriptedProvider(told), prompts=["one", "two"], rounds=2)
    return tmp_path / "run"


def once_more(function: Any, folder: Path, provider: ScriptedProvider, **options: Any) -> Any:
    arguments: dict[str, Any] = {"generator": Generator(MODEL, **options.pop("agent", {})), "rounds": 2}
    return function(improved, of=folder, providers={"fake": provider}, quiet=True, **arguments, **options)


def test_what_comes_before_the_message_is_kept_though_the_code_has_changed(run_folder: Path) -> None:
    """The first draft would be asked otherwise now; it is not what the fork is about."""
    provider = ScriptedProvider(told)
    options: dict[str, Any] = {"conversation": "c00000", "at": 3, "agent": {"instructions": "Be brief."}}

    first = once_more(fork, run_folder, provider, **options)
    again = once_more(fork, run_folder, ScriptedProvider([]), **options)

    assert [request.key.occurrence for request in provider.requests] == [1]
    assert (first.n_finished, again.n_asked) == (1, 0)
    assert queried(first.folder, "SELECT reused FROM asks ORDER BY occurrence") == [1, 0]


def test_a_conversation_that_is_not_there_is_told(run_folder: Path) -> None:
    """And not that it has no first message."""
    with pytest.raises(ConversationNotFound) as caught:
        once_more(fork, run_folder, ScriptedProvider([]), conversation="c9")

    assert str(caught.value) == f"the run {run_folder} has no conversation 'c9'; it has c00000 to c00001"


def test_a_copied_run_is_found_by_where_it_was_made(run_folder: Path) -> None:
    """As a run that `--fresh` has set aside; the script still names the first folder."""
    shutil.copytree(run_folder, run_folder.with_name("run~1"))
    with RecordedRun.open(run_folder.with_name("run~1")) as recorded:
        made_in = recorded.settings()["made_in"]

    async def work(call: Any) -> str:
        return str(call.folder)

    one = ScriptInterceptor(run_folder.with_name("run~1"), work, made_in=made_in)
    with overriding(Overrides(intercept=one)), pytest.raises(StopScript):
        scripted_run(improved, run_folder, ScriptedProvider([]), prompts=["one", "two"], rounds=2)

    assert one.done() == str(run_folder)


def test_verify_counts_what_has_not_ended(tmp_path: Path) -> None:
    """An empty comparison would pass for a good one; and nobody is blamed for requests that a budget held back."""
    with pytest.raises(RunStopped):
        scripted_run(improved, tmp_path / "run", ScriptedProvider(told), prompts=["one", "two"], rounds=2, max_calls=2)

    found = once_more(verify, tmp_path / "run", ScriptedProvider([]))

    assert (found.n_conversations, found.n_open, found.differences) == (0, 2, ())


@pytest.mark.parametrize("at", [2, 3])
def test_a_fork_of_a_run_that_was_started_over_is_another_fork(run_folder: Path, at: int) -> None:
    """The old fork is of other replies; it stays as it is, and the same command continues the new one."""
    options: dict[str, Any] = {"conversation": "c00000", "at": at}
    old = once_more(fork, run_folder, ScriptedProvider(told), **options)
    shutil.move(run_folder, run_folder.with_name("run~1"))
    scripted_run(improved, run_folder, ScriptedProvider(lambda request: "new"), prompts=["one", "two"], rounds=2)

    new = once_more(fork, run_folder, ScriptedProvider(lambda request: "newer"), **options)
    again = once_more(fork, run_folder, ScriptedProvider([]), **options)

    texts = queried(new.folder, "SELECT json_extract(content, '$.text') FROM messages WHERE type = 'DraftMessage'")
    assert (old.folder != new.folder, again.folder, again.n_asked) == (True, new.folder, 0)
    assert set(texts) <= {"new", "newer"}
