"""The estimate of one run: asks, tokens and cost by agent, and time, from its dry runs and the state of its folder."""

import math
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
from fellowship.estimates.extrapolation import FEWEST_CONVERSATIONS, Extrapolation
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
from fellowship.storage.recorded_run import JOURNAL, RecordedRun
from fellowship.storage.run_stats import AgentUsage, RequestUsage, agent_usage, mean_open, request_usage
from fellowship.storage.superseded import attempts_in_use

N_SEEDS = 3
"""Of dry runs: each item is simulated so often."""


@dataclass(frozen=True, slots=True)
class RunState:
    """`done` are finished conversations, ids by position; `mean_open` is the mean number of asks open at once.

    recorded                 usage of all replies, those that accepted changes have superseded included
    n_in_use                 the replies that the present outcomes of conversations about the items use
    usage_done, usage_open   of these replies, in finished and in open conversations
    again                    positions of the recorded conversations that accepted changes carry out again; they are
                             neither done nor open
    requests                 those of these replies in finished conversations, to models whose price has tiers
    """

    done: Mapping[int, str] = field(default_factory=dict)
    recorded: tuple[AgentUsage, ...] = ()
    n_in_use: int = 0
    again: frozenset[int] = frozenset()
    usage_done: tuple[AgentUsage, ...] = ()
    usage_open: tuple[AgentUsage, ...] = ()
    mean_open: float = 0.0
    requests: tuple[RequestUsage, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """The `n` recorded conversations that accepted changes carry out again; `n_asking` of them ask, at this cost.

    `n_asking` is extrapolated unless `is_counted`.
    """

    n: int
    n_asking: int
    is_counted: bool
    asks: Interval
    cost: Interval


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """What is left of a run. Asks are extrapolated from `n_measured` finished conversations, or 0: from dry runs.

    `cost` is still to be paid, `paid` was paid already; both in US dollars, without the models of `unpriced`.
    `prompt` and `completion` are tokens of all agents. `n_seen` conversations were executed or simulated to count
    asks; the scenario itself makes the number the same for all items where `is_fixed`.
    `paid` lacks `n_unknown_usage` replies: of unknown usage, or of a model without a price. `unpriced` are the models
    without one that are still to be asked. The tokens of `n_known_usage` finished conversations are known.
    `n_reusing` pending conversations have replies of another run, which are no asks. `n_replies` are recorded, of all
    starts, and `n_in_use` of them belong to present outcomes. `again` is about accepted changes. The asks are at least
    so many where simulated replies of the agents in `unread` ended all conversations that were seen. `n_simulated`
    pending items were simulated to count asks. The pending items are of `n_shapes`: numbers of answers, and of
    different ones.
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
    n_replies: int = 0
    n_in_use: int = 0
    again: AskedAgain | None = None
    unread: tuple[str, ...] = ()
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
        return not self.n_pending or (self.is_fixed and self.is_sure and not self.unread)

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
        states = run.states()
        if not states:  # conversations without any ask count as well
            return RunState()
        settings, accepts = run.settings(), spec.options.accept_changes
        before = settings.get("config", "{}")
        if not accepts:
            configuration.refuse_changes(before, spec.config, spec.folder)
        is_changed = accepts and bool(configuration.changed_settings(before, spec.config))
        ended = () if is_changed else ended_positions(states, spec.items, spec.folder, spec.options)
        done = {position: conversation_id(position) for position in ended}
        begun = {position for position in range(spec.total) if conversation_id(position) in states}
        again = begun.difference(done) if accepts or "accepts_changes" in settings else set[int]()
        left_to_do = {conversation_id(position) for position in begun.difference(done, again)}
        price, in_use = (lambda model, usage: spec.prices.of(model).cost(usage)), attempts_in_use(run)
        recorded = tuple(agent_usage(run, price))
        used = recorded if in_use is None else tuple(agent_usage(run, price, in_use=in_use))
        of_items, names = {conversation_id(position) for position in begun}, set(done.values())
        return RunState(
            done=done,
            recorded=recorded,
            n_in_use=sum(each.n_attempts for each in used if each.conversation in of_items),
            again=frozenset(again),
            usage_done=tuple(each for each in used if each.conversation in names),
            usage_open=tuple(each for each in used if each.conversation in left_to_do),
            mean_open=mean_open(run),
            requests=tuple(each for each in _tiered_requests(spec, run, used, in_use) if each.conversation in names),
        )


def _tiered_requests(
    spec: RunSpec, run: RecordedRun, usages: Sequence[AgentUsage], in_use: Mapping[int, int] | None
) -> Sequence[RequestUsage]:
    prices = {model: spec.prices.of(model).price for model in {used.model for used in usages}}
    tiered = [model for model, price in prices.items() if price is not None and price.tiers]
    return list(request_usage(run, tiered, in_use=in_use)) if tiered else []


def estimate_run(
    spec: RunSpec,
    items: Sequence[ItemTraits],
    simulated: Sequence[SimulatedConversation],
    state: RunState,
    reused: ReusedAsks,
    *,
    unread: tuple[str, ...] = (),
) -> RunEstimate:
    """The estimate for what is left of the run in its current state.

    `items` has all of them, `simulated` the conversations of the dry runs, which ended at replies of the agents in
    `unread`. `reused` are the conversations with known replies.
    """
    reused, is_fixed = reused.without(state.done), has_fixed_asks(spec.scenario, spec.arguments)
    pending = {position: item for position, item in enumerate(items) if position not in state.done}
    tokens = tokens_per_ask([*simulated, *reused.simulated], list(pending.values()))
    if unread and len(state.done) >= FEWEST_CONVERSATIONS:  # the simulated ones ended at the unreadable reply
        simulated, unread = (), ()
    seen = _seen(items, simulated, state)
    measured = _extrapolation(items, state, seen, list(pending.values()))
    bounds = ask_bounds(spec.scenario, spec.arguments)
    whole = expected_asks(seen, list(pending.values()), measured, bounds)
    new = [item for position, item in pending.items() if position not in reused.positions]
    of_new = expected_asks(seen, new, measured, bounds)
    asks = _still_to_ask(of_new, reused.asks(is_fixed=is_fixed), reused, state)
    n_whole = sum_intervals(whole.values()).expected
    measured = replace(measured, share=sum_intervals(asks.values()).expected / n_whole if n_whole else 1.0)
    usages = (*state.usage_done, *state.usage_open)
    models = dict.fromkeys([*(key.model for key in asks), *(used.model for used in state.recorded)])
    pricings = {model: spec.prices.of(model) for model in models}
    to_ask = {key.model for key, expected in asks.items() if expected.high > 0}
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
        paid=sum(used.paid for used in state.recorded),
        unpriced=tuple(model for model, pricing in pricings.items() if model in to_ask and not pricing.is_known),
        time=estimate_duration(provider_loads(spec, estimates, state.mean_open)),
        n_known_usage=len(measured.reported(measured.usages).finished),
        n_unknown_usage=sum(_n_unpaid(used, pricings[used.model]) for used in state.recorded),
        n_reusing=len(reused.positions - reused.own),
        n_replies=sum(used.n_attempts for used in state.recorded),
        n_in_use=state.n_in_use,
        unread=unread,
        again=_asked_again(reused, estimates, is_fixed=is_fixed),
        n_simulated=len(simulated) // N_SEEDS,
        n_shapes=len({item.shape for item in pending.values()}),
    )


def _seen(
    items: Sequence[ItemTraits], simulated: Sequence[SimulatedConversation], state: RunState
) -> list[SeenConversation]:
    """The conversations of dry runs, then the finished ones."""
    counted = by_conversation(state.done.values(), state.usage_done)
    finished = zip(state.done.items(), counted, strict=True)
    return [
        *(SeenConversation(each.item, each.asks) for each in simulated),
        *(SeenConversation(items[position], asks, id) for (position, id), asks in finished),
    ]


def _asked_again(reused: ReusedAsks, estimates: Sequence[AgentEstimate], *, is_fixed: bool) -> AskedAgain | None:
    """The part of the estimates that is of conversations which accepted changes carry out again; None without any."""
    if not reused.own:
        return None
    own = reused.of_own()
    n_asking = sum(any(asks.values()) for asks in own.left.values())
    asks = own.asks(is_fixed=is_fixed)
    parts = [(each.cost, asks[each.agent_model], each.asks) for each in estimates if each.agent_model in asks]
    return AskedAgain(
        n=len(own.positions),
        n_asking=math.ceil(n_asking * len(own.positions) / max(1, len(own.left))),
        is_counted=len(own.left) == len(own.positions),
        asks=sum_intervals(asks.values()),
        cost=sum_intervals(
            cost.scaled(part.expected / whole.expected) for cost, part, whole in parts if whole.expected
        ),
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
    """The asks of new conversations, and those of conversations with known replies.

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
