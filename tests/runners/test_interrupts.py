"""Ctrl-C: once to drain, twice to abandon. The same command continues either way."""

import re
import signal
import time
from pathlib import Path

import pytest

from tests.runners.kit import committed
from tests.runners.processes import ASKS, Started, bodies, run_to_end, settled, start, write_script
from tests.servers import Serve

pytestmark = pytest.mark.slow

TOLD_WITHIN_S, OUT_WITHIN_S = 0.5, 2.0


def told_to_drain(run: Started, number: signal.Signals) -> str:
    """What the run says on a first signal, which it does at once."""
    assert run.process.stderr is not None
    begun = time.monotonic()
    run.signal(number)
    draining = run.process.stderr.readline()
    assert time.monotonic() - begun < TOLD_WITHIN_S
    return draining


@pytest.mark.parametrize(
    ("number", "exit_code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["SIGINT", "SIGTERM", "SIGHUP"],
)
def test_after_an_interrupt_nothing_more_is_sent_and_the_same_command_continues(
    tmp_path: Path, number: signal.Signals, exit_code: int, serve: Serve
) -> None:
    """What is in flight is answered and kept; nothing is asked twice."""
    write_script(tmp_path, 12, concurrency=4)
    folder = tmp_path / "loop"
    server = serve("sim", latency_ms=100)
    run = start(tmp_path, folder, server)
    run.wait_for_requests(10)
    draining = told_to_drain(run, number)
    n_sent = server.stats()["requests"]
    code, said = run.ended()
    n_asked, n_safe = settled(server).total(), len(committed(folder))
    again = run_to_end(tmp_path, folder, server)
    asked = settled(server)

    assert code == exit_code
    assert re.fullmatch(r"draining: (1 request is|[0234] requests are) in flight, no others are sent; .*\n", draining)
    assert n_asked == n_sent == n_safe
    assert said == (
        f"fellowship: stopped: interrupted; {n_safe} replies are safe; the same command continues the run in {folder}\n"
    )
    assert again == (0, "")
    assert asked == bodies(folder)


def test_a_second_interrupt_abandons_what_is_under_way(tmp_path: Path, serve: Serve) -> None:
    """Quickly, although the server takes its time, and after it was told at once what a second one abandons."""
    write_script(tmp_path, 5, concurrency=4)
    folder = tmp_path / "loop"
    slow = serve("sim", latency_ms=20_000)
    run = start(tmp_path, folder, slow)
    run.wait_for_requests(4)
    draining = told_to_drain(run, signal.SIGTERM)
    begun = time.monotonic()
    run.signal(signal.SIGINT)
    code, said = run.ended()
    took_s = time.monotonic() - begun

    assert draining == "draining: 4 requests are in flight, no others are sent; Ctrl-C again abandons them\n"
    assert said == (
        f"fellowship: stopped: interrupted; 0 replies are safe; the same command continues the run in {folder}\n"
    )
    assert (code, committed(folder)) == (143, set())
    assert took_s < OUT_WITHIN_S


def test_an_abandoned_run_is_continued_by_the_same_command(tmp_path: Path, serve: Serve) -> None:
    """Only what was in flight is asked again."""
    write_script(tmp_path, 20, concurrency=4)
    folder = tmp_path / "loop"
    server = serve("sim", latency_ms=50)
    run = start(tmp_path, folder, server)
    run.wait_for_requests(20)
    told_to_drain(run, signal.SIGINT)
    run.signal(signal.SIGINT)
    code, said = run.ended()
    n_safe = len(committed(folder))
    again = run_to_end(tmp_path, folder, server)
    n_asked = settled(server).total()

    assert (code, said.count("\n")) == (130, 1)
    assert f"interrupted; {n_safe} replies are safe; " in said
    assert n_safe >= 12
    assert again == (0, "")
    assert 20 * ASKS <= n_asked <= 20 * ASKS + 4
