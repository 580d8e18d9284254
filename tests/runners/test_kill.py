"""Kill -9 at random moments: nothing that was committed is lost or asked for again, and the end is the same."""

import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from fellowship.testing.server import StartedServer
from tests.runners.kit import content_of
from tests.runners.moments import Moment, assert_nothing_safe_was_lost_or_asked_again, exported, undisturbed
from tests.runners.processes import AT_ONCE, FEWEST_ASKS, bodies, run_to_end, start, write_script
from tests.servers import Serve

LONGEST_START_S = 1.5


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
    assert run_to_end(work, folder, server) == (0, "")
    after = Moment.now(folder, server)

    assert assert_nothing_safe_was_lost_or_asked_again(before, after, whole) == 0
    assert after.safe_bodies == whole
    assert (after.asked - first.asked).total() == whole.total() + n_lost
    return n_lost


def assert_killed_runs_end_the_same(
    serve: Serve, work: Path, scenario: str, *, n: int, n_kills: int, concurrency: int, seed: int
) -> None:
    write_script(work, n, concurrency=concurrency, scenario=scenario)
    killed, calm = work / "killed" / scenario, work / "calm" / scenario
    most = concurrency * AT_ONCE[scenario]
    server = serve("sim", latency_ms=20, jitter_ms=30)
    undisturbed(work, calm, server)
    whole = bodies(calm)
    n_lost = killed_until_finished(work, killed, server, n_kills=n_kills, most=most, seed=seed, whole=whole)

    print(f"{scenario}, seed {seed}: {whole.total()} replies, {n_kills} kills, {n_lost} asked again")
    assert whole.total() >= n * FEWEST_ASKS[scenario]
    assert content_of(killed) == content_of(calm)
    assert exported(killed, work / "data of killed") == exported(calm, work / "data of calm")


@pytest.mark.slow
def test_a_run_that_is_killed_ten_times_ends_like_one_that_was_not(tmp_path: Path, serve: Serve) -> None:
    """100 conversations; the server counts what it is asked."""
    assert_killed_runs_end_the_same(serve, tmp_path, "loop", n=100, n_kills=10, concurrency=16, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_a_long_run_that_is_killed_twenty_times_ends_like_one_that_was_not(
    tmp_path: Path, seed: int, serve: Serve
) -> None:
    """300 conversations; loops and juries by turns."""
    scenario, concurrency = ("loop", 48) if seed % 2 == 0 else ("jury", 8)
    assert_killed_runs_end_the_same(serve, tmp_path, scenario, n=300, n_kills=20, concurrency=concurrency, seed=seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("scenario", "n", "concurrency"), [("judge", 600, 24), ("debate", 100, 8)])
def test_a_judge_with_a_limit_and_a_debate_that_are_killed_often_end_like_ones_that_were_not(
    tmp_path: Path, scenario: str, n: int, concurrency: int, seed: int, serve: Serve
) -> None:
    """200 kills in all. The judge's requests in flight are recorded before they are sent, because it has a limit."""
    sizes = {"n": n, "n_kills": 10, "concurrency": concurrency}
    assert_killed_runs_end_the_same(serve, tmp_path, scenario, seed=100 + seed, **sizes)
