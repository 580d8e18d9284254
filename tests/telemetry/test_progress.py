"""Progress as plain and as JSON lines, by a clock of the test's own; and workers that take from one iterator."""

import asyncio
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest
from rich.console import Console
from rich.file_proxy import FileProxy

from fellowship.protocols.completions import Completion
from fellowship.protocols.errors import ProviderTimeout
from fellowship.runners.workers import Places, StopSignal, run_bounded
from fellowship.telemetry.dashboard import plain_line
from fellowship.telemetry.progress import JsonEvents, PlainLines, StallWarnings, can_draw, progress
from tests.telemetry.watched import WatchedRun, a_limiter, a_run


def test_a_line_comes_every_ten_seconds_and_at_the_end() -> None:
    """With the failures, where there are any, the pace and the spread of the time that is left."""
    run, stream = a_run("loop", total=2_000), io.StringIO()
    with PlainLines(run.metrics, stream) as told:
        for second in range(26):
            for _ in range(64):
                run.clock.now += 1 / 64
                run.metrics.ended("failed" if second == 12 else "finished")
            told.refresh()

    assert stream.getvalue().splitlines() == [
        "loop: 640/2,000, 3,852.0 a minute, ETA 21 s (19 s to 24 s), spend $0",
        "loop: 1,280/2,000, 64 failed, 3,846.0 a minute, ETA 11 s (10 s to 13 s), spend $0",
        "loop: 1,664/2,000, 64 failed, 3,844.6 a minute, ETA 5.2 s (4.6 s to 6 s), spend $0",
    ]


def test_a_short_run_tells_nothing() -> None:
    """Its summary is enough."""
    run, stream = a_run("loop", total=10), io.StringIO()
    with PlainLines(run.metrics, stream) as told:
        run.clock.now += 9.9
        run.metrics.ended("finished")
        told.refresh()

    assert stream.getvalue() == ""


def test_a_run_that_waits_tells_what_for() -> None:
    """Nothing ends, and the lines go on; what waits and what it costs is in them."""
    run, stream = a_run("loop", total=10), io.StringIO()
    run.asks("lab/large", limiter=a_limiter("lab", open=8, waiting=2, waits_for="requests per minute", for_s=3.0))
    with PlainLines(run.metrics, stream) as told:
        for _ in range(12):
            run.clock.now += 1.0
            told.refresh()

    waits = "lab: 8 open, 2 waiting for requests per minute, 3 s more"
    assert stream.getvalue().splitlines() == [f"loop: 0/10, 0.0 a minute, spend unknown; {waits}"] * 2


WAITING = {"open": 8, "waiting": 2, "waits_for": "requests per minute", "for_s": 3.0}
WAITS = "lab: 8 open, 2 waiting for requests per minute, 3 s more"


def waited(run: WatchedRun, *, answer_at: tuple[int, ...] = (), s: int) -> list[str]:
    """The lines of a quiet run that waits for `s` seconds, in which a reply arrives at some of them."""
    stream = io.StringIO()
    (usage,) = run.metrics.usage_by_model.values()
    with StallWarnings(run.metrics, stream) as warnings:
        for second in range(1, s + 1):
            run.clock.now += 1.0
            if second in answer_at:
                usage.answered(Completion("yes"))
            warnings.refresh()
    return stream.getvalue().splitlines()


def a_quiet_run(**limiter: Any) -> WatchedRun:
    """A request is open, and others wait."""
    run = a_run("loop", total=10)
    run.asks("lab/large", limiter=a_limiter("lab", **{**WAITING, **limiter}))
    return run


def test_a_quiet_run_that_waits_says_so_once_and_again_after_an_hour() -> None:
    """After half a minute without a reply."""
    assert waited(a_quiet_run(), s=29) == []
    assert waited(a_quiet_run(), s=3_600 + 29) == [
        f"loop: no reply for 30 s, the run waits: {WAITS}",
    ]
    assert waited(a_quiet_run(), s=3_600 + 31) == [
        f"loop: no reply for 30 s, the run waits: {WAITS}",
        f"loop: no reply for 3630 s, the run waits: {WAITS}",
    ]


def test_each_reply_begins_the_half_minute_again() -> None:
    """A later warning is due an hour after the first, whatever was answered between them."""
    assert waited(a_quiet_run(), answer_at=(20, 45, 70), s=99) == []
    assert waited(a_quiet_run(), answer_at=(20, 60), s=200) == [f"loop: no reply for 30 s, the run waits: {WAITS}"]


def test_a_quiet_run_whose_requests_are_all_sent_waits_for_replies_in_silence() -> None:
    """Nothing waits for a limit: a reply may take long."""
    assert waited(a_quiet_run(waiting=0), s=100) == []


def test_a_warning_has_the_last_error_and_nothing_that_a_terminal_obeys() -> None:
    """The kind of the error alone: its text may be a server's."""
    run = a_run("loop\x1b[2J", total=10)
    run.asks("lab/large", limiter=a_limiter("lab", **WAITING))
    run.metrics.record_error("lab", ProviderTimeout("key sk-123"))

    assert waited(run, s=31) == [
        f"loop\\x1b[2J: no reply for 30 s, the run waits: {WAITS}; last error: lab: ProviderTimeout"
    ]


def test_plain_lines_hold_nothing_that_a_terminal_obeys() -> None:
    """Whatever the run is called."""
    run = a_run("loop\x1b[2J\nnext", total=1)
    run.asks("sim/mid")

    assert plain_line(run.metrics) == "[SIM] loop\\x1b[2J next: 0/1, 0.0 a minute, spend $0"


def test_progress_fits_where_it_goes() -> None:
    """Only warnings on demand; lines where there is no terminal; JSON where it is wanted, quiet or not."""
    metrics = a_run("loop").metrics

    assert isinstance(progress(metrics, quiet=True), StallWarnings)
    assert isinstance(progress(metrics, quiet=False), PlainLines)
    assert isinstance(progress(metrics, quiet=True, events=io.StringIO()), JsonEvents)


class Screen(io.StringIO):
    """A stream that says what it is."""

    def __init__(self, *, terminal: bool = True, encoding: str = "utf-8") -> None:
        super().__init__()
        self._terminal, self._encoding = terminal, encoding

    def isatty(self) -> bool:
        return self._terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]  # read-only in io, a plain attribute for the type checker
        return self._encoding


@pytest.mark.parametrize(
    ("screen", "environment", "drawn"),
    [
        (Screen(), {"TERM": "xterm"}, True),
        (Screen(), {"TERM": "xterm", "NO_COLOR": "", "CI": ""}, True),
        (Screen(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Screen(), {"TERM": "xterm", "CI": "true"}, False),
        (Screen(), {"TERM": "dumb"}, False),
        (Screen(), {}, False),
        (Screen(terminal=False), {"TERM": "xterm"}, False),
        (Screen(encoding="ascii"), {"TERM": "xterm"}, False),
        (FileProxy(Console(), Screen()), {"TERM": "xterm"}, False),
    ],
    ids=["terminal", "set to nothing", "no colour", "CI", "dumb", "no TERM", "file", "ascii", "another dashboard"],
)
def test_a_dashboard_is_drawn_on_terminals_that_can_show_it(
    screen: TextIO, environment: dict[str, str], drawn: bool
) -> None:
    """Elsewhere there are plain lines."""
    assert can_draw(screen, environment) == drawn


def test_json_lines_begin_with_a_launch_and_end_with_how_it_stands() -> None:
    """Between them one every ten seconds; their figures are those of the metrics."""
    run, stream = a_run("loop", total=40, folder=Path("runs/loop")), io.StringIO()
    run.metrics.count_done("failed")
    tally = run.asks("sim/mid", n=3)
    with JsonEvents(run.metrics, stream) as told:
        for _ in range(25):
            run.clock.now += 1.0
            run.metrics.n_begun += 1
            run.metrics.ended("finished")
            told.refresh()

    launch, *others = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert launch == {
        "event": "launch",
        "scenario": "loop",
        "folder": "runs/loop",
        "total": 40,
        "done": 1,
        "simulated": True,
        "pid": os.getpid(),
    }
    assert [(each["event"], each["elapsed_s"], each["done"]) for each in others] == [
        ("progress", 10.0, 11),
        ("progress", 20.0, 21),
        ("progress", 25.0, 26),
    ]
    last, eta = others[-1], run.metrics.eta
    assert eta is not None
    assert (last["eta_s"], last["eta_low_s"], last["eta_high_s"]) == tuple(round(each, 1) for each in eta)
    assert (last["asked"], last["failed"], last["under_way"]) == (tally.n_asked, 1, 0)
    assert last["providers"]["sim"]["answered"] == 3


def test_a_reader_that_has_gone_does_not_end_the_run() -> None:
    """As with `fellowship run --json script.py | head -1`."""
    read, write = os.pipe()
    os.close(read)
    out = os.fdopen(write, "w")

    with JsonEvents(a_run("loop").metrics, out) as told:
        told.refresh()

    with pytest.raises(BrokenPipeError):
        out.close()


async def at_once() -> None:
    """There is always a place."""


def test_workers_share_one_iterator_and_take_items_as_they_need_them() -> None:
    """At most so many are in progress, each item is worked on once, and memory follows the workers."""
    done: list[int] = []
    taken = under_way = most = 0
    places = Places(7)

    def items() -> Iterator[int]:
        nonlocal taken
        for item in range(100):
            taken += 1
            yield item

    async def work(item: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        assert taken - len(done) <= 7
        await asyncio.sleep(0)
        under_way -= 1
        done.append(item)
        places.release()

    asyncio.run(run_bounded(items(), work, places=places, acquire_slot=at_once, stop=StopSignal()))

    assert sorted(done) == list(range(100))
    assert most == 7


def test_nothing_new_is_begun_after_a_stop() -> None:
    """What is in progress ends; the first reason counts."""
    stop, places = StopSignal(), Places(3)
    done: list[int] = []

    async def work(item: int) -> None:
        if item == 5:
            stop("enough")
            stop("too late")
        await asyncio.sleep(0)
        done.append(item)
        places.release()

    asyncio.run(run_bounded(iter(range(100)), work, places=places, acquire_slot=at_once, stop=stop))

    assert done == [0, 1, 2, 3, 4, 5]
    assert stop.reason == "enough"


def test_a_bug_of_the_runner_ends_everything() -> None:
    """It is not a failure of the item."""

    async def work(item: int) -> None:
        raise ZeroDivisionError(item)

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(run_bounded(iter(range(3)), work, places=Places(2), acquire_slot=at_once, stop=StopSignal()))

    assert caught.group_contains(ZeroDivisionError)
