"""Converts AutoGen's LLM messages into chat messages, which hold text only."""

from collections.abc import Mapping, Sequence
from typing import Any

from fellowship.agents.rendering import json_form
from fellowship.protocols.autogen import AssistantMessage, LLMMessage, SystemMessage, UserMessage
from fellowship.protocols.content import ChatMessage


def chat_message(message: LLMMessage) -> ChatMessage:
    """The role and text of a message. ValueError for images, function calls and their results."""
    if isinstance(message, SystemMessage):
        return {"role": "system", "content": message.content}
    if isinstance(message, UserMessage):
        return {"role": "user", "content": _text_parts(message)}
    if isinstance(message, AssistantMessage) and isinstance(message.content, str):
        return {"role": "assistant", "content": message.content}
    raise ValueError(f"a {message.type} has function calls or their results; a ModelClient accepts text only")


def instructed(chat: Sequence[ChatMessage], schema: Mapping[str, Any] | None) -> list[ChatMessage]:
    """The chat with the instruction to reply in JSON, of the schema if there is one, after its system message."""
    form = json_form(schema)
    if chat and chat[0]["role"] == "system":
        return [{"role": "system", "content": f"{chat[0]['content']}\n\n{form}"}, *chat[1:]]
    return [{"role": "system", "content": form}, *chat]


def _text_parts(message: UserMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    texts = [part for part in message.content if isinstance(part, str)]
    if len(texts) < len(message.content):
        n_images = len(message.content) - len(texts)
        raise ValueError(f"a message of '{message.source}' has {n_images} image(s); a ModelClient accepts text only")
    return "\n".join(texts)
