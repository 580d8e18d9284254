"""Kill -9 at random moments: nothing that was committed is lost or asked for again, and the end is the same."""

import random
import signal
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fellowship.testing.server import StartedServer
from tests.runners.kit import content_of
from tests.runners.moments import NOTHING, Loss, Moment, exported, loss, undisturbed
from tests.runners.processes import AT_ONCE, FEWEST_ASKS, bodies, run_to_end, start, write_script
from tests.servers import Serve

LONGEST_START_S = 1.5


@dataclass(frozen=True)
class Killed:
    """A run that was killed some times, and then went on to its end.

    losses       of the sessions that were killed
    end          exit code and standard error of the last session; its loss is `last`
    safe_bodies  the bodies of the replies in its journal
    n_asked      all requests that the server has received
    """

    losses: list[Loss]
    last: Loss
    end: tuple[int, str]
    safe_bodies: Counter[str]
    n_asked: int


def killed_until_finished(
    work: Path, folder: Path, server: StartedServer, *, n_kills: int, seed: int, whole: Counter[str]
) -> Killed:
    """Kill the run n_kills times, then let it finish. `whole`: the bodies of a finished run.

    Every fourth kill comes somewhere in the start, the others after some requests.
    """
    rng = random.Random(seed)
    before = first = Moment.now(folder, server)
    losses = []
    for n_left in range(n_kills, 0, -1):
        run = start(work, folder, server)
        if rng.random() < 0.25:
            run.wait(rng.uniform(0.0, LONGEST_START_S))
        else:
            run.wait_for_requests(rng.randint(1, max(1, 2 * (whole.total() - len(before.safe)) // (n_left + 1))))
        run.signal(signal.SIGKILL)
        run.ended()
        after = Moment.now(folder, server)
        losses.append(loss(before, after, whole))
        before = after
    end = run_to_end(work, folder, server)
    after = Moment.now(folder, server)
    return Killed(losses, loss(before, after, whole), end, after.safe_bodies, (after.asked - first.asked).total())


def soak(scenario: str, n: int, n_kills: int, concurrency: int, seed: int) -> Any:
    return pytest.param(scenario, n, n_kills, concurrency, seed, marks=pytest.mark.soak)


@pytest.mark.parametrize(
    ("scenario", "n", "n_kills", "concurrency", "seed"),
    [
        pytest.param("loop", 100, 10, 16, 1, marks=pytest.mark.slow),
        *(soak("loop", 300, 20, 48, seed) for seed in range(0, 10, 2)),
        *(soak("jury", 300, 20, 8, seed) for seed in range(1, 10, 2)),
        *(soak("judge", 600, 10, 24, seed) for seed in range(100, 110)),
        *(soak("debate", 100, 10, 8, seed) for seed in range(100, 110)),
    ],
)
def test_a_run_that_is_killed_often_ends_like_one_that_was_not(
    tmp_path: Path, scenario: str, n: int, n_kills: int, concurrency: int, seed: int, serve: Serve
) -> None:
    """A kill costs at most the requests in flight. The judge has a limit, so that their number is recorded."""
    write_script(tmp_path, n, concurrency=concurrency, scenario=scenario)
    killed, calm = tmp_path / "killed" / scenario, tmp_path / "calm" / scenario
    server = serve("sim", latency_ms=20, jitter_ms=30)
    undisturbed(tmp_path, calm, server)
    whole = bodies(calm)

    run = killed_until_finished(tmp_path, killed, server, n_kills=n_kills, seed=seed, whole=whole)

    n_lost = [each.n_lost for each in run.losses]
    print(f"{scenario}, seed {seed}: {whole.total()} replies, {n_kills} kills, {sum(n_lost)} asked again")
    assert whole.total() >= n * FEWEST_ASKS[scenario]
    assert [each for each in run.losses if each.forgotten or each.asked_again] == []
    assert 0 <= min(n_lost) <= max(n_lost) <= concurrency * AT_ONCE[scenario]
    assert (run.end, run.last) == ((0, ""), NOTHING)
    assert run.safe_bodies == whole
    assert run.n_asked == whole.total() + sum(n_lost)
    assert content_of(killed) == content_of(calm)
    assert exported(killed, tmp_path / "data of killed") == exported(calm, tmp_path / "data of calm")
