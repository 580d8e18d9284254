"""What completions cost. A price that is not known is not nothing."""

from collections.abc import Callable
from decimal import Decimal

from fellowship.protocols.completions import Completion
from fellowship.providers.loopback import on_loopback
from fellowship.settings.model import Price, Settings

FREE = Decimal(0)


class Prices:
    """The prices of the settings, and 0 for simulated models and for servers on this machine.

    `address` gives the URL of the server behind a model, None where there is none.
    """

    def __init__(self, settings: Settings, address: Callable[[str], str | None]) -> None:
        self._settings, self._address = settings, address
        self._known: dict[str, Price | Decimal | None] = {}

    def __call__(self, model: str, completion: Completion) -> Decimal | None:
        """The exact cost in US dollars; None where the price is not known."""
        price = self.of(model)
        if isinstance(price, Price):
            return price.cost(completion.usage)
        return FREE if completion.simulated else price

    def of(self, model: str) -> Price | Decimal | None:
        """The model's price; 0 where nobody is paid, None where it is not known."""
        if model not in self._known:
            self._known[model] = self._found(model)
        return self._known[model]

    def _found(self, model: str) -> Price | Decimal | None:
        price = self._settings.price(model)
        if price is not None:
            return price
        address = self._address(model)
        return FREE if model.startswith(("sim/", "recorded/")) or (address and on_loopback(address)) else None
