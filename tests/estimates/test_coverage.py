"""Pilots against what runs cost in the end, on simulated models with a price."""

import asyncio
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.reviewer import Reviewer
from fellowship.estimates.run_estimate import RunEstimate
from fellowship.estimates.script_estimate import estimate_script, run_pilot
from fellowship.protocols.items import Item
from fellowship.providers.sim.comparisons import comparisons
from fellowship.runners.overrides import Overrides
from fellowship.runners.run import arun
from fellowship.runners.summary import RunSummary
from fellowship.scenarios.feedback_loop import feedback_loop
from tests.runners.kit import queried

SETTINGS = """\
[prices."sim/weak"]
input = 0.5
output = 2
as_of = 2026-11-01

[prices."sim/mid"]
input = 3
output = 12
as_of = 2026-11-01
"""
PRICES = {"sim/weak": (Decimal("0.5"), Decimal(2)), "sim/mid": (Decimal(3), Decimal(12))}
N, PILOT = 300, 20


def items(seed: int) -> list[Item]:
    """Three hundred questions, in an order of the seed's."""
    posed = [Item(prompt=each.prompt) for each in comparisons(seed, 5)]
    Random(seed).shuffle(posed)
    return posed[:N]


def piloted(out: Path, seed: int) -> tuple[RunEstimate, float]:
    """The estimate after the pilot, and what the whole run cost then."""
    config = out / "fellowship.toml"
    config.write_text(SETTINGS)
    overrides = Overrides(config=config, quiet=True)

    async def run() -> RunSummary:
        return await arun(
            feedback_loop,
            prompts=items(seed),
            out=out / "run",
            seed=seed,
            quiet=True,
            generator=Generator("sim/weak"),
            reviewer=Reviewer("sim/mid"),
        )

    with estimate_script(overrides) as plans:
        asyncio.run(run())
    with run_pilot(overrides, PILOT):
        asyncio.run(run())
    estimate = plans[0].estimate_run()
    asyncio.run(run())
    return estimate, float(_cost(out / "run"))


def _cost(folder: Path) -> Decimal:
    """Added up ask by ask, apart from the code that is tested."""
    asks = queried(folder, "SELECT model, prompt_tokens, completion_tokens FROM asks")
    return sum(
        ((PRICES[model][0] * prompt + PRICES[model][1] * written) / 1_000_000 for model, prompt, written in asks),
        Decimal(0),
    )


def test_a_pilot_estimates_the_cost(tmp_path: Path) -> None:
    """One seed: what was paid so far and the estimated cost hold the whole cost, within 30 % of it."""
    estimate, cost = piloted(tmp_path, seed=1)

    assert (estimate.n_measured, estimate.unpriced) == (PILOT, ())
    assert estimate.paid + estimate.cost.low <= cost <= estimate.paid + estimate.cost.high
    assert estimate.paid + estimate.cost.high <= 1.3 * (estimate.paid + estimate.cost.expected)


@pytest.mark.soak
def test_cost_lies_in_the_interval_for_nearly_all_seeds(tmp_path: Path) -> None:
    """In at least 18 of 20, with intervals no wider than 30 % either way."""
    n_held = 0
    for seed in range(20):
        (tmp_path / str(seed)).mkdir()
        estimate, cost = piloted(tmp_path / str(seed), seed)
        low, expected, high = (
            estimate.paid + end for end in (estimate.cost.low, estimate.cost.expected, estimate.cost.high)
        )
        assert high <= 1.3 * expected
        assert low >= 0.7 * expected
        n_held += low <= cost <= high

    assert n_held >= 18
