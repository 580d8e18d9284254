"""The limits of the command line hold for all runs of the command together, and for all of their starts."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.completions import Completion, Request, Sampling, Usage
from fellowship.protocols.errors import ConfigurationError, ProviderTimeout, RunStopped
from fellowship.runners.limit_pot import BudgetLimits
from fellowship.runners.overrides import Overrides, overriding
from fellowship.runners.run import arun
from fellowship.runners.run_signature import RunOptions
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import JOURNAL
from fellowship.storage.spending import IN_FLIGHT
from fellowship.testing import ScriptedProvider
from tests.runners.kit import MODEL, one_answer, queried, told

PRICED = f"""
[prices."{MODEL}"]
input = 1.0
output = 10.0
as_of = 2026-11-01
"""
GENERATOR = Generator(MODEL, sampling=Sampling(max_tokens=100))


def billed(request: Request) -> Completion:
    """Every reply costs a tenth of a cent; the most is 0.001035 dollars or a little more."""
    return Completion(told(request), usage=Usage(1, 100))


def command(tmp_path: Path, *runs: dict[str, Any], reply: Callable[[Request], Any] = billed, **limits: Any) -> int:
    """A command with several runs, one after the other, each of which may stop; the number of its requests."""
    (tmp_path / "fellowship.toml").write_text(PRICED)
    provider = ScriptedProvider(reply)
    with overriding(Overrides(config=tmp_path / "fellowship.toml", **limits)):
        for number, options in enumerate(runs):
            with suppress(RunStopped):
                asyncio.run(arun(one_answer, **{**common(tmp_path / f"run{number}", provider), **options}))
    return provider.n_calls


def common(out: Path, provider: Any, n: int = 3) -> dict[str, Any]:
    prompts = [f"question {i}" for i in range(n)]
    given: dict[str, Any] = {"prompts": prompts, "out": out, "quiet": True, "providers": {"fake": provider}}
    return {**given, "generator": GENERATOR, "concurrency": 1}


def test_runs_of_a_command_share_its_calls(tmp_path: Path) -> None:
    """Also in later starts; a larger limit continues both."""
    assert command(tmp_path, {}, {}, max_calls=4) == 4
    assert command(tmp_path, {}, {}, max_calls=4) == 0
    assert command(tmp_path, {}, {}, max_calls=5) == 1
    assert command(tmp_path, {}, {}, max_calls=9) == 1


def test_runs_of_a_command_share_its_dollars(tmp_path: Path) -> None:
    """Four requests of a tenth of a cent fit, whichever run sends them."""
    assert command(tmp_path, {}, {}, {}, budget=Decimal("0.00405")) == 4
    assert command(tmp_path, {}, {}, {}, budget=Decimal("0.0052")) == 1


def test_what_a_later_run_has_spent_counts_before_the_first_one_asks(tmp_path: Path) -> None:
    """The first run gets further prompts: what the second one spent earlier is not there for them."""
    more = {"prompts": [f"question {i}" for i in range(9)]}

    assert command(tmp_path, {}, {}, max_calls=6) == 6
    assert command(tmp_path, more, {}, max_calls=7) == 1


def test_limits_of_a_run_and_of_the_command_both_hold(tmp_path: Path) -> None:
    """The smaller one stops a run; the command's is also for the others."""
    assert command(tmp_path, {"max_calls": 1}, {"max_calls": 9}, max_calls=3) == 3
    assert queried(tmp_path / "run0", "SELECT count(*) FROM asks") == [1]


def test_runs_at_the_same_time_share_the_limits(tmp_path: Path) -> None:
    """Side by side in one event loop."""
    provider = ScriptedProvider(billed)

    async def both() -> None:
        runs = [arun(one_answer, **common(tmp_path / f"run{i}", provider, n=20)) for i in range(3)]
        await asyncio.gather(*runs, return_exceptions=True)

    with overriding(Overrides(max_calls=7)):
        asyncio.run(both())

    assert provider.n_calls == 7


def test_requests_without_an_answer_count_in_later_starts(tmp_path: Path) -> None:
    """They may have been billed."""

    def late(request: Request) -> Any:
        return ProviderTimeout("gone")

    assert command(tmp_path, {}, reply=late, max_calls=2) == 2
    assert command(tmp_path, {}, reply=billed, max_calls=3) == 1


@pytest.mark.parametrize("n_ends", [0, 1])
def test_requests_in_flight_at_a_kill_count_in_later_starts(tmp_path: Path, n_ends: int) -> None:
    """The most that was in flight at once is recorded before it is sent; a start that ended has nothing in flight."""
    command(tmp_path, {"prompts": ["question 0"]}, max_calls=100)
    journal = SqliteJournal(tmp_path / "run0" / JOURNAL)
    journal.set_event("begun", 1.0)
    journal.set_event(IN_FLIGHT, 1.0, n=2, cost="0.5")
    journal.set_event(IN_FLIGHT, 1.0, n=4, cost="1.0")
    for _ in range(n_ends):
        journal.set_event("requests_settled", 1.0)
    asyncio.run(journal.close())

    spent = SqliteJournal(tmp_path / "run0" / JOURNAL).spent()

    assert (spent.n_calls, spent.unanswered) == ((5, Decimal("1.0")) if n_ends == 0 else (1, Decimal(0)))


def test_a_fresh_start_counts_nothing_of_the_old_runs(tmp_path: Path) -> None:
    """They are set aside."""
    assert command(tmp_path, {}, {}, max_calls=4) == 4
    assert command(tmp_path, {}, {}, max_calls=4, fresh=True) == 4


LIMITS: list[tuple[str, Any, str]] = [
    ("max_calls", 2.5, "is 2.5; expected a whole number"),
    ("max_calls", Fraction(7, 2), "is 7/2; expected a whole number"),
    ("max_calls", np.float64(1.5), "is 1.5; expected a whole number"),
    ("max_calls", float("inf"), "is inf; expected a whole number"),
    ("max_calls", True, "is True; expected a number"),
    ("max_calls", "3", "is '3'; expected a number"),
    ("budget", True, "is True; expected a number"),
    ("budget", "0.5", "is '0.5'; expected a number"),
    ("budget", Fraction(-1, 2), "is -0.5; expected more than 0"),
    ("max_hours", False, "is False; expected a number"),
    ("budget", float("inf"), "is Infinity; expected a finite number, or none for no limit"),
    ("budget", Decimal("Infinity"), "is Infinity; expected a finite number, or none for no limit"),
    ("budget", np.float64("inf"), "is Infinity; expected a finite number, or none for no limit"),
    ("max_hours", float("inf"), "is inf; expected a finite number, or none for no limit"),
]


@pytest.mark.parametrize(("name", "given", "says"), LIMITS, ids=[f"{name} {given!r}" for name, given, _ in LIMITS])
def test_what_is_no_limit_is_refused_in_one_line(tmp_path: Path, name: str, given: Any, says: str) -> None:
    provider = ScriptedProvider([])

    with pytest.raises(ConfigurationError) as caught:
        asyncio.run(arun(one_answer, **common(tmp_path / "run", provider), **{name: given}))

    assert str(caught.value) == f"run({name}=...) {says}"
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("calls", [2, 2.0, np.int64(2), np.float32(2), Fraction(2), Decimal(2)], ids=repr)
def test_a_whole_number_of_any_kind_limits_requests(tmp_path: Path, calls: Any) -> None:
    assert command(tmp_path, {"max_calls": calls}) == 2


@pytest.mark.parametrize(
    ("given", "usd"),
    [
        (Fraction(1, 8), Decimal("0.125")),
        (np.float32(0.1), Decimal("0.1")),
        (np.int64(10), Decimal(10)),
        (Decimal("0.30"), Decimal("0.30")),
    ],
    ids=repr,
)
def test_a_budget_has_the_digits_that_it_is_written_with(given: Any, usd: Decimal) -> None:
    assert RunOptions(prompts=[], budget=given).caps == BudgetLimits(usd)
