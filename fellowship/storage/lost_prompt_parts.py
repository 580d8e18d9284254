"""Columns that would change the prompt of a row and are not in it: a Defect that says what to do, never silence.

What a name says is in `column_meanings.py`; the texts of objects and lists count as those of columns do.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fellowship.protocols.content import Prompt
from fellowship.storage.column_meanings import PromptMeaning, prompt_meaning, says
from fellowship.storage.column_names import Means, snake
from fellowship.storage.item_columns import IGNORED, RESPONSES, Defect, ItemColumns, filled, value_of
from fellowship.storage.placeholders import OPENINGS, placeholders
from fellowship.storage.prompt_columns import DEPTH, is_media_file, is_of_several_words, keys_of, texts_in
from fellowship.storage.prompt_contents import TURN_ROLES, is_in_prompt, is_same_chat
from fellowship.storage.training_templates import is_template_of
from fellowship.storage.written_values import is_no_value

NO_FIELDS = ("id", "label", "votes", "labels", "winner", "preference", "reference")
"""Columns whose names stand in braces in prompts about programs, too, and whose values no prompt has."""
WORDS_OF_A_PART = 3
SOLUTION = "code"
"""The column of what is asked for, where tests of it stand beside; elsewhere it may be what the question is about."""


def refuse_lost_columns(row: Mapping[str, Any], columns: ItemColumns, column: str, prompt: Prompt) -> None:
    """Defect for a column that would change the prompt, and is not a part of it already."""
    for name in columns.prompt:
        value = filled(row, name)
        if name != column and isinstance(value, str | list) and not is_in_prompt(prompt, value):
            raise Defect(name, f"differs from '{column}', and both may be the prompt; {_advice(name)}")
    for name in columns.chats:
        value = filled(row, name)
        is_known = not _has_text(value) or is_in_prompt(prompt, value) or is_same_chat(prompt, value)
        if isinstance(value, str | list | Mapping) and not is_known and not _is_answer_to(prompt, value):
            raise Defect(name, f"differs from '{column}', and may belong to the prompt; {_advice(name)}")
    for name in columns.others:
        value = value_of(row, name) if _may_be_chat(row.get(name)) else None
        if name not in columns.chats and _is_chat(value) and not _is_answer_to(prompt, value):
            raise Defect(name, f"a chat with other turns than '{column}'; {_advice(name)}")
    for name in columns.references:
        value = filled(row, name)
        if prompt.reference is None and _has_text(value) and not is_in_prompt(prompt, value):
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
        if (part := _lost_part(name, value, prompt, known)) is not None and not is_template_of(value, row, columns):
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
    is_request = meaning.is_request or (meaning.is_setting and _has_words(value))
    is_lost = (meaning.is_part and not is_known and _is_lost(prompt, value)) or (
        is_request and not _is_said(prompt, value)
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
    return prompt_meaning(key).is_part and any(not is_in_prompt(prompt, text) for text in texts)


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
        return (_has_text(value) or _has_numbers(value)) and not is_in_prompt(prompt, value)
    return True


def _is_said(prompt: Prompt, value: Any) -> bool:
    """Whether the prompt has the words or the number of a value; also where there is no value."""
    if value is None or isinstance(value, bool) or is_no_value(value):
        return True
    if isinstance(value, list):
        return all(_is_said(prompt, each) for each in value)
    shown = f"{value:g}" if isinstance(value, float) else str(value).strip()
    return re.search(rf"(?<!\w){re.escape(shown)}(?!\w)", prompt.text, re.IGNORECASE) is not None


def _has_words(value: Any) -> bool:
    return isinstance(value, str) and re.search(r"[^\W\d_]", value) is not None


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
