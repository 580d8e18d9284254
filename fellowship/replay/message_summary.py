"""Messages summarised for display: headline, body, gist. Works for content models of users as well."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from fellowship.formatting.terminal_text import first_line, single_line
from fellowship.protocols.content import Prompt, fields_of, readable
from fellowship.protocols.content_json import BUILT_IN_CONTENTS
from fellowship.protocols.stable_text import stable_str
from fellowship.replay.styled_text import Style

TONES: dict[str, Style] = {"A": "A", "B": "B", "tie": "warn", "inconsistent": "warn", "failed": "bad"}
DECIDED = ("A", "B", "tie")
IN_HEADLINE = ("decision", "score", "score_a", "score_b", "out_of")


def message_decision(content: BaseModel) -> str | None:
    """The decision of a verdict or vote; None for other contents."""
    decision = getattr(content, "decision", None)
    return decision if isinstance(decision, str) else None


def headline(content: BaseModel, seats: tuple[str, str] | None = None) -> str | None:
    """The decision or score in a few words; None for contents without one. `seats` are the authors in A and B."""
    if (decision := message_decision(content)) is not None:
        author = f" ({seats['AB'.index(decision)]})" if seats and decision in ("A", "B") else ""
        return f"{decision}{author}{_both_scores(content, '  A {} : B {}')}"
    score = _formatted_number(content, "score")
    return None if score is None else f"{score}{_scale(content)}"


def body(content: BaseModel) -> str:
    """The text of a content, without its headline."""
    if isinstance(content, Prompt):
        return f"{content.text}\n\nreference: {content.reference}" if content.reference else content.text
    is_score = _formatted_number(content, "score") is not None and not hasattr(content, "text")
    if is_score or message_decision(content) is not None:
        if type(content) not in BUILT_IN_CONTENTS:
            return "\n".join(_fields(content, but=IN_HEADLINE))
        texts = [getattr(content, name, None) for name in ("reason", "explanation")]
        return "\n\n".join(text for text in texts if isinstance(text, str) and text)
    truncated = getattr(content, "truncated", False) is True
    return readable(content) + ("\n\n(truncated: the model reached its token limit)" if truncated else "")


def gist(content: BaseModel) -> str:
    """A content in one line: its headline where it has one, else the beginning of its text.

    One of a class that is not built in has all of its fields, behind its decision if it has one.
    """
    decision = message_decision(content)
    head = "" if decision is None else f"{decision}{_both_scores(content, '  {} : {}')}"
    if type(content) in BUILT_IN_CONTENTS:
        return head or headline(content) or first_line(body(content))
    return ", ".join(filter(None, (head, *map(single_line, _fields(content, but=IN_HEADLINE if head else ())))))


def _fields(content: BaseModel, *, but: Sequence[str]) -> list[str]:
    """Names and values of the fields that are not None; of all fields where all are."""
    values = {name: value for name, value in fields_of(content).items() if name not in but}
    is_set = {name: value for name, value in values.items() if value is not None}
    return [f"{name}: {stable_str(value)}" for name, value in (is_set or values).items()]


def label_agreement(decision: str | None, label: str | None) -> str:
    """✓ if the decision equals the label, ✗ if it differs, "" if they cannot be compared."""
    if label is None or decision not in DECIDED:
        return ""
    return "✓" if decision == label else "✗"


def _both_scores(content: BaseModel, layout: str) -> str:
    a, b = _formatted_number(content, "score_a"), _formatted_number(content, "score_b")
    return "" if a is None or b is None else f"{layout.format(a, b)}{_scale(content)}"


def _scale(content: BaseModel) -> str:
    out_of = _formatted_number(content, "out_of")
    return "" if out_of is None else f" of {out_of}"


def _formatted_number(content: Any, name: str) -> str | None:
    value = getattr(content, name, None)
    return f"{round(value, 2):g}" if isinstance(value, int | float) and not isinstance(value, bool) else None
