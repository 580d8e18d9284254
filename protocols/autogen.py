"""The one door to AutoGen: every AutoGen type that fellowship uses is imported here and taken from here.

AutoGen is in maintenance mode and pinned to 0.7; a move to another version, or away from it, is a change of this file.
`X as X` marks a name that is passed on.
"""

# ruff: noqa: I001
from autogen_agentchat.agents import BaseChatAgent as BaseChatAgent
from autogen_agentchat.base import Response as Response, TaskResult as TaskResult, Team as Team
from autogen_agentchat.messages import (
    BaseAgentEvent as BaseAgentEvent,
    BaseChatMessage as BaseChatMessage,
    StructuredMessage as StructuredMessage,
    TextMessage as TextMessage,
)
from autogen_core import CancellationToken as CancellationToken, Component as Component
from autogen_core.models import (
    AssistantMessage as AssistantMessage,
    ChatCompletionClient as ChatCompletionClient,
    CreateResult as CreateResult,
    FinishReasons as FinishReasons,
    LLMMessage as LLMMessage,
    ModelCapabilities as ModelCapabilities,
    ModelInfo as ModelInfo,
    RequestUsage as RequestUsage,
    SystemMessage as SystemMessage,
    UserMessage as UserMessage,
)
from autogen_core.tools import Tool as Tool, ToolSchema as ToolSchema
