"""A failure that all conversations share stops the run after the first few; one that each has of its own does not."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fellowship import Judge, Juror, run
from fellowship.agents.generator import Generator
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import (
    MalformedResponse,
    Overloaded,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    ReplyNotParsed,
    RequestRejected,
    RunStopped,
    SharedFailure,
)
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.protocols.quota import Quota
from fellowship.runners.run import arun
from fellowship.runners.workers import FIRST_IN_PROGRESS
from fellowship.scenarios import answer, judge, jury
from fellowship.scenarios.feedback_loop import feedback_loop
from fellowship.testing import ScriptedProvider
from tests.runners.kit import MODEL, improved, jumping, one_answer, queried, scripted_run, told

PROMPTS = [f"question {i}" for i in range(300)]


def unknown_model(request: Request) -> ProviderError:
    return RequestRejected(f"the model is not known (404), request req-{hash(request.key) % 10**9:09d}x")


def redirected(request: Request) -> ProviderError:
    return RequestRejected("the server redirects (301) to 'https://elsewhere'; change the base URL")


def filtered(request: Request) -> ProviderError:
    error = RequestRejected("the server rejects the request (400): 'flagged by the content filter'")
    error.is_about_request = True
    return error


def too_long(request: Request) -> ProviderError:
    error = RequestRejected(f"{request.messages[0]['content']} is too long")
    error.is_about_request = True
    return error


@pytest.mark.parametrize("reply", [unknown_model, redirected])
def test_a_model_that_refuses_all_is_asked_a_few_times(tmp_path: Path, reply: Any) -> None:
    """And what failed is tried again when that is corrected."""
    provider = ScriptedProvider(reply)

    with pytest.raises(SharedFailure, match=r"none of 10 conversations got through: RequestRejected: .*correct that"):
        scripted_run(one_answer, tmp_path, provider, prompts=PROMPTS, concurrency=4)
    summary = scripted_run(one_answer, tmp_path, ScriptedProvider(told), prompts=PROMPTS)

    assert provider.n_calls <= 10 + 4
    assert (summary.n_finished, summary.n_asked) == (300, 300)


def test_a_second_model_that_refuses_all_stops_the_run(tmp_path: Path) -> None:
    """The replies of the first are kept and not asked for again."""

    async def two(
        talk: Conversation, prompt: Message[Prompt], *, generator: Generator, other: Generator
    ) -> Message[Draft]:
        return await talk.ask(other, prompt, await talk.ask(generator, prompt))

    agents = {"generator": Generator("fake/good"), "other": Generator("fake/missing", name="other")}

    def reply(request: Request) -> Any:
        return unknown_model(request) if request.model == "fake/missing" else told(request)

    with pytest.raises(RunStopped, match=r"none of 10 conversations got through.*replies are safe"):
        scripted_run(two, tmp_path, ScriptedProvider(reply), prompts=PROMPTS, concurrency=4, **agents)
    (n_safe,) = queried(tmp_path, "SELECT count(*) FROM asks")
    summary = scripted_run(two, tmp_path, ScriptedProvider(told), prompts=PROMPTS, **agents)

    assert n_safe < 30
    assert summary.n_asked == 600 - n_safe


def test_a_scenario_that_cannot_work_is_tried_a_few_times(tmp_path: Path) -> None:
    """No rounds: nothing is asked; no conversation beyond the first few begins."""
    agents = {"generator": Generator("fake/any"), "reviewer": Reviewer("fake/any")}
    with pytest.raises(SharedFailure, match="none of 10 conversations got through: ValueError: "):
        scripted_run(
            feedback_loop, tmp_path, ScriptedProvider(told), prompts=PROMPTS, rounds=0, concurrency=2, **agents
        )

    assert queried(tmp_path, "SELECT count(*) < 20 FROM conversations") == [1]


async def without_message(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
    return None  # type: ignore[return-value]


async def with_bug(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
    draft = await talk.ask(generator, prompt)
    if int(talk.id[1:]) >= 20:
        raise KeyError(talk.id)
    return draft


@pytest.mark.parametrize(
    ("scenario", "advice"),
    [
        (without_message, "the scenario, and repeat the command: it tries them again"),
        (
            with_bug,
            "the scenario, its arguments or its roles, and repeat the command: it tries the failed ones again",
        ),
    ],
)
def test_what_is_to_be_corrected_is_said_once(tmp_path: Path, scenario: Any, advice: str) -> None:
    """From the start on, and from some moment on."""
    with pytest.raises((RunStopped, SharedFailure)) as caught:
        scripted_run(scenario, tmp_path, ScriptedProvider(told), prompts=PROMPTS, concurrency=2)

    _, *rest = str(caught.value).split("; correct ")
    assert [each.startswith(advice) for each in rest] == [True]


@pytest.mark.parametrize("stop_at", [8.0, -0.1, float("nan")])
def test_a_share_that_is_none_is_not_paid_for(tmp_path: Path, stop_at: float) -> None:
    """A score where a share of the scale is expected would let every loop go on to its end."""
    agents = {"generator": Generator("fake/any"), "reviewer": Reviewer("fake/any")}
    provider = ScriptedProvider([])

    with pytest.raises(SharedFailure, match="expected a share of the scale from 0 to 1"):
        scripted_run(feedback_loop, tmp_path, provider, prompts=PROMPTS, stop_at=stop_at, **agents)

    assert provider.n_calls == 0


@pytest.mark.parametrize(("text", "most"), [("is wrong", 15), ("{text!r} is wrong", 60)])
def test_a_parser_that_always_raises_is_paid_for_a_few_times(tmp_path: Path, text: str, most: int) -> None:
    """Also where each error quotes another reply."""

    class Broken(Generator):
        def parse(self, completion: Completion) -> Draft:
            raise TypeError(text.format(text=completion.text))

    provider = ScriptedProvider(told)
    agents = {"generator": Broken("fake/any")}
    with pytest.raises(RunStopped, match=r"conversations got through: TypeError.*replies are safe"):
        scripted_run(one_answer, tmp_path, provider, prompts=PROMPTS, concurrency=2, **agents)

    assert provider.n_calls <= most


@pytest.mark.parametrize("reply", [filtered])
def test_filtered_prompts_stop_no_run(tmp_path: Path, reply: Any) -> None:
    """The first 40 of them; a rejection costs nothing."""
    summary = scripted_run(one_answer, tmp_path, ScriptedProvider(reply), prompts=PROMPTS[:40])

    assert summary.n_failed == 40


def test_a_fault_of_some_items_stops_no_run(tmp_path: Path) -> None:
    """The first 40 prompts are too long, each in its own way; and a failure after a success is one of its own."""

    def reply(request: Request) -> Any:
        number = int(request.messages[0]["content"].split()[-1])
        return too_long(request) if number < 40 or number > 100 else told(request)

    summary = scripted_run(improved, tmp_path, ScriptedProvider(reply), prompts=PROMPTS, rounds=1)

    assert (summary.n_finished, summary.n_failed) == (61, 239)


def test_replies_that_can_never_be_read_stop_the_run(tmp_path: Path) -> None:
    """Each of them another text: what was expected is the same. A single one that can be read goes on."""
    comparisons = [{"prompt": text, "response_a": "a", "response_b": f"b{i}"} for i, text in enumerate(PROMPTS[:200])]
    options: dict[str, Any] = {"prompts": comparisons, "quiet": True, "seats": "as given", "concurrency": 4}

    def off_the_scale(request: Request) -> str:
        return f"Score A: {20 + int(request.key.conversation[1:])}/10\nScore B: 3/10"

    def once_on_it(request: Request) -> str:
        if request.key.conversation == "c00002":
            return "Score A: 8/10\nScore B: 3/10"
        return off_the_scale(request)

    never = ScriptedProvider(off_the_scale)
    with pytest.raises(RunStopped, match=r"no reply of 50 conversations could be read: judge: score A: expected"):
        run(judge, out=tmp_path / "never", judge=Judge(MODEL), providers={"fake": never}, **options)
    summary = run(
        judge, out=tmp_path / "once", judge=Judge(MODEL), providers={"fake": ScriptedProvider(once_on_it)}, **options
    )

    assert never.n_calls <= 2 * (50 + 4)
    assert (summary.n_finished, summary.n_failed) == (1, 199)


class Slow(ScriptedProvider):
    """Answers in 0.2 to 0.4 seconds, and counts the conversations that ask at the same time."""

    def __init__(self, replies: Any) -> None:
        super().__init__(replies)
        self.asking: set[str] = set()
        self.most_asking = 0

    async def complete(self, request: Request) -> Completion:
        """The scripted reply, later."""
        self.asking.add(request.key.conversation)
        self.most_asking = max(self.most_asking, len(self.asking))
        await asyncio.sleep(0.2 + (self.n_calls * 37 % 100) / 500)
        self.asking.discard(request.key.conversation)
        return await super().complete(request)


@pytest.mark.parametrize("n", [200, 600])
def test_as_many_conversations_as_the_limits_allow_do_not_all_meet_replies_that_cannot_be_read(
    tmp_path: Path, n: int
) -> None:
    """Without `concurrency`: at first few conversations are in progress, so the number of requests is no larger for
    more items. Each conversation has two seat orders and a repair in each of them."""
    comparisons = [{"prompt": f"question {i}", "response_a": "a", "response_b": f"b{i}"} for i in range(n)]
    provider: Slow = Slow(lambda request: f"Both have merits, and case {provider.n_calls} is hard.")
    arguments: dict[str, Any] = {"judge": Judge(MODEL), "providers": {"fake": provider}, "quiet": True}

    with pytest.raises(RunStopped, match=r"no reply of 50 conversations could be read"):
        jumping(arun(judge, prompts=comparisons, out=tmp_path / "run", **arguments))

    assert provider.most_asking <= FIRST_IN_PROGRESS
    assert provider.n_calls <= 4 * (50 + FIRST_IN_PROGRESS)


def test_a_jury_of_which_one_model_is_never_read_stays_small(tmp_path: Path) -> None:
    """The replies of the other jurors show nothing about it."""
    comparisons = [{"prompt": f"question {i}", "response_a": "a", "response_b": f"b{i}"} for i in range(300)]
    jurors = [Juror(MODEL, name="first"), Juror(MODEL, name="second", strategy="combined-10")]

    def reply(request: Request) -> str:
        return "Score A: 8/10\nScore B: 3/10" if request.key.agent == "first" else f"Hard case {provider.n_calls}."

    provider: Slow = Slow(reply)
    arguments: dict[str, Any] = {"jurors": jurors, "providers": {"fake": provider}, "quiet": True, "seats": "as given"}

    with pytest.raises(RunStopped, match=r"none of 50 conversations has a result"):
        jumping(arun(jury, prompts=comparisons, out=tmp_path / "run", **arguments))

    assert provider.n_calls <= 3 * (50 + FIRST_IN_PROGRESS)


def test_all_begin_once_a_reply_of_each_agent_was_read(tmp_path: Path) -> None:
    provider = Slow(lambda request: "fine")

    summary = jumping(
        arun(
            answer,
            prompts=PROMPTS,
            out=tmp_path / "run",
            generator=Generator(MODEL),
            providers={"fake": provider},
            quiet=True,
        )
    )

    assert summary.n_finished == 300
    assert provider.most_asking > 2 * FIRST_IN_PROGRESS


async def long_talk(
    talk: Conversation, prompt: Message[Prompt], *, speaker: Generator, closer: Generator, turns: int
) -> Message[Draft]:
    draft = await talk.ask(speaker, prompt)
    for _ in range(turns - 1):
        draft = await talk.ask(speaker, prompt, draft)
    return await talk.ask(closer, prompt, draft)


class Picky(Generator):
    """Reads only what is fine."""

    def parse(self, completion: Completion) -> Draft:
        if completion.text != "fine":
            raise ReplyNotParsed(f"expected fine, found {completion.text}", raw=completion.text)
        return super().parse(completion)


def long_run(folder: Path, provider: Slow, n: int, turns: int) -> Any:
    agents: dict[str, Any] = {"speaker": Generator(MODEL, name="speaker"), "closer": Picky(MODEL, name="closer")}
    given: dict[str, Any] = {"prompts": PROMPTS[:n], "out": folder, "quiet": True, "providers": {"fake": provider}}
    return jumping(arun(long_talk, turns=turns, **agents, **given))


@pytest.mark.parametrize(("turns", "most"), [(3, 32), (40, 90)])
def test_an_agent_that_is_asked_at_the_end_of_long_conversations_does_not_keep_them_few(
    tmp_path: Path, turns: int, most: int
) -> None:
    """After a thousand replies of the others more conversations begin; of short ones the first is waited for."""
    provider = Slow(lambda request: "fine")
    in_progress: list[int] = []

    async def complete(request: Request) -> Completion:
        if not any(each == "closer" for each in asked):
            in_progress.append(len(provider.asking))
        asked.append(request.key.agent)
        return await Slow.complete(provider, request)

    asked: list[str] = []
    provider.complete = complete  # type: ignore[method-assign]
    summary = long_run(tmp_path, provider, 100, turns)

    assert summary.n_finished == 100
    assert len(asked) == 100 * (turns + 1)
    assert max(in_progress) <= 32 if most == 32 else max(in_progress) > most


@pytest.mark.parametrize("turns", [2, 34])
def test_an_agent_at_the_end_that_is_never_read_is_asked_a_few_times(tmp_path: Path, turns: int) -> None:
    """However many conversations are in progress by then."""
    provider: Slow = Slow(lambda request: f"{request.key}" if request.key.agent == "closer" else "fine")
    closers = 0

    async def complete(request: Request) -> Completion:
        nonlocal closers
        closers += request.key.agent == "closer"
        return await Slow.complete(provider, request)

    provider.complete = complete  # type: ignore[method-assign]
    with pytest.raises(RunStopped, match=r"no reply of .* conversations could be read"):
        long_run(tmp_path, provider, 150, turns)

    assert closers <= 3 * (50 + FIRST_IN_PROGRESS)


def another_form(number: int) -> ProviderError:
    return MalformedResponse("JSON of another form: '{\"choices\": []}'")


def no_connection(number: int) -> ProviderError:
    return ProviderUnavailable("no server is listening; start it")


def one_of_several(number: int) -> ProviderError:
    return [ProviderUnavailable("failed (502)"), ProviderUnavailable("failed (504)"), ProviderTimeout("no first byte")][
        number % 3
    ]


class Remote:
    """A provider with a quota, so that requests are made again; `failure` of the number of a request is its error."""

    def __init__(self, failure: Callable[[int], ProviderError | None]) -> None:
        self.quota, self.n_asked, self._failure = Quota("fake", "http://127.0.0.1:9", "key"), 0, failure

    async def complete(self, request: Request) -> Completion:
        self.n_asked += 1
        if (error := self._failure(self.n_asked)) is not None:
            raise error
        return Completion(told(request))

    async def close(self) -> None:
        """Nothing is open."""


def remote_run(folder: Path, provider: Remote, **options: Any) -> Any:
    given = {"prompts": PROMPTS, "out": folder, "quiet": True, "generator": Generator(MODEL), **options}
    return jumping(arun(answer, providers={"fake": provider}, **given))


@pytest.mark.parametrize("failure", [another_form, no_connection, one_of_several])
def test_attempts_count_before_any_request_has_used_up_its_own(tmp_path: Path, failure: Any) -> None:
    """Also where a server fails in several ways. After ten failures one request a second is sent."""
    provider = Remote(failure)

    with pytest.raises(SharedFailure, match=r"none of \d+ conversations got through: .*correct that"):
        remote_run(tmp_path / "run", provider)

    assert 10 <= provider.n_asked <= 70


def test_a_server_that_is_down_for_a_moment_stops_no_run(tmp_path: Path) -> None:
    """Nor does one that fails often: the first answer ends the suspicion."""
    late = remote_run(tmp_path / "late", Remote(lambda number: no_connection(number) if number <= 20 else None))
    often = remote_run(tmp_path / "often", Remote(lambda number: another_form(number) if number % 3 else None))

    assert (late.n_finished, often.n_finished + often.n_failed) == (300, 300)
    assert often.n_finished > 200


def test_few_conversations_end_by_themselves(tmp_path: Path) -> None:
    summary = remote_run(tmp_path / "run", Remote(another_form), prompts=PROMPTS[:2])

    assert (summary.n_failed, summary.n_open) == (2, 0)


@pytest.mark.parametrize(("text", "most"), [("your organization's policy forbids this model", 60), ("at {} no", 30)])
def test_a_rejection_of_all_requests_stops_the_run_however_it_is_worded(tmp_path: Path, text: str, most: int) -> None:
    """Also where it could be a filter's, and where each names its moment."""
    n_asked = 0

    def reply(request: Request) -> ProviderError:
        nonlocal n_asked
        n_asked += 1
        error = RequestRejected(text.format(f"2026-11-28T08:{n_asked // 60:02}:{n_asked % 60:02}.5Z"))
        error.is_about_request = True
        return error

    with pytest.raises(SharedFailure):
        scripted_run(one_answer, tmp_path, ScriptedProvider(reply), prompts=PROMPTS, concurrency=4)

    assert n_asked <= most


def test_equal_replies_that_cannot_be_read_stop_the_run_sooner(tmp_path: Path) -> None:
    provider = ScriptedProvider(lambda request: "")

    with pytest.raises(RunStopped, match="no reply of 10 conversations could be read"):
        scripted_run(one_answer, tmp_path, provider, prompts=PROMPTS, concurrency=2)

    assert provider.n_calls <= 2 * (10 + 2)


@pytest.mark.parametrize("kind", ["unreadable", "without a majority"])
def test_failures_that_are_tried_again_are_not_those_of_all(tmp_path: Path, kind: str) -> None:
    """Where others of the run have finished: the run ends, and the script goes on to its next one."""
    scenario: Any = one_answer
    cast: dict[str, Any] = {"generator": Generator(MODEL, repairs=0)}
    prompts: list[Any] = [f"question {n}" for n in range(40)]
    if kind != "unreadable":
        scenario, cast = jury, {"jurors": [Juror(MODEL, name=f"juror_{n}", repairs=0) for n in range(3)]}
        prompts = [{"prompt": each, "response_a": "one", "response_b": "two"} for each in prompts]

    def reply(request: Request) -> str:
        is_good = request.key.conversation < "c00010"
        return ("A good answer." if kind == "unreadable" else "Score A: 8/10\nScore B: 3/10") if is_good else ""

    def start(**options: Any) -> Any:
        provider = ScriptedProvider(reply)
        given = {
            "prompts": prompts,
            "out": tmp_path,
            "concurrency": 4,
            "providers": {"fake": provider},
            **cast,
            **options,
        }
        return asyncio.run(arun(scenario, quiet=True, **given))

    first = start()
    again = start(retry_failed=True)

    assert (first.n_finished, first.n_failed) == (10, 30)
    assert (again.n_finished, again.n_failed) == (10, 30)


SILENT = {
    "503": lambda number: Overloaded("lab is overloaded (503): 'no backend for m\x1b[31m sk-abcdefghijk'\nsecond line"),
    "529": lambda number: Overloaded("lab is overloaded (529)", retry_after_s=45.0),
    "one conversation of 500 and 503": lambda number: (
        Overloaded("no backend for m (503)") if number % 3 else ProviderUnavailable("failed (500)")
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_a_model_that_is_never_there_is_reported_once_and_given_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """With what its server says, after few requests; a number of attempts is none of requests that used up theirs."""
    provider = Remote(SILENT[name])
    prompts = PROMPTS[:1] if name.startswith("one") else PROMPTS

    with pytest.raises(SharedFailure, match=r"^fake/any has answered nothing since .*check its name and the server"):
        remote_run(tmp_path / "run", provider, prompts=prompts, generator=Generator("fake/any"))

    (line,) = [line for line in capsys.readouterr().err.splitlines() if "has answered nothing since" in line]
    assert f"; {len(prompts) if len(prompts) == 1 else {'503': 19, '529': 3}[name]} requests wait; " in line
    assert "the run stops 5 min after the first" in line
    assert "no backend for m" in line or name != "503"
    assert not any(hidden in line for hidden in ("\x1b", "sk-abcdefghijk", "second line"))
    assert provider.n_asked <= 80


def test_a_model_behind_a_gateway_is_given_up_although_another_one_answers(tmp_path: Path) -> None:
    """They share a quota, whose server is not silent."""
    agents = [Juror("fake/good", name="one"), Juror("fake/gone", name="two")]

    class Gateway(Remote):
        n_gone = 0

        async def complete(self, request: Request) -> Completion:
            await asyncio.sleep(0.2)
            if request.model == "fake/gone":
                self.n_gone += 1
                raise Overloaded("fake is overloaded (503): 'no healthy upstream'")
            return Completion("Score A: 8/10\nScore B: 3/10")

    gateway = Gateway(lambda number: None)
    items = [{"prompt": f"q{i}", "response_a": "a", "response_b": "b"} for i in range(2000)]
    with pytest.raises(RunStopped, match=r"fake/gone has answered nothing since .*no healthy upstream"):
        jumping(arun(jury, prompts=items, out=tmp_path / "run", quiet=True, jurors=agents, providers={"fake": gateway}))

    assert 10 <= gateway.n_gone <= 400


def test_a_server_that_starts_late_stops_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its first answer ends the silence; one that is overloaded for a second is not reported."""

    def until(end: float) -> Callable[[int], ProviderError | None]:
        return lambda number: Overloaded("loading (503)") if asyncio.get_running_loop().time() < end else None

    late = remote_run(tmp_path / "late", Remote(until(200.0)))
    n_reports = capsys.readouterr().err.count("has answered nothing since")
    soon = remote_run(tmp_path / "soon", Remote(until(1.0)))

    assert (late.n_finished, n_reports) == (300, 1)
    assert (soon.n_finished, "has answered nothing" in capsys.readouterr().err) == (300, False)
