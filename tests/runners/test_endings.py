"""How conversations end: a scenario's errors become records, and the run goes on."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.content import Draft, Prompt, Verdict
from fellowship.protocols.errors import ProviderRefused, ProviderUnavailable, ReplyNotParsed
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.testing import ScriptedProvider
from tests.runners.kit import one_answer, scripted_run, told

REPLY = ReplyNotParsed("no score", raw="well")
DOWN = ProviderUnavailable("down")
BUG = ValueError("a bug")


def group(*errors: Exception) -> ExceptionGroup[Exception]:
    return ExceptionGroup("unhandled errors in a TaskGroup", errors)


ERRORS: list[tuple[Exception, str, str]] = [
    (REPLY, "content", "no score"),
    (DOWN, "provider", "ProviderUnavailable: down"),
    (BUG, "scenario", "ValueError: a bug"),
    (RecursionError("deep"), "scenario", "RecursionError: deep"),
    (group(REPLY), "content", "no score"),
    (group(DOWN, REPLY), "provider", "ProviderUnavailable: down"),
    (group(REPLY, group(DOWN)), "provider", "ProviderUnavailable: down"),
    (group(REPLY, DOWN, group(group(BUG), KeyError("other"))), "scenario", "ValueError: a bug"),
]


@pytest.mark.parametrize(
    ("error", "fault", "text"),
    ERRORS,
    ids=["reply", "provider", "bug", "too deep", "group", "group of two", "group in group", "bug in groups"],
)
def test_an_error_of_a_scenario_is_a_failed_conversation(error: Exception, fault: str, text: str) -> None:
    """With whose fault it was; of a task group's errors the one that weighs most. The others go on."""

    async def failing(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        draft = await talk.ask(generator, prompt)
        if talk.id == "c00001":
            raise error
        return draft

    run = scripted_run(failing, ":memory:", ScriptedProvider(told))

    assert [(row["status"], row["fault"], row["error"]) for row in run.rows()] == [
        ("finished", None, None),
        ("failed", fault, text),
        ("finished", None, None),
    ]


def test_a_refusal_inside_a_task_group_stops_the_run() -> None:
    """It is found among the errors of the group."""

    async def grouped(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(talk.lane("a").ask(generator, prompt))
            tasks.create_task(talk.lane("b").ask(generator, prompt))
        return first.result()

    with pytest.raises(ProviderRefused, match="no credit"):
        scripted_run(grouped, ":memory:", ScriptedProvider(lambda request: ProviderRefused("no credit")))


def test_a_scenario_that_cancels_itself_has_failed() -> None:
    """Otherwise its worker would end with it, and conversations would be left out in silence."""

    async def cancelling(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        if talk.id == "c00000":
            raise asyncio.CancelledError
        return await talk.ask(generator, prompt)

    run = scripted_run(cancelling, ":memory:", ScriptedProvider(told), concurrency=1)

    assert (run.n_finished, run.n_failed, run.n_open) == (2, 1, 0)
    assert run.rows()[0]["error"] == "CancelledError: the scenario cancelled itself"


@pytest.mark.parametrize(
    ("returned", "name"),
    [(lambda draft: None, "NoneType"), (lambda draft: "text", "str"), (lambda draft: draft.content, "Draft")],
    ids=["nothing", "text", "content"],
)
def test_a_scenario_has_to_return_a_message(returned: Callable[[Any], Any], name: str) -> None:
    """What it returned is named."""

    async def strange(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Any:
        return returned(await talk.ask(generator, prompt))

    run = scripted_run(strange, ":memory:", ScriptedProvider(told), prompts=["one"])

    (row,) = run.rows()
    assert (row["fault"], row["error"]) == ("scenario", f"the scenario returned {name}; expected a message")


def test_a_failed_verdict_is_a_failed_conversation_with_an_outcome() -> None:
    """The fault is the content's, the reason is the verdict's, and the row has the decision."""

    async def undecided(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Verdict]:
        draft = await talk.ask(generator, prompt)
        return talk.record(Verdict.failure("nobody could tell"), draft, author="judge")

    run = scripted_run(undecided, ":memory:", ScriptedProvider(told), prompts=["one"])

    (row,) = run.rows()
    assert (row["status"], row["fault"], row["error"]) == ("failed", "content", "nobody could tell")
    assert (row["author"], row["decision"]) == ("judge", "failed")


def test_messages_are_told_in_an_order_that_depends_on_what_they_build_on() -> None:
    """Depth first, then lane, author and occurrence; ids and inputs are the same in every run."""

    async def branching(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        late = await talk.lane("z").ask(generator, prompt)
        early = await talk.lane("a").ask(generator, prompt)
        top = await talk.ask(generator, prompt, late)
        return talk.record(Draft(text="all of it"), early, late, top, author="summary")

    run = scripted_run(branching, ":memory:", ScriptedProvider(told), prompts=["one"])

    (conversation,) = run
    assert [(message.id, message.inputs) for message in conversation.messages] == [
        ("user.0", ()),
        ("a/generator.0", ("user.0",)),
        ("z/generator.0", ("user.0",)),
        ("generator.0", ("user.0", "z/generator.0")),
        ("summary.0", ("a/generator.0", "z/generator.0", "generator.0")),
    ]
    assert conversation.outcome_id == "summary.0"


def test_a_bug_is_told_without_the_values_of_variables(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The traceback of a scenario names places; texts and keys stay out of it."""

    async def careless(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        secret = "-".join(["sk", "canary"])
        raise LookupError(len(secret))

    scripted_run(careless, tmp_path, ScriptedProvider(told), prompts=["the text of a prompt"])

    captured = capfd.readouterr()
    assert "conversation_failed" in captured.err
    assert "LookupError: 9" in captured.err
    assert "sk-canary" not in captured.err
    assert "the text of a prompt" not in captured.err
    assert captured.out == ""


def test_what_every_conversation_is_given_is_its_own_seed() -> None:
    """It follows from the run's seed and the conversation, so a run that is extended keeps its chances."""

    async def seeded(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        return talk.record(Draft(text=str(talk.seed)), prompt, author="dice")

    def seeds(seed: int, n: int) -> list[str]:
        run = scripted_run(seeded, ":memory:", ScriptedProvider([]), seed=seed, n=n)
        return [row["text"] for row in run.rows()]

    assert seeds(1, 3)[:2] == seeds(1, 2)
    assert len({*seeds(1, 3), *seeds(2, 3)}) == 6


def test_a_run_in_memory_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And can be looked at all the same."""
    monkeypatch.chdir(tmp_path)

    run = scripted_run(one_answer, ":memory:", ScriptedProvider(told))

    assert run.folder is None
    assert [row["text"] for row in run.rows()] == [f"reply to c0000{i}/generator.0, attempt 1" for i in range(3)]
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_a_folder_is_kept_under_the_scenarios_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In runs/, below the place where the script was started."""
    monkeypatch.chdir(tmp_path)

    run = scripted_run(one_answer, None, ScriptedProvider(told))  # type: ignore[arg-type]

    assert run.folder == Path("runs/one_answer")
    assert sorted(each.name for each in (tmp_path / "runs/one_answer").iterdir()) == [
        "config.resolved.toml",
        "journal.sqlite",
        "lock",
        "log.jsonl",
    ]
