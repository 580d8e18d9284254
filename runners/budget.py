"""The budget of a run: US dollars, requests, hours. The highest possible cost of a request is reserved before sending.

So a budget is never exceeded. A request that does not fit waits until others have cost less than reserved; the run
stops, resumable, when nothing is in progress and the request still does not fit. An interrupted request may have been
billed and counts with its highest possible cost, which an event of the journal keeps for later starts; so does a
completion of unknown usage, whose request the journal keeps. A request reserves in several places: in the limits of its
run, and in those that its run shares with other runs of a call or of the command.
"""

import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from fellowship.protocols.completions import Completion, Request, Usage
from fellowship.protocols.content import ChatMessage
from fellowship.protocols.errors import (
    ConfigurationError,
    Overloaded,
    ProviderRefused,
    RateLimited,
    RequestRejected,
)
from fellowship.protocols.interfaces import Provider
from fellowship.runners.agent_binding import AnyAgent
from fellowship.runners.limit_pot import BudgetLimits, Pot
from fellowship.runners.sibling_runs import sibling_runs
from fellowship.settings.prices import FREE, Prices, Pricing
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import JOURNAL, RecordedRun
from fellowship.storage.spending import IN_FLIGHT, SETTLED, UNANSWERED, Spending, spending_of

UNBILLED_ERRORS = (RateLimited, Overloaded, RequestRejected, ProviderRefused)
TOKENS_PER_MESSAGE = 32  # the role of a message and its separators


class SharedPot(Pot):
    """Limits that several runs share: those of the command line, or of one call that starts several runs.

    What earlier starts of these runs have spent is counted before any of them sends a request: `folders` are those of
    the runs of a call, and of earlier ones; those of a command are recorded in each of its runs (`sibling_runs.py`).
    What has no folder may be first; then the runs are searched for (`of_script`).
    """

    def __init__(
        self,
        caps: BudgetLimits,
        folders: Callable[[], Iterable[Path]] | None = None,
        *,
        of_script: Callable[[], Iterable[Path]] = tuple,
    ) -> None:
        super().__init__(caps)
        self._folders, self._of_script = folders, of_script
        self._counted: set[tuple[int, int]] = set()  # a journal that is moved stays the same
        self._joining = threading.Lock()

    def join(self, folder: Path | None, prices: Prices, siblings: Iterable[Path] = ()) -> None:
        """Count what earlier starts of this run and of its siblings have spent; without a folder, of the script."""
        self.begin()
        with self._joining:
            others = siblings
            if self._folders is not None:
                others, self._folders = self._folders(), tuple  # once
            elif folder is None:
                others, self._of_script = self._of_script(), tuple  # once
            for each in (*(() if folder is None else (folder,)), *others):
                self._count(each / JOURNAL, prices)

    def _count(self, journal: Path, prices: Prices) -> None:
        if not journal.is_file():
            return
        stat = journal.stat()
        if (stat.st_dev, stat.st_ino) in self._counted:
            return
        with RecordedRun.open(journal.parent) as recorded:
            spending = spending_of(recorded.connection)
        self._counted.add((stat.st_dev, stat.st_ino))
        paid, unsure = dollars_of(spending, prices)
        self.count_earlier(paid + unsure, unsure, spending.n_calls)


class Budget:
    """The limits of a run, and those that it shares. `spent` and `n_calls` are those of the run.

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
        within: Sequence[Pot] = (),
        on_unanswered: Callable[[Decimal], None] | None = None,
        on_peak: Callable[[int, Decimal], Awaitable[None]] | None = None,
    ) -> None:
        self.prices, self._on_unanswered, self._on_peak = prices, on_unanswered, on_peak
        self._own = Pot(caps, spent=spent, unsure=unsure, n_calls=n_calls)
        self._own.begin()
        self._pots = (self._own, *within)
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
            for pot in self._pots:  # always in this order: whoever waits for one holds those before it
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
            pot.settle(most, most, unsure=most)
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
    """`check_dollar_limit` for each of the agents."""
    known = tuple(limits)
    for agent in agents:
        check_dollar_limit(known, prices, agent.model_name, agent.settings.get("max_tokens"), agent.name)


def check_dollar_limit(
    limits: Iterable[BudgetLimits], prices: Prices, model: str, max_tokens: int | None, agent: str
) -> None:
    """ConfigurationError if a dollar limit cannot be kept: an unknown price, or replies of unlimited length."""
    caps = next((caps for caps in limits if caps.usd is not None), None)
    if caps is None:
        return
    budget, pricing = caps.named("budget"), prices.of(model)
    if not pricing.is_known:
        raise ConfigurationError(
            f"{budget} needs the price of {model}, which is not known; put it into fellowship.toml: "
            f'[prices."{model}"] with input, output (US dollars per million tokens) and as_of'
        )
    if pricing.price is not None and max_tokens is None:
        raise ConfigurationError(
            f"{budget} needs max_tokens for agent '{agent}': without it a reply may cost any amount"
        )


@contextmanager
def open_budget(
    caps: BudgetLimits,
    prices: Prices,
    journal: SqliteJournal,
    *,
    folder: Path | None = None,
    pots: Sequence[SharedPot] = (),
    is_fresh: bool = False,
) -> Iterator[Budget | None]:
    """The budget of a run, with the use of its earlier starts, inside the limits that it shares; None without limits.

    Unanswered requests become events of the journal, and so does the most that was in progress at once: what a start
    that was killed had in flight counts as spent. After the block nothing is in progress.
    """
    if caps == BudgetLimits() and not pots:
        yield None
        return
    spending = journal.spent()
    siblings = sibling_runs(folder, journal, look_beside=not is_fresh) if folder is not None and pots else []
    for pot in pots:
        pot.join(folder, prices, siblings)

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
            within=pots,
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
