"""The paper's three ways to ask an evaluator (section 2 of its method), in our own words.

direct          both answers at once; the reply names the better one or a tie
independent-N   each answer alone, scored out of N; the scores are compared
combined-N      both answers at once, each scored out of N; the scores are compared
"""

import re
from dataclasses import dataclass
from typing import Literal

from fellowship.agents.reading import read_choice, read_score, read_seat_scores
from fellowship.protocols.content import Decision

FAIRNESS = (
    "Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. "
    "Neither the order in which answers are shown nor their length may sway you."
)
PAIR = "You are an impartial judge of two answers to one question. " + FAIRNESS
SINGLE = "You are an impartial judge of an answer to a question. " + FAIRNESS


@dataclass(frozen=True, slots=True)
class Strategy:
    """How an evaluator is asked. `out_of` is the top of the scale, None for direct comparison."""

    kind: Literal["direct", "independent", "combined"]
    out_of: float | None = None

    def __str__(self) -> str:
        return self.kind if self.out_of is None else f"{self.kind}-{self.out_of:g}"

    @classmethod
    def of(cls, strategy: "str | Strategy") -> "Strategy":
        """From its name: `direct`, `independent-10`, `combined-5`; the paper's long names are understood too.

        ValueError on anything else.
        """
        if isinstance(strategy, Strategy):
            return strategy
        found = re.fullmatch(r"(direct|independent|combined)(?:-comparison|-scoring)?(?:-(\d+(?:\.\d+)?))?", strategy)
        scaled = found is not None and found.group(1) != "direct"
        if found is None or (not scaled and found.group(2)) or (found.group(2) and float(found.group(2)) <= 0):
            msg = f"unknown strategy {strategy!r}; expected direct, independent-N or combined-N, such as combined-10"
            raise ValueError(msg)
        kind: Literal["direct", "independent", "combined"] = found.group(1)  # type: ignore[assignment]
        return cls(kind, float(found.group(2) or 10) if scaled else None)

    @property
    def instructions(self) -> str:
        """What the evaluator is told it is."""
        return SINGLE if self.kind == "independent" else PAIR

    @property
    def reply_form(self) -> str:
        """How the reply must end."""
        reason = "First give your reasons in two or three sentences. Then end with exactly "
        if self.kind == "direct":
            return reason + "this line, naming the better answer, or C for a tie:\nAnswer: A or B or C"
        if self.kind == "independent":
            return reason + f"this line:\nOverall score: X/{self.out_of:g}"
        return reason + f"these two lines:\nScore A: X/{self.out_of:g}\nScore B: Y/{self.out_of:g}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What an evaluator's text says: a decision, with scores where the strategy has them."""

    decision: Decision
    score_a: float | None = None
    score_b: float | None = None


def read_pair(strategy: Strategy, text: str) -> Reading:
    """The decision of a reply about two answers; UnreadableReply if it has no one meaning."""
    if strategy.out_of is None:
        return Reading(read_choice(text))
    scores = read_seat_scores(text, out_of=strategy.out_of)
    decision: Decision = "A" if scores.a > scores.b else "B" if scores.b > scores.a else "tie"
    return Reading(decision, scores.a, scores.b)


def read_single(strategy: Strategy, text: str) -> float:
    """The score of a reply about one answer; UnreadableReply if it has no one meaning."""
    if strategy.out_of is None:
        msg = "direct comparison gives no score"
        raise ValueError(msg)
    return read_score(text, out_of=strategy.out_of)
