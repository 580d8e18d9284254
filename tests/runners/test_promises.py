"""Promises that are easily broken: what is paid is kept, what failed is told, and nobody is asked in secret."""

import asyncio
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from autogen_core import ComponentModel
from autogen_ext.models.replay import ReplayChatCompletionClient

from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.protocols.completions import Completion, Usage
from fellowship.protocols.content import Draft, Prompt, Verdict
from fellowship.protocols.errors import ConfigurationError, ReplyError, RunStopped, StoreError
from fellowship.protocols.interfaces import Conversation, Ending
from fellowship.protocols.messages import Message
from fellowship.runners.run import run
from fellowship.runners.summary import RunSummary
from fellowship.scenarios import answer, judge, select_best
from fellowship.storage.journal import SqliteJournal
from fellowship.testing import ScriptedProvider
from tests.transactions import before_each_transaction

PAIR = {"prompt": "which?", "response_a": "good", "response_b": "bad"}
SCORES = "Score A: 8/10\nScore B: 2/10"


def carried(scenario: Any, provider: ScriptedProvider, out: Path | str = ":memory:", **options: Any) -> RunSummary:
    """A run on a scripted model called fake/any."""
    return run(scenario, out=out, providers={"fake": provider}, quiet=True, **options)


def test_a_note_about_a_failed_ask_does_not_shift_the_asks_after_it(tmp_path: Path) -> None:
    """After --retry-failed the second ask of the same judge is found where it was committed."""

    async def twice(
        talk: Conversation, prompt: Message[Prompt], a: Message[Draft], b: Message[Draft], *, judge: Judge
    ) -> Message[Verdict]:
        lane = talk.lane("ab")
        try:
            first: Message[Verdict] = await lane.ask(judge, prompt, a, b)
        except ReplyError as error:
            first = lane.record(Verdict.failure(str(error)), prompt, a, b, author=judge.name)
        await lane.ask(judge, prompt, a, b)
        return first

    replies = iter(["nothing", SCORES, SCORES])
    provider = ScriptedProvider(lambda request: next(replies))

    first = carried(twice, provider, tmp_path, prompts=[PAIR], judge=Judge("fake/any", repairs=0))
    again = carried(twice, provider, tmp_path, prompts=[PAIR], judge=Judge("fake/any", repairs=0), retry_failed=True)

    assert (first.n_failed, first.n_asked) == (1, 2)
    assert (again.n_finished, again.n_asked) == (1, 1)
    (conversation,) = again
    assert [message.id for message in conversation.messages[3:]] == ["ab/judge.0", "ab/judge.1"]


def test_after_a_failed_commit_nothing_ends_over_the_hole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One write fails; the run stops, and continues from what is safe."""
    transactions = iter(range(100))

    def fail_once() -> None:
        if next(transactions) == 4:
            raise sqlite3.OperationalError("database or disk is full")

    prompts = [f"question {i}" for i in range(5)]
    provider = ScriptedProvider(lambda request: "fine")
    before_each_transaction(monkeypatch, fail_once)
    with pytest.raises(RunStopped, match=r"disk is full.*replies are safe"):
        carried(answer, provider, tmp_path, prompts=prompts, generator=Generator("fake/any"), concurrency=1)

    again = carried(answer, provider, tmp_path, prompts=prompts, generator=Generator("fake/any"))

    assert again.n_finished == 5
    assert all(len(conversation.messages) == 2 for conversation in again)


def test_what_no_file_can_hold_costs_nobody_else_a_reply() -> None:
    """Half an emoji in a name, a count beyond 64 bits, a count that is none."""
    odd = [
        Completion("a", usage=Usage(prompt_tokens=2**70)),
        Completion("b", usage=Usage(completion_tokens=None)),  # type: ignore[arg-type]
        Completion("c", served_model="\ud83d"),
        Completion("d \ud83d"),
    ]
    replies = iter(odd)

    summary = carried(
        answer,
        ScriptedProvider(lambda request: next(replies)),
        prompts=["1", "2", "3", "4"],
        generator=Generator("fake/any"),
    )

    assert summary.n_finished == 4


def test_an_agent_that_is_no_argument_is_refused() -> None:
    """It would escape the checks, the settings and FELLOWSHIP_MODEL."""
    hidden = Generator("sim/mid", name="hidden")

    async def secretive(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        return await talk.ask(hidden, prompt)

    with pytest.raises(ConfigurationError, match="agent 'hidden' on sim/mid is not among the arguments"):
        carried(secretive, ScriptedProvider(["x"]), prompts=["one"], generator=Generator("fake/any"))


def test_two_models_of_one_kind_of_autogen_client_are_told_apart(tmp_path: Path) -> None:
    """A run on one is not silently continued on the other."""

    class Configured(ReplayChatCompletionClient):
        def __init__(self, model: str) -> None:
            super().__init__(["fine"])
            self.model = model

        def dump_component(self) -> ComponentModel:
            return ComponentModel(provider="x", config={"model": self.model})

    first = run(answer, prompts=["one"], out=tmp_path, quiet=True, generator=Generator(Configured("large")))

    assert first.n_finished == 1
    with pytest.raises(ConfigurationError, match=r"model was 'client/Configured/large.*', is 'client/Configured/small"):
        run(answer, prompts=["one"], out=tmp_path, quiet=True, generator=Generator(Configured("small")))


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_a_verdict_that_was_cut_off_is_none(finish: Any) -> None:
    """ "Score B: 1" may have been going to be 10."""
    provider = ScriptedProvider(lambda request: Completion("Score A: 8/10\nScore B: 1", finish=finish))

    (row,) = carried(judge, provider, prompts=[PAIR], judge=Judge("fake/any")).rows()

    assert (row["decision"], row["status"]) == ("failed", "failed")


def test_a_selection_without_a_single_verdict_has_failed() -> None:
    """Keeping the first draft would be a selection nobody made."""
    evaluator = partial(judge, judge=Judge("fake/any"))

    summary = carried(
        select_best, ScriptedProvider(lambda request: "I had rather not say."), prompts=[PAIR], evaluator=evaluator
    )

    assert (summary.n_finished, summary.n_failed) == (0, 1)
    assert summary.rows()[0]["error"].startswith("none of 1 comparisons could be decided: ")


def test_an_option_of_the_run_is_no_parameter_of_a_scenario() -> None:
    """`n` would be taken for the number of prompts."""

    async def best_of(
        talk: Conversation, prompt: Message[Prompt], *, generator: Generator, n: int = 1
    ) -> Message[Draft]:
        return await talk.ask(generator, prompt)

    with pytest.raises(ConfigurationError, match=r"scenario best_of: 'n' is an option of run"):
        carried(best_of, ScriptedProvider(["x"]), prompts=["one"], generator=Generator("fake/any"), n=2)


def test_settings_that_cannot_be_written_down_leave_nothing_behind(tmp_path: Path) -> None:
    """An integer of more than 64 bits."""
    with pytest.raises(ConfigurationError, match="cannot be written down"):
        carried(
            answer,
            ScriptedProvider(["x"]),
            tmp_path / "run",
            prompts=["1"],
            generator=Generator("fake/any"),
            seed=2**70,
        )

    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["user", "jury", "candidate_1"])
def test_names_of_other_authors_are_reserved(name: str) -> None:
    """Their messages would be taken for one another's."""
    with pytest.raises(ConfigurationError, match=f"an agent is called '{name}'"):
        carried(answer, ScriptedProvider(["x"]), prompts=["1"], generator=Generator("fake/any", name=name))


def test_a_writer_that_cannot_start_stops_the_run_and_does_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop cannot hand work to a thread."""

    async def main() -> None:
        journal = SqliteJournal(None)
        loop = asyncio.get_running_loop()

        def no_thread(*_: Any) -> Any:
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(loop, "run_in_executor", no_thread)
        with pytest.raises(StoreError, match="cannot be written: can't start new thread"):
            await journal.finish("c00000", Ending("finished"), 0.0)
        with pytest.raises(StoreError, match="cannot be written"):
            await journal.finish("c00001", Ending("finished"), 0.0)
        with pytest.raises(StoreError, match="cannot be written"):
            await journal.close()

    asyncio.run(main())
