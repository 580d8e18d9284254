"""One pair as a row, from which every format makes its own.

Always conversational (lists of messages), always with an explicit prompt, and never with columns that TRL's trainers
interpret: `messages` beside strings makes their detection of the form unreliable, `margin` changes the reward loss,
`tools` and `chat_template_kwargs` change the template. All facts about a pair are therefore in one struct,
`provenance`, with the same keys and types in every row of a data set.

A provenance field may be null in some rows; one that is null (or an empty list) in every row is left out of all.
"""

import re
from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

from fellowship.export.records import PairRecord
from fellowship.protocols.content import ChatMessage

ExportRow: TypeAlias = dict[str, Any]

PROVENANCE: dict[str, str] = {
    "conversation_id": "string",
    "run": "string",
    "label_source": "string",
    "generator_model": "string",
    "rejected_model": "string",
    "judge_models": "list of string",
    "score_chosen": "float64",
    "score_rejected": "float64",
    "votes_for": "int64",
    "votes_total": "int64",
    "seed": "int64",
    "simulated": "bool",
}
"""The fields of `provenance`, in order, with their types."""

DATE = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d(:?\d\d(:?\d\d(\.\d*)?)?)?)?(Z|[+-]\d\d(:?\d\d)?)?")


def pair_row(record: PairRecord) -> ExportRow:
    """`{prompt, chosen, rejected, provenance}`: the first three are lists of messages, the answers of one each."""
    return {
        "prompt": [{"role": message["role"], "content": message["content"]} for message in record.prompt.chat],
        "chosen": [{"role": "assistant", "content": record.chosen}],
        "rejected": [{"role": "assistant", "content": record.rejected}],
        "provenance": provenance(record),
    }


def provenance(record: PairRecord) -> ExportRow:
    """Every field of PROVENANCE. A name that reads like a date, `2024-05-06`, is written `name:2024-05-06`.

    The JSON reader of `datasets` turns a column of dates into times, and those into different strings.
    """
    fields: ExportRow = {name: getattr(record, name) for name in PROVENANCE}
    for name in ("score_chosen", "score_rejected"):
        fields[name] = None if fields[name] is None else float(fields[name])
    for name in ("conversation_id", "run", "generator_model", "rejected_model"):
        fields[name] = _not_a_date(fields[name])
    fields["judge_models"] = [_not_a_date(model) for model in record.judge_models]
    return fields


def fields_present(row: ExportRow) -> set[str]:
    """The provenance fields with a value in this row."""
    return {name for name, value in row["provenance"].items() if value is not None and value != []}


def with_fields(row: ExportRow, fields: Collection[str]) -> ExportRow:
    """The row with only these provenance fields."""
    kept = {name: value for name, value in row["provenance"].items() if name in fields}
    return {**row, "provenance": kept}


def reads_like_dates(messages: Sequence[ChatMessage]) -> bool:
    """Whether every message is a date alone, which the JSON reader of `datasets` may read as a time."""
    return all(DATE.fullmatch(message["content"]) for message in messages)


def _not_a_date(name: str) -> str:
    return f"name:{name}" if DATE.fullmatch(name) else name
