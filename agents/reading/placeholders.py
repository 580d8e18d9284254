"""Lines of the answer form that were left to fill in: "Score A: 1-10", "Verdict: A/B/tie", {"winner": "A|B"}.

Where the filled form stands below such a line, the line states nothing.
"""

import json
from typing import Any

from fellowship.agents.reading.wording import SEAT_NOUN, wording

LONGEST_PLACEHOLDER = 200  # characters

_OR = r"[\"'”*`]{0,2}\s*+(?:[,/|、]\s*+(?:or )?|or )\s*+[\"'“*`]{0,2}"
_SEAT = rf"(?:(?:{SEAT_NOUN}) )?"
_TIE = r"(?:c|tie|draw|both|neither|equal)\b(?:\s*+\((?:for )?(?:an? )?(?:tie|draw)\))?"
_RANGE = r"[01](?:\s*+/\s*+\d{1,4})?\s*+(?:[-–—~]|\.\.+|to )\s*+(?:5|7|10|20|100|1000)(?:\s*+/\s*+\d{1,4})?"
_NAMED = (
    r"(?:your |insert |the )*+(?:scores?|ratings?|number|verdict|choice|value|winner|grade|integer|answer)(?: here)?"
)
_OPEN_VALUE = (
    rf"(?:(?:an? |your )?(?:number|integer|score|rating|value)s? (?:from |between |in )?)?{_RANGE}|"
    rf"\[\[a\]\]{_OR}\[\[b\]\](?:{_OR}\[\[(?:c|tie)\]\])?|{_SEAT}a{_OR}(?:{_SEAT}b|<quoted>)"
    rf"(?:{_OR}(?:{_TIE}|<quoted>))?|{_SEAT}1{_OR}{_SEAT}2(?:{_OR}{_TIE})?|<(?:{_NAMED})(?: [^<>]{{1,60}})?>|\.\.\.|"
    rf"\[(?:{_NAMED})(?: [^\[\]\d]{{1,60}})?\]"
)
_PLACEHOLDER = rf"{_OPEN_VALUE}|[xyn_?…]{{1,3}}(?:\s*+/\s*+\d{{1,4}})?|{_NAMED}"
_OPENS = r"[\s*_`\"'<({\[]{0,8}"
_CLOSES = r"[\s*_`\"'>)}\].?]*+(?:/\s*+\d{1,4}[\s*_`.]*+)?(?:\([^()\d]{0,60}\)[\s*_`.]*+)?"
_LABELLED = rf"[^:：=\n]{{1,60}}[:：=]{_OPENS}(?:{_PLACEHOLDER}){_CLOSES}"
_TEMPLATE = wording(rf"{_OPENS}(?:{_PLACEHOLDER}){_CLOSES}|{_LABELLED}(?:[,;|] {_LABELLED})?")
_FIELD = wording(rf"{_OPENS}(?:{_OPEN_VALUE}){_CLOSES}")


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
