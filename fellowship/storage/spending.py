"""What the starts of a run have spent: answered requests by price, and those that may have been billed unanswered."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from fellowship.protocols.completions import Usage
from fellowship.storage import queries

UNANSWERED = "request_unanswered"  # the event of a request that may have been billed, with its highest possible cost
IN_FLIGHT = "requests_in_flight"  # more were in flight than before in this start: their number and highest cost
SETTLED = "requests_settled"  # the start has ended, with nothing in flight
SHARES_LIMITS = "shares_limits"  # another run was part of the same command: the path of its folder from this one


@dataclass(frozen=True, slots=True)
class Spending:
    """Requests and tokens by model and by the price of one request (None: unknown), without those of other runs.

    `unanswered` are US dollars that the `n_unanswered` requests without an answer may have cost, in the starts that had
    limits; `unknown` are model and request of every completion of unknown usage.
    """

    answered: Mapping[tuple[str, str | None], tuple[int, Usage]]
    unanswered: Decimal
    n_unanswered: int
    unknown: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    @property
    def n_calls(self) -> int:
        """Requests that were answered, or may have been billed."""
        return self.n_unanswered + sum(n for n, _ in self.answered.values())


def spending_of(connection: sqlite3.Connection) -> Spending:
    """What all starts recorded in a journal have spent. A killed start counts the most that it had in flight."""
    rows = connection.execute(queries.SPENT).fetchall()
    answered = {(model, cost): (n, Usage(*tokens)) for model, cost, n, *tokens in rows}
    dollars, n_unanswered = Decimal(0), 0
    in_flight = Decimal(0), 0
    events = connection.execute(queries.SPENDING_EVENTS, (UNANSWERED, IN_FLIGHT, SETTLED)).fetchall()
    for event, facts in [*events, ("begun", "{}")]:
        told = orjson.loads(facts)
        match event:
            case "request_unanswered":
                dollars, n_unanswered = dollars + Decimal(told["cost"]), n_unanswered + 1
            case "requests_in_flight":
                in_flight = Decimal(told["cost"]), told["n"]
            case "requests_settled":
                in_flight = Decimal(0), 0
            case _:  # a further start
                dollars, n_unanswered = dollars + in_flight[0], n_unanswered + in_flight[1]
                in_flight = Decimal(0), 0
    requests = connection.execute(queries.REQUESTS_OF_UNKNOWN_USAGE)
    unknown = tuple((model, orjson.loads(request)) for model, request in requests)
    return Spending(answered, dollars, n_unanswered, unknown)
