"""The one door to AutoGen: every AutoGen type that fellowship uses is imported here and taken from here.

AutoGen is in maintenance mode and pinned to 0.7; a move to another version, or away from it, is a change of this file.
"""

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import BaseChatMessage, StructuredMessage, TextMessage
from autogen_core import CancellationToken
from autogen_core.models import (
    AssistantMessage,
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    RequestUsage,
    SystemMessage,
    UserMessage,
)

__all__ = [
    "AssistantMessage",
    "BaseChatAgent",
    "BaseChatMessage",
    "CancellationToken",
    "ChatCompletionClient",
    "CreateResult",
    "LLMMessage",
    "RequestUsage",
    "Response",
    "StructuredMessage",
    "SystemMessage",
    "TextMessage",
    "UserMessage",
]
