"""Replies whose tokens are unknown: shown as such, counted as the most that they may cost, and no measure of others."""

from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.estimates.extrapolation import Extrapolation
from fellowship.protocols.completions import Completion, Request, Sampling, Usage
from fellowship.protocols.errors import RunStopped
from fellowship.runners.overrides import Overrides, overriding
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.run_stats import AgentUsage, Amounts, run_stats, total_cost_of
from tests.runners.kit import MODEL, one_answer, scripted_run, told

PRICED = f'[prices."{MODEL}"]\ninput = 1.0\noutput = 10.0\nas_of = 2026-11-01\n'


class Uncounted:
    """Answers, and reports the usage that it is given."""

    def __init__(self, usage: Usage) -> None:
        self.usage, self.n_asked = usage, 0

    async def complete(self, request: Request) -> Completion:
        self.n_asked += 1
        return Completion(told(request), usage=self.usage)

    async def close(self) -> None:
        """Nothing is open."""


def start(tmp_path: Path, provider: Any, **options: Any) -> Any:
    (tmp_path / "fellowship.toml").write_text(PRICED)
    generator = Generator(MODEL, sampling=Sampling(max_tokens=100))
    with overriding(Overrides(config=tmp_path / "fellowship.toml")):
        return scripted_run(one_answer, tmp_path / "run", provider, generator=generator, **options)


@pytest.mark.parametrize("usage", [Usage(), Usage(-5, 3), Usage(10**15, 3)], ids=["none", "negative", "huge"])
def test_a_run_of_unknown_usage_costs_an_unknown_amount_and_says_so(tmp_path: Path, usage: Usage) -> None:
    summary = start(tmp_path, Uncounted(usage))

    assert summary.n_unknown_usage == 3
    assert "usage unknown for 3 replies" in str(summary)
    with RecordedRun.open(tmp_path / "run") as run:
        stats = run_stats(run)
        assert total_cost_of(run) is None
    assert (stats.prompt_tokens, stats.completion_tokens, stats.n_unknown_usage) == (0, 0, 3)


def test_a_later_budget_counts_what_earlier_replies_may_have_cost(tmp_path: Path) -> None:
    """The first start has no budget; each of its replies may have cost about a tenth of a cent."""
    start(tmp_path, Uncounted(Usage()), prompts=["one", "two"])
    provider = Uncounted(Usage())

    with suppress(RunStopped):
        start(tmp_path, provider, prompts=["one", "two", "three"], budget=Decimal("0.0025"))

    assert provider.n_asked == 0


def test_a_conversation_of_unknown_usage_is_no_measure_of_others() -> None:
    """Also where only one of its attempts is unknown."""
    usages = [
        AgentUsage("c1", "a", "m", 2, 2, 1.0, Amounts(200, 20, 0.2)),
        AgentUsage("c2", "a", "m", 2, 2, 1.0, Amounts(100, 10, 0.1), n_unknown=1),
        AgentUsage("c3", "a", "m", 2, 2, 1.0, Amounts(200, 20, 0.2)),
    ]
    measured = Extrapolation({"c1": 1.0, "c2": 1.0, "c3": 1.0}, usages, [1.0, 1.0])

    reported = measured.reported(usages)

    assert list(reported.finished) == ["c1", "c3"]
    assert reported.amount("prompt").expected == pytest.approx(400)
