"""One run's forecast: asks, tokens and cost by agent, and time; from its rehearsal and from what its folder holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fellowship.runners.call import Call
from fellowship.runners.config import scenario_name
from fellowship.runners.plan.asks import Who, asks_to_come, by_conversation
from fellowship.runners.plan.durations import Duration, duration
from fellowship.runners.plan.lengths import TokensPerAsk
from fellowship.runners.plan.lines import Line, cost, lines
from fellowship.runners.plan.loads import loads
from fellowship.runners.plan.measured import Measured
from fellowship.runners.plan.prices import tariff
from fellowship.runners.plan.ranges import Range, total
from fellowship.runners.plan.standing import Standing


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What was learnt from a run's rehearsals: each conversation's asks, and the tokens of an ask by lengths."""

    asks: Sequence[Mapping[Who, int]]
    tokens: Mapping[Who, TokensPerAsk]


@dataclass(frozen=True, slots=True)
class Forecast:
    """A run's. `n_measured` done conversations stand behind tokens and cost; with 0, lengths do.

    `cost` is what is still to be paid, `paid` what was, both in US dollars and without the `unpriced` models.
    """

    scenario: str
    folder: Path | None
    n_prompts: int
    n_done: int
    n_asked: int
    n_measured: int
    lines: Sequence[Line]
    cost: Range
    paid: float
    unpriced: tuple[str, ...]
    time: Duration

    @property
    def asks(self) -> Range:
        """Those still to come."""
        return total([line.asks for line in self.lines])

    @property
    def is_exact(self) -> bool:
        """Whether the scenario fixes the number of asks."""
        return all(line.asks.is_sure for line in self.lines)


def forecast(call: Call, rehearsed: Rehearsed, stands: Standing) -> Forecast:
    """The called run's."""
    n_pending = call.total - len(stands.done)
    seen = [*rehearsed.asks, *by_conversation(stands.conversations, stands.shares_done)]
    asks = asks_to_come(seen, n_pending, _recorded(stands))
    measured = Measured(stands.conversations, stands.shares_done, _n_more(asks, seen, n_pending))
    shares = (*stands.shares_done, *stands.shares_open)
    models = dict.fromkeys([*(who.model for who in asks), *(share.model for share in shares)])
    tariffs = {model: tariff(model, call.settings) for model in models}
    made = lines(asks, rehearsed.tokens, measured, tariffs)
    return Forecast(
        scenario=scenario_name(call.scenario),
        folder=call.folder,
        n_prompts=call.total,
        n_done=len(stands.done),
        n_asked=sum(share.n_asks for share in shares),
        n_measured=len(stands.done) if measured.is_enough else 0,
        lines=made,
        cost=cost(made, measured),
        paid=sum(tariffs[share.model].of(share.usage) for share in shares),
        unpriced=tuple(model for model, each in tariffs.items() if each.basis == "unknown"),
        time=duration(loads(call, made, stands.mean_open)),
    )


def _recorded(stands: Standing) -> dict[Who, int]:
    """Asks of conversations under way that are answered."""
    recorded: Counter[Who] = Counter()
    for share in stands.shares_open:
        recorded[Who.of(share)] += share.n_asks
    return recorded


def _n_more(asks: Mapping[Who, Range], seen: Sequence[Mapping[Who, int]], n_pending: int) -> float:
    """How many whole conversations the asks to come amount to."""
    n_each = sum(sum(counts.values()) for counts in seen) / len(seen) if seen else 0.0
    return total(list(asks.values())).expected / n_each if n_each else float(n_pending)
