"""Kill -9 at random moments: nothing that was committed is lost or asked for again, and the end is the same."""

import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from fellowship.cli.main import main
from fellowship.testing.server import StartedServer, started
from tests.runners.kit import committed, content_of
from tests.runners.processes import bodies, settled, start, write_script

ASKS = 6


def killed_until_finished(
    work: Path, folder: Path, server: StartedServer, *, n: int, n_kills: int, concurrency: int, seed: int
) -> int:
    """Kill the run n_kills times, then let it finish; how many replies the kills have cost.

    Asserted on the way: a committed reply is not asked for again, and a kill costs at most what was in flight.
    """
    rng = random.Random(seed)
    before = settled(server)
    n_lost = 0
    for n_left in range(n_kills, 0, -1):
        safe, asked = committed(folder), settled(server)
        run = start(work, folder, server)
        run.wait_for_requests(rng.randint(1, max(1, 2 * (n * ASKS - len(safe)) // (n_left + 1))))
        run.signal(signal.SIGKILL)
        run.ended()
        n_lost += _lost_by(safe, committed(folder), asked, settled(server), concurrency)
        _assert_asked_as_often_as_lost(before, folder, server, n_lost)
    run = start(work, folder, server)
    assert run.ended(at_most_s=600) == (0, "")
    _assert_asked_as_often_as_lost(before, folder, server, n_lost)
    return n_lost


def _lost_by(
    safe: set[object], safe_now: set[object], asked: Counter[str], asked_now: Counter[str], concurrency: int
) -> int:  # type: ignore[type-arg]
    assert safe <= safe_now
    lost = (asked_now - asked).total() - len(safe_now - safe)
    assert 0 <= lost <= concurrency
    return lost


def _assert_asked_as_often_as_lost(before: Counter[str], folder: Path, server: StartedServer, n_lost: int) -> None:
    asked, safe = settled(server) - before, bodies(folder)
    assert safe <= asked
    assert (asked - safe).total() == n_lost


def undisturbed(work: Path, folder: Path, server: StartedServer) -> None:
    """The same run without kills."""
    assert start(work, folder, server).ended(at_most_s=600) == (0, "")


def exported(folder: Path, to: Path) -> dict[str, bytes]:
    """All files of the data set made of a run."""
    assert main(["export", str(folder), "--to", str(to)]) == 0
    return {str(file.relative_to(to)): file.read_bytes() for file in sorted(to.rglob("*")) if file.is_file()}


def assert_killed_runs_end_the_same(tmp_path: Path, *, n: int, n_kills: int, concurrency: int, seed: int) -> None:
    write_script(tmp_path, n, concurrency=concurrency)
    killed, calm = tmp_path / "killed" / "loop", tmp_path / "calm" / "loop"
    with started("sim", latency_ms=20, jitter_ms=30) as server:
        undisturbed(tmp_path, calm, server)
        killed_until_finished(tmp_path, killed, server, n=n, n_kills=n_kills, concurrency=concurrency, seed=seed)

    assert content_of(killed, without=["attempt", "request_id"]) == content_of(calm, without=["attempt", "request_id"])
    assert len(committed(calm)) == n * ASKS
    assert exported(killed, tmp_path / "data of killed") == exported(calm, tmp_path / "data of calm")


@pytest.mark.slow
def test_a_run_that_is_killed_three_times_ends_like_one_that_was_not(tmp_path: Path) -> None:
    """60 conversations of six asks; the server counts what it is asked."""
    assert_killed_runs_end_the_same(tmp_path, n=60, n_kills=3, concurrency=16, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3))
def test_a_long_run_that_is_killed_twenty_times_ends_like_one_that_was_not(tmp_path: Path, seed: int) -> None:
    """500 conversations of six asks."""
    assert_killed_runs_end_the_same(tmp_path, n=500, n_kills=20, concurrency=64, seed=seed)
