"""What a journal holds depends on the replies, and on nothing that happens in between: latencies, cancellations."""

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fellowship.runners.run import arun
from fellowship.runners.summary import RunSummary
from tests.runners.kit import DelayedProvider, committed, content_of, jumping
from tests.runners.random_scenarios import Faults, Steps, cast, follow, steps

FAULTS = st.builds(
    Faults,
    seed=st.integers(0, 1000),
    unreadable=st.sampled_from([0.0, 0.3]),
    unrepaired=st.sampled_from([0.0, 0.5, 1.0]),
    unavailable=st.sampled_from([0.0, 0.0, 0.1]),
)
PROMPTS = ["first question", "second question", "third question"]


async def carried_out(plan: Steps, provider: DelayedProvider, out: Path | str, **options: Any) -> RunSummary:
    return await arun(
        follow, prompts=PROMPTS, out=out, quiet=True, providers={"fake": provider}, plan=plan, agents=cast(), **options
    )


@settings(max_examples=40)
@given(plan=steps(), faults=FAULTS, latencies=st.tuples(st.integers(), st.integers()), workers=st.integers(1, 4))
def test_same_replies_make_the_same_journal_whatever_the_latencies(
    plan: Steps, faults: Faults, latencies: tuple[int, int], workers: int
) -> None:
    """Random scenarios with lanes, repairs, records and faults, each carried out twice."""
    contents = []
    for seed in latencies:
        provider = DelayedProvider(faults.reply, latency_seed=seed)
        run = jumping(carried_out(plan, provider, ":memory:", concurrency=workers))
        contents.append(content_of(run.recorded.connection))
        assert max(provider.asked.values(), default=1) == 1

    assert contents[0] == contents[1]


@settings(max_examples=20)
@given(
    plan=steps(),
    faults=FAULTS,
    latencies=st.lists(st.integers(), min_size=4, max_size=4),
    cancelled_after_s=st.lists(st.floats(0.01, 6.0), min_size=1, max_size=3),
)
def test_a_run_cancelled_anywhere_and_started_again_ends_the_same(
    plan: Steps, faults: Faults, latencies: list[int], cancelled_after_s: list[float]
) -> None:
    """And no committed reply is asked for again."""
    undisturbed = jumping(carried_out(plan, DelayedProvider(faults.reply, latency_seed=latencies[0]), ":memory:"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "run"
        for seed, after_s in zip(latencies[1:], cancelled_after_s, strict=False):
            jumping(cancelled(plan, faults, folder, seed, after_s))
        safe = committed(folder)
        provider = DelayedProvider(faults.reply, latency_seed=latencies[-1])
        run = jumping(carried_out(plan, provider, folder))
        run.recorded.close()

        assert not safe & provider.asked.keys()
        assert content_of(folder) == content_of(undisturbed.recorded.connection)


@settings(max_examples=15)
@given(plan=steps(), faults=FAULTS, latencies=st.tuples(st.integers(), st.integers()))
def test_retried_failures_make_the_same_journal_whatever_the_latencies(
    plan: Steps, faults: Faults, latencies: tuple[int, int]
) -> None:
    """Also where a scenario went on after a failure that a retry has undone; and no retry diverges."""
    contents = []
    for seed in latencies:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "run"
            for n_before in range(3):
                provider = DelayedProvider(faults.reply, latency_seed=seed + n_before)
                run = jumping(carried_out(plan, provider, folder, retry_failed=n_before > 0))
                run.recorded.close()
            contents.append(content_of(folder))

    assert contents[0] == contents[1]


async def cancelled(plan: Steps, faults: Faults, folder: Path, latency_seed: int, after_s: float) -> None:
    safe = committed(folder)
    provider = DelayedProvider(faults.reply, latency_seed=latency_seed)
    with suppress(TimeoutError):
        async with asyncio.timeout(after_s):
            run = await carried_out(plan, provider, folder)
            run.recorded.close()
    assert not safe & provider.asked.keys()
