"""Limits of what runs may use - US dollars, requests, hours - and the count of what is used of them.

The runs that share limits may be in several threads, each with an event loop of its own.
"""

import asyncio
import math
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from numbers import Rational, Real
from typing import Any

from fellowship.protocols.errors import BudgetSpent, ConfigurationError
from fellowship.settings.prices import FREE


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """Limits; None is unlimited. Dollars and requests are of all starts together, hours of each.

    of   the function whose arguments they are, for messages; empty for options of the command line
    """

    usd: Decimal | None = None
    calls: int | None = None
    hours: float | None = None
    of: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for name, cap in (("budget", self.usd), ("max-calls", self.calls), ("max-hours", self.hours)):
            if cap is None:
                continue
            if cap != cap or not cap > 0:
                raise ConfigurationError(f"{self.named(name)} is {cap}; expected more than 0")
            if not math.isfinite(cap):
                raise ConfigurationError(f"{self.named(name)} is {cap}; expected a finite number, or none for no limit")

    @classmethod
    def of_arguments(cls, budget: Any, max_calls: Any, max_hours: Any, *, of: str) -> "BudgetLimits":
        """The limits that a function was given; ConfigurationError for no number, or a part of a request.

        Numbers are those of Python, its `fractions` and its `decimal`, and of numpy.
        """
        unlimited = cls(of=of)
        for name, given in (("budget", budget), ("max-calls", max_calls), ("max-hours", max_hours)):
            is_number = isinstance(given, Real | Decimal) and not isinstance(given, bool)
            if given is not None and not is_number:
                raise ConfigurationError(f"{unlimited.named(name)} is {given!r}; expected a number")
        if max_calls is not None and not _is_whole(max_calls):
            raise ConfigurationError(f"{unlimited.named('max-calls')} is {max_calls}; expected a whole number")
        return cls(
            None if budget is None else _dollars(budget),
            None if max_calls is None else int(max_calls),
            None if max_hours is None else float(max_hours),
            of=of,
        )

    def named(self, option: str) -> str:
        """The option as the user has written it: --max-calls, or run(max_calls=...)."""
        return f"{self.of}({option.replace('-', '_')}=...)" if self.of else f"--{option}"


def _is_whole(number: Any) -> bool:
    return math.isfinite(number) and int(number) == number


def _dollars(amount: Any) -> Decimal:
    """The amount with the digits that it is written with."""
    if isinstance(amount, Rational):
        return Decimal(int(amount.numerator)) / Decimal(int(amount.denominator))
    return amount if isinstance(amount, Decimal) else Decimal(str(amount))


class Pot:
    """The use of some limits, by one run or by several; all counts include earlier starts.

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
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Start the hours, unless they have started."""
        if self._until is None and self.caps.hours is not None:
            self._until = asyncio.get_running_loop().time() + self.caps.hours * 3600

    def count_earlier(self, spent: Decimal, unsure: Decimal, n_calls: int) -> None:
        """Add what earlier starts have spent."""
        with self._lock:
            self.spent, self.unsure, self.n_calls = self.spent + spent, self.unsure + unsure, self.n_calls + n_calls

    async def take(self, most: Decimal) -> None:
        """Reserve so much for one request; waits while others may cost less. BudgetSpent if it does not fit."""
        try:
            while (turn := self._reserve(most)) is not None:
                await turn
        finally:
            self._wake_next()

    def settle(self, most: Decimal, cost: Decimal, *, unsure: Decimal = FREE) -> None:
        """Replace the reservation by the actual cost, of which `unsure` is not known."""
        with self._lock:
            self.reserved -= most
            self.spent += cost
            self.unsure += unsure
            self.n_in_progress -= 1
        self._wake_next()

    def give_back(self, most: Decimal) -> None:
        """Undo the reservation of a request that was not sent."""
        with self._lock:
            self.n_calls -= 1
        self.settle(most, FREE)

    def final_reason(self) -> str | None:
        """The description of the exhausted limit after all requests have ended; None if every request fitted."""
        return None if self.refused is None else self._over() or self._dollars(self.refused)

    def _reserve(self, most: Decimal) -> asyncio.Future[None] | None:
        """None if the request fits, and else what to wait for before it is tried again."""
        with self._lock:
            if (used_up := self._used_up(most)) is not None:
                if not self.n_in_progress or not self._may_come_back(most):
                    self.refused = most if self.refused is None else min(most, self.refused)
                    raise BudgetSpent(used_up)
                turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.append(turn)
                return turn
            self.reserved += most
            self.n_calls += 1
            self.n_in_progress += 1
            return None

    def _used_up(self, most: Decimal) -> str | None:
        """A description of the limit that a further request exceeds; None if it fits."""
        usd = self.caps.usd
        if usd is not None and self.spent + self.reserved + most > usd:
            return self._over() or self._dollars(most)
        return self._over()

    def _dollars(self, most: Decimal) -> str:
        limit = f"{self.caps.named('budget')} ${self.caps.usd}"
        spent = f"${self.spent:.4f} of {limit} are spent"
        if self.unsure:
            paid = f"${self.spent - self.unsure:.4f} of {limit} are paid"
            spent = f"{paid}, up to ${self.unsure:.4f} more may be billed for requests of unknown cost"
        return f"{spent}, and the next request may cost ${most:.4f}"

    def _over(self) -> str | None:
        """A description of the exhausted time or number of requests; None while there is some left."""
        caps = self.caps
        if self._until is not None and asyncio.get_running_loop().time() >= self._until:
            return f"the {caps.hours:g} h of {caps.named('max-hours')} are over"
        if caps.calls is not None and self.n_calls >= caps.calls:
            return f"the {caps.calls:,} requests of {caps.named('max-calls')} are made"
        return None

    def _may_come_back(self, most: Decimal) -> bool:
        """Whether the request would fit if the requests in progress cost nothing."""
        return self._over() is None and (self.caps.usd is None or self.spent + most <= self.caps.usd)

    def _wake_next(self) -> None:
        """Wake the first waiter; after its check it wakes the next one."""
        while self._waiting:
            with suppress(IndexError, RuntimeError):  # another thread has emptied it; the waiter's loop is closed
                turn = self._waiting.popleft()
                if not turn.done():
                    _wake(turn)
                    return


def _wake(turn: asyncio.Future[None]) -> None:
    loop = turn.get_loop()
    if loop is asyncio.get_running_loop():
        turn.set_result(None)
    else:
        loop.call_soon_threadsafe(_set_unless_done, turn)


def _set_unless_done(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
