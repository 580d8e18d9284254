"""Extrapolation from finished conversations to pending ones, by the sizes of their items.

Two parts are extrapolated separately: first attempts by regression on the size of the item
(`statistics/further_total.py`), and repairs as rare events, each in proportion to the first attempts of its
conversation. A conversation counts as one value, because its replies resemble one another.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from statistics import NormalDist

from fellowship.estimates.interval import ZERO_INTERVAL, Interval
from fellowship.statistics.further_total import FurtherTotal, further_total, poisson_bounds
from fellowship.storage.run_stats import AgentUsage, Amounts, RequestUsage

CONFIDENCE = 0.98
FEWEST_CONVERSATIONS = 2
MOST_UNSEEN_REPAIRS = 2.0
"""Where no repair was seen: of samples with a mean of two, one in seven has none."""
REPAIR_SIZE = 1.5
"""A repair in asks of average size: it repeats the request, the reply and the error."""


@dataclass(frozen=True, slots=True)
class Extrapolation:
    """Finished conversations and the sizes of items.

    finished   the size of the item of each finished conversation
    usages     of the finished conversations
    pending    the sizes of the items of pending conversations
    share      how much of the pending conversations is still to be asked: below 1 where some asks are answered
    requests   of the finished conversations, to models whose price has tiers
    """

    finished: Mapping[str, float]
    usages: Sequence[AgentUsage]
    pending: Sequence[float]
    share: float = 1.0
    requests: Sequence[RequestUsage] = ()

    @property
    def is_enough(self) -> bool:
        """Whether there are enough conversations for an interval."""
        return len(self.finished) >= FEWEST_CONVERSATIONS

    def total(self, amount: Callable[[AgentUsage], float]) -> Interval:
        """The total of an amount over the pending conversations."""
        values = self._by_conversation(amount)
        found = self._first_attempts([values[name] for name in self.finished])
        return Interval.of(found.total).scaled(self.share)

    def amount(self, part: str) -> Interval:
        """The total of `prompt`, `completion` or `cost`, with repairs."""
        of = attrgetter(part)
        repeated = self._by_conversation(lambda used: of(used.repeated))
        whole = self._by_conversation(lambda used: of(used.amounts))
        first = self._first_attempts([whole[name] - repeated[name] for name in self.finished])
        return _with_repairs(first, self, repeated).scaled(self.share) if first.total.value else ZERO_INTERVAL

    def reported(self, usages: Sequence[AgentUsage]) -> "Extrapolation":
        """The same for these usages, without conversations in which a server reported no tokens for one of them."""
        silent = {used.conversation for used in usages if used.n_unknown or not _tokens(used.amounts)}
        finished = {name: size for name, size in self.finished.items() if name not in silent}
        kept = [used for used in usages if used.conversation not in silent]
        agents = {(used.conversation, used.agent, used.model) for used in kept}
        requests = [used for used in self.requests if used[:3] in agents]
        return replace(self, finished=finished, usages=kept, requests=requests)

    def line(self, part: str) -> Callable[[float], float]:
        """The expected amount of a conversation by the size of its item, with repairs."""
        values = self._by_conversation(lambda used: getattr(used.amounts, part))
        return self._first_attempts([values[name] for name in self.finished]).line.at

    def _by_conversation(self, amount: Callable[[AgentUsage], float]) -> Mapping[str, float]:
        values: defaultdict[str, float] = defaultdict(float)
        for used in self.usages:
            values[used.conversation] += amount(used)
        return values

    def _first_attempts(self, values: Sequence[float]) -> FurtherTotal:
        return further_total(values, list(self.finished.values()), self.pending, confidence=CONFIDENCE)


def _with_repairs(first: FurtherTotal, measured: Extrapolation, repeated: Mapping[str, float]) -> Interval:
    """First attempts and repairs. The deviations of both, and of the sizes of repaired items, are independent."""
    n, expected, line = len(measured.finished), first.total.value, first.line
    n_repairs = sum(used.n_attempts - used.n_asks for used in measured.usages)
    n_asks = sum(used.n_asks for used in measured.usages)
    fewest, most = poisson_bounds(n_repairs, confidence=CONFIDENCE) if n_repairs else (0.0, MOST_UNSEEN_REPAIRS)
    per_repair = REPAIR_SIZE * n / n_asks
    if n_repairs:
        floor = expected / max(1, len(measured.pending)) / 100
        shares = (repeated[name] / max(floor, line.at(size)) for name, size in measured.finished.items())
        per_repair = math.fsum(shares) / n_repairs
    per_conversation = per_repair / n
    squares = math.fsum(line.at(size) ** 2 for size in measured.pending)
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    which = z * per_repair * math.sqrt(max(n_repairs, most / 4) / n * squares)
    repairs = expected * per_conversation * n_repairs
    below = math.hypot(expected - first.total.low, expected * per_conversation * (n_repairs - fewest), which)
    above = math.hypot(first.total.high - expected, expected * per_conversation * (most - n_repairs), which)
    middle = expected + repairs
    return Interval(max(first.total.low, middle - below), middle, middle + above)


def _tokens(amounts: Amounts) -> float:
    return amounts.prompt + amounts.completion
