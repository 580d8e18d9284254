"""The dashboard as a terminal shows it: its figures are those of the metrics, and no line is too long for any width."""

import io
import re
from collections import Counter
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from fellowship.protocols.errors import RateLimited
from fellowship.protocols.quota import Quota
from fellowship.ratelimit.limiter_statistics import RateLimiterCounts
from fellowship.telemetry.dashboard import dashboard_lines, summary_lines
from fellowship.telemetry.progress import Dashboard
from tests.telemetry.watched import PRICE, WatchedRun, a_limiter, a_run


def shown(drawn: Text, width: int, height: int = 24) -> list[str]:
    """The lines on a terminal of that size."""
    console = Console(record=True, file=io.StringIO(), width=width, height=height, force_terminal=True)
    console.print(drawn, highlight=False)
    return console.export_text().splitlines()


def a_full_run(n_providers: int = 2, *, name: str = "lab") -> WatchedRun:
    """Everything that can be shown is there: 5,000 of 10,000 done, two of them in a provider's limit."""
    run = a_run("debate", total=10_000, folder=Path("runs/debate"), **{f"{name}{i}": PRICE for i in range(n_providers)})
    for i in range(n_providers):
        counts = RateLimiterCounts(
            permitted=120 + i, rejected=14, failed=Counter(RateLimited=14, ProviderTimeout=2), retried=16
        )
        counts.last_failure = (3.0, "ProviderTimeout")
        limiter = a_limiter(f"{name}{i}")
        run.asks(f"{name}{i}/model", n=90, limiter=limiter, s=1.9)
        run.asks(f"{name}{i}/model", n=10, limiter=limiter, s=6.2)
        limiter.standing = a_limiter(
            f"{name}{i}",
            quota=Quota(f"{name}{i}"),
            open=96 - i,
            max_open=10_000,
            waiting=1_746,
            waits_for="requests per minute",
            for_s=7.0,
            counts=counts,
            usage={"requests per minute": (9_941, 10_000), "requests per day": (40_123, 5_000_000)},
        ).standing
    for _ in range(5_412):
        run.metrics.n_begun += 1
    for number in range(5_000):
        run.clock.now += 1.5
        run.metrics.ended("failed" if number % 500 == 499 else "finished")
    run.metrics.n_unreadable, run.metrics.n_repaired = 63, 52
    run.metrics.record_error(f"{name}0", RateLimited("secret", retry_after_s=7.0))
    return run


def test_eighty_cells_and_twenty_four_lines_hold_all_that_matters() -> None:
    run = a_full_run()

    assert shown(dashboard_lines(run.metrics, 80, 24), 80, 24) == [
        "debate   runs/debate",
        "━━━━━━━━━━━━━━━━━━━━━━━────────────────────────  5,000/10,000  50 %  10 failed",
        "40.0 conversations/min   ETA 2 h 5 min (1 h 59 min to 2 h 11 min)",
        "spend $0.5800, about $1.11 in total   tokens 200.0k in, 20,000 out",
        "provider       open     used of limit    p50    p95  429  failed  retried",
        "lab0      96/10,000  9,941/10,000 rpm  1.9 s  6.2 s   14       2       16",
        "lab1      95/10,000  9,941/10,000 rpm  1.9 s  6.2 s   14       2       16",
        "63 unreadable replies, 52 repaired",
        "lab0: 96 open, 1,746 waiting for requests per minute, 7 s more",
        "lab1: 95 open, 1,746 waiting for requests per minute, 7 s more",
        "last error: lab0: RateLimited, to be tried again in 7 s",
    ]


def test_a_wide_terminal_shows_more() -> None:
    """What is in progress, what was asked, what waits, and all limits."""
    run = a_full_run()

    lines = shown(dashboard_lines(run.metrics, 200, 50), 200, 50)

    assert lines[1:7] == [
        "━" * 30 + "─" * 30 + "  5,000/10,000  50 %  10 failed",
        "40.0 conversations/min   ETA 2 h 5 min (1 h 59 min to 2 h 11 min)   412 in progress",
        "spend $0.5800, about $1.11 in total   tokens 200.0k in, 20,000 out   calls 204, requests 241",
        "provider       open  waiting                      used of limit    p50    p95  429  failed  retried",
        "lab0      96/10,000    1,746  9,941/10,000 rpm, 40,123/5.0M rpd  1.9 s  6.2 s   14       2       16",
        "lab1      95/10,000    1,746  9,941/10,000 rpm, 40,123/5.0M rpd  1.9 s  6.2 s   14       2       16",
    ]


def test_the_figures_are_those_of_the_metrics() -> None:
    """Read back from the screen."""
    metrics = a_full_run().metrics
    screen = " ".join(shown(dashboard_lines(metrics, 200, 50), 200, 50))
    lab = next(each for each in metrics.providers() if each.name == "lab0")

    def figures(pattern: str) -> tuple[float, ...]:
        found = re.search(pattern.replace("#", r"([\d.,]+)"), screen)
        assert found, f"{pattern!r} is not on the screen: {screen}"
        return tuple(float(each.replace(",", "")) for each in found.groups())

    assert figures("#/#  50 %  # failed") == (metrics.n_done, metrics.total, metrics.n_failed)
    assert figures("# conversations/min") == (round(metrics.per_minute, 1),)
    assert figures("# in progress spend") == (metrics.n_in_progress,)
    assert metrics.spend_usd
    assert metrics.projected_usd
    told = round(float(metrics.spend_usd), 4), round(float(metrics.projected_usd), 2)
    assert figures(r"spend \$#, about \$# in total") == told
    assert figures("tokens #k in, # out") == (metrics.prompt_tokens / 1000, metrics.completion_tokens)
    assert figures("calls #, requests #") == (metrics.n_asked, metrics.n_requests)
    assert figures("# unreadable replies, # repaired") == (metrics.n_unreadable, metrics.n_repaired)
    assert figures("lab0 +#/# +# +#/# rpm") == (
        lab.in_flight,
        lab.max_open,
        lab.waiting,
        *lab.uses["requests per minute"],
    )
    assert figures("rpd +# s +# s +# +# +# +lab1") == (lab.p50_s, lab.p95_s, lab.rejected, lab.failed, lab.retried)
    assert metrics.waits_for[0] in screen
    assert f"last error: {metrics.last_error}" in screen


@pytest.mark.parametrize("width", [10, 24, 40, 80, 120, 200])
@pytest.mark.parametrize("height", [6, 24, 50])
@pytest.mark.parametrize("name", ["lab", "a_provider_with_a_long_name", "模型服务"], ids=["short", "long", "wide"])
def test_no_line_wraps_and_all_fit(width: int, height: int, name: str) -> None:
    """Whatever the size of the terminal, and however many providers there are."""
    run = a_full_run(12, name=name)
    run.metrics.label = f"{name} " * 30

    lines = shown(dashboard_lines(run.metrics, width, height), width, height)
    last = shown(summary_lines(run.metrics, width), width, height)

    assert all(cell_len(line) < width for line in [*lines, *last])
    assert len(lines) < height
    assert len(last) == 1


def test_of_many_providers_the_busiest_are_shown_and_the_others_counted() -> None:
    """By name, so that they keep their places."""
    run = a_full_run(12)
    run.asks("busiest/model", n=1, limiter=a_limiter("busiest", open=9_000))

    lines = shown(dashboard_lines(run.metrics, 80, 24), 80, 24)
    few = shown(dashboard_lines(run.metrics, 80, 16), 80, 16)

    assert [line.split()[0] for line in lines[5:13]] == ["busiest", *[f"lab{i}" for i in range(7)]]
    assert lines[13] == "and 5 more"
    assert "and 9 more queues" in lines
    assert few[8] == "and 10 more"


def test_a_run_that_has_just_begun_promises_nothing() -> None:
    """No time, no sum; and it says that its models are simulated, and what it does not know."""
    run = a_run("loop", total=4)
    run.asks("sim/mid")
    run.metrics.n_begun += 1
    simulated = shown(dashboard_lines(run.metrics, 80), 80)
    run.asks("lab/any")

    assert simulated == [
        "[SIM] loop",
        "─" * 60 + "  0/4  0 %",
        "0.0 conversations/min   1 in progress",
        "spend $0   tokens 0 in, 0 out   calls 1, requests 1",
        "provider  open  waiting  used of limit  p50  p95  429  failed  retried",
        "sim          1        0              -    -    -    0       0        0",
    ]
    assert shown(dashboard_lines(run.metrics, 80), 80)[3] == "spend unknown   tokens 0 in, 0 out   calls 2, requests 2"


def test_one_line_is_left_at_the_end() -> None:
    run = a_full_run()

    assert shown(summary_lines(run.metrics, 120), 120) == [
        "debate: 5,000/10,000, in 2 h 5 min, 10 failed, spend $0.5800, 63 unreadable replies, 52 repaired"
    ]
    assert shown(summary_lines(run.metrics, 80), 80) == ["debate: 5,000/10,000, in 2 h 5 min, 10 failed, spend $0.5800"]


def test_names_cannot_move_the_cursor() -> None:
    """A label is a user's, a provider's name may be anybody's."""
    run = a_run("lo\x1b[2Jop", folder=Path("runs/\x1b[1A\nx"))
    run.asks("la\x9bb\x07/any")

    assert [line.isprintable() for line in str(dashboard_lines(run.metrics, 80)).split("\n")] == [True] * 6


@pytest.mark.parametrize(
    ("took_s", "left"), [(0.9, ""), (1.5, "[SIM] loop: 1/1, in 1.5 s, spend $0")], ids=["short", "long"]
)
def test_a_run_of_less_than_a_second_leaves_nothing(took_s: float, left: str) -> None:
    """What was drawn is taken back; the run's own summary is enough."""
    run, screen = a_run("loop", total=1), io.StringIO()
    run.asks("sim/mid")
    with Dashboard(run.metrics, Console(file=screen, width=80, height=24, force_terminal=True)) as told:
        run.clock.now += took_s
        run.metrics.ended("finished")
        told.refresh()

    taken_back = "\x1b[1A\x1b[2K"
    after = screen.getvalue().rpartition(taken_back)[2]
    assert [share in screen.getvalue() for share in ("0/1  0 %", "1/1  100 %")] == [True, True]
    assert Text.from_ansi(after).plain.strip() == left
