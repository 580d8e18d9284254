"""A recorded run, for reading; and as a model that replies what was replied then."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.completions import AskKey, Completion, Request, Usage
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import ConversationNotFound, NotRecorded, RunNotFound, StoreError
from fellowship.protocols.items import Item
from fellowship.runners.run import arun
from fellowship.runners.summary import RunSummary
from fellowship.scenarios.feedback_loop import feedback_loop
from fellowship.scenarios.judge import judge
from fellowship.storage.recorded_run import RecordedRun
from fellowship.testing import ScriptedProvider

PROMPTS = ["one", "two", "three"]


def reply(request: Request) -> str | Completion:
    """A reviewer's first reply has no score; the first generator's reply has usage."""
    if request.key.agent == "generator":
        return Completion(f"draft {request.key.occurrence}", usage=Usage(10, 5))
    return "Fine.\nOverall score: 8/10" if request.attempt > 1 else "Fine."


def loop(out: Path | str, *, model: str = "fake/any", **options: Any) -> RunSummary:
    cast = {"generator": Generator(model), "reviewer": Reviewer(model)}
    options = {"prompts": PROMPTS, "rounds": 2, "quiet": True, **cast, **options}
    return asyncio.run(arun(feedback_loop, out=out, **options))


def recorded(out: Path | str) -> RunSummary:
    return loop(out, providers={"fake": ScriptedProvider(reply)})


def test_messages_stand_in_the_canonical_order(tmp_path: Path) -> None:
    """Each after what it builds on, with the lane and the attempts it came from."""
    with recorded(tmp_path).recorded as run:
        told = run.messages_with_asks("c00001")

    assert [(each.id, len(each.asks)) for each in told] == [
        ("user.0", 0),
        ("generator.0", 1),
        ("reviewer.0", 2),
        ("generator.1", 1),
        ("reviewer.1", 2),
    ]
    assert [(ask.attempt.number, ask.completion.text, ask.error is None) for ask in told[2].asks] == [
        (1, "Fine.", False),
        (2, "Fine.\nOverall score: 8/10", True),
    ]


def test_conversations_come_in_the_order_of_the_input(tmp_path: Path) -> None:
    """Whichever ended first; each with its item and outcome."""
    with recorded(tmp_path).recorded as run:
        conversations = list(run)
        assert (run.counts(), run.counts(first=2)) == ({"finished": 3}, {"finished": 2})
        assert run.totals() == (18, 60, 30)
        assert run.simulated

    assert [each.item.prompt.text for each in conversations] == PROMPTS
    assert [each.outcome.content.text for each in conversations if each.outcome is not None] == ["draft 1"] * 3


def test_a_conversation_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    """The first and the last."""
    with recorded(tmp_path).recorded as run, pytest.raises(ConversationNotFound) as caught:
        run.conversation("c99999")

    assert str(caught.value) == f"the run {tmp_path} has no conversation 'c99999'; it has c00000 to c00002"


def test_a_folder_without_a_run_is_told_with_the_runs_nearby(tmp_path: Path) -> None:
    """One level down."""
    recorded(tmp_path / "runs" / "loop")

    with pytest.raises(RunNotFound) as near:
        RecordedRun.open(tmp_path / "runs")
    with pytest.raises(RunNotFound) as far:
        RecordedRun.open(tmp_path / "nowhere")

    assert str(near.value) == (
        f"no run in {tmp_path / 'runs'}: it holds no journal.sqlite; there are runs in {tmp_path / 'runs' / 'loop'}"
    )
    assert str(far.value) == (
        f"no run in {tmp_path / 'nowhere'}: it holds no journal.sqlite; `fellowship runs` lists runs"
    )


def test_a_file_that_is_no_journal_is_told(tmp_path: Path) -> None:
    """An empty one, and one of something else."""
    journal = tmp_path / "journal.sqlite"
    for data in (b"", b"something else entirely " * 100):
        journal.write_bytes(data)
        with pytest.raises(StoreError, match=rf"^the journal {journal} cannot be read: "):
            RecordedRun.open(tmp_path)


def test_every_raw_text_is_given_by_ask(tmp_path: Path) -> None:
    """In the order of the attempts."""
    with recorded(tmp_path).recorded as run:
        completions = [(key, completion.text) for key, completion in run.completions() if key[0] == "c00002"]

    key = AskKey("c00002", "", "reviewer", 0)
    assert [text for asked, text in completions if asked == key] == ["Fine.", "Fine.\nOverall score: 8/10"]
    assert len(completions) == 6


def test_a_recorded_run_serves_as_a_model(tmp_path: Path) -> None:
    """The same scenario on it comes to the same, and no other provider is asked."""
    recorded(tmp_path / "first")

    again = loop(tmp_path / "second", model=f"recorded/{tmp_path / 'first'}")

    with RecordedRun.open(tmp_path / "first") as first, again.recorded as second:
        assert timeless(first) == timeless(second)
        assert second.simulated


def timeless(run: RecordedRun) -> list[Any]:
    """All messages of all conversations, without their times."""
    return [(each.id, said.id, said.source, said.inputs, said.content) for each in run for said in each.messages]


def test_what_was_not_recorded_is_not_made_up(tmp_path: Path) -> None:
    """A third round was never held; the conversations fail, by the provider's fault."""
    recorded(tmp_path / "first")

    longer = loop(":memory:", model=f"recorded/{tmp_path / 'first'}", rounds=3)

    assert [(row["fault"], row["error"]) for row in longer.rows()] == [
        ("provider", f"{NotRecorded.__name__}: no reply was recorded for ask c0000{i}/generator.2, attempt 1")
        for i in range(3)
    ]


def test_a_recorded_model_that_is_not_there_is_told_before_anything_is_written(tmp_path: Path) -> None:
    """The name of the folder is part of the model's name."""
    with pytest.raises(RunNotFound, match="no run in nowhere"):
        loop(tmp_path / "run", model="recorded/nowhere")

    assert list(tmp_path.iterdir()) == []


def test_a_run_in_memory_is_read_like_any_other() -> None:
    """It stays open when it is closed, as there is no other way back to it."""
    summary = recorded(":memory:")

    summary.recorded.close()

    assert len(list(summary)) == 3
    assert summary.recorded.conversation("c00000").status == "finished"
    with pytest.raises(ConversationNotFound, match="the run in memory has no conversation 'c9'"):
        summary.recorded.conversation("c9")


def test_decisions_and_labels_are_read_by_one_query(tmp_path: Path) -> None:
    """The same as by way of the contents; of the first so many, if given."""
    answers = iter([*["Answer: A", "Answer: B"] * 2, *["no answer"] * 4, *["Answer: A"] * 2])
    prompts = [
        Item(prompt=Prompt.of(f"{number}?"), candidates=(Draft(text="one"), Draft(text="two")), label=label)
        for number, label in enumerate(("A", None, "tie", "B"))
    ]
    provider = ScriptedProvider(lambda request: next(answers))
    judging = Judge("fake/any", strategy="direct")

    run = asyncio.run(
        arun(
            judge, prompts=prompts, out=tmp_path, judge=judging, providers={"fake": provider}, concurrency=1, quiet=True
        )
    ).recorded

    by_content = [(each.outcome and each.outcome.content.decision, each.item.label) for each in run]
    assert list(run.decisions()) == by_content
    assert [decision for decision, _ in by_content] == ["A", "A", "failed", "inconsistent"]
    assert list(run.decisions(first=2)) == by_content[:2]
    assert (run.n_unreached(), run.n_unreached(first=1)) == (0, 0)


def test_conversations_that_may_still_end_differently_are_counted(tmp_path: Path) -> None:
    """Open ones, and those that a provider or the scenario failed."""
    first = recorded(tmp_path)
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as connection, connection:
        connection.execute("UPDATE conversations SET status = 'started' WHERE position = 0")
        connection.execute("UPDATE conversations SET status = 'failed', fault = 'provider' WHERE position = 1")
        connection.execute("UPDATE conversations SET status = 'failed', fault = 'content' WHERE position = 2")

    with first.recorded as run:
        assert (run.n_unreached(), run.n_unreached(first=1)) == (2, 1)
