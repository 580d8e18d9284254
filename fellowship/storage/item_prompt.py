"""The prompt of a row: its text or chat, and the columns that belong to it (`input`, `context`, `system`, `history`).

A column that would change the prompt is a part of it, or a Defect: never ignored.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import ValidationError

from fellowship.formatting.shorten import short_repr
from fellowship.protocols.content import Prompt
from fellowship.storage.column_meanings import prompt_meaning
from fellowship.storage.item_columns import Defect, ItemColumns, column_list, filled, json_type, text_column, value_of
from fellowship.storage.lost_prompt_parts import refuse_lost_columns
from fellowship.storage.prompt_contents import has_lines
from fellowship.storage.written_values import (
    NO_NUMBER,
    NO_PARAGRAPH,
    NO_VALUE_ADVICE,
    WRITTEN_CHAT,
    is_no_value,
    refuse_no_value,
    refuse_written_prompt,
)

OTHER_ROLES = {"developer": "system"}
"""Roles that only some servers know, and those that stand for them everywhere."""
PARTS_OF_MESSAGES = frozenset({
    "tool_calls", "function_call", "tool_call_id", "parts", "input_audio", "file", "from_file",
})  # fmt: skip
"""Keys of a chat message that change what a model sees, beside those that name a part of a prompt.

All others, but role and content, are ignored.
"""
TEXT_PARTS = ("text", "input_text", "output_text")
"""Types of the parts of a content that are texts."""
ANOTHER_SYSTEM = "another system text stands in the same row; write one of them, or both into one"


def row_prompt(row: Mapping[str, Any], columns: ItemColumns) -> Prompt:
    """The prompt of a row, with its reference; Defect where it has none, or has a part that has no place in it."""
    if not columns.prompt:
        hint = "; a single chat is given in a list of its own" if {"role", "content"} <= row.keys() else ""
        raise Defect("prompt", f"missing; {column_list(row)}{hint}")
    column = next((name for name in columns.prompt if filled(row, name) is not None), columns.prompt[0])
    value = _unpacked(column, value_of(row, column))
    if not any(filled(row, name) for name in columns.history):  # else it may be what the user answers
        refuse_no_value(column, value)
    chat = [{"role": "user", "content": value}] if isinstance(value, str) else chat_of(column, value)
    if isinstance(value, str) and value.strip():
        for name in columns.paragraphs:
            chat[-1]["content"] = _with_paragraph(chat[-1]["content"], _paragraph(row, name))
    else:
        _refuse_paragraphs(row, columns, f"'{column}' is no text that it could be added to; write it into the chat")
    history = [turn for name in columns.history for turn in _history(name, filled(row, name))]
    if history and any(message.get("role") not in ("user", "system") for message in chat[:-1]):
        raise Defect(columns.history[0], f"'{column}' is a chat with earlier turns already; write them all into it")
    chat = _with_history(columns, history, chat) if history else chat
    prompt = validated(column, _with_system(row, columns, chat), reference=text_column(row, "reference"))
    refuse_lost_columns(row, columns, column, prompt)
    return prompt


def _unpacked(column: str, value: Any) -> Any:
    """The prompt; the messages of a chat that is given as JSON text."""
    if not isinstance(value, str):
        return value
    if WRITTEN_CHAT.fullmatch(value) is not None:
        try:
            chat = orjson.loads(value)
        except orjson.JSONDecodeError:
            chat = None
        if isinstance(chat, list) and all(isinstance(message, dict) for message in chat):
            return chat
    refuse_written_prompt(column, value)
    return value


def validated(column: str, chat: Sequence[Any], *, reference: str | None = None) -> Prompt:
    """The prompt of these messages; Defect, which names the message and the field, if they are none."""
    try:
        return Prompt.of(chat, reference=reference)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Defect(column, f"{place + ': ' if place else ''}{first['msg'].removeprefix('Value error, ')}") from error


def chat_of(column: str, value: Any) -> list[Any]:
    """Chat messages with role and content alone; Defect for what is no list of them, or has a part that is not read."""
    if not isinstance(value, list):
        raise Defect(column, f"expected a text or a list of chat messages, got {json_type(value)}")
    if value and all(isinstance(text, str) for text in value):
        raise Defect(column, "a list of texts; expected one text or chat messages, and one row for each prompt")
    return [_message(column, number, message) for number, message in enumerate(value)]


def _message(column: str, number: int, message: Any) -> Any:
    if not isinstance(message, Mapping):
        expected = "expected a message with 'role' and 'content'"
        raise Defect(column, f"chat.{number}: {expected}, got {json_type(message)}")
    if "role" not in message and {"from", "value"} <= message.keys():
        raise Defect(column, f"chat.{number}: has 'from' and 'value'; expected 'role' (user, assistant) and 'content'")
    part = next((key for key in message if _is_part(key) and filled(message, key) is not None), None)
    if part is not None:
        raise Defect(column, f"chat.{number}.{part}: not read; a message has a role and a text; leave the row out")
    kept = {key: message[key] for key in ("role", "content") if key in message}
    if isinstance(role := kept.get("role"), str):
        kept["role"] = OTHER_ROLES.get(role, role)
    if isinstance(parts := kept.get("content"), list):
        kept["content"] = _joined(column, number, parts)
    return kept


def _is_part(key: Any) -> bool:
    return key in PARTS_OF_MESSAGES or (key not in ("role", "content") and prompt_meaning(str(key)).is_part)


def _joined(column: str, number: int, parts: list[Any]) -> str:
    """The text of a content that is a list of texts; Defect for another part, such as an image."""
    texts = []
    for part in parts:
        kind = part.get("type") if isinstance(part, Mapping) else None
        text = part.get("text") if isinstance(part, Mapping) else part
        if not isinstance(text, str) or (isinstance(part, Mapping) and kind not in TEXT_PARTS):
            what = f"a part of type {short_repr(kind, 40)}" if kind is not None else json_type(part)
            raise Defect(column, f"chat.{number}.content: {what} is not read; a message has a text; leave the row out")
        texts.append(text)
    return "\n".join(texts)


def _paragraph(row: Mapping[str, Any], name: str) -> str | None:
    """The text of a paragraph; None for one that states that it is missing, as Alpaca's `<noinput>` does."""
    text = text_column(row, name)
    if text is not None and NO_NUMBER.fullmatch(text):
        raise Defect(name, f"the word {text.strip()!r} alone, {NO_VALUE_ADVICE}")
    return None if text is None or NO_PARAGRAPH.fullmatch(text) else text


def _with_paragraph(text: str, paragraph: str | None) -> str:
    """The text with the paragraph behind it, unless it has these lines already."""
    return text if paragraph is None or has_lines(text, paragraph) else f"{text}\n\n{paragraph}"


def _with_system(row: Mapping[str, Any], columns: ItemColumns, chat: list[Any]) -> list[Any]:
    given = {name: text for name in columns.system if (text := text_column(row, name)) is not None}
    if not given:
        return chat
    name, text = next(iter(given.items()))
    if is_no_value(text):
        raise Defect(name, f"the word {text.strip()!r} alone, {NO_VALUE_ADVICE}")
    inside = [message.get("content") for message in chat if message.get("role") == "system"]
    if any(other.strip() != text.strip() for other in given.values()) or any(other != text for other in inside):
        raise Defect(name, ANOTHER_SYSTEM)
    return chat if inside else [{"role": "system", "content": text}, *chat]


def _history(column: str, value: Any) -> list[Any]:
    """Earlier turns from pairs of a question and its answer, or from chat messages."""
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(each, Mapping) for each in value):
        turns = chat_of(column, value)
    elif isinstance(value, list) and all(_is_pair(each) for each in value):
        turns = [
            {"role": role, "content": text}
            for pair in value
            for role, text in zip(("user", "assistant"), pair, strict=True)
        ]
    else:
        raise Defect(column, f"expected [question, answer] pairs or chat messages, got {short_repr(value, 40)}")
    if turns[-1].get("role") != "assistant":
        raise Defect(column, "expected earlier turns that end with the assistant")
    return turns


def _with_history(columns: ItemColumns, history: list[Any], chat: list[Any]) -> list[Any]:
    """The earlier turns between the system texts and the user's of a chat; Defect where both have a system text."""
    system = [message for message in chat if message.get("role") == "system"]
    before = [message for message in history if message.get("role") == "system"]
    if system and before and system != before:
        raise Defect(
            columns.history[0], "another system text stands in the same row; write one of them, or both into one"
        )
    turns = [message for message in (*history, *chat) if message.get("role") != "system"]
    return [*(system or before), *turns]


def _is_pair(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(text, str) for text in value)


def _refuse_paragraphs(row: Mapping[str, Any], columns: ItemColumns, problem: str) -> None:
    for name in columns.paragraphs:
        value = filled(row, name)
        if value is not None and not (isinstance(value, str) and NO_PARAGRAPH.fullmatch(value)):
            raise Defect(name, problem)
