"""The budget of a run: US dollars, requests, hours. The highest possible cost of a request is reserved before sending.

So a budget is never exceeded. A request that does not fit waits until others have cost less than reserved; the run
stops, resumable, when nothing is in progress and the request still does not fit. An interrupted request may have been
billed and counts with its highest possible cost, which an event of the journal keeps for later starts; so does a
completion of unknown usage, whose request the journal keeps.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fellowship.protocols.completions import Completion, Request, Usage
from fellowship.protocols.content import ChatMessage
from fellowship.protocols.errors import (
    BudgetSpent,
    ConfigurationError,
    Overloaded,
    ProviderRefused,
    RateLimited,
    RequestRejected,
)
from fellowship.protocols.interfaces import Provider
from fellowship.runners.agent_binding import AnyAgent
from fellowship.settings.prices import FREE, Prices, Pricing
from fellowship.storage.journal import UNANSWERED, SqliteJournal

UNBILLED_ERRORS = (RateLimited, Overloaded, RequestRejected, ProviderRefused)
TOKENS_PER_MESSAGE = 32  # the role of a message and its separators


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """The limits of a run; None is unlimited. Dollars and requests are of all starts together, hours of each."""

    usd: Decimal | None = None
    calls: int | None = None
    hours: float | None = None

    def __post_init__(self) -> None:
        for name, cap in (("--budget", self.usd), ("--max-calls", self.calls), ("--max-hours", self.hours)):
            if cap is None:
                continue
            if not isinstance(cap, int | float | Decimal):
                raise ConfigurationError(f"{name} is {cap!r}; expected a number")
            if cap != cap or not cap > 0:
                raise ConfigurationError(f"{name} is {cap}; expected more than 0")


class Budget:
    """The use of the limits. `spent` and `n_calls` include earlier starts.

    `on_unanswered` is called with the highest possible cost of each request that ended without an answer, if not 0.
    """

    def __init__(
        self,
        caps: BudgetLimits,
        prices: Prices,
        *,
        spent: Decimal = FREE,
        n_calls: int = 0,
        on_unanswered: Callable[[Decimal], None] | None = None,
    ) -> None:
        self.caps, self.prices, self._on_unanswered = caps, prices, on_unanswered
        self.spent, self.n_calls = spent, n_calls
        self.reserved = FREE
        self._until = None if caps.hours is None else asyncio.get_running_loop().time() + caps.hours * 3600
        self._n_in_progress = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def reserve(self, request: Request) -> Decimal:
        """Reserve the highest possible cost of the request; BudgetSpent if it does not fit."""
        most = self.most(request)
        try:
            while (used_up := self._used_up(most)) is not None:
                if not self._n_in_progress or not self._may_come_back(most):
                    raise BudgetSpent(used_up)
                turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.append(turn)
                await turn
        finally:
            self._wake_next()
        self.reserved += most
        self.n_calls += 1
        self._n_in_progress += 1
        return most

    def settle(self, most: Decimal, cost: Decimal) -> None:
        """Replace the reservation by the actual cost."""
        self.reserved -= most
        self.spent += cost
        self._n_in_progress -= 1
        self._wake_next()

    def settle_unanswered(self, most: Decimal) -> None:
        """Count the reservation of a request that ended without an answer as spent."""
        self.settle(most, most)
        if most and self._on_unanswered is not None:
            self._on_unanswered(most)

    def _used_up(self, most: Decimal) -> str | None:
        """A description of the limit that a further request exceeds; None if it fits."""
        usd = self.caps.usd
        if usd is not None and self.spent + self.reserved + most > usd:
            dollars = f"${self.spent:.4f} of --budget ${usd} are spent, and the next request may cost ${most:.4f}"
            return self._over() or dollars
        return self._over()

    def _over(self) -> str | None:
        """A description of the exhausted time or number of requests; None while there is some left."""
        caps = self.caps
        if self._until is not None and asyncio.get_running_loop().time() >= self._until:
            return f"the {caps.hours:g} h of --max-hours are over"
        if caps.calls is not None and self.n_calls >= caps.calls:
            return f"the {caps.calls:,} requests of --max-calls are made"
        return None

    def _may_come_back(self, most: Decimal) -> bool:
        """Whether the request would fit if the requests in progress cost nothing."""
        return self._over() is None and (self.caps.usd is None or self.spent + most <= self.caps.usd)

    def _wake_next(self) -> None:
        """Wake the first waiter; after its check it wakes the next one."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def most(self, request: Request) -> Decimal:
        """The highest possible cost of the request."""
        return highest_cost(self.prices.of(request.model), request.messages, request.sampling, request.schema)


def highest_cost(
    pricing: Pricing,
    messages: Iterable[ChatMessage],
    sampling: Mapping[str, Any],
    schema: Mapping[str, Any] | None = None,
) -> Decimal:
    """The highest possible cost: as many prompt tokens as the request has bytes, and the longest allowed reply."""
    if pricing.price is None:
        return FREE
    n_prompt = sum(len(message["content"].encode(errors="replace")) + TOKENS_PER_MESSAGE for message in messages)
    n_schema = len(str(schema).encode(errors="replace")) if schema else 0
    return pricing.price.cost(Usage(n_prompt + n_schema, sampling.get("max_tokens") or 0))


class Budgeted:
    """A provider whose requests reserve their cost in a budget."""

    def __init__(self, provider: Provider, budget: Budget) -> None:
        self._provider, self._budget = provider, budget

    async def complete(self, request: Request) -> Completion:
        """The provider's completion; BudgetSpent when the request was not sent."""
        budget = self._budget
        most = await budget.reserve(request)
        try:
            completion = await self._provider.complete(request)
            cost = budget.prices(request.model, completion)
        except UNBILLED_ERRORS:
            budget.settle(most, FREE)
            raise
        except BaseException:
            budget.settle_unanswered(most)
            raise
        budget.settle(most, most if cost is None else cost)  # most: unknown usage; 0 where the price is unknown
        return completion

    async def close(self) -> None:
        """The provider is closed by its owner."""


def check_budget(caps: BudgetLimits, prices: Prices, agents: Iterable[AnyAgent]) -> None:
    """ConfigurationError if a dollar limit cannot be kept: an unknown price, or replies of unlimited length."""
    if caps.usd is None:
        return
    for agent in agents:
        model = agent.model_name
        pricing = prices.of(model)
        if not pricing.is_known:
            raise ConfigurationError(
                f"--budget needs the price of {model}, which is not known; put it into fellowship.toml: "
                f'[prices."{model}"] with input, output (US dollars per million tokens) and as_of'
            )
        if pricing.price is not None and agent.settings.get("max_tokens") is None:
            raise ConfigurationError(
                f"--budget needs max_tokens for agent '{agent.name}': without it a reply may cost any amount"
            )


def open_budget(caps: BudgetLimits, prices: Prices, journal: SqliteJournal) -> Budget | None:
    """The budget of a run, with the use of its earlier starts; None where nothing is limited.

    Unanswered requests become events of the journal.
    """
    if caps == BudgetLimits():
        return None
    n_calls, spent = 0, journal.cost_unanswered()
    for (model, cost), (n, tokens) in journal.spent().items():
        n_calls += n
        if cost is not None:
            spent += n * Decimal(cost)
        else:  # without a price at the time of the request
            spent += prices.of(model).cost(tokens) or FREE
    for model, request in journal.requests_of_unknown_usage():
        spent += highest_cost(prices.of(model), request["messages"], request["sampling"])

    def record_unanswered(cost: Decimal) -> None:
        journal.tell(UNANSWERED, time.time(), cost=str(cost))

    return Budget(caps, prices, spent=spent, n_calls=n_calls, on_unanswered=record_unanswered)
