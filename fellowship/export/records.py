"""A preference pair ready for export, with its provenance."""

import math
from dataclasses import dataclass

from fellowship.protocols.content import LabelSource, Prompt

LARGEST_INT64 = 2**63 - 1


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
