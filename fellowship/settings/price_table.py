"""Prices of models by provider from a table with a date, made by tools/make_price_table.py from genai-prices (MIT).

Only exact names are found, and dated snapshots (NAME-2025-01-31, NAME-20250131) of names whose snapshots all have one
price. Any other name may be another model, and its price is unknown.
"""

import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from fellowship.providers.catalog import SERVERS
from fellowship.settings.settings import Price, PriceTier

_SNAPSHOT = re.compile(r"(.+)-20\d\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True, slots=True)
class PriceTable:
    """The table; `source` is the package and its version."""

    source: str
    as_of: date
    providers: dict[str, Any]

    def price(self, provider: str, name: str) -> Price | None:
        """The price of a provider's model; None if the table does not have it."""
        table = self.providers.get(provider)
        if table is None:
            return None
        name = name.lower()
        row = table["models"].get(name)
        snapshot = None if row is not None else _SNAPSHOT.fullmatch(name)
        if snapshot is not None and snapshot[1] in table["dated"]:
            row = table["models"].get(snapshot[1])
        return None if row is None else self._price(*row)

    def _price(self, given: Decimal, output: Decimal, cached: Decimal | None, tiers: Any = ()) -> Price:
        steps = tuple(PriceTier(above=n, input=a, output=b, cached=c) for n, a, b, c in tiers)
        return Price(input=given, output=output, cached=cached, as_of=self.as_of, tiers=steps)


def listed_price(model: str, address: str | None) -> Price | None:
    """The price of `provider/model` in the table, at the provider's own address only."""
    provider, _, name = model.partition("/")
    server = SERVERS.get(provider)
    if server is None or not server.base_url or address is None or _place(address) != _place(server.base_url):
        return None
    return price_table().price(provider, name)


@cache
def price_table() -> PriceTable:
    """The table of the package, read once."""
    text = files("fellowship.settings").joinpath("genai_prices.json").read_text("utf-8")
    read: dict[str, Any] = json.loads(text, parse_float=Decimal)
    source, as_of = read.pop("source"), date.fromisoformat(read.pop("as_of"))
    return PriceTable(source, as_of, read)


def _place(address: str) -> str:
    return address.rstrip("/").lower()
