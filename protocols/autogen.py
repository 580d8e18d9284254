"""The one door to AutoGen: every AutoGen type that fellowship uses is imported here and taken from here.

AutoGen is in maintenance mode and pinned to 0.7; a move to another version, or away from it, is a change of this file.
"""

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response, TaskResult, Team
from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, StructuredMessage, TextMessage
from autogen_core import CancellationToken, Component
from autogen_core.models import (
    AssistantMessage,
    ChatCompletionClient,
    CreateResult,
    FinishReasons,
    LLMMessage,
    ModelCapabilities,
    ModelInfo,
    RequestUsage,
    SystemMessage,
    UserMessage,
)
from autogen_core.tools import Tool, ToolSchema

__all__ = [
    "AssistantMessage",
    "BaseAgentEvent",
    "BaseChatAgent",
    "BaseChatMessage",
    "CancellationToken",
    "ChatCompletionClient",
    "Component",
    "CreateResult",
    "FinishReasons",
    "LLMMessage",
    "ModelCapabilities",
    "ModelInfo",
    "RequestUsage",
    "Response",
    "StructuredMessage",
    "SystemMessage",
    "TaskResult",
    "Team",
    "TextMessage",
    "Tool",
    "ToolSchema",
    "UserMessage",
]
