"""Agents in AutoGen: as chat agents of their own, in a team with AutoGen's, with state, failure and cancellation."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import TaskResult
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.messages import BaseChatMessage, StopMessage, TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken
from autogen_core.models import CreateResult, RequestUsage
from autogen_ext.models.replay import ReplayChatCompletionClient

from fellowship.agents.agent import Agent
from fellowship.agents.chat_thread import understood
from fellowship.agents.debater import CRITIC, Debater
from fellowship.agents.generator import REVISE, Generator
from fellowship.agents.judge import Judge
from fellowship.agents.juror import Juror
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.content import Argument, Critique, Draft, Prompt, Verdict, Vote
from fellowship.protocols.errors import ConfigurationError, ProviderUnavailable, ReplyNotParsed
from fellowship.protocols.messages import Message, PromptMessage
from fellowship.testing.server import started
from tests.agents.roles import Claims, FactChecker
from tests.builders import QUESTION, a_draft, a_prompt

SCORES = "Score A: 8/10\nScore B: 2/10"
ANSWERS = [a_draft("It is Canberra."), a_draft("Sydney!", source="other")]


class Waiting(ReplayChatCompletionClient):
    """A client whose model never answers."""

    def __init__(self) -> None:
        super().__init__([])
        self.asked = asyncio.Event()
        self.token: CancellationToken | None = None

    async def create(self, *arguments: Any, **options: Any) -> CreateResult:
        """Nothing, ever."""
        self.token = options.get("cancellation_token")
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError


def replaying(*replies: str | CreateResult) -> ReplayChatCompletionClient:
    """A client that gives these replies."""
    return ReplayChatCompletionClient(list(replies))


def chats(client: ReplayChatCompletionClient) -> list[list[str]]:
    """The texts of every chat the client was sent."""
    return [[str(message.content) for message in call["messages"]] for call in client.create_calls]


def last_of(result: TaskResult) -> Message[Any]:
    """The message that ended a run."""
    message = result.messages[-1]
    assert isinstance(message, Message)
    return message


def a_turn(agent: Agent[Any], *messages: BaseChatMessage) -> Message[Any]:
    """The agent's reply to new messages."""
    response = asyncio.run(agent.on_messages(messages, CancellationToken()))
    assert isinstance(response.chat_message, Message)
    return response.chat_message


@pytest.mark.parametrize(
    ("kind", "options", "task", "reply", "content"),
    [
        (Generator, {}, QUESTION, "Canberra.", Draft(text="Canberra.")),
        (Reviewer, {}, [a_prompt(), ANSWERS[0]], "Overall score: 9/10", Critique(text="Overall score: 9/10", score=9)),
        (
            Judge,
            {},
            [a_prompt(), *ANSWERS],
            SCORES,
            Verdict(decision="A", score_a=8, score_b=2, out_of=10, explanation=SCORES),
        ),
        (
            Juror,
            {"strategy": "direct", "persona": CRITIC},
            [a_prompt(), *ANSWERS],
            "Answer: B",
            Vote(decision="B", explanation="Answer: B"),
        ),
        (Debater, {"persona": CRITIC}, [a_prompt(), *ANSWERS], "A is right.", Argument(text="A is right.")),
        (FactChecker, {}, [a_prompt(), ANSWERS[0]], '{"unsupported": ["it is"]}', Claims(unsupported=["it is"])),
    ],
    ids=["generator", "reviewer", "judge", "juror", "debater", "custom role"],
)
def test_every_role_runs_as_a_chat_agent(
    kind: Any, options: dict[str, Any], task: Any, reply: str, content: object
) -> None:
    """On any model client of AutoGen's."""
    agent = kind(replaying(reply), **options)

    result = asyncio.run(agent.run(task=task))

    assert last_of(result).content == content
    assert last_of(result).source == agent.name
    assert type(last_of(result)) is agent.message_type


def test_texts_of_foreign_agents_are_drafts_by_their_authors() -> None:
    """The first one is the question."""
    client = replaying(SCORES)
    task = [TextMessage(content=text, source=by) for text, by in ((QUESTION, "user"), ("Canberra.", "x"), ("Oz.", "y"))]

    result = asyncio.run(Judge(client).run(task=task))

    assert last_of(result).content.decision == "A"
    assert last_of(result).inputs == tuple(message.id for message in task)
    assert chats(client)[0][1] == (
        f"<question>\n{QUESTION}\n</question>\n\n<answer_a>\nCanberra.\n</answer_a>\n\n<answer_b>\nOz.\n</answer_b>"
    )


@pytest.mark.parametrize(
    ("message", "first", "content"),
    [
        (TextMessage(content="Why?", source="planner"), True, Prompt.of("Why?")),
        (TextMessage(content="Why?", source="user"), False, Prompt.of("Why?")),
        (TextMessage(content="Because.", source="planner"), False, Draft(text="Because.")),
        (StopMessage(content="Enough.", source="planner"), False, Draft(text="Enough.")),
    ],
    ids=["first", "user", "agent", "another kind"],
)
def test_a_foreign_message_is_understood(message: BaseChatMessage, first: bool, content: object) -> None:
    """With its id, author and time."""
    ours = understood(message, [] if first else [a_prompt()], listener="judge")

    assert ours.content == content
    assert (ours.id, ours.source, ours.created_at) == (message.id, message.source, message.created_at)


def test_one_of_ours_is_understood_as_it_is() -> None:
    """Whatever its place."""
    draft = a_draft()

    assert understood(draft, [], listener="judge") is draft


def test_a_foreign_text_is_a_remark_for_who_has_written_a_draft() -> None:
    """A critic's advice is not the generator's own earlier answer; an empty text is nothing at all."""
    heard = [a_prompt(), a_draft(source="generator")]
    advice = TextMessage(content="Say since when.", source="critic")

    assert understood(advice, heard, listener="generator").content == Argument(text="Say since when.")
    assert understood(advice, heard, listener="reviewer").content == Draft(text="Say since when.")


def test_ours_and_autogens_agents_work_in_one_team() -> None:
    """Each reads what the other wrote."""
    ours, theirs = replaying("Canberra.", "Canberra, since 1913."), replaying("Say since when.")
    generator = Generator(ours)
    assistant = AssistantAgent("assistant", model_client=theirs)
    team = RoundRobinGroupChat([generator, assistant], termination_condition=MaxMessageTermination(4))

    result = asyncio.run(team.run(task=QUESTION))

    texts = [message.to_text() for message in result.messages if isinstance(message, BaseChatMessage)]
    assert texts == [QUESTION, "Canberra.", "Say since when.", "Canberra, since 1913."]
    assert [type(message).__name__ for message in result.messages[1::2]] == ["DraftMessage", "DraftMessage"]
    assert chats(theirs)[0][1:] == [QUESTION, "Canberra."]
    assert chats(ours) == [
        [QUESTION],
        [QUESTION, "Canberra.", f'<argument by="assistant">\nSay since when.\n</argument>\n\n{REVISE}'],
    ]


def test_a_feedback_loop_runs_as_a_team_of_ours() -> None:
    """A custom role among them; each turn sees what was said before it."""
    writer = replaying("Canberra.", "Canberra, since 1913.")
    generator = Generator(writer)
    reviewer = Reviewer(replaying("Since when?\nOverall score: 6/10"))
    checker = FactChecker(replaying('{"unsupported": []}'))
    team = RoundRobinGroupChat(
        [generator, reviewer, checker],
        termination_condition=MaxMessageTermination(5),
        custom_message_types=[PromptMessage],  # no agent writes prompts, so AutoGen has to be told of them
    )

    result = asyncio.run(team.run(task=a_prompt()))

    kinds = [type(message).__name__ for message in result.messages]
    assert kinds == ["PromptMessage", "DraftMessage", "CritiqueMessage", "ClaimsMessage", "DraftMessage"]
    assert chats(writer)[1][-1] == (
        "<critique>\nSince when?\nOverall score: 6/10\n</critique>\n\n"
        f'<message by="fact_checker">\nunsupported: []\n</message>\n\n{REVISE}'
    )


def test_a_team_takes_up_its_saved_state() -> None:
    """In new agents, through JSON."""

    def a_team(*replies: str) -> tuple[RoundRobinGroupChat, ReplayChatCompletionClient]:
        client = replaying(*replies)
        generator, reviewer = Generator(client), Reviewer(replaying("Overall score: 6/10"), repairs=0)
        return RoundRobinGroupChat([generator, reviewer], max_turns=2), client

    async def main() -> tuple[TaskResult, ReplayChatCompletionClient]:
        team, _ = a_team("Canberra.")
        await team.run(task=QUESTION)
        state = json.loads(json.dumps(await team.save_state()))
        again, client = a_team("Canberra, since 1913.")
        await again.load_state(state)
        return await again.run(), client

    result, client = asyncio.run(main())

    assert [message.source for message in result.messages] == ["generator", "reviewer"]
    assert chats(client)[0][:2] == [QUESTION, "Canberra."]


def test_an_agent_keeps_its_thread_between_turns() -> None:
    """Only new messages are handed to it."""
    client = replaying("Canberra.", "Canberra, since 1913.")
    generator = Generator(client)

    first = a_turn(generator, TextMessage(content=QUESTION, source="user"))
    second = a_turn(generator, TextMessage(content="Since when?", source="user"))

    assert chats(client)[1] == [QUESTION, "Canberra.", "Since when?"]
    assert second.inputs[1] == first.id
    assert len(second.inputs) == 3


@pytest.mark.parametrize("kind", [Generator, FactChecker], ids=lambda kind: kind.__name__)
def test_a_thread_is_saved_and_taken_up_by_another_agent(kind: Any) -> None:
    """Through JSON, and to the letter."""
    reply = '{"unsupported": ["it is"]}'

    async def main() -> tuple[list[list[str]], list[list[str]]]:
        client, other = replaying(reply, reply), replaying(reply)
        agent, twin = kind(client), kind(other)
        await agent.run(task=[a_prompt(), ANSWERS[0]])
        await twin.load_state(json.loads(json.dumps(await agent.save_state())))
        assert await twin.save_state() == await agent.save_state()
        await agent.run(task="And Lima?")
        await twin.run(task="And Lima?")
        return chats(client), chats(other)

    stayed, moved = asyncio.run(main())

    assert moved == stayed[1:]


def test_a_reset_forgets_the_thread() -> None:
    """The next message opens a new one."""
    client = replaying("Canberra.", "Lima.")
    generator = Generator(client)

    async def main() -> None:
        await generator.run(task=QUESTION)
        await generator.on_reset(CancellationToken())
        await generator.run(task="And of Peru?")

    asyncio.run(main())

    assert chats(client) == [[QUESTION], ["And of Peru?"]]


def test_an_unreadable_reply_is_repaired() -> None:
    """In the same turn; the thread keeps the reply alone."""
    client = replaying("Both are fine.", SCORES)
    judge = Judge(client)

    reply = a_turn(judge, a_prompt(), *ANSWERS)

    assert reply.content.decision == "A"
    assert len(chats(client)) == 2
    assert chats(client)[1][2] == "Both are fine."
    state: Any = asyncio.run(judge.save_state())
    assert [message["type"] for message in state["messages"]] == [
        "PromptMessage",
        "DraftMessage",
        "DraftMessage",
        "VerdictMessage",
    ]


@pytest.mark.parametrize(("repairs", "n_asked"), [(0, 1), (1, 2), (2, 3)])
def test_an_agent_asks_again_as_often_as_it_may(repairs: int, n_asked: int) -> None:
    """Then the last error is the turn's."""
    client = replaying("No.", "No!", "No, never.", "No?")

    with pytest.raises(ReplyNotParsed) as caught:
        a_turn(Judge(client, repairs=repairs), a_prompt(), *ANSWERS)

    assert len(chats(client)) == n_asked
    assert caught.value.raw == ["No.", "No!", "No, never."][repairs]


def test_a_failed_turn_leaves_the_thread_as_it_was() -> None:
    """The same messages may be handed over again."""
    client = replaying("Canberra.")
    generator = Generator(client)
    a_turn(generator, TextMessage(content=QUESTION, source="user"))
    before = asyncio.run(generator.save_state())

    with pytest.raises(ProviderUnavailable, match="No more mock responses available"):
        a_turn(generator, TextMessage(content="Since when?", source="user"))

    assert asyncio.run(generator.save_state()) == before


def test_the_tokens_of_a_reply_are_reported() -> None:
    """Those of its unreadable attempt included."""
    usage = RequestUsage(prompt_tokens=400, completion_tokens=7)
    client = replaying(
        *(CreateResult(finish_reason="stop", content=text, usage=usage, cached=False) for text in ("No.", SCORES))
    )

    reply = a_turn(Judge(client), a_prompt(), *ANSWERS)

    assert reply.models_usage == RequestUsage(800, 14)


def test_the_tokens_of_a_run_are_those_of_its_client() -> None:
    """Nothing is counted twice or forgotten."""
    client = replaying("Canberra.")

    reply = a_turn(Generator(client), a_prompt())

    assert reply.models_usage == client.total_usage()
    assert reply.models_usage.completion_tokens == 1


def test_a_cancelled_token_ends_the_turn() -> None:
    """And the call to the model with it; the thread stays as it was."""

    async def main() -> tuple[Waiting, Agent[Any]]:
        client = Waiting()
        generator = Generator(client)
        token = CancellationToken()
        turn = asyncio.create_task(generator.run(task=QUESTION, cancellation_token=token))
        await client.asked.wait()
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await turn
        return client, generator

    client, generator = asyncio.run(main())

    assert client.token is not None
    assert client.token.is_cancelled()
    assert asyncio.run(generator.save_state()) == {"messages": [], "turns": 0}


def test_cancelling_the_task_ends_the_call_too() -> None:
    """As any await does."""

    async def main() -> Waiting:
        client = Waiting()
        turn = asyncio.create_task(Generator(client).run(task=QUESTION))
        await client.asked.wait()
        turn.cancel()
        with pytest.raises(asyncio.CancelledError):
            await turn
        return client

    client = asyncio.run(main())

    assert client.token is not None
    assert client.token.is_cancelled()


def test_an_agent_without_a_model_says_so_in_autogen_too() -> None:
    """With how to give it one."""
    with pytest.raises(ConfigurationError, match=r"^agent 'generator' has no model"):
        a_turn(Generator(), a_prompt())


@pytest.mark.parametrize(
    "own", [None, "openai/gpt-4o", replaying()], ids=["without a model", "with a model", "with a client"]
)
def test_one_variable_replaces_the_model_in_autogen_too(own: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in runs and in model clients; the agent itself keeps its model."""
    monkeypatch.setenv("FELLOWSHIP_MODEL", "sim/mid")
    agent = Generator(own)

    replies = [a_turn(agent, a_prompt()).content for _ in range(2)]

    assert replies == [a_turn(Generator("sim/mid"), a_prompt()).content, replies[1]]
    assert agent.model is own


def test_the_settings_give_a_model_to_an_agent_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To no other."""
    monkeypatch.chdir(tmp_path)
    Path("fellowship.toml").write_text('model = "sim/mid"\n')

    assert a_turn(Generator(), a_prompt()).content == a_turn(Generator("sim/mid"), a_prompt()).content
    assert a_turn(Generator(replaying("Canberra.")), a_prompt()).content == Draft(text="Canberra.")


def test_a_turn_streams_its_message_and_the_result() -> None:
    """As AutoGen's Console shows them."""

    async def main() -> Sequence[Any]:
        return [each async for each in Generator(replaying("Canberra.")).run_stream(task=a_prompt())]

    prompt, reply, result = asyncio.run(main())

    assert isinstance(prompt, PromptMessage)
    assert reply.to_text() == "Canberra."
    assert result.messages == [prompt, reply]


def test_two_agents_on_one_client_keep_apart() -> None:
    """A copy hears nothing of the original's chat."""
    client = replaying("Canberra.", "Lima.")
    generator = Generator(client)
    twin = generator.renamed("twin")

    a_turn(generator, TextMessage(content=QUESTION, source="user"))
    a_turn(twin, TextMessage(content="And of Peru?", source="user"))

    assert chats(client) == [[QUESTION], ["And of Peru?"]]


def test_the_turns_of_a_chat_keep_to_the_limits_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server allows two requests in half a second, the settings two in a second: it refuses none of five."""
    monkeypatch.chdir(tmp_path)

    async def main(agent: Generator) -> list[str]:
        replies = [
            await agent.on_messages([TextMessage(content=f"question {i}", source="user")], CancellationToken())
            for i in range(5)
        ]
        await agent.close()
        return [reply.chat_message.to_text() for reply in replies]

    with started("an answer", requests=2, window=0.5) as server:
        Path("fellowship.toml").write_text(
            f'[providers.lab]\nbase_url = "{server.base_url}"\n[limits.lab]\nrpm = 120\nwindow = 1.0\n'
        )
        said = asyncio.run(main(Generator("lab/m")))
        stats = server.stats()

    assert said == ["an answer"] * 5
    assert (stats["requests"], stats["rejected"]) == (5, 0)


def test_closing_an_agent_ends_a_turn_that_waits_for_its_model_to_open(monkeypatch: pytest.MonkeyPatch) -> None:
    opening = asyncio.Event()

    async def never_opened(*_: Any) -> None:
        opening.set()
        await asyncio.Event().wait()

    async def main() -> None:
        monkeypatch.setattr("fellowship.agents.open_model.opened", never_opened)
        agent = Generator("lab/m")
        turn = asyncio.ensure_future(
            agent.on_messages([TextMessage(content=QUESTION, source="user")], CancellationToken())
        )
        await opening.wait()
        await agent.close()
        await asyncio.wait([turn], timeout=5)
        assert turn.cancelled()

    asyncio.run(main())
