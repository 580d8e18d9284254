"""Failures that quote the item or the reply are recognised as shared; so are unreadable replies that begin later."""

import asyncio
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from fellowship import Agent, Judge, run
from fellowship.agents.generator import Generator
from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import RequestRejected, RunStopped, SharedFailure
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.scenarios import judge
from fellowship.testing import ScriptedProvider
from tests.runners.kit import MODEL, one_answer, scripted_run, told

NOUNS = ("river", "moon", "bread", "violin", "granite", "policy", "filter", "risk", "comet", "tulip")
DRAWN = random.Random(7)
ITEMS = [f"{' '.join(DRAWN.sample(NOUNS, 6))}?" for _ in range(600)]
TEMPLATES = [f"{NOUNS[i % 10].title()}: explain number {i} in a few words" for i in range(1_500)]
QUOTING: dict[str, Callable[[str], str]] = {
    "single quotes": lambda text: f"Invalid request: '{text}'",
    "no mark": lambda text: f"cannot take {text}, sorry",
    "chat": lambda text: f"BadRequestError: messages=[{{'role': 'user', 'content': {text!r}}}]",
    "JSON, cut off": lambda text: f"bad input {json.dumps({'input': text})[:40]}...",
    "guillemets": lambda text: f"ungültig: »{text}« (413)",
    "angle brackets": lambda text: f"<input>{text}</input> is refused",
}


def position(request: Request) -> int:
    return int(request.key.conversation[1:])


def quoting(name: str, n_good: int) -> Callable[[Request], Any]:
    def reply(request: Request) -> Any:
        if position(request) < n_good:
            return told(request)
        error = RequestRejected(
            f"the server rejects the request (400): {QUOTING[name](request.messages[-1]['content'])}"
        )
        error.is_about_request = True
        return error

    return reply


@pytest.mark.parametrize("name", QUOTING)
@pytest.mark.parametrize("prompts", [ITEMS, TEMPLATES], ids=["items", "templates"])
@pytest.mark.parametrize(("n_good", "most"), [(0, 100), (30, 50)])
def test_a_refusal_that_quotes_the_item_is_the_same_for_all(
    tmp_path: Path, prompts: list[str], name: str, n_good: int, most: int
) -> None:
    """In any marks or none, and whatever the item is about."""
    provider = ScriptedProvider(quoting(name, n_good))

    with pytest.raises((SharedFailure, RunStopped), match=f"{most} conversations"):
        scripted_run(one_answer, tmp_path, provider, prompts=prompts, concurrency=4)

    assert provider.n_calls <= n_good + most + 8


class Points(BaseModel):
    """Points of a text."""

    points: int


READERS: dict[str, Callable[[str], Any]] = {
    "int": lambda text: int(text.rpartition("Points:")[2]),
    "float": float,
    "table": lambda text: {"good": 2}[text],
    "own words": lambda text: _refuse(f"no points in {text}"),
    "list": lambda text: ["1", "2"].index(text.split()[0]),
    "half of it": lambda text: _refuse(f"{text[: len(text) // 2]} is where it ends"),
}


def _refuse(text: str) -> int:
    raise ValueError(text)


class Grader(Agent[Points]):
    """Grades a draft."""

    instructions = "You grade drafts."
    read_points: Callable[[str], Any] = int

    def parse(self, completion: Completion) -> Points:
        return Points(points=type(self).read_points(completion.text))


def grader(name: str) -> Grader:
    own: type[Grader] = type("Grader", (Grader,), {"read_points": staticmethod(READERS[name])})
    return own(MODEL, name="grader")


async def graded(talk: Conversation, prompt: Message[Prompt], *, grader: Grader) -> Message[Points]:
    return await talk.ask(grader, prompt)


def prose(request: Request) -> str:
    return f"The text is {' and '.join(DRAWN.sample(NOUNS, 6))}."


@pytest.mark.parametrize("name", READERS)
def test_a_parser_that_quotes_the_reply_is_paid_for_a_few_times(tmp_path: Path, name: str) -> None:
    """Each conversation has a repair."""
    provider = ScriptedProvider(prose)

    with pytest.raises(RunStopped, match=r"no reply of (10|50) conversations could be read: grader: parse raises"):
        scripted_run(graded, tmp_path, provider, prompts=ITEMS, concurrency=4, grader=grader(name))

    assert provider.n_calls <= 2 * (50 + 8)


UNREADABLE: dict[str, Callable[[Request], str | Completion]] = {
    "equal": lambda request: "I will not choose.",
    "empty": lambda request: "",
    "prose": prose,
    "cut": lambda request: Completion(prose(request), finish="length"),
    "filtered": lambda request: Completion("", finish="content_filter"),
}
COMPARISONS = [{"prompt": text, "response_a": f"Yes {i}", "response_b": f"No {i}"} for i, text in enumerate(ITEMS)]
SCORES = "Score A: 8/10\nScore B: 5/10"


def judged(out: Path | str, reply: Callable[[Request], Any], **more: Any) -> tuple[int, str]:
    """Requests of the provider, and the message of the run that was stopped."""
    provider = ScriptedProvider(reply)
    given: dict[str, Any] = {"prompts": COMPARISONS, "seats": "as given", "concurrency": 4, "quiet": True, **more}
    try:
        run(judge, out=out, judge=Judge(MODEL), providers={"fake": provider}, **given)
    except RunStopped as error:
        return provider.n_calls, str(error)
    return provider.n_calls, ""


@pytest.mark.parametrize("name", UNREADABLE)
def test_replies_that_cannot_be_read_from_some_moment_on_stop_the_run(tmp_path: Path, name: str) -> None:
    """And again when it is continued without a correction; the failed ones alone do not stop it."""

    def reply(request: Request) -> Any:
        return SCORES if position(request) < 60 else UNREADABLE[name](request)

    n, message = judged(tmp_path, reply)
    n_again, again = judged(tmp_path, reply)
    n_corrected, _ = judged(tmp_path, lambda request: SCORES, retry_failed=True)

    assert message.startswith("no reply of 50 conversations in a row could be read, after others could: ")
    assert 60 + 50 <= n <= 60 + 2 * (50 + 8)
    assert (n_again <= 2 * (50 + 8), again[:28]) == (True, message[:28])
    assert n_corrected == 540


@pytest.mark.parametrize(("n_readable", "seed"), [(120, 1), (60, 2), (30, 3), (12, 4)])
def test_a_judge_that_is_unreadable_on_some_items_stops_no_run(tmp_path: Path, n_readable: int, seed: int) -> None:
    """Nor on most, in an order by chance."""
    readable = {f"c{at:05}" for at in {0, *random.Random(seed).sample(range(600), n_readable)}}

    def reply(request: Request) -> str:
        return SCORES if request.key.conversation in readable else prose(request)

    n, message = judged(":memory:", reply)

    assert (n, message) == (2 * 600 - len(readable), "")


async def awaiting_cancelled(
    talk: Conversation, prompt: Message[Prompt], *, generator: Generator, n_good: int
) -> Message[Draft]:
    draft = await talk.ask(generator, prompt)
    if int(talk.id[1:]) >= n_good:
        task = asyncio.create_task(asyncio.sleep(1))
        task.cancel()
        await task
    return draft


async def cancelled_alone(
    talk: Conversation, prompt: Message[Prompt], *, generator: Generator, n_good: int
) -> Message[Draft]:
    draft = await talk.ask(generator, prompt)
    if int(talk.id[1:]) >= n_good:
        raise asyncio.CancelledError
    return draft


@pytest.mark.parametrize("scenario", [awaiting_cancelled, cancelled_alone])
@pytest.mark.parametrize(("n_good", "most"), [(0, 10), (40, 50)])
def test_a_scenario_that_cancels_itself_is_paid_for_a_few_times(
    tmp_path: Path, scenario: Any, n_good: int, most: int
) -> None:
    provider = ScriptedProvider(told)

    with pytest.raises(RunStopped, match=f"{most} conversations .*CancelledError: the scenario cancelled itself"):
        scripted_run(scenario, tmp_path, provider, prompts=ITEMS, concurrency=4, n_good=n_good)

    assert provider.n_calls <= n_good + most + 8
