"""What each agent still uses: extrapolated from finished conversations, or estimated from lengths of texts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fellowship.estimates.ask_counts import AgentModel
from fellowship.estimates.extrapolation import Extrapolation
from fellowship.estimates.interval import ZERO_INTERVAL, Interval, sum_intervals
from fellowship.estimates.token_lengths import TokensPerAsk
from fellowship.protocols.completions import Usage
from fellowship.settings.prices import FREE, Pricing
from fellowship.storage.usage import AgentUsage


@dataclass(frozen=True, slots=True)
class AgentEstimate:
    """The asks of an agent that are still to be made. `cost` is in US dollars, 0 where `pricing` is unknown.

    longest_reply   tokens that one reply may have; 0 where that is unknown
    latency_s       of all its requests together; None where no latency was measured
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
    is_measured: bool = False


def agent_estimates(
    asks: Mapping[AgentModel, Interval],
    tokens: Mapping[AgentModel, TokensPerAsk],
    measured: Extrapolation,
    pricings: Mapping[str, Pricing],
) -> list[AgentEstimate]:
    """One estimate for each agent with asks. Tokens that a server never reports are estimated from lengths, too."""
    from_lengths = [_from_lengths(AgentEstimate(key, pricings[key.model], asks[key]), tokens.get(key)) for key in asks]
    return [_from_measured(each, measured) for each in from_lengths] if measured.is_enough else from_lengths


def total_cost(estimates: list[AgentEstimate], measured: Extrapolation) -> Interval:
    """The cost of all agents. The interval of a measured sum is narrower than the sum of the agents' intervals."""
    from_lengths = sum_intervals([each.cost for each in estimates if not each.is_measured])
    pricings = {each.agent_model: each.pricing for each in estimates if each.is_measured}

    def cost(used: AgentUsage) -> float:
        pricing = pricings.get(AgentModel.of(used))
        return 0.0 if pricing is None else known_cost(pricing, used.usage)

    return from_lengths.plus(measured.sum(cost)) if pricings else from_lengths


def known_cost(pricing: Pricing, usage: Usage) -> float:
    """US dollars; 0 also where the price is unknown."""
    return float(pricing.cost(usage) or FREE)


def _cost_per_ask(pricing: Pricing, tokens: TokensPerAsk) -> Interval:
    if pricing.price is None:
        return ZERO_INTERVAL
    prompt, completion = float(pricing.price.input) / 1e6, float(pricing.price.output) / 1e6
    return tokens.prompt.scaled(prompt).plus(tokens.completion.scaled(completion))


def _from_lengths(estimate: AgentEstimate, tokens: TokensPerAsk | None) -> AgentEstimate:
    if tokens is None:  # no reply of the dry run could be read
        return estimate
    return replace(
        estimate,
        prompt=estimate.asks.times(tokens.prompt),
        completion=estimate.asks.times(tokens.completion),
        cost=estimate.asks.times(_cost_per_ask(estimate.pricing, tokens)),
        longest_reply=tokens.longest_reply,
    )


def _from_measured(estimate: AgentEstimate, measured: Extrapolation) -> AgentEstimate:
    key = estimate.agent_model
    timed = replace(
        estimate,
        attempts_per_ask=measured.attempts_per_ask(key),
        latency_s=measured.of(key, lambda used: used.latency_s),
    )
    if not measured.has_tokens(key):
        return timed
    return replace(
        timed,
        prompt=measured.of(key, lambda used: used.usage.prompt_tokens),
        completion=measured.of(key, lambda used: used.usage.completion_tokens),
        cost=measured.of(key, lambda used: known_cost(estimate.pricing, used.usage)),
        is_measured=True,
    )
