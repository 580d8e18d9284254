"""Lines of the answer form that were left to fill in: "Score A: 1-10", "Verdict: A/B/tie", {"winner": "A|B"}.

Where the filled form stands below such a line, the line states nothing.
"""

import json
from typing import Any

from fellowship.agents.reading.wording import SEAT_NOUN, wording

LONGEST_PLACEHOLDER = 200  # characters

_OR = r"\s*+(?:[,/|、]\s*+(?:or )?|or )\s*+"
_SEAT = rf"(?:(?:{SEAT_NOUN}) )?"
_TIE = r"(?:c|tie|draw|both|neither|equal)\b(?:\s*+\((?:for )?(?:an? )?(?:tie|draw)\))?"
_RANGE = r"[01](?:\s*+/\s*+\d{1,4})?\s*+(?:[-–—~]|\.\.+|to )\s*+(?:5|7|10|20|100|1000)(?:\s*+/\s*+\d{1,4})?"
_PLACEHOLDER = (
    rf"(?:(?:an? |your )?(?:number|integer|score|rating|value)s? (?:from |between |in )?)?{_RANGE}|"
    rf"\[\[a\]\]{_OR}\[\[b\]\](?:{_OR}\[\[(?:c|tie)\]\])?|{_SEAT}a{_OR}{_SEAT}b(?:{_OR}{_TIE})?|"
    rf"{_SEAT}1{_OR}{_SEAT}2(?:{_OR}{_TIE})?|[xyn_?…]{{1,3}}(?:\s*+/\s*+\d{{1,4}})?|<[^<>]{{1,80}}>|\.\.\.|"
    r"\[[^\[\]\d]{1,80}\]|(?:your )?(?:score|verdict|answer|choice)(?: here)?"
)
_CLOSES = r"[\s*_`\"'>)}\].]*+(?:/\s*+\d{1,4}[\s*_`.]*+)?(?:\([^()\d]{0,60}\)[\s*_`.]*+)?"
_VALUE = rf"[\s*_`\"'<({{\[]{{0,8}}(?:{_PLACEHOLDER}){_CLOSES}"
_TEMPLATE = wording(rf"(?:[^:：=\n]{{1,60}}[:：=])?{_VALUE}")
_FIELD = wording(_VALUE)


def is_template(line: str) -> bool:
    """Whether a lower-cased line is a label, or nothing, and a placeholder."""
    if len(line) > LONGEST_PLACEHOLDER:
        return False
    if not line.lstrip().startswith("{"):
        return _TEMPLATE.fullmatch(line) is not None
    try:
        return is_template_object(json.loads(line))
    except ValueError:
        return False


def is_template_object(value: Any) -> bool:
    """Whether a JSON object holds placeholders, and no number or other text."""
    fields = list(value.values()) if isinstance(value, dict) else []
    return any(map(_is_placeholder, fields)) and all(each in (None, "") or _is_placeholder(each) for each in fields)


def _is_placeholder(value: Any) -> bool:
    is_short = isinstance(value, str) and len(value) <= LONGEST_PLACEHOLDER
    return is_short and _FIELD.fullmatch(value.lower()) is not None
