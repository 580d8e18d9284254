"""Whether a text, or the turns of a chat, stand in a prompt already."""

from collections.abc import Mapping
from typing import Any

from fellowship.protocols.content import Prompt

TURN_ROLES = {"human": "user", "gpt": "assistant", "model": "assistant", "developer": "system"}


def has_lines(text: str, lines: str) -> bool:
    return f"\n{lines.strip()}\n" in f"\n{text.strip()}\n"


def is_in_prompt(prompt: Prompt, value: Any) -> bool:
    """Whether the text is a part of the prompt already, by whole lines."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return is_same_chat(prompt, value)
    texts = [message["content"] for message in prompt.chat] + ([prompt.reference] if prompt.reference else [])
    return isinstance(value, str) and any(has_lines(text, value) for text in texts)


def is_same_chat(prompt: Prompt, value: Any) -> bool:
    """Whether the messages are those of the prompt, with or without an answer at the end."""
    if not isinstance(value, list) or not all(isinstance(message, Mapping) for message in value):
        return False
    turns = [
        (message.get("role", message.get("from")), message.get("content", message.get("value"))) for message in value
    ]
    turns = [(TURN_ROLES.get(str(role), role), text) for role, text in turns]
    expected = [(message["role"], message["content"]) for message in prompt.chat]
    return turns == expected or (turns[:-1] == expected and turns[-1][0] == "assistant")
