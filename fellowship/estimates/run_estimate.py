"""One run's forecast: asks, tokens and cost by agent, and time; from its rehearsal and from what its folder holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fellowship.estimates.agent_estimate import AgentEstimate, agent_estimates, known_cost, total_cost
from fellowship.estimates.ask_counts import AgentModel, by_conversation, remaining_asks
from fellowship.estimates.durations import DurationEstimate, estimate_duration
from fellowship.estimates.extrapolation import Extrapolation
from fellowship.estimates.interval import Interval, sum_intervals
from fellowship.estimates.loads import provider_loads
from fellowship.estimates.run_state import RunState
from fellowship.estimates.token_lengths import TokensPerAsk
from fellowship.runners.run_config import scenario_name
from fellowship.runners.run_spec import RunSpec


@dataclass(frozen=True, slots=True)
class DryRun:
    """What was learnt from a run's rehearsals: each conversation's asks, and the tokens of an ask by lengths."""

    asks: Sequence[Mapping[AgentModel, int]]
    tokens: Mapping[AgentModel, TokensPerAsk]


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """A run's. `n_measured` done conversations stand behind tokens and cost; with 0, lengths do.

    `cost` is what is still to be paid, `paid` what was, both in US dollars and without the `unpriced` models.
    """

    scenario: str
    folder: Path | None
    n_prompts: int
    n_done: int
    n_asked: int
    n_measured: int
    lines: Sequence[AgentEstimate]
    cost: Interval
    paid: float
    unpriced: tuple[str, ...]
    time: DurationEstimate

    @property
    def asks(self) -> Interval:
        """Those still to come."""
        return sum_intervals([line.asks for line in self.lines])

    @property
    def is_exact(self) -> bool:
        """Whether the scenario fixes the number of asks."""
        return all(line.asks.is_sure for line in self.lines)


def estimate_run(spec: RunSpec, rehearsed: DryRun, stands: RunState) -> RunEstimate:
    """The called run's."""
    n_pending = spec.total - len(stands.done)
    seen = [*rehearsed.asks, *by_conversation(stands.conversations, stands.shares_done)]
    asks = remaining_asks(seen, n_pending, _recorded(stands))
    measured = Extrapolation(stands.conversations, stands.shares_done, _n_more(asks, seen, n_pending))
    shares = (*stands.shares_done, *stands.shares_open)
    models = dict.fromkeys([*(who.model for who in asks), *(share.model for share in shares)])
    tariffs = {model: spec.prices.of(model) for model in models}
    made = agent_estimates(asks, rehearsed.tokens, measured, tariffs)
    return RunEstimate(
        scenario=scenario_name(spec.scenario),
        folder=spec.folder,
        n_prompts=spec.total,
        n_done=len(stands.done),
        n_asked=sum(share.n_asks for share in shares),
        n_measured=len(stands.done) if measured.is_enough else 0,
        lines=made,
        cost=total_cost(made, measured),
        paid=sum(known_cost(tariffs[share.model], share.usage) for share in shares),
        unpriced=tuple(model for model, each in tariffs.items() if not each.is_known),
        time=estimate_duration(provider_loads(spec, made, stands.mean_open)),
    )


def _recorded(stands: RunState) -> dict[AgentModel, int]:
    """Asks of conversations under way that are answered."""
    recorded: Counter[AgentModel] = Counter()
    for share in stands.shares_open:
        recorded[AgentModel.of(share)] += share.n_asks
    return recorded


def _n_more(asks: Mapping[AgentModel, Interval], seen: Sequence[Mapping[AgentModel, int]], n_pending: int) -> float:
    """How many whole conversations the asks to come amount to."""
    n_each = sum(sum(counts.values()) for counts in seen) / len(seen) if seen else 0.0
    return sum_intervals(list(asks.values())).expected / n_each if n_each else float(n_pending)
