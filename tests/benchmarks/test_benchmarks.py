"""The benchmarks run. What they find is not a matter of tests."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _root_on_the_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The benchmarks are not installed; they are run from the root of the repository."""
    with monkeypatch.context() as changed:
        changed.syspath_prepend(ROOT)
        yield


@pytest.mark.slow
def test_both_sides_send_the_same_bodies() -> None:
    """The comparison refuses to go on where they do not."""
    from benchmarks.calls import compared

    row = compared(n=6, in_flight=3, pairs=1, budget=1.5)

    assert (row.n, len(row.values)) == ("1 pairs of 36 calls each", 1)


@pytest.mark.parametrize("on_file", [True, False], ids=["file", "memory"])
def test_every_conversation_is_parked_before_any_goes_on(on_file: bool) -> None:
    """With either journal; figures come out."""
    from benchmarks.parked import measured

    found = asyncio.run(measured(20, on_file=on_file))

    assert found.turn_us > 0
    assert found.peak_mb > 0


def test_the_start_of_a_process_costs_something() -> None:
    """Of one that does nothing, for the sake of speed."""
    from benchmarks.starting import cpu_s

    assert cpu_s(["-c", "pass"]) > 0


def test_the_table_says_what_was_met(capsys: pytest.CaptureFixture[str]) -> None:
    """By the median."""
    from benchmarks.table import Row, show

    show([Row("a", [1.0, 2.0, 9.0], "x", "3 pairs", 2.0), Row("b", [3.0], "s", "1 process", 2.0)])

    printed = capsys.readouterr().out.splitlines()
    (a,), (b,) = ([line for line in printed if line.startswith(f"│ {name}")] for name in "ab")
    assert [cell.strip() for cell in a.split("│")[1:-1]] == [
        "a",
        "2.00 x",
        "1.00 to 9.00",
        "",
        "3 pairs",
        "2.00 x",
        "met",
    ]
    assert b.split("│")[-2].strip() == "missed"


@pytest.mark.slow
def test_open_requests_are_counted_on_both_sides() -> None:
    """Each side is ended when all its requests are open; a few of them weigh about the same."""
    from benchmarks.opened import rows

    open_requests, queued = rows(n=20, n_queued=40, times=1)

    assert 0.5 < open_requests.values[0] < 3.0
    assert 0.9 < queued.values[0] < 1.1


def test_an_ask_takes_few_function_calls() -> None:
    """At most 230 and a margin of 5 %: a count that no busy machine changes."""
    from benchmarks.function_calls import calls_per_ask, table

    calls = calls_per_ask()

    assert sum(calls.values()) <= 230 * 1.05, table(calls)
