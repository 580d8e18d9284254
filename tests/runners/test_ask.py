"""One ask: committed before it is seen, repaired once, numbered, and refused when it is no longer the same."""

import os
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.autogen import CreateResult, RequestUsage
from fellowship.protocols.completions import Completion, Request, Sampling
from fellowship.protocols.content import Critique, Draft, Prompt
from fellowship.protocols.errors import ReplayDiverged, ReplyError
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.runners.known_replies import difference
from fellowship.runners.run import arun
from fellowship.scenarios.concurrency import gather_in_order
from fellowship.testing import ScriptedProvider
from tests.runners.kit import MODEL, committed, improved, jumping, one_answer, queried, scripted_run, told
from tests.transactions import before_each_transaction

READABLE = "Be shorter.\nOverall score: 7/10"


async def reviewed(talk: Conversation, prompt: Message[Prompt], *, reviewer: Reviewer) -> Message[Critique]:
    """A scenario whose only reply needs a score."""
    return await talk.ask(reviewer, prompt)


def reviews(out: Path | str, *replies: str, repairs: int = 1, **options: Any) -> Any:
    reviewer = Reviewer(MODEL, repairs=repairs)
    provider = ScriptedProvider(replies)
    run = scripted_run(reviewed, out, provider, prompts=["one"], reviewer=reviewer, **options)
    return run, provider


def test_a_reply_is_committed_before_the_scenario_sees_it(tmp_path: Path) -> None:
    """A second connection to the file finds it there."""
    seen: list[int] = []

    async def watching(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        drafts = []
        for _ in range(3):
            drafts.append(await talk.ask(generator, prompt))
            seen.append(len(committed(tmp_path)))
        return drafts[-1]

    scripted_run(watching, tmp_path, ScriptedProvider(told), prompts=["one"])

    assert seen == [1, 2, 3]


def test_the_message_is_committed_together_with_its_reply(tmp_path: Path) -> None:
    """A reader never finds one without the other."""
    messages: list[list[str]] = []

    async def watching(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        draft = await talk.ask(generator, prompt)
        messages.append(queried(tmp_path, "SELECT id FROM messages ORDER BY depth"))
        return draft

    scripted_run(watching, tmp_path, ScriptedProvider(told), prompts=["one"])

    assert messages == [["user.0", "generator.0"]]


def test_an_unreadable_reply_is_repaired_in_a_second_attempt(tmp_path: Path) -> None:
    """Both attempts are kept, the first with what was wrong."""
    run, provider = reviews(tmp_path, "No score here.", READABLE)

    assert run.n_finished == 1
    assert [request.attempt for request in provider.requests] == [1, 2]
    assert provider.requests[1].messages[: len(provider.requests[0].messages)] == provider.requests[0].messages
    assert provider.requests[1].messages[-2] == {"role": "assistant", "content": "No score here."}
    attempts = queried(tmp_path, "SELECT attempt, completion, error IS NULL FROM asks ORDER BY attempt")
    assert attempts == [(1, "No score here.", 0), (2, READABLE, 1)]


@pytest.mark.parametrize("repairs", [0, 1, 3])
def test_a_reply_that_stays_unreadable_fails_the_conversation(tmp_path: Path, repairs: int) -> None:
    """After as many repairs as the agent has, and the fault is the content's."""
    run, provider = reviews(tmp_path, *["No score."] * 4, repairs=repairs)

    (row,) = run.rows()
    assert (row["status"], row["fault"], provider.n_calls) == ("failed", "content", 1 + repairs)
    assert row["error"].startswith("reviewer: ")


def test_a_failed_reply_is_given_fresh_attempts_only_on_demand(tmp_path: Path) -> None:
    """Attempts 3 and 4 are a new request and its repair; nothing is asked again without retry_failed."""
    reviews(tmp_path, "bad 1", "bad 2")
    unasked, _ = reviews(tmp_path)
    again, provider = reviews(tmp_path, "bad 3", READABLE, retry_failed=True)

    assert (unasked.n_asked, unasked.n_failed) == (0, 1)
    assert (again.n_finished, again.n_asked) == (1, 2)
    assert [(request.attempt, len(request.messages)) for request in provider.requests] == [(3, 2), (4, 4)]
    assert queried(tmp_path, "SELECT completion FROM asks ORDER BY attempt") == ["bad 1", "bad 2", "bad 3", READABLE]


def test_tries_add_up_over_starts(tmp_path: Path) -> None:
    """Each retry of a failed conversation may ask afresh once more."""
    reviews(tmp_path, "bad 1", "bad 2")
    reviews(tmp_path, "bad 3", "bad 4", retry_failed=True)
    run, provider = reviews(tmp_path, READABLE, retry_failed=True)

    assert run.n_finished == 1
    assert [request.attempt for request in provider.requests] == [5]


def test_a_retry_that_changes_an_early_message_asks_the_later_ones_afresh(tmp_path: Path) -> None:
    """A scenario that went on after a failure is retried; what came after builds on something else now."""

    async def lenient(
        talk: Conversation, prompt: Message[Prompt], *, generator: Generator, reviewer: Reviewer
    ) -> Message[Critique]:
        try:
            first: Message[Any] = await talk.ask(reviewer, prompt)
        except ReplyError:
            first = talk.record(Draft(text="no review"), prompt, author="nobody")
        draft = await talk.ask(generator, prompt, first)
        return await talk.ask(reviewer, prompt, draft)

    def start(*reviews: str, retry_failed: bool = False) -> Any:
        provider = ScriptedProvider({"generator": ["a draft", "another draft"], "reviewer": reviews})
        return scripted_run(
            lenient,
            tmp_path,
            provider,
            prompts=["one"],
            generator=Generator(MODEL),
            reviewer=Reviewer(MODEL),
            retry_failed=retry_failed,
        )

    start("bad", "bad", "bad", "bad")

    assert start(READABLE, READABLE, retry_failed=True).n_finished == 1


def test_a_bug_in_reading_keeps_the_reply(tmp_path: Path) -> None:
    """It is paid for: the mended role, once its code is accepted, reads it from the journal."""

    class Hasty(Generator):
        """Stumbles over every reply."""

        def parse(self, completion: Completion) -> Draft:
            raise TypeError(completion.text)

    provider = ScriptedProvider(told)
    broken = scripted_run(one_answer, tmp_path, provider, prompts=["one"], generator=Hasty(MODEL, name="writer"))
    still = scripted_run(one_answer, tmp_path, provider, prompts=["one"], generator=Hasty(MODEL, name="writer"))
    (row,) = broken.rows()

    class Mended(Generator):
        """Reads replies."""

    Mended.__name__ = "Hasty"
    writer = Mended(MODEL, name="writer")
    mended = scripted_run(one_answer, tmp_path, provider, prompts=["one"], generator=writer, accept_changes=True)

    assert (row["fault"], row["error"]) == ("scenario", "TypeError: reply to c00000/writer.0, attempt 1")
    assert (broken.n_asked, still.n_asked, mended.n_asked, mended.n_finished) == (1, 0, 0, 1)


def test_half_a_surrogate_pair_does_not_stop_the_run(tmp_path: Path) -> None:
    """Some clients let them through; no file can hold them."""

    def reply(request: Request) -> str:
        return "a \ud83d\ude00 and half a \ud83d" if request.key.conversation == "c00001" else "fine"

    run = scripted_run(one_answer, tmp_path, ScriptedProvider(reply))

    assert [row["text"] for row in run.rows()] == [
        "fine",
        "a \N{GRINNING FACE} and half a \N{REPLACEMENT CHARACTER}",
        "fine",
    ]


CHANGES = {
    "message": ({"QUESTION": "which?"}, "message 1 (user) was 'what?', is 'which?'"),
    "new system message": ({"STYLE": "Be brief."}, "message 1 (system) was 'what?', is 'Be brief.'"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_request_that_is_not_the_recorded_one_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """The scenario reads variables whose names it puts together, which no setting shows; ask and field are named."""

    async def changing(talk: Conversation, prompt: Message[Prompt], **_: Any) -> Message[Draft]:
        question = talk.record(Prompt.of(os.environ["QUES" + "TION"]), author="somebody")
        draft = await talk.ask(Generator(MODEL, instructions=os.environ["ST" + "YLE"]), question)
        if not os.environ.get("FIN" + "ISH"):
            raise RuntimeError
        return draft

    def start(**environment: str) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        scripted_run(changing, tmp_path, ScriptedProvider(told), prompts=["one"])

    start(QUESTION="what?", STYLE="")
    changes, told_difference = CHANGES[change]
    with pytest.raises(ReplayDiverged) as caught:
        start(FINISH="1", **changes)

    assert str(caught.value) == (
        f"ask c00000/generator.0 (attempt 1) is not what was recorded: {told_difference}; "
        "put the code back, accept the change with --accept-changes, or give the run another folder with --out"
    )


REQUEST = Request(("c00000", "", "a", 0), 1, "x/y", ({"role": "user", "content": "a" * 100},), {"seed": 1}, "Draft")  # type: ignore[arg-type]
BEFORE = {"model": "x/y", "messages": list(REQUEST.messages), "sampling": {"seed": 1}, "reply": "Draft"}


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ({"model": "x/z"}, ("model", "'x/z'", "'x/y'")),
        ({"sampling": {"seed": 2}}, ("sampling", "{'seed': 2}", "{'seed': 1}")),
        ({"reply": "Vote"}, ("reply form", "'Vote'", "'Draft'")),
        ({"messages": []}, ("number of messages", "0", "1")),
        (
            {"messages": [{"role": "user", "content": "a" * 80 + "b" * 20}]},
            ("message 1 (user)", repr("a" * 20 + "b" * 20), repr("a" * 40)),
        ),
    ],
    ids=["model", "sampling", "reply form", "number of messages", "far into a message"],
)
def test_the_first_difference_of_two_requests_is_told(before: dict[str, Any], expected: tuple[str, str, str]) -> None:
    """Texts are shown around the place where they part."""
    assert difference({**BEFORE, **before}, REQUEST) == expected


def test_many_conversations_share_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replies that arrive while a commit is under way go into the next one."""
    transactions: list[None] = []
    before_each_transaction(monkeypatch, lambda: transactions.append(None))

    run = scripted_run(
        improved, tmp_path, ScriptedProvider(told), prompts=[f"prompt {i}" for i in range(200)], rounds=5
    )

    assert run.n_asked == 1000
    assert 1 < len(transactions) < 150


def test_one_agent_asked_twice_at_once_in_a_lane_is_an_error() -> None:
    """Which of the two came first would depend on latency."""

    async def careless(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        drafts = await gather_in_order(talk.ask(generator, prompt), talk.ask(generator, prompt))
        return drafts[0]

    run = scripted_run(careless, ":memory:", ScriptedProvider(told), prompts=["one"])

    (row,) = run.rows()
    assert (row["fault"], row["error"]) == (
        "scenario",
        "ValueError: agent 'generator' is asked twice at once in lane '' of c00000: which comes first would depend on "
        "latency; open a lane for each, such as talk.lane('first')",
    )


def test_one_agent_may_be_asked_twice_at_once_in_two_lanes() -> None:
    """Each lane counts for itself."""

    async def careful(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        lanes = [talk.lane("first"), talk.lane("second").lane("inner")]
        drafts = await gather_in_order(*(lane.ask(generator, prompt) for lane in lanes))
        return drafts[1]

    run = scripted_run(careful, ":memory:", ScriptedProvider(told), prompts=["one"])

    (row,) = run.rows()
    assert row["text"] == "reply to c00000/second/inner/generator.0, attempt 1"
    assert [message.id for message in next(iter(run)).messages] == [
        "user.0",
        "first/generator.0",
        "second/inner/generator.0",
    ]


def test_the_same_lane_opened_again_is_the_same_branch() -> None:
    """Occurrences go on in it."""

    async def returning(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        await talk.lane("side").ask(generator, prompt)
        return await talk.lane("side").ask(generator, prompt)

    run = scripted_run(returning, ":memory:", ScriptedProvider(told), prompts=["one"])

    assert [message.id for message in next(iter(run)).messages][1:] == ["side/generator.0", "side/generator.1"]


@pytest.mark.parametrize("name", ["", "a/b", "a b", "ä", "a\n", "../x"])
def test_a_lane_has_a_plain_name(name: str) -> None:
    """It is part of the keys of its asks."""

    async def misnamed(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        return await talk.lane(name).ask(generator, prompt)

    run = scripted_run(misnamed, ":memory:", ScriptedProvider(told), prompts=["one"])

    (row,) = run.rows()
    assert row["error"] == f"ValueError: lane {name!r}; expected letters, digits, '_', '.' or '-'"


def test_sampling_goes_into_the_request() -> None:
    """The role's defaults, with the agent's own on top."""
    provider = ScriptedProvider(told)
    generator = Generator(MODEL, sampling=Sampling(temperature=0.1, seed=4))

    scripted_run(one_answer, ":memory:", provider, prompts=["one"], generator=generator)

    assert provider.requests[0].sampling == {"temperature": 0.1, "max_tokens": 2048, "seed": 4}


def test_an_autogen_client_runs_as_a_model() -> None:
    """Under a name of its own, and its owner keeps it."""
    from autogen_ext.models.replay import ReplayChatCompletionClient

    usage = RequestUsage(prompt_tokens=1, completion_tokens=2)
    replies = [CreateResult(finish_reason="stop", content=f"reply {i}", usage=usage, cached=False) for i in range(3)]
    client = ReplayChatCompletionClient(list(replies))

    async def main() -> Any:
        generator = Generator(client)
        return await arun(improved, prompts=["one"], out=":memory:", quiet=True, generator=generator, rounds=3)

    run = jumping(main())

    assert [message.content.text for message in next(iter(run)).messages[1:]] == ["reply 0", "reply 1", "reply 2"]
    assert {ask.model for ask in run.recorded.asks("c00000")} == {"client/ReplayChatCompletionClient.generator"}
