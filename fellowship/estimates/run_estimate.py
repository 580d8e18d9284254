"""The estimate of one run: asks, tokens and cost by agent, and time, from its dry runs and the state of its folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fellowship.estimates.agent_estimate import AgentEstimate, agent_estimates, total_amount
from fellowship.estimates.ask_counts import (
    AgentModel,
    SeenConversation,
    by_conversation,
    expected_asks,
    without_recorded,
)
from fellowship.estimates.durations import DurationEstimate, estimate_duration, provider_loads
from fellowship.estimates.extrapolation import Extrapolation
from fellowship.estimates.fixed_asks import ask_bounds, has_fixed_asks
from fellowship.estimates.interval import Interval, sum_intervals
from fellowship.estimates.item_sample import ItemTraits
from fellowship.estimates.reused_asks import ReusedAsks
from fellowship.estimates.simulated import SimulatedConversation
from fellowship.estimates.token_lengths import tokens_per_ask
from fellowship.runners import run_config as configuration
from fellowship.runners.resume import conversation_id, ended_positions
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.scenario_function import scenario_name
from fellowship.settings.prices import Pricing
from fellowship.storage import queries
from fellowship.storage.recorded_run import JOURNAL, RecordedRun
from fellowship.storage.records import ConversationState
from fellowship.storage.run_stats import AgentUsage, RequestUsage, agent_usage, mean_open, request_usage

N_SEEDS = 3
"""Of dry runs: each item is simulated so often."""


@dataclass(frozen=True, slots=True)
class RunState:
    """`done` are finished conversations, ids by position; `mean_open` is the mean number of asks open at once.

    `requests` are those of finished conversations to models whose price has tiers.
    """

    done: Mapping[int, str] = field(default_factory=dict)
    usage_done: tuple[AgentUsage, ...] = ()
    usage_open: tuple[AgentUsage, ...] = ()
    mean_open: float = 0.0
    requests: tuple[RequestUsage, ...] = ()


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """What is left of a run. Asks are extrapolated from `n_measured` finished conversations, or 0: from dry runs.

    `cost` is still to be paid, `paid` was paid already; both in US dollars, without the models of `unpriced`.
    `prompt` and `completion` are tokens of all agents. `n_seen` conversations were executed or simulated to count
    asks; the scenario itself makes the number the same for all items where `is_fixed`.
    `paid` lacks `n_unknown_usage` replies: of unknown usage, or of a model without a price. `unpriced` are the models
    without one that are still to be asked. The tokens of `n_known_usage` finished conversations are known.
    `n_reusing` pending conversations have replies of another run, which are no asks. `n_simulated` pending items were
    simulated. The pending items are of `n_shapes`: numbers of answers, and of different ones.
    """

    scenario: str
    folder: Path | None
    n_prompts: int
    n_done: int
    n_asked: int
    n_seen: int
    n_measured: int
    is_fixed: bool
    agents: Sequence[AgentEstimate]
    prompt: Interval
    completion: Interval
    cost: Interval
    paid: float
    unpriced: tuple[str, ...]
    time: DurationEstimate
    n_unknown_usage: int = 0
    n_known_usage: int = 0
    n_reusing: int = 0
    n_simulated: int = 0
    n_shapes: int = 1

    @property
    def n_reported(self) -> int:
        """The finished conversations from which tokens and cost are extrapolated, or 0: from lengths of texts."""
        return min((each.n_measured for each in self.agents if each.is_measured), default=0)

    @property
    def asks(self) -> Interval:
        """The asks still to be made."""
        return sum_intervals(each.asks for each in self.agents)

    @property
    def is_exact(self) -> bool:
        """Whether the scenario fixes the number of asks, and no conversation seen differs."""
        return not self.n_pending or (self.is_fixed and self.is_sure)

    @property
    def is_sure(self) -> bool:
        """Whether all conversations seen make equally many asks."""
        return all(each.asks.is_sure for each in self.agents)

    @property
    def n_pending(self) -> int:
        """The prompts that are left."""
        return self.n_prompts - self.n_done


def _n_unpaid(used: AgentUsage, pricing: Pricing) -> int:
    """The replies whose cost is not known."""
    if pricing.price is not None:
        return used.n_unknown
    return 0 if pricing.is_known else used.n_asks


def read_run_state(spec: RunSpec) -> RunState:
    """The state of the run; ConfigurationError where it cannot be continued."""
    if spec.folder is None or not (spec.folder / JOURNAL).is_file():
        return RunState()
    with RecordedRun.open(spec.folder) as run:
        if not run.counts():  # conversations without any ask count as well
            return RunState()
        configuration.refuse_changes(run.settings().get("config", "{}"), spec.config, spec.folder)
        states = {id: ConversationState(*row) for id, *row in run.rows(queries.STATES)}
        ended = ended_positions(states, spec.items, spec.folder, spec.options)
        done = {position: conversation_id(position) for position in ended}
        names, usages = (
            set(done.values()),
            list(agent_usage(run, lambda model, usage: spec.prices.of(model).cost(usage))),
        )
        return RunState(
            done=done,
            usage_done=tuple(each for each in usages if each.conversation in names),
            usage_open=tuple(each for each in usages if each.conversation not in names),
            mean_open=mean_open(run),
            requests=tuple(used for used in _tiered_requests(spec, run, usages) if used.conversation in names),
        )


def _tiered_requests(spec: RunSpec, run: RecordedRun, usages: Sequence[AgentUsage]) -> Sequence[RequestUsage]:
    prices = {model: spec.prices.of(model).price for model in {used.model for used in usages}}
    tiered = [model for model, price in prices.items() if price is not None and price.tiers]
    return list(request_usage(run, tiered)) if tiered else []


def estimate_run(
    spec: RunSpec,
    items: Sequence[ItemTraits],
    simulated: Sequence[SimulatedConversation],
    state: RunState,
    reused: ReusedAsks,
) -> RunEstimate:
    """The estimate for what is left of the run in its current state.

    `items` has all of them, `simulated` the conversations of the dry runs. `reused` are the conversations that have
    replies of another run.
    """
    reused, is_fixed = reused.without(state.done), has_fixed_asks(spec.scenario, spec.arguments)
    seen = [SeenConversation(each.item, each.asks) for each in simulated]
    counted = by_conversation(state.done.values(), state.usage_done)
    seen += [SeenConversation(items[at], n, id) for (at, id), n in zip(state.done.items(), counted, strict=True)]
    pending = {position: item for position, item in enumerate(items) if position not in state.done}
    measured = _extrapolation(items, state, seen, list(pending.values()))
    bounds = ask_bounds(spec.scenario, spec.arguments)
    whole = expected_asks(seen, list(pending.values()), measured, bounds)
    new = [item for position, item in pending.items() if position not in reused.positions]
    of_new = expected_asks(seen, new, measured, bounds)
    asks = _still_to_ask(of_new, reused.asks(is_fixed=is_fixed), reused, state)
    n_whole = sum_intervals(whole.values()).expected
    measured = replace(measured, share=sum_intervals(asks.values()).expected / n_whole if n_whole else 1.0)
    usages = (*state.usage_done, *state.usage_open)
    models = dict.fromkeys([*(key.model for key in asks), *(used.model for used in usages)])
    pricings = {model: spec.prices.of(model) for model in models}
    to_ask = {key.model for key, expected in asks.items() if expected.high > 0}
    tokens = tokens_per_ask([*simulated, *reused.simulated], list(pending.values()))
    estimates = agent_estimates(asks, tokens, measured, pricings)
    return RunEstimate(
        scenario=scenario_name(spec.scenario),
        folder=spec.folder,
        n_prompts=spec.total,
        n_done=len(state.done),
        n_asked=sum(used.n_asks for used in usages),
        n_seen=len(seen) + len(reused.left),
        n_measured=len(state.done) if measured.is_enough else 0,
        is_fixed=is_fixed,
        agents=estimates,
        prompt=total_amount("prompt", estimates, measured),
        completion=total_amount("completion", estimates, measured),
        cost=total_amount("cost", estimates, measured),
        paid=sum(used.paid for used in usages),
        unpriced=tuple(model for model, pricing in pricings.items() if model in to_ask and not pricing.is_known),
        time=estimate_duration(provider_loads(spec, estimates, state.mean_open)),
        n_known_usage=len(measured.reported(measured.usages).finished),
        n_unknown_usage=sum(_n_unpaid(used, pricings[used.model]) for used in usages),
        n_reusing=len(reused.positions),
        n_simulated=len(simulated) // N_SEEDS,
        n_shapes=len({item.shape for item in pending.values()}),
    )


def _extrapolation(
    items: Sequence[ItemTraits], state: RunState, seen: Sequence[SeenConversation], pending: Sequence[ItemTraits]
) -> Extrapolation:
    """From finished conversations to pending ones, both without items of a shape about which nothing is asked."""
    asking = {each.item.shape for each in seen if any(each.asks.values())}
    silent = {each.item.shape for each in seen} - asking
    finished = {id: items[at].size for at, id in state.done.items() if items[at].shape not in silent}
    left = [item.size for item in pending if item.shape not in silent]
    return Extrapolation(finished, state.usage_done, left, requests=state.requests)


def _still_to_ask(
    of_new: Mapping[AgentModel, Interval],
    of_reusing: Mapping[AgentModel, Interval],
    reused: ReusedAsks,
    state: RunState,
) -> dict[AgentModel, Interval]:
    """The asks of new conversations, and those of conversations with replies of another run.

    Without the asks that the open conversations have made already.
    """
    asks = {
        key: sum_intervals(each[key] for each in (of_new, of_reusing) if key in each)
        for key in {**of_new, **of_reusing}
    }
    ids = {conversation_id(position) for position in reused.positions}
    made = (
        replace(used, n_asks=used.n_asks - used.n_reused) if used.conversation in ids else used
        for used in state.usage_open
    )
    return without_recorded(asks, made)
