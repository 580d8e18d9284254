"""What each agent still uses: extrapolated from finished conversations, or estimated from lengths of texts.

The conversations are those of the run: of its pilot or of an earlier start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fellowship.estimates.ask_counts import AgentModel
from fellowship.estimates.extrapolation import Extrapolation
from fellowship.estimates.interval import ZERO_INTERVAL, Interval, sum_intervals
from fellowship.estimates.tiered_cost import tiered_cost
from fellowship.estimates.token_lengths import TokensPerAsk
from fellowship.settings.prices import Pricing


@dataclass(frozen=True, slots=True)
class AgentEstimate:
    """The asks of an agent that are still to be made. `cost` is in US dollars, 0 where `pricing` is unknown.

    longest_reply   tokens that one reply may have, which some servers charge in full; 0 where that is unknown
    latency_s       of all its requests together; None where no latency was measured
    n_measured      the finished conversations from which tokens and cost are extrapolated; 0: from lengths of texts
    is_tiered       whether the cost is that of requests in several tiers of a price
    """

    agent_model: AgentModel
    pricing: Pricing
    asks: Interval
    prompt: Interval = ZERO_INTERVAL
    completion: Interval = ZERO_INTERVAL
    cost: Interval = ZERO_INTERVAL
    longest_reply: float = 0.0
    attempts_per_ask: float = 1.0
    latency_s: Interval | None = None
    n_measured: int = 0
    is_tiered: bool = False

    @property
    def is_measured(self) -> bool:
        """Whether tokens and cost are extrapolated."""
        return self.n_measured > 0


def agent_estimates(
    asks: Mapping[AgentModel, Interval],
    tokens: Mapping[AgentModel, TokensPerAsk],
    measured: Extrapolation,
    pricings: Mapping[str, Pricing],
) -> list[AgentEstimate]:
    """One estimate for each agent with asks. Tokens that a server never reports are estimated from lengths, too."""
    from_lengths = [_from_lengths(AgentEstimate(key, pricings[key.model], asks[key]), tokens.get(key)) for key in asks]
    return [_from_measured(each, measured) for each in from_lengths] if measured.is_enough else from_lengths


def total_amount(part: str, estimates: Sequence[AgentEstimate], measured: Extrapolation) -> Interval:
    """The total of `prompt`, `completion` or `cost` of all agents.

    The interval of a measured total is narrower than the sum of the agents' intervals.
    """
    lines = [each for each in estimates if each.is_measured and not (part == "cost" and each.is_tiered)]
    agents = {each.agent_model for each in lines}
    others = sum_intervals(getattr(each, part) for each in estimates if each.agent_model not in agents)
    of_agents = measured.reported([used for used in measured.usages if AgentModel.of(used) in agents])
    if not of_agents.is_enough:
        return sum_intervals(getattr(each, part) for each in estimates)
    return others.plus(of_agents.amount(part).spread_as(sum_intervals(each.asks for each in lines)))


def _from_lengths(estimate: AgentEstimate, tokens: TokensPerAsk | None) -> AgentEstimate:
    if tokens is None:  # no reply of the dry run could be read
        return estimate
    price = estimate.pricing.price
    cost_per_ask = ZERO_INTERVAL if price is None else tokens.cost(price)
    return replace(
        estimate,
        prompt=estimate.asks.times(tokens.prompt),
        completion=estimate.asks.times(tokens.completion),
        cost=estimate.asks.times(cost_per_ask),
        longest_reply=tokens.completion.high,
    )


def _from_measured(estimate: AgentEstimate, measured: Extrapolation) -> AgentEstimate:
    own = [used for used in measured.usages if AgentModel.of(used) == estimate.agent_model]
    timed = replace(
        estimate,
        attempts_per_ask=sum(used.n_attempts for used in own) / sum(used.n_asks for used in own) if own else 1.0,
        latency_s=replace(measured, usages=own).total(lambda used: used.latency_s),
    )
    of_agent = measured.reported(own)
    if not own or not of_agent.usages or not of_agent.is_enough:  # some servers report no tokens
        return timed
    prompt, completion, cost = (
        of_agent.amount(part).spread_as(estimate.asks) for part in ("prompt", "completion", "cost")
    )
    price = estimate.pricing.price
    by_tiers = None if price is None else tiered_cost(of_agent, price, prompt, completion)
    return replace(
        timed,
        prompt=prompt,
        completion=completion,
        cost=cost if by_tiers is None else by_tiers,
        n_measured=len(of_agent.finished),
        is_tiered=by_tiers is not None,
    )
