"""Ctrl-C: once to drain, twice to abandon. The same command continues either way."""

import re
import signal
import time
from pathlib import Path

import pytest

from fellowship.testing.server import started
from tests.runners.kit import committed
from tests.runners.processes import bodies, settled, start, write_script

pytestmark = pytest.mark.slow


def test_after_an_interrupt_nothing_more_is_sent_and_the_same_command_continues(tmp_path: Path) -> None:
    """What is in flight is answered and kept; nothing is asked twice."""
    write_script(tmp_path, 30, concurrency=4)
    folder = tmp_path / "loop"
    with started("sim", latency_ms=300) as server:
        run = start(tmp_path, folder, server)
        run.wait_for_requests(10)
        run.signal(signal.SIGINT)
        assert run.process.stderr is not None
        draining = run.process.stderr.readline()
        n_sent = server.stats()["requests"]
        code, said = run.ended()
        n_asked, n_safe = settled(server).total(), len(committed(folder))
        again = start(tmp_path, folder, server).ended()
        asked = settled(server)

    assert code == 130
    assert re.fullmatch(r"draining: (1 request is|[0234] requests are) in flight, no others are sent; .*\n", draining)
    assert n_asked == n_sent == n_safe
    assert said == (
        f"fellowship: stopped: interrupted; {n_safe} replies are safe; the same command continues the run in {folder}\n"
    )
    assert again == (0, "")
    assert asked == bodies(folder)


def test_a_second_interrupt_abandons_what_is_under_way(tmp_path: Path) -> None:
    """Quickly, although the server takes its time, and after it was told at once what a second one abandons."""
    write_script(tmp_path, 5, concurrency=4)
    folder = tmp_path / "loop"
    with started("sim", latency_ms=20_000) as server:
        run = start(tmp_path, folder, server)
        run.wait_for_requests(4)
        assert run.process.stderr is not None
        begun = time.monotonic()
        run.signal(signal.SIGTERM)  # drains as well
        draining = run.process.stderr.readline()
        told_s = time.monotonic() - begun
        begun = time.monotonic()
        run.signal(signal.SIGINT)
        code, said = run.ended()
        took_s = time.monotonic() - begun

    assert draining == ("draining: 4 requests are in flight, no others are sent; Ctrl-C again abandons them\n")
    assert told_s < 0.5
    assert said == (
        f"fellowship: stopped: interrupted; 0 replies are safe; the same command continues the run in {folder}\n"
    )
    assert (code, committed(folder)) == (130, set())
    assert took_s < 5.0
