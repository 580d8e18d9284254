"""What a run comes to."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from fellowship.protocols.completions import Completion, Request, Usage
from fellowship.protocols.errors import Interrupted, ProviderUnavailable
from fellowship.runners.workers import StopSignal
from fellowship.storage.recorded_run import JOURNAL, RecordedRun
from fellowship.storage.run_stats import (
    AgentUse,
    FailureReason,
    agent_uses,
    failure_reason,
    failure_reasons,
    run_stats,
    total_cost_of,
)
from fellowship.testing import ScriptedProvider
from tests.runners.kit import improved, scripted_run


def reply(request: Request) -> Completion | Exception:
    """The second conversation has no provider."""
    if request.key.conversation == "c00001":
        return ProviderUnavailable(f"500 for {request.key}")
    return Completion("text", usage=Usage(10, 5))


def test_an_account_counts_conversations_asks_and_tokens(tmp_path: Path) -> None:
    """And knows when the run was begun, and when written last."""
    before = datetime.now(UTC)
    with scripted_run(improved, tmp_path, ScriptedProvider(reply)).recorded as run:
        told = run_stats(run)

    assert (told.n_total, told.n_finished, told.n_failed, told.n_open) == (3, 2, 1, 0)
    assert (told.n_asks, told.prompt_tokens, told.completion_tokens) == (4, 40, 20)
    assert told.begun_at is not None
    assert told.written_at is not None
    assert before <= told.begun_at <= told.written_at <= datetime.now(UTC)


def test_conversations_that_were_never_begun_are_open(tmp_path: Path) -> None:
    """The run knows how many it is to have."""
    stop = StopSignal()

    def stopping(request: Request) -> str:
        stop("enough")
        return "text"

    with pytest.raises(Interrupted):
        scripted_run(improved, tmp_path, ScriptedProvider(stopping), concurrency=1, stop=stop)

    with RecordedRun.open(tmp_path) as run:
        told = run_stats(run)
    assert (told.n_total, told.n_finished, told.n_open) == (3, 1, 2)


def test_uses_are_told_by_agent_and_model(tmp_path: Path) -> None:
    """With the replies that had no usable meaning."""
    with scripted_run(improved, tmp_path, ScriptedProvider(reply)).recorded as run:
        assert agent_uses(run) == [AgentUse("generator", "fake/any", 4, 40, 20, 0)]


def test_a_cost_is_exact_or_not_known(tmp_path: Path) -> None:
    """What another run has paid for is no cost of this one."""
    with scripted_run(improved, tmp_path / "run", ScriptedProvider(reply)).recorded as run:
        unknown = total_cost_of(run)
    with closing(sqlite3.connect(tmp_path / "run" / JOURNAL)) as connection, connection:
        connection.execute("UPDATE ask_rows SET cost = '0.1'")
        connection.execute("UPDATE ask_rows SET reused = 1 WHERE rowid = 1")
    with RecordedRun.open(tmp_path / "run") as run:
        known, n_asks = total_cost_of(run), run.totals()[0]

    assert (unknown, known) == (None, (n_asks - 1) * Decimal("0.1"))


def test_failures_are_grouped_by_reason_and_sum_to_all(tmp_path: Path) -> None:
    """What varies from one to the next is left out of the reason."""

    def failing(request: Request) -> Exception:
        if request.key.conversation == "c00003":
            return ValueError("a bug\nin two lines")
        return ProviderUnavailable(f"500 for {request.key} after 1,203 ms: 'text {request.key}'")

    with scripted_run(improved, tmp_path, ScriptedProvider(failing), prompts=["1", "2", "3", "4"]).recorded as run:
        found = failure_reasons(run)

    assert found == [
        FailureReason("provider", "ProviderUnavailable: … for … after … ms: …", 3, "c00000"),
        FailureReason("provider", "ProviderBug: the code of provider fake failed with ValueError: a bug", 1, "c00003"),
    ]


@pytest.mark.parametrize(
    ("error", "reason"),
    [("", "no reason was recorded"), ("\n\n x ", "x"), ("it's 3 o'clock", "it…clock"), ("c0123 of 7", "c… of …")],
    ids=["nothing", "blank lines", "apostrophes", "numbers"],
)
def test_a_reason_is_a_line_without_what_varies(error: str, reason: str) -> None:
    """So that alike failures are one row."""
    assert failure_reason(error) == reason
