"""Starting a run again: what is skipped, continued, retried, and what is refused."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.protocols.completions import Request, Sampling
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import (
    ConfigurationError,
    Interrupted,
    ProviderRefused,
    ProviderUnavailable,
    RunStopped,
)
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.runners.overrides import Overrides, overriding
from fellowship.runners.workers import StopSignal
from fellowship.scenarios import judge
from fellowship.testing import ScriptedProvider
from tests.runners.kit import MODEL, content_of, improved, one_answer, queried, scripted_run, told

STATUS = "SELECT status FROM conversations ORDER BY position"


def failing_at(conversation: str, error: Exception) -> ScriptedProvider:
    """A provider that fails for one conversation."""
    return ScriptedProvider(lambda request: error if request.key.conversation == conversation else told(request))


def test_what_is_finished_is_not_asked_again(tmp_path: Path) -> None:
    """A second start costs nothing and changes nothing."""
    scripted_run(improved, tmp_path, ScriptedProvider(told))
    before = content_of(tmp_path)
    provider = ScriptedProvider([])

    again = scripted_run(improved, tmp_path, provider)

    assert (again.n_asked, again.n_finished, provider.n_calls) == (0, 3, 0)
    assert content_of(tmp_path) == before


def test_what_is_unfinished_is_continued_where_it_stopped(tmp_path: Path) -> None:
    """The first draft comes from the journal; the second is asked for."""
    stop = StopSignal()

    def reply(request: Request) -> str | Exception:
        if request.key.occurrence == 1:
            return ProviderRefused("the credit is used up")
        return told(request)

    with pytest.raises(RunStopped):
        scripted_run(improved, tmp_path, ScriptedProvider(reply), prompts=["one"], stop=stop)
    provider = ScriptedProvider(told)
    run = scripted_run(improved, tmp_path, provider, prompts=["one"])

    assert [str(request.key) for request in provider.requests] == ["c00000/generator.1"]
    assert run.n_finished == 1


def test_a_failure_by_the_provider_is_retried(tmp_path: Path) -> None:
    """Without being told to, as the provider may be well again."""
    first = scripted_run(one_answer, tmp_path, failing_at("c00001", ProviderUnavailable("down")))
    rows = first.rows()
    again = scripted_run(one_answer, tmp_path, ScriptedProvider(told))

    assert [(row["status"], row["fault"], row["error"]) for row in rows] == [
        ("finished", None, None),
        ("failed", "provider", "ProviderUnavailable: down"),
        ("finished", None, None),
    ]
    assert (again.n_asked, again.n_finished, again.n_failed) == (1, 3, 0)
    assert queried(tmp_path, "SELECT count(*) FROM conversations WHERE error IS NOT NULL OR fault IS NOT NULL") == [0]


def test_a_failure_by_the_scenario_is_retried_on_the_recorded_replies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scenario whose surroundings are mended finds its replies where they were."""
    monkeypatch.setenv("BROKEN", "1")

    async def buggy(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        draft = await talk.ask(generator, prompt)
        if os.environ.get("BRO" + "KEN"):
            msg = "a bug"
            raise LookupError(msg)
        return draft

    first = scripted_run(buggy, tmp_path, ScriptedProvider(told))
    errors = [row["error"] for row in first.rows()]
    monkeypatch.delenv("BROKEN")
    again = scripted_run(buggy, tmp_path, ScriptedProvider([]))

    assert errors == ["LookupError: a bug"] * 3
    assert (again.n_asked, again.n_finished) == (0, 3)


def test_more_prompts_extend_a_run(tmp_path: Path) -> None:
    """From 2 to 5 asks for 3."""
    prompts = [f"prompt {i}" for i in range(5)]
    scripted_run(one_answer, tmp_path, ScriptedProvider(told), prompts=prompts, n=2)

    run = scripted_run(one_answer, tmp_path, ScriptedProvider(told), prompts=prompts, n=5)

    assert (len(run), run.n_finished, run.n_asked) == (5, 5, 3)


def test_fewer_prompts_show_fewer_conversations(tmp_path: Path) -> None:
    """Counts, rows and iteration speak of the same conversations."""
    prompts = [f"prompt {i}" for i in range(5)]
    scripted_run(one_answer, tmp_path, ScriptedProvider(told), prompts=prompts)

    run = scripted_run(one_answer, tmp_path, ScriptedProvider([]), prompts=prompts, n=2)

    assert (len(run), run.n_finished, run.n_open) == (2, 2, 0)
    assert [row["conversation"] for row in run.rows()] == ["c00000", "c00001"]
    assert len(list(run)) == 2


@pytest.mark.parametrize("n", [0, -1])
def test_no_prompts_at_all_are_refused(tmp_path: Path, n: int) -> None:
    """By the script or by the command line."""
    with pytest.raises(ConfigurationError, match=f"^n is {n}; expected at least 1$"):
        scripted_run(one_answer, tmp_path / "run", ScriptedProvider([]), n=n)
    with overriding(Overrides(n=n)), pytest.raises(ConfigurationError, match=f"^n is {n}; expected at least 1$"):
        scripted_run(one_answer, tmp_path / "run", ScriptedProvider([]), n=3)
    assert not (tmp_path / "run").exists()


def another_folder(folder: Path, scenario: str) -> str:
    """What the error says about a folder that this process has used already."""
    return (
        f"; an earlier run(...) in this process, of '{scenario}', has this folder: give each run(...) a folder of its "
        f"own, such as out='{folder}-{scenario}'"
    )


SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "seed": ({"seed": 8}, "seed was 7, is 8"),
    "argument": ({"rounds": 3}, "arguments.rounds was not set, is 3"),
    "model": ({"generator": Generator("fake/other")}, "agents.generator.model was 'fake/any', is 'fake/other'"),
    "instructions": (
        {"generator": Generator(MODEL, instructions="Be brief.")},
        "agents.generator.system was '', is 'Be brief.'",
    ),
    "sampling": (
        {"generator": Generator(MODEL, sampling=Sampling(temperature=0.1))},
        "agents.generator.sampling.temperature was 0.7, is 0.1",
    ),
    "repairs": ({"generator": Generator(MODEL, repairs=0)}, "agents.generator.repairs was 1, is 0"),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_changed_setting_is_refused_by_its_name(tmp_path: Path, setting: str) -> None:
    """Nothing is asked, and the journal stays as it is."""
    scripted_run(improved, tmp_path, ScriptedProvider(told), seed=7)
    before = content_of(tmp_path)
    changed, difference = SETTINGS[setting]

    with pytest.raises(ConfigurationError) as caught:
        scripted_run(improved, tmp_path, ScriptedProvider([]), **{"seed": 7, **changed})

    assert str(caught.value) == (
        f"the run in {tmp_path} was started with different settings: {difference}; restore them, continue with "
        "--accept-changes (recorded replies are read again, and only requests that differ are asked), start over with "
        f"--fresh, or choose another folder with --out{another_folder(tmp_path, 'improved')}"
    )
    assert content_of(tmp_path) == before


def test_another_scenario_is_refused(tmp_path: Path) -> None:
    """A folder belongs to one scenario."""
    scripted_run(one_answer, tmp_path, ScriptedProvider(told))

    with pytest.raises(ConfigurationError, match="scenario was 'one_answer', is 'improved'"):
        scripted_run(improved, tmp_path, ScriptedProvider([]))


def test_changed_prompts_are_refused(tmp_path: Path) -> None:
    """The first changed one is named."""
    scripted_run(one_answer, tmp_path, ScriptedProvider(told))

    with pytest.raises(ConfigurationError) as caught:
        scripted_run(one_answer, tmp_path, ScriptedProvider([]), prompts=["one", "zwei", "three"])

    assert str(caught.value) == (
        f"conversation c00001 of the run in {tmp_path / 'journal.sqlite'} is about another item than the prompts have "
        "at this place now; keep the replies in another folder with --out NEW --reuse RUN (for a script with several "
        "runs, the folder that holds them), or accept the change with "
        "--accept-changes, which asks again from there on"
        f"{another_folder(tmp_path, 'one_answer')}"
    )


LABELLED = {"prompt": "which?", "response_a": "x", "response_b": "y", "label": "A"}


@pytest.mark.parametrize(
    ("change", "names"),
    [({"label": "B"}, "label"), ({"votes": ["B", "B"], "label": "B"}, "label and votes"), ({"id": "q7"}, "id")],
)
def test_changed_labels_are_refused_as_such_and_ask_nothing_again(
    change: dict[str, Any], names: str, tmp_path: Path
) -> None:
    """A label is in no request."""
    reply = ScriptedProvider(lambda request: "Score A: 9/10\nScore B: 3/10")
    cast = {"judge": Judge(MODEL)}
    scripted_run(judge, tmp_path, reply, prompts=[LABELLED], **cast)
    changed = [{**LABELLED, **change}]

    with pytest.raises(ConfigurationError) as caught:
        scripted_run(judge, tmp_path, ScriptedProvider([]), prompts=changed, **cast)
    after = scripted_run(judge, tmp_path, ScriptedProvider([]), prompts=changed, accept_changes=True, **cast)

    assert str(caught.value).startswith(
        f"conversation c00000 of the run in {tmp_path / 'journal.sqlite'} differs from the prompts at this place only "
        f"in {names}, which no agent sees; accept the change with --accept-changes, which records it and asks nothing "
    )
    assert (after.n_asked, [each.item.label for each in after]) == (0, [change.get("label", "A")])


def test_a_provider_that_refuses_the_first_call_is_told_as_it_is(tmp_path: Path) -> None:
    """Nothing was committed, so there is nothing to continue."""
    provider = ScriptedProvider(lambda request: ProviderRefused("the key is not valid"))

    with pytest.raises(ProviderRefused, match=r"^the key is not valid$"):
        scripted_run(one_answer, tmp_path, provider)


def test_a_provider_that_refuses_after_commits_stops_the_run(tmp_path: Path) -> None:
    """How many replies are safe is said, and the same command continues."""
    provider = failing_at("c00002", ProviderRefused("the credit is used up"))

    with pytest.raises(RunStopped) as caught:
        scripted_run(one_answer, tmp_path, provider, concurrency=1, prompts="abcdef")
    again = ScriptedProvider(told)
    run = scripted_run(one_answer, tmp_path, again, prompts="abcdef")

    assert str(caught.value) == (
        f"the credit is used up; 2 replies are safe; the same command continues the run in {tmp_path}"
    )
    assert caught.value.n_committed == 2
    assert (run.n_asked, run.n_finished) == (4, 6)


def test_a_run_that_is_asked_to_stop_begins_nothing_new(tmp_path: Path) -> None:
    """What is under way ends and is safe."""
    stop = StopSignal()

    def reply(request: Request) -> str:
        if request.key.conversation == "c00001":
            stop("enough")
        return told(request)

    with pytest.raises(Interrupted) as caught:
        scripted_run(improved, tmp_path, ScriptedProvider(reply), prompts="abcdef", concurrency=1, stop=stop)

    assert str(caught.value) == f"stopped: enough; 4 replies are safe; the same command continues the run in {tmp_path}"
    assert queried(tmp_path, STATUS) == ["finished", "finished"]


def test_a_run_stopped_before_it_begins_asks_nothing(tmp_path: Path) -> None:
    """Not even one conversation per worker."""
    stop = StopSignal()
    stop("too early")
    provider = ScriptedProvider(told)

    with pytest.raises(Interrupted):
        scripted_run(one_answer, tmp_path, provider, stop=stop)

    assert provider.n_calls == 0


def test_the_settings_are_written_before_the_journal_says_the_run_has_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill between the two leaves a run that writes them at its next start."""
    from fellowship.storage.journal import SqliteJournal

    def killed(self: SqliteJournal, **values: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(SqliteJournal, "set", killed)
        with pytest.raises(KeyboardInterrupt):
            scripted_run(one_answer, tmp_path, ScriptedProvider(told))
    (tmp_path / "config.resolved.toml").unlink()

    scripted_run(one_answer, tmp_path, ScriptedProvider(told))

    assert (tmp_path / "config.resolved.toml").read_text().startswith('scenario = "one_answer"\nseed = 0\n')


def test_an_ended_run_keeps_the_verdicts_of_an_older_reading(tmp_path: Path) -> None:
    """With more to do it is refused in words that say why, unless the change is accepted."""
    scripted_run(one_answer, tmp_path, ScriptedProvider(told), prompts=["one", "two"])
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as journal, journal:
        (config,) = journal.execute("SELECT value FROM run WHERE key = 'config'").fetchone()
        older = orjson.dumps({**orjson.loads(config), "reading_version": 0}).decode()
        journal.execute("UPDATE run SET value = ? WHERE key = 'config'", (older,))

    again = scripted_run(one_answer, tmp_path, ScriptedProvider([]), prompts=["one", "two"])
    with pytest.raises(ConfigurationError, match=r"read by another version of fellowship \(reading 0, now \d+\)"):
        scripted_run(one_answer, tmp_path, ScriptedProvider([]))
    more = scripted_run(one_answer, tmp_path, ScriptedProvider(told), accept_changes=True)

    assert (again.n_finished, again.n_asked) == (2, 0)
    assert (more.n_finished, more.n_asked) == (3, 1)
