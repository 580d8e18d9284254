"""What each agent still takes: measured where conversations are done, guessed from lengths elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fellowship.estimates.ask_counts import AgentModel
from fellowship.estimates.extrapolation import Extrapolation
from fellowship.estimates.interval import ZERO_INTERVAL, Interval, sum_intervals
from fellowship.estimates.token_lengths import TokensPerAsk
from fellowship.protocols.completions import Usage
from fellowship.settings.prices import FREE, Pricing


@dataclass(frozen=True, slots=True)
class AgentEstimate:
    """An agent's share of what is to come. `cost` in US dollars is what is known of it: see `tariff.basis`.

    room            tokens that one reply may have at most; 0 is not known
    latency_s       of all its requests together, None where none was measured
    """

    who: AgentModel
    tariff: Pricing
    asks: Interval
    prompt: Interval = ZERO_INTERVAL
    completion: Interval = ZERO_INTERVAL
    cost: Interval = ZERO_INTERVAL
    room: float = 0.0
    attempts_per_ask: float = 1.0
    latency_s: Interval | None = None
    is_measured: bool = False


def agent_estimates(
    asks: Mapping[AgentModel, Interval],
    tokens: Mapping[AgentModel, TokensPerAsk],
    measured: Extrapolation,
    tariffs: Mapping[str, Pricing],
) -> list[AgentEstimate]:
    """A line for everybody who is asked. Tokens that a server never tells are guessed; they are not none."""
    made = [_guessed(AgentEstimate(who, tariffs[who.model], asks[who]), tokens.get(who)) for who in asks]
    return [_measured(line, measured) for line in made] if measured.is_enough else made


def total_cost(made: list[AgentEstimate], measured: Extrapolation) -> Interval:
    """Of all together: the interval of a measured sum is narrower than the sum of the intervals."""
    guessed = sum_intervals([line.cost for line in made if not line.is_measured])
    tariffs = {line.who: line.tariff for line in made if line.is_measured}
    if not tariffs:
        return guessed
    return guessed.plus(
        measured.sum(
            lambda share: known_cost(tariffs[who], share.usage) if (who := AgentModel.of(share)) in tariffs else 0.0
        )
    )


def known_cost(pricing: Pricing, usage: Usage) -> float:
    """US dollars; 0 also where the price is unknown."""
    return float(pricing.cost(usage) or FREE)


def _cost_per_ask(pricing: Pricing, tokens: TokensPerAsk) -> Interval:
    if pricing.price is None:
        return ZERO_INTERVAL
    prompt, completion = float(pricing.price.input) / 1e6, float(pricing.price.output) / 1e6
    return tokens.prompt.scaled(prompt).plus(tokens.completion.scaled(completion))


def _guessed(line: AgentEstimate, tokens: TokensPerAsk | None) -> AgentEstimate:
    if tokens is None:  # asked in the rehearsal, but never with a reply that could be read
        return line
    return replace(
        line,
        prompt=line.asks.times(tokens.prompt),
        completion=line.asks.times(tokens.completion),
        cost=line.asks.times(_cost_per_ask(line.tariff, tokens)),
        room=tokens.room,
    )


def _measured(line: AgentEstimate, measured: Extrapolation) -> AgentEstimate:
    timed = replace(
        line,
        attempts_per_ask=measured.attempts_per_ask(line.who),
        latency_s=measured.of(line.who, lambda share: share.latency_s),
    )
    if not measured.counts(line.who):
        return timed
    return replace(
        timed,
        prompt=measured.of(line.who, lambda share: share.usage.prompt_tokens),
        completion=measured.of(line.who, lambda share: share.usage.completion_tokens),
        cost=measured.of(line.who, lambda share: known_cost(line.tariff, share.usage)),
        is_measured=True,
    )
