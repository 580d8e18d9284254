"""Tokens and cost extrapolated from finished conversations of the run, those of its pilot or of an earlier start.

The intervals are nominal 99 % intervals, by Student's t over conversations: the usage of one conversation is one value.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from fellowship.estimates.ask_counts import AgentModel
from fellowship.estimates.interval import Interval
from fellowship.statistics.student_t import further_sum
from fellowship.storage.usage import AgentUsage

CONFIDENCE = 0.99
FEWEST_CONVERSATIONS = 2


class Extrapolation:
    """From finished conversations to `n_more` further ones; one with answered asks counts as a fraction."""

    def __init__(self, conversations: Collection[str], usages: Sequence[AgentUsage], n_more: float) -> None:
        self._usages = usages
        self._n_more = n_more
        self._conversations = conversations

    @property
    def is_enough(self) -> bool:
        """Whether there are enough conversations for an interval."""
        return len(self._conversations) >= FEWEST_CONVERSATIONS

    def has_tokens(self, key: AgentModel) -> bool:
        """Whether the server reported tokens for any ask of this agent; some servers never do."""
        usages = [used.usage for used in self._usages if AgentModel.of(used) == key]
        return any(usage.prompt_tokens or usage.completion_tokens for usage in usages)

    def attempts_per_ask(self, key: AgentModel) -> float:
        """Requests for one ask of an agent, repairs included; 1 for an agent without asks."""
        own = [used for used in self._usages if AgentModel.of(used) == key]
        return sum(used.n_attempts for used in own) / sum(used.n_asks for used in own) if own else 1.0

    def of(self, key: AgentModel, amount: Callable[[AgentUsage], float]) -> Interval:
        """The further sum of an amount over the asks of one agent."""
        return self.sum(lambda used: amount(used) if AgentModel.of(used) == key else 0.0)

    def sum(self, amount: Callable[[AgentUsage], float]) -> Interval:
        """The further sum of an amount over all asks."""
        values: defaultdict[str, float] = defaultdict(float)
        for used in self._usages:
            values[used.conversation] += amount(used)
        every = [values[conversation] for conversation in self._conversations]
        return Interval.of(further_sum(every, self._n_more, confidence=CONFIDENCE))
