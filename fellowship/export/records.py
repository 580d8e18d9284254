"""A preference pair with its provenance, and the row that every format makes its own from.

Rows are conversational (lists of messages), with an explicit prompt, and never have columns that TRL's trainers
interpret: `messages` beside strings makes their detection of the form unreliable, `margin` changes the reward loss,
`tools` and `chat_template_kwargs` change the template. All facts about a pair are therefore in one struct,
`provenance`, with the same keys and types in every row of a data set.

A provenance field may be null in some rows; one that is null (or an empty list) in every row is left out of all.
"""

import math
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

from fellowship.protocols.content import LabelSource, Prompt

LARGEST_INT64 = 2**63 - 1
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRecord:
    """A prompt, its better and its worse answer, and their provenance.

    `generator_model` wrote the chosen answer, `rejected_model` the rejected one; `judge_models` decided, in order.
    Scores are finite, in [0, 1] when they come from `pairs.py`. `votes_for` of `votes_total` jurors chose the chosen
    answer. `simulated`: at least one of the texts or the decision was made by a simulated model.
    ValueError for a score that is not finite, or a seed outside the range of 64-bit integers.
    """

    prompt: Prompt
    chosen: str
    rejected: str
    label_source: LabelSource
    conversation_id: str
    run: str
    generator_model: str
    rejected_model: str
    judge_models: tuple[str, ...] = ()
    score_chosen: float | None = None
    score_rejected: float | None = None
    votes_for: int | None = None
    votes_total: int | None = None
    seed: int | None = None
    simulated: bool = False

    def __post_init__(self) -> None:
        place = f"of conversation {self.conversation_id!r}"
        for name in ("score_chosen", "score_rejected"):
            score = getattr(self, name)
            if score is not None and not math.isfinite(score):
                raise ValueError(f"{name} {place} is {score!r}; expected a finite number or None")
        if self.seed is not None and not -LARGEST_INT64 <= self.seed <= LARGEST_INT64:
            raise ValueError(f"seed {place} is {self.seed!r}; expected a 64-bit integer or None")

    @property
    def names(self) -> tuple[str, ...]:
        """Every text besides the prompt and the answers."""
        return (self.conversation_id, self.run, self.generator_model, self.rejected_model, *self.judge_models)


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


def _not_a_date(name: str) -> str:
    return f"name:{name}" if DATE.fullmatch(name) else name
