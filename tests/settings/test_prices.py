"""What models cost: the same answer in the journal, in a budget, in a plan and on the dashboard."""

import asyncio
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.estimates.script_estimate import estimate_script
from fellowship.protocols.completions import Completion, Sampling, Usage
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.quota import Quota
from fellowship.runners.overrides import Overrides, overriding
from fellowship.runners.providers import Providers
from fellowship.runners.run import arun
from fellowship.scenarios.answer import answer
from fellowship.settings.prices import Prices, Pricing
from fellowship.settings.settings import Price, ProviderSettings, Settings, configured_servers
from fellowship.storage.run_stats import total_cost_of
from fellowship.testing import ScriptedProvider

PRICE = Price(input=Decimal(2), output=Decimal(10), as_of=date(2026, 11, 1))
SETTINGS = Settings(
    prices={"openai/x": PRICE, "sim/mid": PRICE},
    providers={
        "mylab": ProviderSettings(base_url="http://127.0.0.1:9/v1"),
        "far": ProviderSettings(base_url="http://far/v1"),
    },
)


class Served(ScriptedProvider):
    """A provider with a server."""

    def __init__(self, quota: Quota) -> None:
        super().__init__(lambda _: Completion("Because.", usage=Usage(100, 10)))
        self.quota = quota


class Unpaid(ScriptedProvider):
    """A provider without a server."""

    def __init__(self) -> None:
        super().__init__(lambda _: Completion("Because.", usage=Usage(100, 10)))


CASES: dict[str, tuple[str, Any, str, float | None]] = {
    "vllm elsewhere": ("vllm/m", Served(Quota("vllm", "http://gpu7:8000/v1", limitless=True)), "", None),
    "vllm here": ("vllm/m", Served(Quota("vllm", "http://localhost:8000/v1", limitless=True)), "", 0.0),
    "openai here": ("openai/m", Served(Quota("openai", "http://127.0.0.1:8000/v1")), "", 0.0),
    "openai": ("openai/m", Served(Quota("openai", "https://api.openai.com/v1")), "", None),
    "without a server": ("vllm/m", Unpaid(), "", None),
    "priced": ("vllm/m", Served(Quota("vllm", "http://localhost:8000/v1", limitless=True)), "vllm/m", 0.0003),
    "simulated, priced": ("sim/mid", Unpaid(), "sim/mid", 0.0003),
}


@pytest.mark.parametrize(("model", "provider", "priced", "cost"), CASES.values(), ids=list(CASES))
def test_everybody_agrees_on_what_a_model_costs(
    model: str, provider: Any, priced: str, cost: float | None, tmp_path: Any
) -> None:
    """100 prompt tokens at 2 dollars and 10 of completions at 10 dollars a million, or nothing, or unknown."""
    config = tmp_path / "fellowship.toml"
    config.write_text(f'[prices."{priced}"]\ninput = 2\noutput = 10\nas_of = 2026-11-01\n' if priced else "")
    arguments: dict[str, Any] = {"generator": Generator(model, sampling=Sampling(max_tokens=10))}
    given: Any = {"prompts": ["Why?"], "out": ":memory:", "providers": {model.partition("/")[0]: provider}}
    events = io.StringIO()

    with overriding(Overrides(config=config, events=events)):
        summary = asyncio.run(arun(answer, **given, **arguments))
    with estimate_script(Overrides(config=config)) as plans:
        asyncio.run(arun(answer, **given, **arguments))

    journal = total_cost_of(summary.recorded)
    assert {
        "journal": None if journal is None else float(journal),
        "dashboard": json.loads(events.getvalue().splitlines()[-1])["spend_usd"],
        "plan": [] if cost is not None else [model],
        "budget": "refused" if cost is None else "kept",
    } == {
        "journal": cost,
        "dashboard": cost,
        "plan": list(plans[0].estimate_run().unpriced),
        "budget": budget_answer(config, {**given, **arguments}),
    }


def budget_answer(config: Any, given: dict[str, Any]) -> str:
    """Whether a run starts under a budget."""
    with overriding(Overrides(config=config)):
        try:
            asyncio.run(arun(answer, budget=1, quiet=True, **given))
        except ConfigurationError as error:
            return "refused" if str(error).startswith("run(budget=...) needs the price of ") else str(error)
    return "kept"


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("openai/x", Pricing("priced", PRICE)),
        ("sim/mid", Pricing("priced", PRICE)),
        ("sim/weak", Pricing("simulated")),
        ("recorded/runs/x", Pricing("recorded")),
        ("ollama/llama3", Pricing("local")),
        ("vllm/x", Pricing("unknown")),
        ("mylab/any", Pricing("local")),
        ("far/any", Pricing("unknown")),
        ("openai/y", Pricing("unknown")),
        ("nowhere/y", Pricing("unknown")),
    ],
)
def test_the_basis_of_a_price_is_known_before_a_model_is_opened(
    model: str, expected: Pricing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the address that the settings or the environment give its server."""
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    monkeypatch.setenv("VLLM_BASE_URL", "http://gpu7:8000/v1")

    assert Prices(SETTINGS, Providers(servers=configured_servers(SETTINGS)).address).of(model) == expected


ADDRESSES: dict[str, tuple[str, str | None, Pricing]] = {
    "local": ("ollama/x", "http://localhost:11434/v1", Pricing("local")),
    "loopback": ("vllm/x", "http://127.0.0.1:8000/v1", Pricing("local")),
    "loopback, six": ("vllm/x", "http://[::1]:8000/v1", Pricing("local")),
    "elsewhere": ("lab/x", "http://10.0.0.7:8000/v1", Pricing("unknown")),
    "a name": ("openai/x", "https://api.openai.com/v1", Pricing("unknown")),
    "simulated": ("sim/mid", None, Pricing("simulated")),
    "nowhere": ("fake/x", None, Pricing("unknown")),
}


@pytest.mark.parametrize(("model", "address", "expected"), ADDRESSES.values(), ids=list(ADDRESSES))
def test_local_servers_are_free(model: str, address: str | None, expected: Pricing) -> None:
    """All others without a price are unknown, which is not nothing."""
    assert Prices(Settings(), lambda model: address).of(model) == expected
