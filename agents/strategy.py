"""A strategy: how an evaluator is asked about two answers, and how its reply is read.

The paper's three (section 2 of its method) are in `strategies/`. A strategy of your own is a Strategy, or a function
from the top of a scale to one, and is written `module:name`, or `module:name-5` with a scale.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from fellowship.extensions import EntryTable, is_own_entry
from fellowship.protocols.content import Decision
from fellowship.protocols.errors import InvalidArgument

DEFAULT_CRITERIA = "Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. "
"""A rubric replaces them."""
FAIRNESS = f"{DEFAULT_CRITERIA}Neither the order in which answers are shown nor their length may sway you."
JUDGE_OF_TWO = "You are an impartial judge of two answers to one question. " + FAIRNESS
REASON_FIRST = "First give your reasons in two or three sentences. Then end with exactly "
WRITTEN = re.compile(r"(.+?)(?:-comparison|-scoring)?(?:-(\d+(?:\.\d+)?))?")
"""A name, the word that the paper adds to it, and a scale."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an evaluator's text says: a decision, with scores where the strategy has them."""

    decision: Decision
    score_a: float | None = None
    score_b: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """How an evaluator is asked.

    instructions  the evaluator's instructions, unless it has its own
    reply_form    how the reply must look
    out_of        the top of the scale, None without scores
    read_pair     reads a reply about both answers; None for a strategy that shows one answer at a time
    read_single   reads the score in a reply about one answer
    entry         the name `module:name` under which it was found, if it is a user's own
    Both readers raise UnreadableReply for a text without one meaning.
    """

    name: str
    instructions: str
    reply_form: str
    out_of: float | None = None
    read_pair: Callable[[str], Reading] | None = field(default=None, compare=False)
    read_single: Callable[[str], float] | None = field(default=None, compare=False)
    entry: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if (self.read_pair is None) == (self.read_single is None):
            msg = f"strategy {self.name!r} has {'no' if self.read_pair is None else 'two'} readers; expected one"
            raise InvalidArgument(msg)
        if self.out_of is not None and not is_scale(self.out_of):
            raise InvalidArgument(f"strategy {self.name!r}: out_of is {self.out_of!r}; expected a number above 0")

    def __str__(self) -> str:
        return self.name if self.out_of is None else f"{self.name}-{self.out_of:g}"

    @classmethod
    def of(cls, strategy: "str | Strategy") -> "Strategy":
        """From its name: `direct`, `independent-10`, `combined-5`; the paper's long names are understood too.

        UnknownEntry for a name without a strategy, InvalidArgument for a scale that it cannot have.
        """
        if isinstance(strategy, Strategy):
            return strategy
        if not isinstance(strategy, str):
            raise InvalidArgument(f"strategy is {strategy!r}; expected a name, such as 'combined-10', or a Strategy")
        match = WRITTEN.fullmatch(strategy)
        name, scale = match.groups() if match else (strategy, None)
        found = STRATEGIES.find(name)
        if isinstance(found, Strategy) and scale is not None:
            raise InvalidArgument(f"strategy {strategy!r}: {name} has no scale; expected {name}")
        if scale is not None and not 0 < float(scale) < math.inf:
            raise InvalidArgument(f"strategy {strategy!r}: the scale is {scale}; expected a number above 0")
        made = found if isinstance(found, Strategy) else found(float(scale or 10))
        if not isinstance(made, Strategy):
            made_type = type(made).__name__
            raise InvalidArgument(f"strategy {strategy!r} is a function that returned a {made_type}, no Strategy")
        return replace(made, entry=name) if is_own_entry(name) else made

    @property
    def one_at_a_time(self) -> bool:
        """Whether each answer is shown alone and the scores are compared."""
        return self.read_pair is None


def is_scale(top: object) -> bool:
    """Whether it can be the top of a scale: a finite number above 0."""
    return isinstance(top, int | float) and not isinstance(top, bool) and 0 < top < math.inf


STRATEGIES: EntryTable[Strategy | Callable[[float], Strategy]] = EntryTable(
    "strategy",
    "fellowship.agents.strategies",
    "strategy",
    (Strategy, Callable),
    "a Strategy, or a function from a scale to one",
)
