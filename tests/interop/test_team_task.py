"""What a team takes for the prompt, and what for drafts."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from fellowship.agents.judge import Judge
from fellowship.interop.team_task import fixed_drafts, item_of_task
from fellowship.protocols.autogen import TextMessage
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.items import Item
from fellowship.runners.scenario_function import draft_names
from fellowship.scenarios import answer, feedback_loop, judge, select_best, versus
from tests.builders import QUESTION, a_critique, a_draft, a_prompt


def texts(*said: tuple[str, str]) -> list[TextMessage]:
    """Messages of AutoGen's, by their authors."""
    return [TextMessage(content=text, source=source) for source, text in said]


def an_item(prompt: str, *drafts: str) -> Item:
    """The item with this prompt and these drafts."""
    return Item(prompt=Prompt.of(prompt), candidates=tuple(Draft(text=text) for text in drafts))


def read(task: Any, scenario: Any, before: str | None = None, **fixed: Any) -> Item:
    """The item of a task; `before` is the prompt of the last one."""
    prompt = Prompt.of(before) if before is not None else None
    return item_of_task(task, prompt, scenario, fixed_drafts(scenario, fixed))


@pytest.mark.parametrize(
    ("scenario", "names"),
    [
        (answer, []),
        (feedback_loop, []),
        (judge, ["a", "b"]),
        (versus, ["candidate", "opponent"]),
        (select_best, ["drafts"]),
        (partial(judge, judge=Judge("sim/mid")), ["a", "b"]),
    ],
    ids=["answer", "feedback_loop", "judge", "versus", "select_best", "filled in"],
)
def test_drafts_have_the_scenarios_names(scenario: Any, names: Sequence[str]) -> None:
    """Whatever stands after the conversation and the prompt."""
    assert draft_names(scenario) == names


@pytest.mark.parametrize(
    ("task", "scenario", "before", "item"),
    [
        pytest.param("Why?", answer, None, an_item("Why?"), id="text"),
        pytest.param(texts(("planner", "Why?"))[0], answer, "How?", an_item("Why?"), id="one message of anybody"),
        pytest.param(a_prompt(), answer, None, an_item(QUESTION), id="prompt"),
        pytest.param(
            [a_prompt(), a_draft("x"), a_draft("y")], judge, None, an_item(QUESTION, "x", "y"), id="ours in order"
        ),
        pytest.param(
            texts(("user", "Why?"), ("user", "x"), ("user", "y")), judge, None, an_item("Why?", "x", "y"), id="all user"
        ),
        pytest.param(
            texts(("user", "Why?"), ("one", "x"), ("two", "y")), judge, None, an_item("Why?", "x", "y"), id="a chat"
        ),
        pytest.param(
            texts(("planner", "Why?"), ("one", "x"), ("two", "y")),
            judge,
            None,
            an_item("Why?", "x", "y"),
            id="a chat without a user",
        ),
        pytest.param(
            texts(("one", "x"), ("two", "y")), judge, "Why?", an_item("Why?", "x", "y"), id="the next round of a chat"
        ),
        pytest.param(
            texts(("two", "old"), ("user", "How?"), ("one", "x"), ("two", "y")),
            judge,
            "Why?",
            an_item("How?", "x", "y"),
            id="the user speaks again",
        ),
        pytest.param(
            [a_prompt(), a_draft("x"), a_critique("Bad."), a_draft("y")],
            judge,
            None,
            an_item(QUESTION, "x", "y"),
            id="critiques are no drafts",
        ),
        pytest.param(
            texts(("user", "Why?"), ("one", "")), answer, None, an_item("Why?"), id="a scenario without drafts"
        ),
        pytest.param(
            [a_prompt(), a_draft("x"), a_draft("y"), a_draft("z")],
            select_best,
            None,
            an_item(QUESTION, "x", "y", "z"),
            id="any number",
        ),
    ],
)
def test_a_task_is_read(task: Any, scenario: Any, before: str | None, item: Item) -> None:
    """A prompt, and the drafts after it."""
    assert read(task, scenario, before) == item


async def one_and_more(talk: Any, prompt: Any, first: Any, *others: Any) -> None:
    """A scenario of one draft or more."""


@pytest.mark.parametrize(
    ("scenario", "fixed", "drafts", "item"),
    [
        (judge, {"b": "y"}, ["x"], an_item(QUESTION, "x", "y")),
        (judge, {"a": "y"}, ["x"], an_item(QUESTION, "y", "x")),
        (judge, {"a": a_draft("x"), "b": Draft(text="y")}, [], an_item(QUESTION, "x", "y")),
        (select_best, {"drafts": ["x", "y"]}, ["z"], an_item(QUESTION, "x", "y", "z")),
        (one_and_more, {"others": ["x"]}, ["y", "z"], an_item(QUESTION, "y", "x", "z")),
    ],
    ids=["second", "first", "both", "any number", "one and more"],
)
def test_fixed_drafts_keep_their_places(scenario: Any, fixed: Any, drafts: Sequence[str], item: Item) -> None:
    """The task's fill the others, in order."""
    assert read([a_prompt(), *map(a_draft, drafts)], scenario, **fixed) == item


@pytest.mark.parametrize(
    ("task", "scenario", "fixed", "message"),
    [
        (QUESTION, judge, {}, r"the task has 0 drafts after its prompt; expected 2 \(a, b\)"),
        ([a_prompt(), a_draft()], judge, {}, r"the task has 1 drafts after its prompt; expected 2 \(a, b\)"),
        ([a_prompt(), *[a_draft()] * 3], versus, {}, r"the task has 3 drafts .*; expected 2 \(candidate, opponent\)"),
        ([a_prompt(), a_draft()], judge, {"a": "x", "b": "y"}, "the task has 1 drafts after its prompt; expected 0"),
        (QUESTION, one_and_more, {}, r"the task has 0 drafts after its prompt; expected 1 \(first\)"),
        ([], answer, {}, "the task is an empty sequence; expected the prompt, and the drafts after it"),
        ("  ", answer, {}, "the task's prompt is blank; expected a text"),
        ([a_prompt(), *texts(("one", "x"), ("two", ""))], judge, {}, "a draft by two has no text; expected one"),
    ],
    ids=[
        "none",
        "too few",
        "too many",
        "all given beforehand",
        "one missing",
        "empty",
        "blank",
        "a draft without a text",
    ],
)
def test_a_task_that_cannot_be_used_is_refused(task: Any, scenario: Any, fixed: Any, message: str) -> None:
    """With what was expected."""
    with pytest.raises(ValueError, match=f"^{message}"):
        read(task, scenario, **fixed)


def test_what_is_no_draft_is_refused() -> None:
    """With its name and its type."""
    with pytest.raises(TypeError, match=r"^a is int; expected a text, a Draft or a message$"):
        fixed_drafts(judge, {"a": 1})


def test_a_fixed_draft_without_a_text_is_refused() -> None:
    """With its name."""
    with pytest.raises(ValueError, match=r"^a has no text; expected one$"):
        fixed_drafts(judge, {"a": ""})
