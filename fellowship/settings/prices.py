"""What completions cost. An unknown price is None, and never 0."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from fellowship.protocols.completions import Completion, Usage
from fellowship.providers.catalog import on_loopback
from fellowship.settings.settings import Price, Settings

FREE = Decimal(0)
PriceBasis: TypeAlias = Literal["priced", "listed", "local", "simulated", "recorded", "unknown"]
UNCHARGED: dict[str, PriceBasis] = {"sim": "simulated", "recorded": "recorded"}


@dataclass(frozen=True, slots=True)
class Pricing:
    """How a model is charged: by a `price`, not at all for the reason in `basis`, or unknown.

    A price is one of the settings, or "listed": of the dated table of the package (`price_table.py`).
    """

    basis: PriceBasis
    price: Price | None = None

    @property
    def is_known(self) -> bool:
        """Whether the cost of a completion can be computed."""
        return self.basis != "unknown"

    @property
    def is_listed(self) -> bool:
        """Whether the price is that of the package's table."""
        return self.basis == "listed"

    def cost(self, usage: Usage) -> Decimal | None:
        """The exact cost in US dollars; None where the price is unknown, or the usage of a model with a price."""
        if self.price is not None:
            return self.price.cost(usage) if usage.prompt_tokens else None
        return FREE if self.is_known else None


class Prices:
    """The price of each model: that of the settings, else 0 for simulated, recorded and local models, else as listed.

    A server is local if its address is a loopback address, whatever its name. `address` gives the URL of the server
    behind a model, None for a model without a server.
    """

    def __init__(self, settings: Settings, address: Callable[[str], str | None]) -> None:
        self._settings, self._address = settings, address
        self._pricings: dict[str, Pricing] = {}

    def __call__(self, model: str, completion: Completion) -> Decimal | None:
        """The exact cost in US dollars, None where it is unknown; a simulated completion without a price is free."""
        pricing = self._pricings.get(model) or self.of(model)
        if pricing.price is None:
            return FREE if pricing.basis != "unknown" or completion.simulated else None
        usage = completion.usage
        return pricing.price.cost(usage) if usage.prompt_tokens else None

    def of(self, model: str) -> Pricing:
        """How the model is charged."""
        if model not in self._pricings:
            self._pricings[model] = self._found(model)
        return self._pricings[model]

    def _found(self, model: str) -> Pricing:
        if (price := self._settings.price(model)) is not None:
            return Pricing("priced", price)
        if (provider := model.partition("/")[0]) in UNCHARGED:
            return Pricing(UNCHARGED[provider])
        address = self._address(model)
        if address and on_loopback(address):
            return Pricing("local")
        from fellowship.settings.price_table import listed_price

        listed = listed_price(model, address)
        return Pricing("unknown") if listed is None else Pricing("listed", listed)
