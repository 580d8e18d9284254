"""What a model costs: its price, nothing with the reason, or not known. Unknown is never nothing."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from fellowship.protocols.completions import Usage
from fellowship.providers.catalog import SERVERS, address
from fellowship.providers.loopback import on_loopback
from fellowship.runners.own_servers import own_servers
from fellowship.runners.plan.lengths import TokensPerAsk
from fellowship.runners.plan.ranges import NOTHING, Range
from fellowship.runners.settings import Price, Settings

Basis: TypeAlias = Literal["priced", "local", "simulated", "recorded", "unknown"]


@dataclass(frozen=True, slots=True)
class Tariff:
    """How a model is charged; `price` is there if it has one."""

    basis: Basis
    price: Price | None = None

    def of(self, usage: Usage) -> float:
        """US dollars; 0 where it costs nothing, and where that is not known: ask `basis`."""
        return float(self.price.cost(usage)) if self.price is not None else 0.0

    def per_ask(self, tokens: TokensPerAsk) -> Range:
        """US dollars for one ask of those tokens."""
        if self.price is None:
            return NOTHING
        prompt, completion = float(self.price.input) / 1e6, float(self.price.output) / 1e6
        return tokens.prompt.scaled(prompt).plus(tokens.completion.scaled(completion))


def tariff(model: str, settings: Settings) -> Tariff:
    """A price in the settings goes before all."""
    price = settings.price(model)
    if price is not None:
        return Tariff("priced", price)
    provider = model.partition("/")[0]
    if provider == "sim":
        return Tariff("simulated")
    if provider == "recorded":
        return Tariff("recorded")
    return Tariff("local" if _is_local(provider, settings) else "unknown")


def _is_local(provider: str, settings: Settings) -> bool:
    server = {**SERVERS, **own_servers(settings)}.get(provider)
    return server is not None and on_loopback(address(provider, server))
