"""The names of input columns: the part of an item that each holds, and those that must not be ignored in silence.

A column that belongs to the prompt, or that holds a person's decision, is used or refused. All others are ignored, and
`InputSurvey` names them before the first call.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

PROMPT = ("prompt", "question", "instruction")
PARAGRAPHS = ("input", "context")
SYSTEM = ("system", "system_prompt", "system_message", "system_instruction")
HISTORY = ("history",)
RESPONSES = (("response_a", "answer_a"), ("response_b", "answer_b"))
TRUNCATED = ("response_a_truncated", "response_b_truncated")
LABEL = ("label", "human_label", "winner", "preference", "human_preference")
VOTES = ("votes", "labels")
MODELS = ("model_a", "model_b")
CHATS = ("messages", "conversations", "conversation", "dialog", "dialogue", "chat", "turns")
REFERENCE_LIKE = ("references", "reference_answer", "reference_answers", "ref_answer", "gold_answer", "ground_truth")
PROMPT_LIKE = (
    "instructions", "query", "user_prompt", "user_message", "user_input", "developer", "text", "body",
    "chat_history", "conversation_history", "dialog_history", "previous_turns", "previous_messages",
    "passage", "passages", "document", "documents", "article", "paragraph", "background", "evidence", "contexts",
    "inputs", "choices", "options", "tools", "functions", "image", "images", "audio", "video", "files", "attachments",
    "few_shot", "few_shot_examples", "prefix", "suffix", "premise", "hypothesis", "story", "table", "schema", "hint",
    "hints", "constraints", "content", "message", "source_text", "input_text", "knowledge", "fact", "facts", "code",
    "sql_context", "ctx", "abstract", "transcript", "a", "b", "c", "d", "opa", "opb", "opc", "opd", "option_a",
    "option_b", "option_c", "option_d",
)  # fmt: skip
SHORTEST_MISSPELT = 4
DECISION_WORDS = frozenset({
    "winner", "winners", "preference", "preferences", "preferred", "better", "verdict", "verdicts", "judgment",
    "judgement", "judgments", "judgements",
})  # fmt: skip
LABEL_WORDS = DECISION_WORDS | {
    "label", "labels", "won", "win", "prefer", "best", "choice", "vote", "votes", "voted", "decision", "annotation",
    "annotations", "annotator", "annotators", "rater", "raters", "majority", "gold", "truth", "pick", "picked",
    "selected", "favorite", "favourite",
}  # fmt: skip
UNDERSTOOD = (
    *PROMPT, *PARAGRAPHS, *SYSTEM, *HISTORY, *RESPONSES[0], *RESPONSES[1], *LABEL, *VOTES, *MODELS, *TRUNCATED,
    "id", "reference",
)  # fmt: skip


class Defect(ValueError):
    """What is wrong with one row, and in which column."""

    def __init__(self, column: str | None, problem: str) -> None:
        super().__init__(problem)
        self.column = column


@dataclass(frozen=True, slots=True)
class ItemColumns:
    """The columns of a row by their parts in an item.

    `others` are all that are not understood; among them, by name, `decisions` hold labels if people made them, and
    `label_like` may.
    """

    prompt: tuple[str, ...]
    paragraphs: tuple[str, ...]
    system: tuple[str, ...]
    history: tuple[str, ...]
    responses: tuple[tuple[str, ...], ...]
    label: tuple[str, ...]
    votes: tuple[str, ...]
    plain: tuple[str, ...]
    chats: tuple[str, ...]
    refused: tuple[str, ...]
    decisions: tuple[str, ...]
    label_like: tuple[str, ...]
    others: tuple[str, ...]

    def used(self, *, compared: bool) -> Iterator[str]:
        """The columns that are read; labels under other names than `label` only where answers are `compared`."""
        yield from (*self.prompt, *self.paragraphs, *self.system, *self.history)
        yield from (name for names in self.responses for name in names)
        yield from (name for name in (*self.label, *self.votes) if compared or name in ("label", "votes"))
        yield from self.plain


@lru_cache(maxsize=256)
def item_columns(names: tuple[str, ...]) -> ItemColumns:
    """The columns of a row with these names; Defect where one differs from an understood name in its spelling only."""
    spelt = {_letters(known): known for known in UNDERSTOOD}
    for name in names:
        meant = spelt.get(_letters(name))
        if meant is not None and meant != name and name not in UNDERSTOOD:
            if meant in names:
                raise Defect(
                    name, f"differs from the column '{meant}' in its spelling only; rename or remove one of them"
                )
            raise Defect(name, f"did you mean '{meant}'?")
        slip = None if name in UNDERSTOOD else next((each for each in spelt if _is_slip(_letters(name), each)), None)
        if slip is not None and spelt[slip] not in names:
            raise Defect(
                name, f"did you mean '{spelt[slip]}'? Rename it, or name it differently if it is something else"
            )
    others = [name for name in names if name not in UNDERSTOOD]

    def present(known: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in known if name in names)

    return ItemColumns(
        prompt=present(PROMPT),
        paragraphs=present(PARAGRAPHS),
        system=present(SYSTEM),
        history=present(HISTORY),
        responses=tuple(map(present, RESPONSES)),
        label=present(LABEL),
        votes=present(VOTES),
        plain=present(("id", "reference", *MODELS, *TRUNCATED)),
        chats=tuple(name for name in others if _snake(name) in CHATS),
        refused=tuple(name for name in others if _snake(name) in (*PROMPT_LIKE, *REFERENCE_LIKE)),
        decisions=tuple(name for name in others if DECISION_WORDS.intersection(_words(name))),
        label_like=tuple(name for name in others if LABEL_WORDS.intersection(_words(name))),
        others=tuple(others),
    )


def _is_slip(name: str, known: str) -> bool:
    """Whether one letter too many, too few, wrong or exchanged makes one name of the other."""
    if min(len(name), len(known)) < SHORTEST_MISSPELT or abs(len(name) - len(known)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(name, known, strict=False)) if a != b), min(len(name), len(known)))
    a, b = name[start:], known[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[:2][::-1] and a[2:] == b[2:])


def columns_of(row: Mapping[Any, Any]) -> ItemColumns:
    """The columns of a row."""
    return item_columns(tuple(map(str, row)))


def column_list(row: Mapping[Any, Any]) -> str:
    """The names of the columns, for an error."""
    return f"the columns are: {', '.join(map(str, row)) or 'none'}"


def value_of(row: Mapping[str, Any], name: str) -> Any:
    """The value as JSON has it: of NumPy and of tensors as numbers and lists; None for NaN and other missing values."""
    value = row.get(name)
    return value if value is None or type(value) in (str, int, bool, list, dict) else _as_json(value)


def filled(row: Mapping[str, Any], name: str) -> Any:
    """`value_of`; None also for a blank text, an empty list and an empty object."""
    value = value_of(row, name)
    is_empty = (isinstance(value, str) and not value.strip()) or (isinstance(value, list | dict) and not value)
    return None if is_empty else value


def text_column(row: Mapping[str, Any], name: str) -> str | None:
    """A text; None without one. Defect for another type."""
    value = filled(row, name)
    if value is not None and not isinstance(value, str):
        raise Defect(name, f"expected a text, got {json_type(value)}")
    return value


def json_type(value: Any) -> str:
    """The name of the value's type, as JSON calls it."""
    if value == "":
        return "an empty text"
    names: tuple[tuple[type, str], ...] = (
        (type(None), "null"), (bool, "a boolean"), (int, "a number"), (float, "a number"),
        (str, "a text"), (list, "a list"), (Mapping, "an object"),
    )  # fmt: skip
    return next((name for kind, name in names if isinstance(value, kind)), type(value).__name__)


def _as_json(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)
    if callable(as_list := getattr(value, "tolist", None)):
        value = as_list()
    if isinstance(value, tuple):
        return list(value)
    if type(value).__name__ in ("NAType", "NaTType"):  # of pandas, which compare as nothing
        return None
    return None if isinstance(value, float | Decimal) and value != value else value


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _words(name: str) -> list[str]:
    return re.findall("[a-z]+", _snake(name))


def _snake(name: str) -> str:
    """systemPrompt, "System Prompt" and system-prompt as system_prompt."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", words.casefold()).strip("_")
