"""Kill -9 at random moments: nothing that was committed is lost or asked for again, and the end is the same."""

import random
import signal
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from fellowship.cli.main import main
from fellowship.protocols.completions import AskKey
from fellowship.testing.server import StartedServer, started
from tests.runners.kit import committed, content_of
from tests.runners.processes import ASKS, AT_ONCE, bodies, settled, start, write_script

LONGEST_START_S = 1.5


@dataclass(frozen=True)
class Moment:
    """What is safe in the journal, and what the server was asked for, while no run is under way."""

    safe: set[tuple[AskKey, int]]
    safe_bodies: Counter[str]
    asked: Counter[str]

    @classmethod
    def now(cls, folder: Path, server: StartedServer) -> "Moment":
        """Once the server is at rest."""
        asked = settled(server)
        return cls(committed(folder), bodies(folder), asked)


def assert_nothing_safe_was_lost_or_asked_again(before: Moment, after: Moment, whole: Counter[str]) -> int:
    """How many replies the session between two moments has lost; `whole`: the bodies of the finished run."""
    asked = after.asked - before.asked
    done = {body for body, n in before.safe_bodies.items() if n == whole[body]}

    assert before.safe <= after.safe
    assert not done & asked.keys()
    return asked.total() - len(after.safe - before.safe)


def killed_until_finished(
    work: Path, folder: Path, server: StartedServer, *, n_kills: int, most: int, seed: int, whole: Counter[str]
) -> int:
    """Kill the run n_kills times, then let it finish. A kill costs at most what was in flight, `most` requests.

    Every fourth kill comes somewhere in the start, the others after some requests. How many were repeated.
    """
    rng = random.Random(seed)
    before = first = Moment.now(folder, server)
    n_lost = 0
    for n_left in range(n_kills, 0, -1):
        run = start(work, folder, server)
        if rng.random() < 0.25:
            run.wait(rng.uniform(0.0, LONGEST_START_S))
        else:
            run.wait_for_requests(rng.randint(1, max(1, 2 * (whole.total() - len(before.safe)) // (n_left + 1))))
        run.signal(signal.SIGKILL)
        run.ended()
        after = Moment.now(folder, server)
        lost = assert_nothing_safe_was_lost_or_asked_again(before, after, whole)
        assert 0 <= lost <= most
        n_lost, before = n_lost + lost, after
    assert start(work, folder, server).ended(at_most_s=600) == (0, "")
    after = Moment.now(folder, server)

    assert assert_nothing_safe_was_lost_or_asked_again(before, after, whole) == 0
    assert after.safe_bodies == whole
    assert (after.asked - first.asked).total() == whole.total() + n_lost
    return n_lost


def undisturbed(work: Path, folder: Path, server: StartedServer) -> None:
    """The same run without kills."""
    assert start(work, folder, server).ended(at_most_s=600) == (0, "")


def exported(folder: Path, to: Path) -> dict[str, bytes]:
    """All files of the data set made of a run."""
    assert main(["export", str(folder), "--to", str(to)]) == 0
    return {str(file.relative_to(to)): file.read_bytes() for file in sorted(to.rglob("*")) if file.is_file()}


def assert_killed_runs_end_the_same(
    work: Path, scenario: str, *, n: int, n_kills: int, concurrency: int, seed: int
) -> None:
    write_script(work, n, concurrency=concurrency, scenario=scenario)
    killed, calm = work / "killed" / scenario, work / "calm" / scenario
    most = concurrency * AT_ONCE[scenario]
    with started("sim", latency_ms=20, jitter_ms=30) as server:
        undisturbed(work, calm, server)
        whole = bodies(calm)
        n_lost = killed_until_finished(work, killed, server, n_kills=n_kills, most=most, seed=seed, whole=whole)

    print(f"{scenario}, seed {seed}: {whole.total()} replies, {n_kills} kills, {n_lost} asked again")
    assert whole.total() >= n * ASKS
    assert content_of(killed) == content_of(calm)
    assert exported(killed, work / "data of killed") == exported(calm, work / "data of calm")


@pytest.mark.slow
def test_a_run_that_is_killed_ten_times_ends_like_one_that_was_not(tmp_path: Path) -> None:
    """100 conversations; the server counts what it is asked."""
    assert_killed_runs_end_the_same(tmp_path, "loop", n=100, n_kills=10, concurrency=16, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_a_long_run_that_is_killed_twenty_times_ends_like_one_that_was_not(tmp_path: Path, seed: int) -> None:
    """300 conversations; loops and juries by turns."""
    scenario, concurrency = ("loop", 48) if seed % 2 == 0 else ("jury", 8)
    assert_killed_runs_end_the_same(tmp_path, scenario, n=300, n_kills=20, concurrency=concurrency, seed=seed)
