"""A budget on real sockets: servers that report anything add up what their replies cost, and it is never passed."""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from fellowship.agents.generator import Generator
from fellowship.protocols.completions import Sampling, Usage
from fellowship.protocols.errors import FellowshipError
from fellowship.providers.dialects.openai import OpenAIProvider
from fellowship.runners.overrides import Overrides, overriding
from fellowship.runners.run import arun
from fellowship.scenarios import answer
from fellowship.settings.prices import FREE
from fellowship.settings.settings import Price
from fellowship.storage.recorded_run import RecordedRun

PRICE = Price(input=Decimal(40), output=Decimal(200), as_of="2026-11-01")
TOML = '[prices."odd/m"]\ninput = 40\noutput = 200\nas_of = 2026-11-01\n[limits.odd]\nmax_concurrency = 64\n'
ODD_COUNTS: tuple[Any, ...] = (None, -1, -(10**15), 0, 3.5, "12", True, [], {}, 10**15, 10**30, 2**63)
IN_FLIGHT, MAX_TOKENS, N_PROMPTS, BUDGET = 64, 60, 400, Decimal(1)


class OddServer:
    """Answers after a moment with any usage, in some cases with no whole answer; `cost` is what its replies cost.

    The first request is answered at once, so that more conversations begin; the next IN_FLIGHT are when all of them are
    open: the budget has room for 69 reservations.
    """

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self.oddity = self._rng.choice(["missing", "null", "odd", "total", "sound", "mixed"])
        self._is_full = asyncio.Event()
        self.cost, self.n_asked, self.most_open, self._n_open = FREE, 0, 0, 0

    async def answered(self, asked: web.Request) -> web.StreamResponse:
        rng, body = self._rng, await asked.json()
        self.n_asked += 1
        is_first = self.n_asked == 1
        self._n_open += 1
        self.most_open = max(self.most_open, self._n_open)
        if self._n_open == IN_FLIGHT:
            self._is_full.set()
        with suppress(TimeoutError):  # so that a client with fewer fails the assertion
            await asyncio.wait_for(self._is_full.wait(), 0.05 if is_first else 10.0)
        await asyncio.sleep(rng.random() * 0.05)
        self._n_open -= 1
        n_bytes = sum(len(message["content"].encode()) for message in body["messages"])
        true = Usage(max(1, n_bytes // rng.randint(1, 6)), rng.randint(1, body["max_tokens"]))
        self.cost += PRICE.cost(true)
        if rng.random() < 1 / 30 and not is_first:
            return web.Response(text="[" * 100_000)
        if rng.random() < 1 / 30 and not is_first and asked.transport is not None:
            asked.transport.close()
        choice = {"message": {"content": "word " * (true.completion_tokens * 4 // 5 + 1)}, "finish_reason": "stop"}
        return web.json_response({"choices": [choice], "usage": self._reported(true)})

    def _reported(self, true: Usage) -> Any:
        rng, sound = self._rng, {"prompt_tokens": true.prompt_tokens, "completion_tokens": true.completion_tokens}
        oddity = self.oddity if self.oddity != "mixed" else rng.choice(["missing", "odd", "total", "sound"])
        if oddity in ("missing", "null"):
            return {"missing": {}, "null": None}[oddity]
        if oddity == "odd":
            return sound | {rng.choice(list(sound)): rng.choice(ODD_COUNTS)}
        return sound | {"total_tokens": rng.choice(ODD_COUNTS)} if oddity == "total" else sound


async def spent_at(server: OddServer, folder: Path) -> str:
    """The reason why a run on the server stopped."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.answered)
    served = web.AppRunner(app)
    await served.setup()
    site = web.TCPSite(served, "127.0.0.1", 0)
    await site.start()
    (host, port, *_) = served.addresses[0]
    provider = OpenAIProvider(f"http://{host}:{port}/v1", name="odd", api_key="key")
    generator = Generator("odd/m", sampling=Sampling(max_tokens=MAX_TOKENS))
    prompts = [f"Why is the sky blue? ({number})" for number in range(N_PROMPTS)]
    try:
        await arun(
            answer,
            prompts=prompts,
            out=folder,
            quiet=True,
            budget=BUDGET,
            generator=generator,
            providers={"odd": provider},
        )
    except FellowshipError as error:
        return str(error)
    finally:
        await provider.close()
        await served.cleanup()
    return ""


@dataclass(frozen=True)
class Stopped:
    """A run on one server: what the server counts, why the run stopped, and how many replies are in its journal."""

    server: OddServer
    reason: str
    n_safe: int


def stopped_run(seed: int, folder: Path) -> Stopped:
    folder.mkdir()
    server = OddServer(seed)
    (folder / "fellowship.toml").write_text(TOML)
    with overriding(Overrides(config=folder / "fellowship.toml")):
        reason = asyncio.run(spent_at(server, folder / "run"))
    with RecordedRun.open(folder / "run") as run:
        return Stopped(server, reason, run.totals()[0])


@pytest.mark.parametrize(
    "seeds",
    [
        pytest.param(range(6), marks=pytest.mark.slow),
        pytest.param(range(100, 300), marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
    ],
    ids=["a few servers", "200 servers"],
)
def test_a_dollar_is_never_passed(tmp_path: Path, seeds: range) -> None:
    """Neither what a server charges nor what the journal counts; the seeds of servers with another end are shown."""
    runs = {seed: stopped_run(seed, tmp_path / str(seed)) for seed in seeds}

    servers = {seed: run.server for seed, run in runs.items()}
    most, n_asked = max(each.cost for each in servers.values()), sum(each.n_asked for each in servers.values())
    print(f"most charged {most}, requests {n_asked}")
    assert {seed: (each.oddity, each.cost) for seed, each in servers.items() if each.cost > BUDGET} == {}
    assert {seed: run.reason for seed, run in runs.items() if "run(budget=...) $1" not in run.reason} == {}
    assert [seed for seed, run in runs.items() if not run.server.n_asked >= run.n_safe > 0] == []
    assert {seed: each.most_open for seed, each in servers.items()} == dict.fromkeys(seeds, IN_FLIGHT)
