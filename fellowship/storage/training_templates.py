"""Texts that hold a whole example for training: the prompt, its parts and an answer, in a template."""

import re
from collections.abc import Mapping
from typing import Any

from fellowship.storage.column_meanings import prompt_meaning
from fellowship.storage.item_columns import ItemColumns, filled
from fellowship.storage.written_values import NO_PARAGRAPH

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


def is_template_of(text: Any, row: Mapping[str, Any], columns: ItemColumns) -> bool:
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
