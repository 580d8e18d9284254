"""A whole run against a server on which a fifth of the requests fails in every way there is."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from fellowship import Generator, Reviewer, RunSummary, arun
from fellowship.providers.dialects.openai import OpenAIProvider
from fellowship.scenarios import feedback_loop
from tests.servers import Serve

REPLY = "Say where the rule comes from.\n\nOverall score: 7/10"
CALLS = 6


def resident_bytes() -> int:
    """What this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def carried_out(n: int, url: str, out: Path, *, timeout_s: float) -> tuple[RunSummary, list[int]]:
    """The run, and the bytes resident when each hundredth of its calls was answered."""
    provider, resident = OpenAIProvider(url, name="noisy", timeout_s=timeout_s), list[int]()
    complete, every, n_answered = provider.complete, max(1, n * CALLS // 100), 0

    async def watched(request: object) -> object:
        nonlocal n_answered
        completion = await complete(request)  # type: ignore[arg-type]
        n_answered += 1
        if n_answered % every == 0:
            resident.append(resident_bytes())
        return completion

    provider.complete = watched  # type: ignore[method-assign, assignment]
    try:
        summary = await arun(
            feedback_loop,
            prompts=[f"Question {number}: why?" for number in range(n)],
            out=out,
            quiet=True,
            rounds=3,
            generator=Generator("noisy/m"),
            reviewer=Reviewer("noisy/m"),
            providers={"noisy": provider},
        )
    finally:
        await provider.close()
    return summary, resident


def faulty(serve: Serve, n: int, out: Path, *, timeout_s: float) -> tuple[RunSummary, Sequence[int]]:
    """10 % 500s, 5 % hangs, 5 % malformed bodies, 2 % dropped connections."""
    faults = {"rate_500": 0.10, "rate_hang": 0.05, "rate_malformed": 0.05, "rate_drop": 0.02}
    server = serve(REPLY, latency_ms=50, **faults)
    return asyncio.run(carried_out(n, server.base_url, out, timeout_s=timeout_s))


@pytest.mark.slow
def test_a_noisy_server_costs_hardly_a_conversation(tmp_path: Path, serve: Serve) -> None:
    """Those that fail have a reason of a kind.

    Five failures in a row end a conversation: 600 x 0.22**5 = 0.3 of a hundred are expected, and five happen once in
    50,000 times. That it is less than one in a hundred is shown with more of them, below.
    """
    summary, _ = faulty(serve, 100, tmp_path / "run", timeout_s=0.3)

    failed = [each for each in summary if each.status != "finished"]
    assert summary.n_finished >= 96
    assert all(each.fault == "provider" and "(after 5 attempts)" in str(each.error) for each in failed)


@pytest.mark.soak
def test_two_thousand_conversations_on_a_noisy_server(tmp_path: Path, serve: Serve) -> None:
    """At least 99 % get through, and the memory of the last quarter is that of the second."""
    summary, resident = faulty(serve, 2000, tmp_path / "run", timeout_s=2.0)

    failed = [each for each in summary if each.status != "finished"]
    assert summary.n_finished >= 0.99 * 2000
    assert all(each.fault == "provider" and "(after 5 attempts)" in str(each.error) for each in failed)
    assert max(resident[75:]) <= 1.1 * max(resident[25:50])
