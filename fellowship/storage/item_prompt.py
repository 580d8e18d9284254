"""The prompt of a row: its text or chat, and the columns that belong to it (`input`, `context`, `system`, `history`).

A column that would change the prompt is a part of it, or a Defect: never ignored.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import ValidationError

from fellowship.formatting.shorten import short_repr
from fellowship.protocols.content import Prompt
from fellowship.storage.item_columns import (
    IGNORED,
    REFERENCE_LIKE,
    Defect,
    ItemColumns,
    column_list,
    filled,
    json_type,
    text_column,
    value_of,
)

OTHER_ROLES = {"developer": "system"}
"""Roles that only some servers know, and those that stand for them everywhere."""
TURN_ROLES = {"human": "user", "gpt": "assistant", "model": "assistant", "developer": "system"}
PARTS_OF_MESSAGES = frozenset(
    [
        "tool_calls",
        "function_call",
        "tool_call_id",
        "image",
        "images",
        "image_url",
        "audio",
        "video",
        "files",
        "attachments",
    ]
)
"""Keys of a chat message that change what a model sees; all others, but role and content, are ignored."""


WRITTEN_CHAT = re.compile(
    r"""\s*(?:\[\s*)?\{(?=.*["']role["']\s*:)(?=.*["']content["']\s*:).*[\]}]\s*"""
    r"""|\s*\[\s*\{(?=.*["']from["']\s*:)(?=.*["']value["']\s*:).*[\]}]\s*"""
    r"""|\s*\{\s*["'](?:messages|conversations?|prompt)["']\s*:.*\}\s*""",
    re.DOTALL,
)
"""A text that is a chat as a whole, or a row, in the notation of JSON or Python."""
WRITTEN_AS_TEXT = ", written as text"
WRITTEN_TEXTS = re.compile(r"""\s*\[\s*(?:(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*(?:,\s*)?)+\]\s*""", re.DOTALL)
TEMPLATE = re.compile(
    r"###|<\||\[/?INST\]|<s>|<(?:start|end)_of_turn>|^(?:Human|Assistant|User|Instruction|Response):", re.MULTILINE
)
"""Marks of the templates by which trainers write an example as one text."""


def row_prompt(row: Mapping[str, Any], columns: ItemColumns) -> Prompt:
    """The prompt of a row, with its reference; Defect where it has none, or has a part that has no place in it."""
    if not columns.prompt:
        hint = "; a single chat is given in a list of its own" if {"role", "content"} <= row.keys() else ""
        raise Defect("prompt", f"missing; {column_list(row)}{hint}")
    column = next((name for name in columns.prompt if filled(row, name) is not None), columns.prompt[0])
    value = _unpacked(column, value_of(row, column))
    chat = [{"role": "user", "content": value}] if isinstance(value, str) else chat_of(column, value)
    if isinstance(value, str) and value.strip():
        for name in columns.paragraphs:
            chat[-1]["content"] = _with_paragraph(chat[-1]["content"], text_column(row, name))
    else:
        _refuse(row, columns.paragraphs, f"'{column}' is no text that it could be added to; write it into the chat")
    history = [turn for name in columns.history for turn in _history(name, filled(row, name))]
    if history and any(message.get("role") != "user" for message in chat[:-1]):
        raise Defect(columns.history[0], f"'{column}' is a chat with earlier turns already; write them all into it")
    prompt = validated(column, _with_system(row, columns, [*history, *chat]), reference=text_column(row, "reference"))
    _refuse_contradictions(row, columns, column, prompt)
    return prompt


def refuse_written_answer(column: str, text: str) -> None:
    """Defect for an answer that is a chat in the notation of JSON or Python; other JSON may be what was asked for."""
    if text.lstrip()[:1] == "[" and WRITTEN_CHAT.fullmatch(text) is not None:
        raise Defect(column, f"a chat{WRITTEN_AS_TEXT}; expected the text of the answer alone")


def _refuse_written_prompt(column: str, text: str) -> None:
    """Defect for a text that is a chat, a row, or a list of texts, in the notation of JSON or Python."""
    is_chat = WRITTEN_CHAT.fullmatch(text) is not None
    if is_chat or WRITTEN_TEXTS.fullmatch(text) is not None:
        what = "a chat or a row" if is_chat else "a list of texts"
        advice = "expected a text or chat messages; pass what json.loads or ast.literal_eval makes of it"
        raise Defect(column, f"{what}{WRITTEN_AS_TEXT}; {advice}")


def may_be_written(text: str) -> bool:
    """Whether a text begins as a chat in the notation of JSON or Python does; most texts do not."""
    return text[:1] in "[{" or text[:1].isspace()


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
    _refuse_written_prompt(column, value)
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
    part = next((key for key in message if key in PARTS_OF_MESSAGES and filled(message, key) is not None), None)
    if part is not None:
        raise Defect(column, f"chat.{number}.{part}: not read; a message has a role and a text; leave the row out")
    kept = {key: message[key] for key in ("role", "content") if key in message}
    if isinstance(role := kept.get("role"), str):
        kept["role"] = OTHER_ROLES.get(role, role)
    return kept


def _with_paragraph(text: str, paragraph: str | None) -> str:
    """The text with the paragraph behind it, unless it has these lines already."""
    return text if paragraph is None or _has_lines(text, paragraph) else f"{text}\n\n{paragraph}"


def _has_lines(text: str, lines: str) -> bool:
    return f"\n{lines.strip()}\n" in f"\n{text.strip()}\n"


def _with_system(row: Mapping[str, Any], columns: ItemColumns, chat: list[Any]) -> list[Any]:
    given = {name: text for name in columns.system if (text := text_column(row, name)) is not None}
    if not given:
        return chat
    name, text = next(iter(given.items()))
    inside = [message.get("content") for message in chat if message.get("role") == "system"]
    if any(other.strip() != text.strip() for other in given.values()) or any(other != text for other in inside):
        raise Defect(name, "another system text stands in the same row; write one of them, or both into one")
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


def _is_pair(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(text, str) for text in value)


def _refuse(row: Mapping[str, Any], names: Sequence[str], problem: str) -> None:
    for name in names:
        if filled(row, name) is not None:
            raise Defect(name, problem)


def _refuse_contradictions(row: Mapping[str, Any], columns: ItemColumns, column: str, prompt: Prompt) -> None:
    """Defect for a column that would change the prompt, and is not a part of it already."""
    for name in columns.prompt:
        value = filled(row, name)
        if name != column and isinstance(value, str | list) and not _is_in(prompt, value):
            raise Defect(name, f"differs from '{column}', and both may be the prompt; {_advice(name)}")
    for name in columns.chats:
        value = filled(row, name)
        is_known = _is_in(prompt, value) or _same_chat(prompt, value)
        if isinstance(value, str | list | Mapping) and not is_known and not _is_answer_to(prompt, value):
            raise Defect(name, f"differs from '{column}', and may belong to the prompt; {_advice(name)}")
    for name in columns.others:
        value = value_of(row, name) if _may_be_chat(row.get(name)) else None
        if name not in columns.chats and _is_chat(value) and not _is_answer_to(prompt, value):
            raise Defect(name, f"a chat with other turns than '{column}'; {_advice(name)}")
    for name in columns.refused:
        value = filled(row, name)
        if isinstance(value, str | list | Mapping) and not _is_in(prompt, value):
            if name in REFERENCE_LIKE:
                if prompt.reference is None:
                    raise Defect(name, "did you mean 'reference'?")
            elif not (name == "text" and isinstance(value, str) and _is_template_of(value, row, columns)):
                advice = f"write it into '{column}', or rename it to '{IGNORED}{name}' if it is to be ignored"
                raise Defect(name, f"may belong to the prompt; {advice}")


def _may_be_chat(value: Any) -> bool:
    """Whether the first of several values is an object; an array of numbers is not looked through."""
    is_list = isinstance(value, list | tuple) or (hasattr(value, "tolist") and getattr(value, "ndim", 0) == 1)
    return is_list and len(value) > 0 and isinstance(next(iter(value)), Mapping)


def _is_chat(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, Mapping) and {"role", "content"} <= each.keys() for each in value
    )


def _is_answer_to(prompt: Prompt, value: Any) -> bool:
    """Whether a chat has the turns of the prompt and an answer, or an answer alone; its system text may be missing."""
    if not _is_chat(value):
        return False
    turns = [(TURN_ROLES.get(str(each["role"]), each["role"]), each["content"]) for each in value]
    expected = [(message["role"], message["content"]) for message in prompt.chat]
    while turns and turns[-1][0] == "assistant":
        turns.pop()
    has_system = any(role == "system" for role, _ in turns)
    return not turns or turns == [turn for turn in expected if has_system or turn[0] != "system"]


def _advice(name: str) -> str:
    return f"write one column 'prompt', or rename '{name}' to '{IGNORED}{name}' if it is to be ignored"


def _is_template_of(text: str, row: Mapping[str, Any], columns: ItemColumns) -> bool:
    """Whether the text is an example for training, made of the prompt and its paragraphs."""
    parts = [filled(row, name) for name in (*columns.prompt, *columns.paragraphs)]
    return TEMPLATE.search(text) is not None and all(
        part is None or (isinstance(part, str) and _has_lines(text, part)) for part in parts
    )


def _is_in(prompt: Prompt, value: Any) -> bool:
    """Whether the text is a part of the prompt already, by whole lines."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return _same_chat(prompt, value)
    texts = [message["content"] for message in prompt.chat] + ([prompt.reference] if prompt.reference else [])
    return isinstance(value, str) and any(_has_lines(text, value) for text in texts)


def _same_chat(prompt: Prompt, value: Any) -> bool:
    """Whether the messages are those of the prompt, with or without an answer at the end."""
    if not isinstance(value, list) or not all(isinstance(message, Mapping) for message in value):
        return False
    turns = [
        (message.get("role", message.get("from")), message.get("content", message.get("value"))) for message in value
    ]
    turns = [(TURN_ROLES.get(str(role), role), text) for role, text in turns]
    expected = [(message["role"], message["content"]) for message in prompt.chat]
    return turns == expected or (turns[:-1] == expected and turns[-1][0] == "assistant")
