"""A failure that begins after the first successes stops the run, unless it is about the content of items."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fellowship import run
from fellowship.agents.generator import Generator
from fellowship.agents.juror import Juror
from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import Overloaded, ProviderError, RequestRejected, RunStopped
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.scenarios import jury
from fellowship.testing import ScriptedProvider
from tests.runners.kit import one_answer, scripted_run, told
from tests.runners.test_shared_failures import Remote, remote_run

PROMPTS = [f"question {i}" for i in range(300)]


def rejected(text: str, *, is_about_request: bool) -> RequestRejected:
    error = RequestRejected(text)
    error.is_about_request = is_about_request
    return error


def position(request: Request) -> int:
    return int(request.key.conversation[1:])


def failing_from(first: int, failure: Callable[[int], Exception]) -> Callable[[Request], Any]:
    """Replies to the items before the first; later ones fail."""
    return lambda request: told(request) if position(request) < first else failure(position(request))


@pytest.mark.parametrize(
    ("failure", "most"),
    [
        (lambda at: rejected("the server does not know the model (404)", is_about_request=False), 20),
        (lambda at: rejected(f"not here (404), ray {at}{'ab' * at}", is_about_request=False), 20),
        (lambda at: rejected("your region is not served (400)", is_about_request=True), 20),
        (lambda at: rejected(f"bad request {at} (400)", is_about_request=True), 50),
    ],
)
def test_a_model_that_fails_from_some_moment_on_is_asked_a_few_times_more(
    tmp_path: Path, failure: Any, most: int
) -> None:
    provider = ScriptedProvider(failing_from(40, failure))

    with pytest.raises(
        RunStopped, match=rf"{most} conversations in a row failed .*finished stays.*40 replies are safe"
    ):
        scripted_run(one_answer, tmp_path, provider, prompts=PROMPTS, concurrency=4)
    summary = scripted_run(one_answer, tmp_path, ScriptedProvider(told), prompts=PROMPTS)

    assert provider.n_calls <= 40 + most + 8
    assert (summary.n_finished, summary.n_asked) == (300, 260)


@pytest.mark.parametrize(
    "failure",
    [
        lambda at: rejected("the prompt was flagged by the content filter", is_about_request=True),
        lambda at: rejected(f"maximum context length is 128 tokens, you sent {at}", is_about_request=True),
        lambda at: rejected("Input is too long for requested model.", is_about_request=True),
    ],
)
def test_items_that_are_refused_for_their_content_stop_no_run(tmp_path: Path, failure: Any) -> None:
    """Not even where all that follow are: a file may be sorted by length."""
    summary = scripted_run(one_answer, tmp_path, ScriptedProvider(failing_from(40, failure)), prompts=PROMPTS)

    assert (summary.n_finished, summary.n_failed) == (40, 260)


def test_a_success_between_failures_begins_the_row_anew(tmp_path: Path) -> None:
    """Also where the same text is sent for nine of ten items."""

    def mostly(request: Request) -> Any:
        at = position(request)
        return told(request) if at % 15 == 0 else rejected("no such item", is_about_request=True)

    summary = scripted_run(one_answer, tmp_path, ScriptedProvider(mostly), prompts=PROMPTS, concurrency=8)

    assert (summary.n_finished, summary.n_failed) == (20, 280)


def test_a_scenario_that_fails_from_some_moment_on_stops(tmp_path: Path) -> None:
    async def broken(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        draft = await talk.ask(generator, prompt)
        if int(talk.id[1:]) >= 40:
            raise KeyError(talk.id)
        return draft

    provider = ScriptedProvider(told)
    with pytest.raises(RunStopped, match="50 conversations in a row failed in the same way"):
        scripted_run(broken, tmp_path, provider, prompts=PROMPTS, concurrency=4)

    assert provider.n_calls <= 40 + 50 + 8


COMPARISONS = [{"prompt": text, "response_a": "a", "response_b": f"b{i}"} for i, text in enumerate(PROMPTS)]
MISSING = "fake/missing"


def jury_run(folder: Path, provider: ScriptedProvider, jurors: list[Juror]) -> None:
    given: dict[str, Any] = {"prompts": COMPARISONS, "out": folder, "quiet": True, "concurrency": 8}
    run(jury, jurors=jurors, providers={"fake": provider}, **given)


@pytest.mark.parametrize("first", [0, 40])
def test_good_jurors_do_not_hide_a_model_that_is_missing(tmp_path: Path, first: int) -> None:
    """From the start on, or from some moment on; each rejection with a text of its own."""
    jurors = [Juror("fake/good", name="one"), Juror("fake/good", name="two"), Juror(MISSING, name="three")]

    def reply(request: Request) -> Any:
        if request.model == MISSING and position(request) >= first:
            return rejected(f"not found (404) at 17639211.{position(request):07}", is_about_request=False)
        return "Score A: 8/10\nScore B: 3/10"

    provider = ScriptedProvider(reply)
    with pytest.raises(RunStopped, match=f"{20 if first else 10} conversations"):
        jury_run(tmp_path, provider, jurors)

    assert provider.n_calls <= 6 * (first + 20 + 8)


def test_votes_that_no_item_has_enough_of_are_named_as_such(tmp_path: Path) -> None:
    """One juror is read in all items."""
    jurors = [Juror("fake/good", name="one"), Juror("fake/a", name="two"), Juror("fake/b", name="three")]

    def reply(request: Request) -> str:
        return "Score A: 8/10\nScore B: 3/10" if request.model == "fake/good" else "Both are nice."

    with pytest.raises(RunStopped, match=r"none of \d+ conversations has a result: .*2 of 3 votes failed"):
        jury_run(tmp_path, ScriptedProvider(reply), jurors)


@pytest.mark.parametrize(("n_good", "minutes", "n_most"), [(0, 5, 80), (40, 10, 300)])
def test_a_server_that_stays_overloaded_ends_the_run_in_minutes(
    tmp_path: Path, n_good: int, minutes: int, n_most: int
) -> None:
    """In virtual time; sooner if it has never answered."""
    from asyncio import get_running_loop

    ended_at = 0.0

    def overloaded(number: int) -> ProviderError | None:
        nonlocal ended_at
        ended_at = get_running_loop().time()
        return None if number <= n_good else Overloaded("the server is overloaded (503)")

    provider = Remote(overloaded)
    with pytest.raises(Exception, match=r"has answered nothing (for 10 minutes|since .* in )"):
        remote_run(tmp_path / "run", provider)

    assert 60 * minutes <= ended_at < 60 * minutes + 100
    assert provider.n_asked <= n_most


class WrongNow(Generator):
    """Its parser has a bug that some replies meet."""

    def parse(self, completion: Completion) -> Draft:
        if int(completion.text.split("c0")[1][:4]) >= 40:
            raise ZeroDivisionError("no words")
        return super().parse(completion)


def test_a_parser_that_fails_from_some_moment_on_stops(tmp_path: Path) -> None:
    provider = ScriptedProvider(told)
    with pytest.raises(RunStopped, match="50 conversations in a row failed in the same way"):
        scripted_run(one_answer, tmp_path, provider, prompts=PROMPTS, concurrency=2, generator=WrongNow("fake/any"))

    assert provider.n_calls <= 40 + 50 + 4
