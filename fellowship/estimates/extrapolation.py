"""Tokens and cost foretold from conversations of this very run that are done, a pilot's or those of an earlier start.

Nominal 99 % intervals, by Student's t over conversations: what one used is one value.
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
    """Done conversations, of which `n_more` further ones are to come; fewer where some of their asks are answered."""

    def __init__(self, conversations: Collection[str], shares: Sequence[AgentUsage], n_more: float) -> None:
        self._shares = shares
        self._n_more = n_more
        self._conversations = conversations

    @property
    def is_enough(self) -> bool:
        """Whether there is an interval at all."""
        return len(self._conversations) >= FEWEST_CONVERSATIONS

    def counts(self, who: AgentModel) -> bool:
        """Whether the server said how many tokens these asks took; some never do."""
        usages = [share.usage for share in self._shares if AgentModel.of(share) == who]
        return any(usage.prompt_tokens or usage.completion_tokens for usage in usages)

    def attempts_per_ask(self, who: AgentModel) -> float:
        """Requests for one ask of somebody, repairs included; 1 where none was seen."""
        own = [share for share in self._shares if AgentModel.of(share) == who]
        return sum(share.n_attempts for share in own) / sum(share.n_asks for share in own) if own else 1.0

    def of(self, who: AgentModel, amount: Callable[[AgentUsage], float]) -> Interval:
        """What is to come of an amount that one agent uses."""
        return self.sum(lambda share: amount(share) if AgentModel.of(share) == who else 0.0)

    def sum(self, amount: Callable[[AgentUsage], float]) -> Interval:
        """What is to come of an amount in all."""
        values: defaultdict[str, float] = defaultdict(float)
        for share in self._shares:
            values[share.conversation] += amount(share)
        every = [values[conversation] for conversation in self._conversations]
        return Interval.of(further_sum(every, self._n_more, confidence=CONFIDENCE))
