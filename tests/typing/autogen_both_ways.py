"""What a type checker must accept: our objects where AutoGen wants its own, and AutoGen's where we want ours.

Never run: the check is `mypy`, strict. A function here that does not type-check is a contract broken.
"""

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import ChatAgent, TaskResult, TaskRunner, Team
from autogen_agentchat.messages import BaseChatMessage, StructuredMessage, TextMessage
from autogen_agentchat.teams import DiGraphBuilder, GraphFlow, RoundRobinGroupChat, SelectorGroupChat
from autogen_agentchat.ui import Console
from autogen_core import CancellationToken, ComponentModel
from autogen_core.models import ChatCompletionClient, CreateResult, UserMessage
from autogen_ext.models.replay import ReplayChatCompletionClient
from pydantic import BaseModel

from fellowship import Agent, Draft, Generator, Judge, Message, ModelClient, Reviewer, ScenarioTeam, Verdict
from fellowship.protocols.interfaces import Provider
from fellowship.providers.autogen import ClientProvider
from fellowship.scenarios import answer, judge


class Claims(BaseModel):
    """A reply of a user's own."""

    unsupported: list[str]


class FactChecker(Agent[Claims]):
    """A role of a user's own."""


def our_client_where_autogen_wants_one() -> ChatCompletionClient:
    """In its assistant, and in its selector."""
    client = ModelClient("openai/gpt-4o", temperature=0.0, max_tokens=100, stop=("END",))
    assistant = AssistantAgent("assistant", model_client=client)
    SelectorGroupChat([assistant, Generator(client)], model_client=client)
    return client


async def our_client_by_its_contract(client: ModelClient, token: CancellationToken) -> str:
    """The whole of `create` and of its stream."""
    asked = [UserMessage(content="Why?", source="user")]
    result: CreateResult = await client.create(asked, json_output=Claims, cancellation_token=token)
    async for part in client.create_stream(asked, extra_create_args={"seed": 1}):
        if isinstance(part, str):
            return part
    return str(result.content)


def our_client_as_a_component(client: ModelClient) -> ChatCompletionClient:
    """Written down, and made again."""
    dumped: ComponentModel = client.dump_component()
    again: ModelClient = ModelClient.load_component(dumped)
    assert again
    return ChatCompletionClient.load_component(dumped)


def autogens_client_where_we_want_a_model(client: ReplayChatCompletionClient) -> Provider:
    """In every role, and as a provider."""
    judge_on_it: Judge = Judge(client, strategy="direct")
    checker_on_it: FactChecker = FactChecker(client)
    assert judge_on_it
    assert checker_on_it
    return ClientProvider(client)


def our_agents_as_participants() -> GraphFlow:
    """Beside AutoGen's own, in its teams and graphs."""
    generator, reviewer, checker = Generator("sim/mid"), Reviewer("sim/mid"), FactChecker("sim/mid")
    participants: list[ChatAgent | Team] = [generator, reviewer, checker]
    RoundRobinGroupChat(participants, max_turns=3)
    graph = DiGraphBuilder()
    graph.add_node(generator).add_node(reviewer).add_edge(generator, reviewer)
    return GraphFlow([generator, reviewer], graph.build())


def our_messages_are_autogens(message: Message[Draft]) -> BaseChatMessage:
    """A structured message, with a typed content."""
    structured: StructuredMessage[Draft] = message
    text: str = structured.content.text
    assert text
    return message


def our_team_as_a_team() -> Team:
    """Alone, and as a participant."""
    team = ScenarioTeam(judge, judge=Judge("sim/mid"), name="the_judge", a="Canberra.", b="Sydney.")
    runner: TaskRunner = team
    assert runner
    RoundRobinGroupChat([Generator("sim/mid"), team], custom_message_types=team.message_types)
    return team


async def our_team_in_the_console() -> Verdict | None:
    """With the result's type."""
    team = ScenarioTeam(answer, generator=Generator("sim/mid"))
    task = [TextMessage(content="Why?", source="user")]
    result: TaskResult = await team.run(task=task, cancellation_token=CancellationToken(), output_task_messages=False)
    shown = await Console(team.run_stream(task="Why?"))
    assert shown
    last = result.messages[-1]
    return last.content if isinstance(last, Message) and isinstance(last.content, Verdict) else None
