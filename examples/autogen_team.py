"""AutoGen in both directions: a debate in AutoGen's Console, and a jury that compares two AutoGen assistants.

Try it without a key, in this folder:  FELLOWSHIP_MODEL=sim/mid python autogen_team.py
"""

import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.messages import TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.ui import Console

from fellowship import Juror, ModelClient, ScenarioTeam
from fellowship.scenarios import debate, jury, panel

QUESTION = "Why does the Moon always show the Earth the same face?"
ANSWERS = ("Because it turns once around itself while it goes around the Earth once.", "Because it does not turn.")


async def a_debate() -> None:
    """A scenario is a team: the task is the prompt, and the drafts to compare after it."""
    team = ScenarioTeam(debate, debaters=panel("openai/gpt-4o"), rounds=1)
    task = [TextMessage(content=text, source="user") for text in (QUESTION, *ANSWERS)]
    await Console(team.run_stream(task=task))


async def a_chat() -> None:
    """A `ModelClient` serves assistants, and a `ScenarioTeam` takes part in their chat: it compares their texts."""
    client = ModelClient("openai/gpt-4o", temperature=0.7)
    plain = AssistantAgent("plain", model_client=client, system_message="Answer in one sentence.")
    detailed = AssistantAgent("detailed", model_client=client, system_message="Answer in full, for a curious reader.")
    jurors = ScenarioTeam(jury, jurors=[Juror("openai/gpt-4o"), Juror("groq/llama-3.1-70b-versatile")], name="jurors")
    chat = RoundRobinGroupChat([plain, detailed, jurors], max_turns=3, custom_message_types=jurors.message_types)
    await Console(chat.run_stream(task=QUESTION))
    await client.close()


asyncio.run(a_debate())
asyncio.run(a_chat())
