"""Every scenario as an AutoGen team: alone, in AutoGen's Console, and beside other agents in AutoGen's own teams."""

import asyncio
import json
from functools import partial
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.ui import Console
from autogen_ext.models.replay import ReplayChatCompletionClient

from fellowship import ScenarioTeam
from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.juror import Juror
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.autogen import CancellationToken, RequestUsage, TaskResult, Team
from fellowship.protocols.completions import Completion, Request, Usage
from fellowship.protocols.content import Draft, Prompt, Verdict
from fellowship.protocols.errors import ConfigurationError, ProviderUnavailable, ReplyNotParsed
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.runners.run import arun
from fellowship.scenarios import answer, debate, feedback_loop, judge, jury, panel, select_best, versus
from fellowship.testing import ScriptedProvider
from fellowship.testing.scripted_provider import ScriptedReplies
from tests.builders import QUESTION, a_draft, a_prompt, an_item
from tests.jumping_loop import JumpingLoop
from tests.scenarios.scripts import BAD, GOOD, MODEL, by_merit

BY_MERIT = by_merit({GOOD: 8, BAD: 2})
PAIR = [a_prompt(), a_draft(GOOD), a_draft(BAD, source="other")]
CRITIQUE = "Say since when.\nOverall score: 6/10"


class Slow:
    """A provider that takes its time, or for ever; it notes what it was asked, and what was cancelled."""

    def __init__(self, latency_s: float | None = None) -> None:
        self.latency_s = latency_s
        self.asked = asyncio.Event()
        self.n_asked = self.n_cancelled = 0

    async def complete(self, request: Request) -> Completion:
        """A draft, at last."""
        self.n_asked += 1
        self.asked.set()
        try:
            await (asyncio.Event().wait() if self.latency_s is None else asyncio.sleep(self.latency_s))
        except asyncio.CancelledError:
            self.n_cancelled += 1
            raise
        return Completion("Canberra.")

    async def close(self) -> None:
        """Nothing."""


def a_team(scenario: Any, replies: ScriptedReplies, **arguments: Any) -> tuple[ScenarioTeam, ScriptedProvider]:
    """A team on scripted models."""
    provider = ScriptedProvider(replies)
    return ScenarioTeam(scenario, providers={"scripted": provider}, **arguments), provider


def said(result: TaskResult) -> list[str]:
    """Who wrote what kind of message."""
    return [f"{type(message).__name__} of {message.source}" for message in result.messages]


def outcome_of(result: TaskResult) -> Any:
    """The content of the last message."""
    message = result.messages[-1]
    assert isinstance(message, Message)
    return message.content


SCENARIOS: dict[str, tuple[Any, dict[str, Any], Any, Any]] = {
    "answer": (answer, {"generator": Generator(MODEL)}, QUESTION, Draft),
    "feedback_loop": (
        feedback_loop,
        {"generator": Generator(MODEL), "reviewer": Reviewer(MODEL), "rounds": 2},
        QUESTION,
        Draft,
    ),
    "judge": (judge, {"judge": Judge(MODEL)}, PAIR, Verdict),
    "jury": (jury, {"jurors": [Juror(MODEL), Juror(MODEL), Juror(MODEL)]}, PAIR, Verdict),
    "debate": (debate, {"debaters": panel(MODEL), "rounds": 1}, PAIR, Verdict),
    "select_best": (select_best, {"evaluator": partial(judge, judge=Judge(MODEL))}, PAIR, Draft),
    "versus": (versus, {"evaluator": partial(judge, judge=Judge(MODEL))}, PAIR, Verdict),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_runs_as_a_team(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On simulated models; what it says is what a run of one conversation records, and its outcome is the last."""
    monkeypatch.setenv("FELLOWSHIP_MODEL", "sim/mid")
    scenario, arguments, task, content = SCENARIOS[name]
    item = an_item() if task is QUESTION else an_item(GOOD, BAD)

    async def main() -> tuple[TaskResult, Any]:
        result = await ScenarioTeam(scenario, **arguments).run(task=task)
        summary = await arun(scenario, prompts=[item], out=":memory:", quiet=True, **arguments)
        return result, next(iter(summary))

    result, recorded = asyncio.run(main())

    ours = {message.id.partition("/c00000/")[2]: message for message in result.messages if isinstance(message, Message)}
    assert {id: message.content for id, message in ours.items()} == {
        message.id: message.content for message in recorded.messages
    }
    assert outcome_of(result) == recorded.outcome.content
    assert isinstance(outcome_of(result), content)
    assert result.stop_reason == f"scenario {name} ended (simulated)"


def test_a_debate_is_shown_in_autogens_console(capsys: pytest.CaptureFixture[str]) -> None:
    """Each message under its author, as it comes about, with the tokens."""

    def model(request: Request) -> Completion:
        text = BY_MERIT(request) if request.key.agent.endswith("_ballot") else "A is right."
        assert isinstance(text, str)
        return Completion(text, usage=Usage(107, 3))

    team, _ = a_team(debate, model, debaters=panel(MODEL), rounds=1, seats="as given")

    result = asyncio.run(Console(team.run_stream(task=PAIR), output_stats=True))

    shown = capsys.readouterr().out
    heads = [line.strip("- ") for line in shown.splitlines() if line.startswith("---------- ")]
    assert heads == [
        "PromptMessage (user)",
        "DraftMessage (candidate_1)",
        "DraftMessage (candidate_2)",
        "ArgumentMessage (general_public)",
        "ArgumentMessage (psychologist)",
        "ArgumentMessage (critic)",
        "VoteMessage (general_public_ballot)",
        "VoteMessage (psychologist_ballot)",
        "VoteMessage (critic_ballot)",
        "VerdictMessage (debate)",
        "Summary",
    ]
    assert f"---------- DraftMessage (candidate_1) ----------\n{GOOD}\n" in shown
    assert "[Prompt tokens: 107, Completion tokens: 3]" in shown
    assert "Total prompt tokens: 642\n" in shown
    assert outcome_of(result).decision == "A"


def test_messages_come_as_they_come_about() -> None:
    """The first draft is there before the reviewer is asked."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        team = ScenarioTeam(answer, providers={"slow": Slow(5.0)}, generator=Generator("slow/x"))
        at = {type(each).__name__: loop.time() async for each in team.run_stream(task=QUESTION)}
        assert at["DraftMessage"] - at["PromptMessage"] >= 5.0

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(main())


def test_the_outcome_is_told_again_where_it_was_not_the_last() -> None:
    """The last draft of a feedback loop is reviewed, but the draft is the outcome."""
    team, _ = a_team(
        feedback_loop,
        {"generator": "Canberra.", "reviewer": CRITIQUE},
        generator=Generator(MODEL),
        reviewer=Reviewer(MODEL),
        rounds=1,
    )

    result = asyncio.run(team.run(task=QUESTION))

    assert said(result) == [
        "PromptMessage of user",
        "DraftMessage of generator",
        "CritiqueMessage of reviewer",
        "DraftMessage of generator",
    ]
    assert result.messages[1].id == result.messages[3].id


def test_task_messages_are_left_out_on_request() -> None:
    """As teams of AutoGen's want it of their participants."""
    team, _ = a_team(answer, ["Canberra."], generator=Generator(MODEL))

    result = asyncio.run(team.run(task=QUESTION, output_task_messages=False))

    assert said(result) == ["DraftMessage of generator"]


def test_the_tokens_of_unreadable_attempts_are_counted_with_the_reply() -> None:
    """They were paid for."""
    replies = [
        Completion("No idea.", usage=Usage(105, 2)),
        Completion("Score A: 8/10\nScore B: 2/10", usage=Usage(109, 4)),
    ]
    team, _ = a_team(judge, replies, judge=Judge(MODEL), seats="as given")

    result = asyncio.run(team.run(task=PAIR))

    assert result.messages[-1].models_usage == RequestUsage(214, 6)


@pytest.mark.parametrize(
    ("scenario", "fixed", "task", "seats"),
    [
        (judge, {"a": GOOD, "b": Draft(text=BAD)}, QUESTION, (GOOD, BAD)),
        (judge, {"b": BAD}, [a_prompt(), a_draft(GOOD)], (GOOD, BAD)),
        (judge, {"a": BAD}, [a_prompt(), a_draft(GOOD)], (BAD, GOOD)),
    ],
    ids=["both", "the second", "the first"],
)
def test_drafts_may_be_given_beforehand(scenario: Any, fixed: Any, task: Any, seats: tuple[str, str]) -> None:
    """Under the names that the scenario has for them."""
    team, _ = a_team(scenario, BY_MERIT, judge=Judge(MODEL), **fixed)

    result = asyncio.run(team.run(task=task))

    assert tuple(message.to_text() for message in result.messages[1:3] if isinstance(message, Message)) == seats
    assert outcome_of(result).decision == ("A" if seats[0] == GOOD else "B")


def test_an_opponent_may_be_given_beforehand() -> None:
    """And any number of drafts to choose from."""
    evaluator = partial(judge, judge=Judge(MODEL))
    against, _ = a_team(versus, BY_MERIT, evaluator=evaluator, opponent=BAD)
    best, _ = a_team(select_best, BY_MERIT, evaluator=evaluator, drafts=[BAD, GOOD])

    assert outcome_of(asyncio.run(against.run(task=[a_prompt(), a_draft(GOOD)]))).decision == "A"
    assert outcome_of(asyncio.run(best.run(task=QUESTION))) == Draft(text=GOOD)


def test_a_scenario_with_its_cast_filled_in_is_a_team_too() -> None:
    """Its agents are the team's participants, with unique names."""
    team, _ = a_team(partial(jury, jurors=[Juror(MODEL), Juror(MODEL)]), BY_MERIT)

    assert [agent.name for agent in team.participants] == ["juror_1", "juror_2"]
    assert outcome_of(asyncio.run(team.run(task=PAIR))).decision == "A"


def test_each_task_is_a_conversation_of_its_own() -> None:
    """The team remembers no drafts; without a task the last one is carried out once more."""
    team, provider = a_team(answer, ["Canberra.", "Lima.", "Lima!"], generator=Generator(MODEL))

    async def main() -> list[TaskResult]:
        return [await team.run(task=QUESTION), await team.run(task="And of Peru?"), await team.run()]

    results = asyncio.run(main())

    assert [outcome_of(result).text for result in results] == ["Canberra.", "Lima.", "Lima!"]
    assert [request.messages[-1]["content"] for request in provider.requests] == [
        QUESTION,
        "And of Peru?",
        "And of Peru?",
    ]
    assert [request.key.conversation for request in provider.requests] == ["c00000", "c00001", "c00002"]
    assert len({result.messages[-1].id for result in results}) == 3


def test_a_saved_team_goes_on_where_it_was() -> None:
    """Through JSON: the same task, and the next conversation."""
    first, _ = a_team(answer, ["Canberra."], generator=Generator(MODEL))
    second, provider = a_team(answer, ["Canberra!"], generator=Generator(MODEL))

    async def main() -> None:
        await first.run(task=QUESTION)
        await second.load_state(json.loads(json.dumps(await first.save_state())))
        await second.run()

    asyncio.run(main())

    (request,) = provider.requests
    assert (request.messages[-1]["content"], request.key.conversation) == (QUESTION, "c00001")


def test_a_reset_team_has_no_task() -> None:
    """It says what it needs."""
    team, _ = a_team(answer, ["Canberra."], generator=Generator(MODEL))

    async def main() -> None:
        await team.run(task=QUESTION)
        await team.reset()
        await team.run()

    with pytest.raises(ValueError, match=r"^team 'answer' has no task yet; expected a text, a message or messages$"):
        asyncio.run(main())


def test_a_paused_team_asks_nothing_until_it_is_resumed() -> None:
    """And goes on from there."""

    async def main() -> tuple[int, int]:
        provider = Slow(1.0)
        team = ScenarioTeam(answer, providers={"slow": provider}, generator=Generator("slow/x"))
        await team.pause()
        running = asyncio.ensure_future(team.run(task=QUESTION))
        await asyncio.sleep(100)
        before = provider.n_asked
        await team.resume()
        await running
        return before, provider.n_asked

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        assert runner.run(main()) == (0, 1)


@pytest.mark.parametrize("by", ["token", "task", "leaving the stream"])
def test_a_cancelled_team_ends_its_calls(by: str) -> None:
    """At once, and it may be given another task."""

    async def main() -> Slow:
        provider, token = Slow(), CancellationToken()
        team = ScenarioTeam(answer, providers={"slow": provider}, generator=Generator("slow/x"))
        stream = team.run_stream(task=QUESTION, cancellation_token=token)
        assert isinstance(await anext(stream), Message)
        await provider.asked.wait()
        if by == "leaving the stream":
            await stream.aclose()
        else:
            waiting = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0)
            token.cancel() if by == "token" else waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        provider.latency_s = 0.0
        await team.run(task=QUESTION)
        return provider

    provider = asyncio.run(main())

    assert (provider.n_asked, provider.n_cancelled) == (2, 1)


def test_a_team_does_one_thing_at_a_time() -> None:
    """As AutoGen's own."""

    async def main() -> None:
        provider = Slow()
        team = ScenarioTeam(answer, providers={"slow": provider}, generator=Generator("slow/x"))
        async with asyncio.TaskGroup() as group:
            running = group.create_task(team.run(task=QUESTION))
            await provider.asked.wait()
            with pytest.raises(RuntimeError, match=r"^team 'answer' is running; it can be given another task when"):
                await team.run(task=QUESTION)
            with pytest.raises(RuntimeError, match=r"^team 'answer' is running; it can be reset when it has ended$"):
                await team.reset()
            running.cancel()

    asyncio.run(main())


@pytest.mark.parametrize(
    "error", [ProviderUnavailable("gone"), ReplyNotParsed("no draft", raw="?")], ids=lambda error: type(error).__name__
)
def test_errors_keep_their_type(error: Exception) -> None:
    """And the team can be given another task."""
    team, _ = a_team(answer, [error, "Canberra."], generator=Generator(MODEL))

    async def main() -> TaskResult:
        with pytest.raises(type(error)) as caught:
            await team.run(task=QUESTION)
        assert caught.value is error
        return await team.run(task=QUESTION)

    assert outcome_of(asyncio.run(main())) == Draft(text="Canberra.")


def test_a_failed_verdict_is_an_outcome_and_says_so() -> None:
    """It is never counted as a tie."""
    team, _ = a_team(judge, lambda request: "I had rather not say.", judge=Judge(MODEL), seats="as given")

    result = asyncio.run(team.run(task=PAIR))

    assert outcome_of(result).decision == "failed"
    assert result.stop_reason == f"scenario judge failed: {outcome_of(result).reason} (simulated)"


def test_a_scenario_that_returns_no_message_is_told() -> None:
    """A bug of its own."""

    async def broken(talk: Conversation, prompt: Message[Prompt]) -> Any:
        return "Canberra."

    with pytest.raises(TypeError, match=r"^the scenario returned str; expected a message$"):
        asyncio.run(ScenarioTeam(broken).run(task=QUESTION))


def test_a_jury_decides_between_autogens_agents() -> None:
    """In a team of AutoGen's, round after round: their texts are the drafts, and they read its verdict."""
    clients = [ReplayChatCompletionClient([GOOD, BAD]), ReplayChatCompletionClient([BAD, GOOD])]
    writers = [AssistantAgent(f"writer_{place}", model_client=client) for place, client in enumerate(clients)]
    team, _ = a_team(jury, BY_MERIT, jurors=[Juror(MODEL), Juror(MODEL)], seats="as given", name="the_jury")
    chat = RoundRobinGroupChat([*writers, team], max_turns=6, custom_message_types=team.message_types)

    result = asyncio.run(chat.run(task=QUESTION))

    verdicts = [
        message.content.decision
        for message in result.messages
        if isinstance(message, Message) and isinstance(message.content, Verdict) and message.source == "jury"
    ]
    assert verdicts == ["A", "B"]
    assert "decision: A" in str(clients[0].create_calls[1]["messages"][-1].content)


def test_a_chat_that_is_given_another_task_asks_about_that_one() -> None:
    """The user has spoken again: what was said before is not the prompt."""
    client = ReplayChatCompletionClient(["Hm.", "Well."])
    team, provider = a_team(answer, ["Canberra.", "Lima."], generator=Generator(MODEL))
    chat = RoundRobinGroupChat(
        [AssistantAgent("assistant", model_client=client), team], max_turns=2, custom_message_types=team.message_types
    )

    async def main() -> None:
        await chat.run(task=QUESTION)
        await chat.run(task="And of Peru?")

    asyncio.run(main())

    assert [request.messages[-1]["content"] for request in provider.requests] == [QUESTION, "And of Peru?"]


def test_a_client_of_autogens_may_be_in_the_cast() -> None:
    """It is asked as in a run."""
    client = ReplayChatCompletionClient(["Canberra."])

    result = asyncio.run(ScenarioTeam(answer, generator=Generator(client)).run(task=QUESTION))

    assert outcome_of(result) == Draft(text="Canberra.")
    assert result.stop_reason == "scenario answer ended"


def test_it_is_one_of_autogens_teams() -> None:
    """By class; it says what it does."""
    team, _ = a_team(judge, BY_MERIT, judge=Judge(MODEL), name="the_judge")

    assert isinstance(team, Team)
    assert (team.name, team.description) == ("the_judge", "Carries out the scenario judge.")
    assert repr(team) == "ScenarioTeam(judge, name='the_judge')"


def test_a_scenario_holds_code_so_a_team_cannot_be_dumped() -> None:
    """AutoGen says so itself."""
    team, _ = a_team(judge, BY_MERIT, judge=Judge(MODEL))

    with pytest.raises(NotImplementedError, match="does not support dumping"):
        team.dump_component()


async def shadowing(talk: Conversation, prompt: Message[Prompt], *, seed: int) -> Message[Draft]:
    """A scenario with a parameter that the team takes for its own."""
    raise NotImplementedError


@pytest.mark.parametrize(
    ("scenario", "arguments", "message"),
    [
        (judge, {}, "scenario judge: missing a required .*argument: 'judge'; it takes judge, seats"),
        (judge, {"judge": Judge()}, "agent 'judge' has no model"),
        (judge, {"judge": Judge(MODEL), "name": "my judge"}, "the team's name is 'my judge'; expected an identifier"),
        (shadowing, {}, r"scenario shadowing: 'seed' is an option of ScenarioTeam\(...\); rename the parameter"),
    ],
    ids=["no cast", "no model", "no identifier", "shadowed"],
)
def test_arguments_are_checked_before_anything_is_asked(scenario: Any, arguments: Any, message: str) -> None:
    """As those of a run."""
    with pytest.raises(ConfigurationError, match=f"^{message}"):
        ScenarioTeam(scenario, **arguments)
