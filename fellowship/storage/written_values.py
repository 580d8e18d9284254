"""Values that a program wrote as text: `nan` for a missing one, chats and lists in the notation of JSON or Python."""

import re
from collections.abc import Mapping
from typing import Any

from fellowship.storage.item_columns import Defect

NO_VALUE = re.compile(r"\s*(?:(?i:nan|none|null|<na>|<null>|#?n/a)|<?NaT>?)\s*")
"""A missing value that was written as text, as by `str` or by `astype(str)` of pandas."""
NO_NUMBER = re.compile(r"\s*(?:(?i:nan)|NaT)\s*")
"""One that is no text at all; `None` alone may be the text that is asked about."""
LONGEST_NO_VALUE = 12
WRITTEN_CHAT = re.compile(
    r"""\s*(?:\[\s*)?\{(?=.*["']role["']\s*:)(?=.*["']content["']\s*:).*[\]}]\s*"""
    r"""|\s*\[\s*\{(?=.*["']from["']\s*:)(?=.*["']value["']\s*:).*[\]}]\s*"""
    r"""|\s*\{\s*["'](?:messages|conversations?|prompt)["']\s*:.*\}\s*""",
    re.DOTALL,
)
"""A text that is a chat as a whole, or a row, in the notation of JSON or Python."""
NO_PARAGRAPH = re.compile(
    r"\s*(?:[<(\[{]\s*(?:no[ _-]?(?:input|context)|none|null|nan|empty|n/?a)\s*[>)\]}]"
    r"|no[ _-]?(?:input|context)|n/a)\.?\s*",
    re.IGNORECASE,
)
"""What Alpaca and its like write into a column without a text. `None` alone may be the text that is asked about."""
NO_VALUE_ADVICE = "as a missing value that was written as text; write null for it, or leave the row out"
WRITTEN_AS_TEXT = ", written as text"
WRITTEN_TEXTS = re.compile(r"""\s*\[\s*(?:(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*(?:,\s*)?)+\]\s*""", re.DOTALL)


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


def refuse_written_prompt(column: str, text: str) -> None:
    """Defect for a text that is a chat, a row, or a list of texts, in the notation of JSON or Python."""
    is_chat = WRITTEN_CHAT.fullmatch(text) is not None
    if is_chat or WRITTEN_TEXTS.fullmatch(text) is not None:
        what = "a chat or a row" if is_chat else "a list of texts"
        advice = "expected a text or chat messages; pass what json.loads or ast.literal_eval makes of it"
        raise Defect(column, f"{what}{WRITTEN_AS_TEXT}; {advice}")


def may_be_refused(text: str) -> bool:
    """Whether a text begins as a chat in the notation of JSON or Python does, or may be no value; most texts do not."""
    return text[:1] in "[{" or text[:1].isspace() or len(text) <= LONGEST_NO_VALUE
