"""A budget is kept whatever servers report: what they send costs what it costs, by their own count."""

import asyncio
import random
from decimal import Decimal
from typing import Any

import pytest

from fellowship.protocols.completions import AskKey, Completion, Request, Usage
from fellowship.protocols.errors import BudgetSpent, MalformedResponse, ProviderError
from fellowship.providers.completion_check import CheckedProvider
from fellowship.providers.dialects.openai import openai_dialect
from fellowship.runners.budget import Budget, Budgeted
from fellowship.runners.limit_pot import BudgetLimits
from fellowship.settings.prices import FREE, Prices
from fellowship.settings.settings import Price, Settings
from tests.runners.kit import jumping

PRICE = Price(input=Decimal(2), output=Decimal(10), as_of="2026-11-01")
PRICES = Prices(Settings(prices={"fake/m": PRICE}), lambda model: None)
IN_FLIGHT, MAX_TOKENS = 64, 1_000
ODD_COUNTS: tuple[Any, ...] = (
    *(None, -1, -(10**15), 0.0, 3.5, float("nan"), float("inf"), "12", True, [], {}),
    *(0, 10**15, 10**399, 2**63),
)


class OddServer:
    """Answers in OpenAI's format with any usage, and adds up what its replies really cost."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._oddity = self._rng.choice(["missing", "null", "list", "odd", "total", "mixed"])
        self.cost, self.n_asked = FREE, 0

    async def complete(self, request: Request) -> Completion:
        """A reply after a while; one of thirty is no JSON of a completion, and billed."""
        rng = self._rng
        self.n_asked += 1
        await asyncio.sleep(rng.random() * 10)
        n_bytes = sum(len(message["content"].encode()) for message in request.messages)
        n_written = rng.randint(1, MAX_TOKENS)
        true = Usage(max(1, n_bytes // rng.randint(1, 6)), n_written)
        self.cost += PRICE.cost(true)
        if rng.random() < 1 / 30:
            raise MalformedResponse("brackets")
        choice = {"message": {"content": "word " * (n_written * 4 // 5)}, "finish_reason": "stop"}
        return openai_dialect.completion({"choices": [choice], "usage": self._reported(true)}, None, 0.0)

    async def close(self) -> None:
        """Nothing is open."""

    def _reported(self, true: Usage) -> Any:
        rng, sound = self._rng, {"prompt_tokens": true.prompt_tokens, "completion_tokens": true.completion_tokens}
        oddity = self._oddity if self._oddity != "mixed" else rng.choice(["missing", "odd", "total", "sound"])
        if oddity in ("missing", "null", "list"):
            return {"missing": {}, "null": None, "list": [1, 2]}[oddity]
        if oddity == "odd":
            return sound | {rng.choice(list(sound)): rng.choice(ODD_COUNTS)}
        return sound | {"total_tokens": rng.choice(ODD_COUNTS)} if oddity == "total" else sound


def spent_at(seed: int) -> tuple[Decimal, Decimal, int]:
    """What the server's replies cost, what the budget counts, and the number of requests."""
    server = OddServer(seed)
    text = random.Random(seed).choice(["Why is the sky blue? ", "为什么天空是蓝色的？", "🙂"]) * 20

    async def main() -> Budget:
        budget = Budget(BudgetLimits(usd=Decimal(1)), PRICES)
        provider = Budgeted(CheckedProvider(server), budget)
        chat: Any = ({"role": "user", "content": text},)

        async def converse(name: str) -> None:
            request = Request(AskKey(name, "", "a", 0), 1, "fake/m", chat, {"max_tokens": MAX_TOKENS}, "")
            while True:
                try:
                    await provider.complete(request)
                except BudgetSpent:
                    return
                except ProviderError:
                    continue

        async with asyncio.TaskGroup() as group:
            for number in range(IN_FLIGHT):
                group.create_task(converse(f"c{number:05}"))
        return budget

    budget = jumping(main())
    return server.cost, budget.spent, server.n_asked


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_a_dollar_is_never_passed_on_servers_that_report_anything(first: int) -> None:
    """200 servers, 64 requests in flight."""
    for seed in range(first, first + 20):
        cost, spent, n_asked = spent_at(seed)

        assert cost <= spent <= 1, seed
        assert n_asked >= IN_FLIGHT, seed
