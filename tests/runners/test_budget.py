"""A budget is never exceeded, whatever is under way, and a run that was stopped by it can be continued."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.completions import AskKey, Completion, Request, Sampling, Usage
from fellowship.protocols.errors import (
    BudgetSpent,
    ConfigurationError,
    ProviderTimeout,
    RateLimited,
    RequestRejected,
    RunStopped,
    StoreError,
)
from fellowship.reports.run_list import run_lines
from fellowship.runners.budget import Budget, Budgeted, check_budget
from fellowship.runners.limit_pot import BudgetLimits
from fellowship.runners.overrides import Overrides, overriding
from fellowship.settings.prices import FREE, Prices
from fellowship.settings.settings import Price, Settings
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import RecordedRun
from fellowship.testing import ScriptedProvider
from tests.runners.kit import MODEL, improved, jumping, one_answer, queried, scripted_run, told

PRICED = f"""
[prices."{MODEL}"]
input = 1.0
output = 10.0
as_of = 2026-11-01
"""
PRICE = Price(input=Decimal(1), output=Decimal(10), as_of="2026-11-01")
PRICES = Prices(Settings(prices={"fake/m": PRICE}), lambda model: None)


def request(text: str = "why?", max_tokens: int = 1000) -> Request:
    return Request(
        AskKey("c00000", "", "a", 0), 1, "fake/m", ({"role": "user", "content": text},), {"max_tokens": max_tokens}, ""
    )


class Varied:
    """Answers after a while, with replies of any length that is allowed, or fails; counts what it cost."""

    def __init__(self, seed: int) -> None:
        self._rng, self.cost, self.most_open, self._n_open = random.Random(seed), FREE, 0, 0

    async def complete(self, request: Request) -> Completion:
        """A billed reply, or an error: time-outs may be billed, refusals are not."""
        self._n_open += 1
        self.most_open = max(self.most_open, self._n_open)
        await asyncio.sleep(self._rng.random() * 10)
        self._n_open -= 1
        usage = Usage(self._rng.randint(1, 36), self._rng.randint(0, request.sampling["max_tokens"]))
        chance = self._rng.random()
        if chance < 0.1:
            raise RateLimited("slower")
        self.cost += PRICE.cost(usage)
        if chance < 0.2:
            raise ProviderTimeout("gone")
        return Completion("x", usage=usage)

    async def close(self) -> None:
        """Nothing."""


@pytest.mark.parametrize("seed", range(5))
def test_a_budget_is_not_passed_by_a_cent_with_a_thousand_in_flight(seed: int) -> None:
    """And little of it is left over: less than two of the longest replies."""
    provider = Varied(seed)

    async def main() -> Budget:
        budget = Budget(BudgetLimits(usd=Decimal(1)), PRICES)
        asked = Budgeted(provider, budget)

        async def converse() -> None:
            try:
                while True:
                    try:
                        await asked.complete(request())
                    except (RateLimited, ProviderTimeout):
                        continue
            except BudgetSpent:
                return

        async with asyncio.TaskGroup() as group:
            for _ in range(1000):
                group.create_task(converse())
        return budget

    budget = jumping(main())

    assert provider.cost <= budget.spent <= 1
    assert budget.spent > Decimal("0.98")
    assert budget.reserved == 0
    assert provider.most_open >= 90


ENDINGS: dict[str, tuple[Exception | Completion, Decimal]] = {
    "an answer costs what it used": (Completion("x", usage=Usage(10, 20)), Decimal("0.00021")),
    "a simulated answer that has a price": (Completion("x", usage=Usage(10, 20), simulated=True), Decimal("0.000210")),
    "a refusal costs nothing": (RateLimited("slower"), FREE),
    "a rejected request costs nothing": (RequestRejected("no"), FREE),
    "a time-out may have cost all": (ProviderTimeout("gone"), Decimal("0.010036")),
}


@pytest.mark.parametrize(("ending", "cost"), ENDINGS.values(), ids=list(ENDINGS))
def test_what_a_request_counts_as(ending: Exception | Completion, cost: Decimal) -> None:
    """Set aside is 36 bytes as tokens, and 1,000 tokens of reply."""

    async def main() -> Budget:
        budget = Budget(BudgetLimits(usd=Decimal(1)), PRICES)
        provider = ScriptedProvider(lambda request: ending)
        with suppress(RateLimited, RequestRejected, ProviderTimeout):
            await Budgeted(provider, budget).complete(request())
        return budget

    budget = asyncio.run(main())

    assert (budget.spent, budget.reserved, budget.n_calls) == (cost, FREE, 1)


def test_a_request_waits_while_others_may_turn_out_cheaper() -> None:
    """Two fit as long as they may cost the most; a third is sent when one of them was short."""
    order: list[str] = []

    async def main() -> None:
        budget = Budget(BudgetLimits(usd=Decimal("0.0201")), PRICES)

        async def ask(name: str, seconds: float) -> None:
            most = await budget.reserve(request())
            order.append(f"{name} sent")
            await asyncio.sleep(seconds)
            budget.settle(most, Decimal("0.0001"))

        async with asyncio.TaskGroup() as group:
            for name, seconds in (("first", 5.0), ("second", 2.0), ("third", 1.0)):
                group.create_task(ask(name, seconds))
                await asyncio.sleep(0.1)
            order.append("waiting")

    jumping(main())

    assert order == ["first sent", "second sent", "waiting", "third sent"]


def test_a_waiter_that_is_cancelled_takes_nobody_elses_turn() -> None:
    """The next one is woken in its place."""

    async def main() -> list[str]:
        budget, sent = Budget(BudgetLimits(usd=Decimal("0.0101")), PRICES), []
        most = await budget.reserve(request())

        async def ask(name: str) -> None:
            await budget.reserve(request())
            sent.append(name)

        gone, stays = asyncio.ensure_future(ask("gone")), asyncio.ensure_future(ask("stays"))
        await asyncio.sleep(0.1)
        gone.cancel()
        budget.settle(most, FREE)
        await asyncio.wait([stays], timeout=1.0)
        return sent

    assert jumping(main()) == ["stays"]


def priced(tmp_path: Path, provider: Any, scenario: Callable[..., Awaitable[Any]] = improved, **options: Any) -> Any:
    """A run in which the model has a price."""
    (tmp_path / "fellowship.toml").write_text(PRICED)
    with overriding(Overrides(config=tmp_path / "fellowship.toml")):
        return scripted_run(scenario, tmp_path / "run", provider, **options)


def billed(request: Request) -> Completion:
    """Every reply costs a tenth of a cent, and its prompt next to nothing."""
    return Completion(told(request), usage=Usage(30, 100))


def test_a_run_stops_before_its_budget_is_spent_and_a_larger_one_continues_it(tmp_path: Path) -> None:
    """What its earlier starts have spent counts; nothing is asked twice."""
    generator = Generator(MODEL, sampling=Sampling(max_tokens=100))

    with pytest.raises(
        RunStopped, match=r"\$0\.0031 of run\(budget=\.\.\.\) \$0\.0041 are spent, and the next request may cost"
    ):
        priced(tmp_path, ScriptedProvider(billed), generator=generator, budget=0.0041, concurrency=1)
    with pytest.raises(RunStopped):
        priced(tmp_path, ScriptedProvider([]), generator=generator, budget=0.0041, concurrency=1)
    summary = priced(tmp_path, ScriptedProvider(billed), generator=generator, budget=1)

    assert (summary.n_finished, summary.n_asked) == (3, 3)
    assert queried(tmp_path / "run", "SELECT DISTINCT cost FROM asks") == ["0.0010300"]


def test_a_request_without_an_answer_counts_in_later_starts(tmp_path: Path) -> None:
    """With its highest possible cost, also without a recorded reply; the sum is of all starts."""
    generator = Generator(MODEL, sampling=Sampling(max_tokens=100))

    def start(reply: Any) -> int:
        provider = ScriptedProvider(reply)
        with suppress(RunStopped):
            priced(tmp_path, provider, one_answer, prompts=["one"], generator=generator, budget=0.0025)
        return provider.n_calls

    assert [start(lambda request: RateLimited("slower")) for _ in range(2)] == [1, 1]
    assert [start(lambda request: ProviderTimeout("gone")) for _ in range(4)] == [1, 1, 0, 0]
    costs = queried(tmp_path / "run", "SELECT facts FROM events WHERE event = 'request_unanswered'")
    assert costs == ['{"cost":"0.0010350"}'] * 2


def test_an_abandoned_request_counts_as_unanswered() -> None:
    """It may have been billed. An answer and a refusal are not reported."""
    unanswered: list[Decimal] = []

    async def main() -> None:
        budget = Budget(BudgetLimits(usd=Decimal(1)), PRICES, on_unanswered=unanswered.append)
        for reply in (Completion("x", usage=Usage(10, 0)), RateLimited("slower")):
            with suppress(RateLimited):
                await Budgeted(ScriptedProvider([reply]), budget).complete(request())
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                await Budgeted(Varied(0), budget).complete(request())
        assert (budget.spent, budget.reserved) == (Decimal("0.010046"), FREE)

    jumping(main())

    assert unanswered == [Decimal("0.010036")]


def test_a_number_of_requests_is_kept_to(tmp_path: Path) -> None:
    """In all starts together."""
    with pytest.raises(RunStopped, match=r"the 4 requests of run\(max_calls=\.\.\.\) are made; 4 replies are safe"):
        scripted_run(improved, tmp_path, ScriptedProvider(told), max_calls=4)
    with pytest.raises(RunStopped):
        scripted_run(improved, tmp_path, ScriptedProvider([]), max_calls=4)

    assert scripted_run(improved, tmp_path, ScriptedProvider(told), max_calls=6).n_asked == 2


def test_after_so_many_hours_nothing_more_is_sent() -> None:
    """What is under way may end."""

    async def main() -> None:
        budget = Budget(BudgetLimits(hours=1.0), PRICES)
        await budget.reserve(request())
        await asyncio.sleep(3601.0)
        with pytest.raises(BudgetSpent, match=r"the 1 h of --max-hours are over"):
            await budget.reserve(request())

    jumping(main())


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no price": ({"generator": Generator("fake/unpriced")}, "run(budget=...) needs the price of fake/unpriced"),
    "not more than 0": ({"budget": 0}, "run(budget=...) is 0; expected more than 0"),
    "no calls": ({"budget": None, "max_calls": 0}, "run(max_calls=...) is 0; expected more than 0"),
    "no number": ({"budget": "much"}, "run(budget=...) is 'much'; expected a number"),
    "not a number": ({"budget": float("nan")}, "run(budget=...) is NaN; expected more than 0"),
    "no time": ({"budget": None, "max_hours": -1.0}, "run(max_hours=...) is -1.0; expected more than 0"),
}


@pytest.mark.parametrize(("options", "told"), WRONG.values(), ids=list(WRONG))
def test_a_budget_that_cannot_be_held_is_refused(tmp_path: Path, options: dict[str, Any], told: str) -> None:
    """Before anything is asked or written."""
    with pytest.raises(ConfigurationError, match=re.escape(told)):
        priced(tmp_path, ScriptedProvider([]), one_answer, **{"budget": 1, **options})

    assert [path.name for path in tmp_path.iterdir()] == ["fellowship.toml"]


def test_refused_budget_leaves_the_existing_run_where_it_is(tmp_path: Path) -> None:
    """`fresh` renames it only for a run that can start."""
    scripted_run(one_answer, tmp_path / "run", ScriptedProvider(told))

    with pytest.raises(ConfigurationError, match=r"run\(budget=\.\.\.\) needs the price of fake/any"):
        scripted_run(one_answer, tmp_path / "run", ScriptedProvider([]), budget=1, fresh=True)

    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("method", ["spent", "begun"])
def test_journal_is_closed_when_the_session_cannot_be_opened(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an error while the budget is opened, and while the begun conversations are read."""

    def fail(journal: SqliteJournal) -> None:
        raise StoreError("the disk is gone")

    monkeypatch.setattr(SqliteJournal, method, fail)

    with pytest.raises(StoreError, match="the disk is gone"):
        scripted_run(one_answer, tmp_path, ScriptedProvider([]), max_calls=1)

    assert not list(tmp_path.glob("journal.sqlite-*"))


def test_a_reply_of_any_length_cannot_be_budgeted() -> None:
    """The agent is named."""
    agent = Generator("fake/m", name="endless")
    agent.__dict__["settings"] = {"temperature": 0.7}

    with pytest.raises(ConfigurationError, match="--budget needs max_tokens for agent 'endless'"):
        check_budget([BudgetLimits(usd=Decimal(1))], PRICES, [agent])


def test_what_costs_more_than_was_reserved_is_booked_and_reserved_from_then_on() -> None:
    """Reasoning tokens beyond max_tokens: the first request overruns, later ones do not."""

    class Thinking:
        async def complete(self, request: Request) -> Completion:
            return Completion("text", usage=Usage(4, 1500, 0, 500))

        async def close(self) -> None:
            """Nothing is open."""

    async def main() -> tuple[Decimal, Decimal, Decimal]:
        budget = Budget(BudgetLimits(usd=Decimal("0.05")), PRICES)
        provider, before = Budgeted(Thinking(), budget), budget.most(request())
        await provider.complete(request())
        after = budget.most(request())
        with suppress(BudgetSpent):
            for _ in range(9):
                await provider.complete(request())
        return before, after, budget.spent

    before, after, spent = jumping(main())
    assert before < PRICE.cost(Usage(4, 1500)) == after
    assert spent == 3 * after <= Decimal("0.05")


def test_a_stopped_run_says_what_was_paid_and_what_may_be_billed(tmp_path: Path) -> None:
    """With the figures after the last open request; `runs show` names the requests without an answer."""
    n_asked = 0

    def timed_out_at_first(request: Request) -> Any:
        nonlocal n_asked
        n_asked += 1
        return ProviderTimeout("no answer") if n_asked == 1 else billed(request)

    generator = Generator(MODEL, sampling=Sampling(max_tokens=100))
    expected = (
        r"\$0\.0021 of run\(budget=\.\.\.\) \$0\.0041 are paid, "
        r"up to \$0\.001\d more may be billed for requests of unknown cost"
    )
    provider = ScriptedProvider(timed_out_at_first)
    with pytest.raises(RunStopped, match=expected):
        priced(tmp_path, provider, generator=generator, budget=0.0041, concurrency=1)
    with RecordedRun.open(tmp_path / "run") as run:
        lines = list(run_lines(run))

    assert any(line.startswith("unanswered") and "1 call, which may cost up to $0.001" in line for line in lines)
