"""What each agent still uses: extrapolated from finished conversations, or estimated from lengths of texts.

The conversations are those of the run: of its pilot or of an earlier start. The intervals are nominal 99 % intervals,
by Student's t over conversations: the usage of one conversation is one value.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from fellowship.estimates.ask_counts import AgentModel
from fellowship.estimates.interval import ZERO_INTERVAL, Interval, sum_intervals
from fellowship.estimates.token_lengths import TokensPerAsk
from fellowship.protocols.completions import Usage
from fellowship.settings.prices import FREE, Pricing
from fellowship.statistics.student_t import further_sum
from fellowship.storage.run_stats import AgentUsage

CONFIDENCE = 0.99
FEWEST_CONVERSATIONS = 2


@dataclass(frozen=True, slots=True)
class AgentEstimate:
    """The asks of an agent that are still to be made. `cost` is in US dollars, 0 where `pricing` is unknown.

    longest_reply   tokens that one reply may have, which some servers charge in full; 0 where that is unknown
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


@dataclass(frozen=True, slots=True)
class Extrapolation:
    """From finished conversations to `n_more` further ones; one with answered asks counts as a fraction."""

    conversations: Collection[str]
    usages: Sequence[AgentUsage]
    n_more: float

    @property
    def is_enough(self) -> bool:
        """Whether there are enough conversations for an interval."""
        return len(self.conversations) >= FEWEST_CONVERSATIONS

    def sum(self, amount: Callable[[AgentUsage], float]) -> Interval:
        """The further sum of an amount over all asks."""
        values: defaultdict[str, float] = defaultdict(float)
        for used in self.usages:
            values[used.conversation] += amount(used)
        every = [values[conversation] for conversation in self.conversations]
        return Interval.of(further_sum(every, self.n_more, confidence=CONFIDENCE))


def agent_estimates(
    asks: Mapping[AgentModel, Interval],
    tokens: Mapping[AgentModel, TokensPerAsk],
    measured: Extrapolation,
    pricings: Mapping[str, Pricing],
) -> list[AgentEstimate]:
    """One estimate for each agent with asks. Tokens that a server never reports are estimated from lengths, too."""
    from_lengths = [_from_lengths(AgentEstimate(key, pricings[key.model], asks[key]), tokens.get(key)) for key in asks]
    return [_from_measured(each, measured) for each in from_lengths] if measured.is_enough else from_lengths


def with_mean_usage(usages: Sequence[AgentUsage]) -> list[AgentUsage]:
    """The usages, with the mean of an agent's known attempts for each unknown one; an agent without any has none."""
    known: defaultdict[AgentModel, Counter[str]] = defaultdict(Counter)
    for used in usages:
        known[AgentModel.of(used)].update(asdict(used.usage), n=used.n_attempts - used.n_unknown)

    def completed(used: AgentUsage) -> AgentUsage:
        sums = known[AgentModel.of(used)]
        if not used.n_unknown or not sums["n"]:
            return used
        share = used.n_unknown / sums["n"]
        counts = {name: count + round(share * sums[name]) for name, count in asdict(used.usage).items()}
        return replace(used, usage=Usage(**counts))

    return [completed(used) for used in usages]


def total_cost(estimates: Sequence[AgentEstimate], measured: Extrapolation) -> Interval:
    """The cost of all agents. The interval of a measured sum is narrower than the sum of the agents' intervals."""
    from_lengths = sum_intervals(each.cost for each in estimates if not each.is_measured)
    pricings = {each.agent_model: each.pricing for each in estimates if each.is_measured}

    def cost(used: AgentUsage) -> float:
        pricing = pricings.get(AgentModel.of(used))
        return 0.0 if pricing is None else known_cost(pricing, used.usage)

    return from_lengths.plus(measured.sum(cost)) if pricings else from_lengths


def known_cost(pricing: Pricing, usage: Usage) -> float:
    """US dollars; 0 also where the price is unknown."""
    return float(pricing.cost(usage) or FREE)


def _from_lengths(estimate: AgentEstimate, tokens: TokensPerAsk | None) -> AgentEstimate:
    if tokens is None:  # no reply of the dry run could be read
        return estimate
    price, cost_per_ask = estimate.pricing.price, ZERO_INTERVAL
    if price is not None:
        prompt, completion = float(price.input) / 1e6, float(price.output) / 1e6
        cost_per_ask = tokens.prompt.scaled(prompt).plus(tokens.completion.scaled(completion))
    return replace(
        estimate,
        prompt=estimate.asks.times(tokens.prompt),
        completion=estimate.asks.times(tokens.completion),
        cost=estimate.asks.times(cost_per_ask),
        longest_reply=tokens.completion.high,
    )


def _from_measured(estimate: AgentEstimate, measured: Extrapolation) -> AgentEstimate:
    own = [used for used in measured.usages if AgentModel.of(used) == estimate.agent_model]
    of_agent = replace(measured, usages=own)
    timed = replace(
        estimate,
        attempts_per_ask=sum(used.n_attempts for used in own) / sum(used.n_asks for used in own) if own else 1.0,
        latency_s=of_agent.sum(lambda used: used.latency_s),
    )
    if not any(used.usage.prompt_tokens or used.usage.completion_tokens for used in own):  # some servers report none
        return timed
    return replace(
        timed,
        prompt=of_agent.sum(lambda used: used.usage.prompt_tokens),
        completion=of_agent.sum(lambda used: used.usage.completion_tokens),
        cost=of_agent.sum(lambda used: known_cost(estimate.pricing, used.usage)),
        is_measured=True,
    )
