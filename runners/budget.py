"""The budget of a run: US dollars, requests, hours. The highest possible cost of a request is reserved before sending.

So a budget is never exceeded. A request that does not fit waits until others have cost less than reserved; the run
stops, resumable, when nothing is in progress and the request still does not fit. An interrupted request may have been
billed and counts with its highest possible cost, which an event of the journal keeps for later starts; so does a
completion of unknown usage, whose request the journal keeps. A request reserves in two places: in the limits of its
run, and in those of the command that all its runs share.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
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
from fellowship.storage.journal import SqliteJournal, record_event
from fellowship.storage.recorded_run import JOURNAL, RecordedRun
from fellowship.storage.spending import IN_FLIGHT, SETTLED, SHARES_LIMITS, UNANSWERED, Spending, spending_of

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


class Pot:
    """The use of some limits, by one run or by all runs of a command; all counts include earlier starts.

    spent       US dollars; `unsure` of them are the highest possible cost of requests whose cost is not known, because
                they had no answer, or an answer without usable token counts
    reserved    the highest possible cost of the requests in progress
    refused     the smallest request that did not fit, in US dollars; None before there was one
    """

    def __init__(self, caps: BudgetLimits, *, spent: Decimal = FREE, unsure: Decimal = FREE, n_calls: int = 0) -> None:
        self.caps, self.spent, self.unsure, self.n_calls = caps, spent, unsure, n_calls
        self.reserved, self.n_in_progress = FREE, 0
        self.refused: Decimal | None = None
        self._until: float | None = None
        self._waiting: deque[asyncio.Future[None]] = deque()

    def begin(self) -> None:
        """Start the hours, unless they have started."""
        if self._until is None and self.caps.hours is not None:
            self._until = asyncio.get_running_loop().time() + self.caps.hours * 3600

    async def take(self, most: Decimal) -> None:
        """Reserve so much for one request; waits while others may cost less. BudgetSpent if it does not fit."""
        try:
            while (used_up := self._used_up(most)) is not None:
                if not self.n_in_progress or not self._may_come_back(most):
                    self.refused = most if self.refused is None else min(most, self.refused)
                    raise BudgetSpent(used_up)
                turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.append(turn)
                await turn
        finally:
            self._wake_next()
        self.reserved += most
        self.n_calls += 1
        self.n_in_progress += 1

    def settle(self, most: Decimal, cost: Decimal) -> None:
        """Replace the reservation by the actual cost."""
        self.reserved -= most
        self.spent += cost
        self.n_in_progress -= 1
        self._wake_next()

    def give_back(self, most: Decimal) -> None:
        """Undo the reservation of a request that was not sent."""
        self.n_calls -= 1
        self.settle(most, FREE)

    def _used_up(self, most: Decimal) -> str | None:
        """A description of the limit that a further request exceeds; None if it fits."""
        usd = self.caps.usd
        if usd is not None and self.spent + self.reserved + most > usd:
            return self._over() or self._dollars(most)
        return self._over()

    def final_reason(self) -> str | None:
        """The description of the exhausted limit after all requests have ended; None if every request fitted."""
        return None if self.refused is None else self._over() or self._dollars(self.refused)

    def _dollars(self, most: Decimal) -> str:
        spent = f"${self.spent:.4f} of --budget ${self.caps.usd} are spent"
        if self.unsure:
            paid = f"${self.spent - self.unsure:.4f} of --budget ${self.caps.usd} are paid"
            spent = f"{paid}, up to ${self.unsure:.4f} more may be billed for requests of unknown cost"
        return f"{spent}, and the next request may cost ${most:.4f}"

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


class CommandPot(Pot):
    """The limits of the command line, for all runs of the command together.

    Each of its runs records the folders of the others, so that a later start counts what they have spent before any of
    them sends a request.
    """

    def __init__(self, caps: BudgetLimits) -> None:
        super().__init__(caps)
        self._counted: set[Path] = set()

    def join(self, folder: Path | None, journal: SqliteJournal, prices: Prices) -> None:
        """Count what earlier starts of this run have spent, and those of the runs that shared its limits."""
        self.begin()
        if folder is None:
            return
        own, others = folder.resolve(), [each for each in self._counted if (each / JOURNAL).is_file()]
        known = {own: spending_of(journal.connection)}
        for path in journal.facts_of(SHARES_LIMITS):
            other = (own / str(path["folder"])).resolve()
            if other != own and (other / JOURNAL).is_file():
                with RecordedRun.open(other) as recorded:
                    known[other] = spending_of(recorded.connection)
        for each, spending in known.items():
            if each not in self._counted:
                self._counted.add(each)
                paid, unsure = dollars_of(spending, prices)
                self.spent, self.unsure = self.spent + paid + unsure, self.unsure + unsure
                self.n_calls += spending.n_calls
        for other in others:
            if other not in known:
                journal.set_event(SHARES_LIMITS, time.time(), folder=os.path.relpath(other, own))
                record_event(other / JOURNAL, SHARES_LIMITS, time.time(), folder=os.path.relpath(own, other))


class Budget:
    """The limits of a run, and of the command that it is part of. `spent` and `n_calls` are those of the run.

    `on_unanswered` is called with the highest possible cost of each request that ended without an answer. `on_peak` is
    awaited before a request is sent with which more requests, or more dollars, are in progress than ever before.
    """

    def __init__(
        self,
        caps: BudgetLimits,
        prices: Prices,
        *,
        spent: Decimal = FREE,
        unsure: Decimal = FREE,
        n_calls: int = 0,
        within: Pot | None = None,
        on_unanswered: Callable[[Decimal], None] | None = None,
        on_peak: Callable[[int, Decimal], Awaitable[None]] | None = None,
    ) -> None:
        self.prices, self._on_unanswered, self._on_peak = prices, on_unanswered, on_peak
        self._own = Pot(caps, spent=spent, unsure=unsure, n_calls=n_calls)
        self._own.begin()
        self._pots = (self._own,) if within is None else (self._own, within)
        self._most_in_progress, self._most_reserved = 0, FREE
        self._excess: dict[str, Decimal] = {}

    @property
    def spent(self) -> Decimal:
        """US dollars, those of earlier starts included."""
        return self._own.spent

    @property
    def reserved(self) -> Decimal:
        """US dollars that the requests in progress may cost."""
        return self._own.reserved

    @property
    def n_calls(self) -> int:
        """Requests, those of earlier starts included."""
        return self._own.n_calls

    async def reserve(self, request: Request) -> Decimal:
        """Reserve the highest possible cost of the request; BudgetSpent if it does not fit."""
        most = self.most(request)
        taken: list[Pot] = []
        try:
            for pot in self._pots:  # always in this order: whoever waits for the second holds the first
                await pot.take(most)
                taken.append(pot)
            await self._keep_peak()
        except BaseException:
            for pot in taken:
                pot.give_back(most)
            raise
        return most

    async def _keep_peak(self) -> None:
        own = self._own
        if own.n_in_progress <= self._most_in_progress and own.reserved <= self._most_reserved:
            return
        self._most_in_progress = max(self._most_in_progress, own.n_in_progress)
        self._most_reserved = max(self._most_reserved, own.reserved)
        if self._on_peak is not None:
            await self._on_peak(self._most_in_progress, self._most_reserved)

    def settle(self, most: Decimal, cost: Decimal) -> None:
        """Replace the reservation by the actual cost."""
        for pot in self._pots:
            pot.settle(most, cost)

    def settle_unsure(self, most: Decimal, *, is_answered: bool) -> None:
        """Count the reservation of a request of unknown cost as spent."""
        for pot in self._pots:
            pot.unsure += most
            pot.settle(most, most)
        if self._on_unanswered is not None and not is_answered:
            self._on_unanswered(most)

    def learn_excess(self, model: str, excess: Decimal) -> None:
        """A reply has cost so much more than was reserved: later requests to the model reserve that too."""
        self._excess[model] = max(excess, self._excess.get(model, FREE))

    def final_reason(self) -> str | None:
        """Why the run was stopped, with the figures after the end of all requests; None if no limit stopped it."""
        return next((reason for pot in self._pots if (reason := pot.final_reason()) is not None), None)

    def most(self, request: Request) -> Decimal:
        """The highest possible cost of the request."""
        most = highest_cost(self.prices.of(request.model), request.messages, request.sampling, request.schema)
        return most + self._excess[request.model] if self._excess and request.model in self._excess else most


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
            budget.settle_unsure(most, is_answered=False)
            raise
        if cost is None:  # the usage is unknown, or the price: then `most` is 0
            budget.settle_unsure(most, is_answered=True)
            return completion
        if cost > most:
            budget.learn_excess(request.model, cost - most)
        budget.settle(most, cost)
        return completion

    async def close(self) -> None:
        """The provider is closed by its owner."""


def check_budget(limits: Iterable[BudgetLimits], prices: Prices, agents: Iterable[AnyAgent]) -> None:
    """ConfigurationError if a dollar limit cannot be kept: an unknown price, or replies of unlimited length."""
    if all(caps.usd is None for caps in limits):
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


@contextmanager
def open_budget(
    caps: BudgetLimits,
    prices: Prices,
    journal: SqliteJournal,
    *,
    folder: Path | None = None,
    pot: CommandPot | None = None,
) -> Iterator[Budget | None]:
    """The budget of a run, with the use of its earlier starts, inside the limits of its command; None without limits.

    Unanswered requests become events of the journal, and so does the most that was in progress at once: what a start
    that was killed had in flight counts as spent. After the block nothing is in progress.
    """
    if caps == BudgetLimits() and pot is None:
        yield None
        return
    spending = journal.spent()
    if pot is not None:
        pot.join(folder, journal, prices)

    def record_unanswered(cost: Decimal) -> None:
        journal.tell(UNANSWERED, time.time(), cost=str(cost))

    async def record_peak(n: int, cost: Decimal) -> None:
        journal.tell(IN_FLIGHT, time.time(), n=n, cost=str(cost))
        await journal.flush()

    paid, unsure = dollars_of(spending, prices)
    hooks = {"on_unanswered": record_unanswered, "on_peak": record_peak}
    try:
        yield Budget(
            *(caps, prices),
            spent=paid + unsure,
            unsure=unsure,
            n_calls=spending.n_calls,
            within=pot,
            **hooks,  # type: ignore[arg-type]
        )
    finally:
        journal.tell(SETTLED, time.time())


def dollars_of(spending: Spending, prices: Prices) -> tuple[Decimal, Decimal]:
    """US dollars that requests have cost, and the most that those of unknown cost may have cost.

    By the present price where none was known at the time.
    """
    paid, unsure = FREE, spending.unanswered
    for (model, cost), (n, tokens) in spending.answered.items():
        paid += n * Decimal(cost) if cost is not None else prices.of(model).cost(tokens) or FREE
    for model, request in spending.unknown:
        unsure += highest_cost(prices.of(model), request["messages"], request["sampling"])
    return paid, unsure
