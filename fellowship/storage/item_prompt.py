"""The prompt of a row: its text or chat, and the columns that belong to it (`input`, `context`, `system`, `history`).

A column that would change the prompt is a part of it, or a Defect: never ignored.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from pydantic import ValidationError

from fellowship.formatting.shorten import short_repr
from fellowship.protocols.content import Prompt
from fellowship.storage.column_meanings import PromptMeaning, prompt_meaning, says
from fellowship.storage.column_names import Means, snake
from fellowship.storage.item_columns import (
    IGNORED,
    RESPONSES,
    Defect,
    ItemColumns,
    column_list,
    filled,
    json_type,
    text_column,
    value_of,
)
from fellowship.storage.placeholders import OPENINGS, placeholders
from fellowship.storage.prompt_columns import (
    DEPTH,
    is_media_file,
    is_of_several_words,
    keys_of,
    texts_in,
)

OTHER_ROLES = {"developer": "system"}
"""Roles that only some servers know, and those that stand for them everywhere."""
TURN_ROLES = {"human": "user", "gpt": "assistant", "model": "assistant", "developer": "system"}
PARTS_OF_MESSAGES = frozenset({
    "tool_calls", "function_call", "tool_call_id", "parts", "input_audio", "file", "from_file",
})  # fmt: skip
"""Keys of a chat message that change what a model sees, beside those that name a part of a prompt.

All others, but role and content, are ignored.
"""
NO_VALUE = re.compile(r"\s*(?:(?i:nan|none|null|<na>|<null>|#?n/a)|<?NaT>?)\s*")
"""A missing value that was written as text, as by `str` or by `astype(str)` of pandas."""
NO_NUMBER = re.compile(r"\s*(?:(?i:nan)|NaT)\s*")
"""One that is no text at all; `None` alone may be the text that is asked about."""
LONGEST_NO_VALUE = 12
TEXT_PARTS = ("text", "input_text", "output_text")
"""Types of the parts of a content that are texts."""
WRITTEN_CHAT = re.compile(
    r"""\s*(?:\[\s*)?\{(?=.*["']role["']\s*:)(?=.*["']content["']\s*:).*[\]}]\s*"""
    r"""|\s*\[\s*\{(?=.*["']from["']\s*:)(?=.*["']value["']\s*:).*[\]}]\s*"""
    r"""|\s*\{\s*["'](?:messages|conversations?|prompt)["']\s*:.*\}\s*""",
    re.DOTALL,
)
"""A text that is a chat as a whole, or a row, in the notation of JSON or Python."""
NO_FIELDS = ("id", "label", "votes", "labels", "winner", "preference", "reference")
"""Columns whose names stand in braces in prompts about programs, too, and whose values no prompt has."""
NO_PARAGRAPH = re.compile(
    r"\s*(?:[<(\[{]\s*(?:no[ _-]?(?:input|context)|none|null|nan|empty|n/?a)\s*[>)\]}]"
    r"|no[ _-]?(?:input|context)|n/a)\.?\s*",
    re.IGNORECASE,
)
"""What Alpaca and its like write into a column without a text. `None` alone may be the text that is asked about."""
WORDS_OF_A_PART = 3
SOLUTION = "code"
"""The column of what is asked for, where tests of it stand beside; elsewhere it may be what the question is about."""
NO_VALUE_ADVICE = "as a missing value that was written as text; write null for it, or leave the row out"
ANOTHER_SYSTEM = "another system text stands in the same row; write one of them, or both into one"
WRITTEN_AS_TEXT = ", written as text"
WRITTEN_TEXTS = re.compile(r"""\s*\[\s*(?:(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*(?:,\s*)?)+\]\s*""", re.DOTALL)
MARK = (
    r"###|<\|[^|<>]*\|>|\[/?INST\]|</?s>|<</?SYS>>|<(?:start|end)_of_turn>"
    r"|(?:Human|Assistant|User|Instruction|Response|Input|Question|Answer)(?=:)"
)
TEMPLATE = re.compile(MARK)
"""Marks of the templates by which trainers write an example as one text."""
NO_WORDS_OF_TEMPLATE = re.compile(
    rf"{MARK}|\b(?:Human|Assistant|User|user|Instruction|Response|Input|Question|begin_of_text)\b|[\W_]"
    r"|Below is\b(?: an instruction\b[^#]*)?"
)
"""What a template has in front of a prompt, and between its parts."""


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
    _refuse_contradictions(row, columns, column, prompt)
    return prompt


def is_no_value(text: Any) -> bool:
    """Whether a text is a word such as `nan`, `None` or `<NA>` alone, by which others write a missing value."""
    return isinstance(text, str) and len(text) <= LONGEST_NO_VALUE and NO_VALUE.fullmatch(text) is not None


def refuse_no_value(column: str, value: Any) -> None:
    """Defect for a prompt that is such a word, as a text or as the only message of a chat, beside a system text."""
    if isinstance(value, list):
        said = [each.get("content") for each in value if isinstance(each, Mapping) and each.get("role") != "system"]
        value = said[0] if len(said) == 1 else None
    if is_no_value(value):
        raise Defect(column, f"the word {value.strip()!r} alone, {NO_VALUE_ADVICE}")


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


def may_be_refused(text: str) -> bool:
    """Whether a text begins as a chat in the notation of JSON or Python does, or may be no value; most texts do not."""
    return text[:1] in "[{" or text[:1].isspace() or len(text) <= LONGEST_NO_VALUE


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
    return text if paragraph is None or _has_lines(text, paragraph) else f"{text}\n\n{paragraph}"


def _has_lines(text: str, lines: str) -> bool:
    return f"\n{lines.strip()}\n" in f"\n{text.strip()}\n"


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


def _refuse_contradictions(row: Mapping[str, Any], columns: ItemColumns, column: str, prompt: Prompt) -> None:
    """Defect for a column that would change the prompt, and is not a part of it already."""
    for name in columns.prompt:
        value = filled(row, name)
        if name != column and isinstance(value, str | list) and not _is_in(prompt, value):
            raise Defect(name, f"differs from '{column}', and both may be the prompt; {_advice(name)}")
    for name in columns.chats:
        value = filled(row, name)
        is_known = not _has_text(value) or _is_in(prompt, value) or _same_chat(prompt, value)
        if isinstance(value, str | list | Mapping) and not is_known and not _is_answer_to(prompt, value):
            raise Defect(name, f"differs from '{column}', and may belong to the prompt; {_advice(name)}")
    for name in columns.others:
        value = value_of(row, name) if _may_be_chat(row.get(name)) else None
        if name not in columns.chats and _is_chat(value) and not _is_answer_to(prompt, value):
            raise Defect(name, f"a chat with other turns than '{column}'; {_advice(name)}")
    for name in columns.references:
        value = filled(row, name)
        if prompt.reference is None and _has_text(value) and not _is_in(prompt, value):
            raise Defect(name, "did you mean 'reference'?")
    _refuse_lost_parts(row, columns, column, prompt)


def _refuse_lost_parts(row: Mapping[str, Any], columns: ItemColumns, column: str, prompt: Prompt) -> None:
    """Defect for a column, or a key of an object in one, that belongs or may belong to the prompt, and is not in it."""
    known = [text for message in prompt.chat if (text := message["content"])]
    known += [value for names in RESPONSES for name in names if isinstance(value := row.get(name), str)]
    has_tests = any(says(name, Means.TESTS) and filled(row, name) is not None for name in columns.others)
    for name in columns.others:
        value = row.get(name)
        if has_tests and snake(name) == SOLUTION:
            continue
        if value is None or (isinstance(value, int | float) and not prompt_meaning(name).is_request):
            continue
        value = filled(row, name)
        if (part := _lost_part(name, value, prompt, known)) is not None and not _is_template_of(value, row, columns):
            raise _part_of_prompt(name, column, key=part)
    _refuse_placeholders(row, columns, column, prompt)


def _refuse_placeholders(row: Mapping[str, Any], columns: ItemColumns, column: str, prompt: Prompt) -> None:
    for name, key, in_doubt in row_placeholders(row, columns, prompt):
        if not in_doubt:
            what = "column's name" if key == name else f"column's key {key!r}"
            problem = f"'{column}' has the placeholder of this {what}; write the value in its place"
            raise Defect(name, f"{problem}, or rename it to '{IGNORED}{name}' if it is to be ignored")


def row_placeholders(row: Mapping[str, Any], columns: ItemColumns, prompt: Prompt) -> Iterator[tuple[str, str, bool]]:
    """The columns with a value, or keys of objects in them, that user and system texts name; and whether in doubt."""
    written = [message["content"] for message in prompt.chat if message["role"] != "assistant"]
    if len(row) == 1 or not any(opening in text for text in written for opening in OPENINGS):
        return
    own = {*columns.used(compared=True), *columns.others}.difference(columns.prompt, NO_FIELDS)
    names = {name: name for name in sorted(own) if filled(row, name) is not None}
    for name in columns.others:
        if name in names and (not (meaning := prompt_meaning(name)).is_apart or meaning.keys_say):
            names |= {key: name for key, part in keys_of(filled(row, name)) if part is not None and key not in names}
    for text in written:
        yield from ((names[each.column], each.column, each.in_doubt) for each in placeholders(text, names))


def _lost_part(name: str, value: Any, prompt: Prompt, known: list[str], depth: int = DEPTH) -> str | None:
    """The key of an object, or "" for the column, that is not in the prompt and may belong to it; None without one.

    That is what its name says; a medium; and a text of several words whose name does not say what else it is. A text
    that is one of the `known` or inside of one is not lost.
    """
    meaning, keys = prompt_meaning(name), [*keys_of(value)] if depth else []
    is_known = depth < DEPTH and (len(name) == 1 or _is_quoted(prompt, value))  # {"A": "gpt-4"}, {"text": "Berlin"}
    is_lost = (meaning.is_part and not is_known and _is_lost(prompt, value)) or (
        meaning.is_request and not _is_said(prompt, value)
    )
    if is_lost or is_media_file(name, value):
        return ""
    if _is_answer_to(prompt, value):
        return None
    if meaning.has_versions and keys:
        texts = [*texts_in(value, keys=lambda _: True)]
        return "" if _is_any_lost(texts, known) and not any(_is_said(prompt, text) for text in texts) else None
    if meaning.is_apart and not (meaning.keys_say and keys) and not (depth < DEPTH and "description" in name):
        return (
            next((key for key, part in keys if _is_lost_beside(key, part, prompt)), None) if meaning.is_side else None
        )
    if _is_any_lost(texts_in(value, keys=lambda _: False), known):
        return ""
    parts = ((key, _lost_part(key, part, prompt, known, depth - 1)) for key, part in keys)
    return next((part or key for key, part in parts if part is not None), None)


def _is_quoted(prompt: Prompt, value: Any) -> bool:
    """Whether the texts of a value are words of the prompt, as entities are."""
    texts = [*texts_in(value, keys=lambda _: True)]
    return bool(texts) and all(_is_said(prompt, text) for text in texts)


def _is_any_lost(texts: Iterable[str], known: list[str]) -> bool:
    return any(is_of_several_words(text) and not any(text.strip() in each for each in known) for text in texts)


def _is_lost_beside(key: str, part: Any, prompt: Prompt) -> bool:
    """Whether a key of an object of side information is of the prompt, by its name and several words."""
    texts = [text for text in texts_in(part, keys=_is_beside) if len(text.split()) >= WORDS_OF_A_PART]
    return prompt_meaning(key).is_part and any(not _is_in(prompt, text) for text in texts)


def _is_beside(meaning: PromptMeaning) -> bool:
    return not meaning.is_apart


def _part_of_prompt(name: str, column: str, *, key: str = "") -> Defect:
    advice = f"write it into '{column}', or rename it to '{IGNORED}{name}' if it is to be ignored"
    return Defect(name, f"{key and f'its {key!r} '}may belong to the prompt; {advice}")


def _has_text(value: Any) -> bool:
    return next(texts_in(value, keys=lambda _: True), None) is not None


def _is_lost(prompt: Prompt, value: Any) -> bool:
    """Whether a value has a content that is not in the prompt; numbers and booleans have none."""
    if value is None or isinstance(value, bool | int | float):
        return False
    if isinstance(value, str | list | Mapping):
        return (_has_text(value) or _has_numbers(value)) and not _is_in(prompt, value)
    return True


def _is_said(prompt: Prompt, value: Any) -> bool:
    """Whether the prompt has the words or the number of a value; also where there is no value."""
    if value is None or isinstance(value, bool) or is_no_value(value):
        return True
    shown = f"{value:g}" if isinstance(value, float) else str(value).strip()
    return re.search(rf"(?<!\w){re.escape(shown)}(?!\w)", prompt.text, re.IGNORECASE) is not None


def _has_numbers(value: Any) -> bool:
    """Whether a list or object has numbers or contents of another type, such as the rows of a table or an image."""
    if isinstance(value, Mapping):
        value = list(value.values())
    return any(_has_numbers(each) for each in value) if isinstance(value, list) else not isinstance(value, str | None)


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


def _is_template_of(text: Any, row: Mapping[str, Any], columns: ItemColumns) -> bool:
    """Whether the text is an example for training, made of the prompt, its paragraphs and an answer alone."""
    if isinstance(text, str) and _is_made_of(text, row, columns):
        return True
    if not isinstance(text, str) or TEMPLATE.search(text) is None:
        return False
    before = text
    for name in (*columns.system, *columns.prompt, *columns.paragraphs):
        part = filled(row, name)
        if part is None or (name in columns.paragraphs and isinstance(part, str) and NO_PARAGRAPH.fullmatch(part)):
            continue
        if not isinstance(part, str) or part.strip() not in text:
            return False
        start = _start_of(before, part.strip())
        if start is None and part.strip() not in text[: len(text) - len(before)]:
            return False
        before = before if start is None else before[start + len(part.strip()) :]
    return before != text


def _is_made_of(text: str, row: Mapping[str, Any], columns: ItemColumns) -> bool:
    """Whether the text has the prompt, and beside its parts only what other columns have that are no part of it."""
    asked = [part for name in columns.prompt if isinstance(part := filled(row, name), str)]
    if not any(all(line.strip() in text for line in part.splitlines()) for part in asked):
        return False
    known = [*columns.system, *columns.prompt, *columns.paragraphs, *columns.responses[0], *columns.responses[1]]
    known += [name for name in columns.others if prompt_meaning(name).is_apart]
    parts = {part.strip() for name in known if isinstance(part := row.get(name), str)} - {text.strip()}
    lines = {line.strip() for part in parts for line in part.splitlines()} - parts
    for part in (*sorted(parts, key=len, reverse=True), *sorted(lines, key=len, reverse=True)):
        text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", "", text, count=1) if part else text
    return not NO_WORDS_OF_TEMPLATE.sub("", text)


def _start_of(text: str, part: str) -> int | None:
    """The start of a part that has nothing but the marks of a template in front of it; None without one."""
    for found in re.finditer(rf"(?<!\w){re.escape(part)}(?!\w)", text):
        if not NO_WORDS_OF_TEMPLATE.sub("", text[: found.start()]):
            return found.start()
    return None


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
