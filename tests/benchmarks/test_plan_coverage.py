"""Pilots of files that are sorted by length, against the tokens that a server counts in the end."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """The benchmarks are not installed; they are run from the root of the repository."""
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("file", ["judge", "jury", "loop"])
def test_pilot_of_twenty_holds_the_truth(file: str) -> None:
    """In at least 95 of 100 runs; for all tokens together at most 35 % either way, and as the mean for each kind."""
    from benchmarks.plan_coverage import measured

    found = [measured(file, seed) for seed in range(100)]

    for amount in ("prompt", "completion", "tokens", "cost"):
        assert sum(run[amount].is_held for run in found) >= 95, amount
        assert sum(run[amount].width for run in found) <= 35, amount
    assert max(run["tokens"].width for run in found) <= 0.35
    assert all(run["asks"].is_held for run in found)


@pytest.mark.slow
@pytest.mark.parametrize(("file", "seed"), [("judge", 3), ("early", 1)])
def test_pilot_of_one_file_holds_the_truth(file: str, seed: int) -> None:
    """One run with two asks per conversation, and one with a varying number."""
    from benchmarks.plan_coverage import AMOUNTS, measured

    found = measured(file, seed)

    assert {amount: each.is_held for amount, each in found.items()} == dict.fromkeys(AMOUNTS, True)
