"""What a model costs: its price, nothing with the reason, or not known. Unknown is never nothing."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from fellowship.estimates.interval import ZERO_INTERVAL, Interval
from fellowship.estimates.token_lengths import TokensPerAsk
from fellowship.protocols.completions import Usage
from fellowship.providers.catalog import SERVERS, server_address
from fellowship.providers.loopback import on_loopback
from fellowship.settings.model import Price, Settings
from fellowship.settings.servers import configured_servers

PriceBasis: TypeAlias = Literal["priced", "local", "simulated", "recorded", "unknown"]


@dataclass(frozen=True, slots=True)
class Pricing:
    """How a model is charged; `price` is there if it has one."""

    basis: PriceBasis
    price: Price | None = None

    def of(self, usage: Usage) -> float:
        """US dollars; 0 where it costs nothing, and where that is not known: ask `basis`."""
        return float(self.price.cost(usage)) if self.price is not None else 0.0

    def per_ask(self, tokens: TokensPerAsk) -> Interval:
        """US dollars for one ask of those tokens."""
        if self.price is None:
            return ZERO_INTERVAL
        prompt, completion = float(self.price.input) / 1e6, float(self.price.output) / 1e6
        return tokens.prompt.scaled(prompt).plus(tokens.completion.scaled(completion))


def pricing_for(model: str, settings: Settings) -> Pricing:
    """A price in the settings goes before all."""
    price = settings.price(model)
    if price is not None:
        return Pricing("priced", price)
    provider = model.partition("/")[0]
    if provider == "sim":
        return Pricing("simulated")
    if provider == "recorded":
        return Pricing("recorded")
    return Pricing("local" if _is_local(provider, settings) else "unknown")


def _is_local(provider: str, settings: Settings) -> bool:
    server = {**SERVERS, **configured_servers(settings)}.get(provider)
    return server is not None and on_loopback(server_address(provider, server))
