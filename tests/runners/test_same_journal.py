"""What a journal holds depends on the replies, and on nothing that happens in between: latencies, cancellations."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from fellowship.reruns.api import afork
from fellowship.runners.run import arun
from fellowship.runners.summary import RunSummary
from fellowship.storage.recorded_run import RecordedRun
from tests.runners.kit import DelayedProvider, committed, content_of, jumping
from tests.runners.random_scenarios import Faults, Steps, cast, follow, steps

FAULTS = st.builds(
    Faults,
    seed=st.integers(0, 1000),
    unreadable=st.sampled_from([0.0, 0.3]),
    unrepaired=st.sampled_from([0.0, 0.5, 1.0]),
    unavailable=st.sampled_from([0.0, 0.0, 0.1]),
)
Carrying: TypeAlias = Callable[[DelayedProvider], Awaitable[RunSummary]]
PROMPTS = ["first question", "second question", "third question"]


async def carried_out(plan: Steps, out: Path | str, provider: DelayedProvider, **options: Any) -> RunSummary:
    arguments = {"agents": cast(), **options}
    return await arun(
        follow, prompts=PROMPTS, out=out, quiet=True, providers={"fake": provider}, plan=plan, **arguments
    )


async def at_most(after_s: float | None, carrying: Carrying, provider: DelayedProvider) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(after_s):
            (await carrying(provider)).recorded.close()


def undisturbed(carrying: Carrying, faults: Faults, latency_seed: int) -> None:
    """From its beginning to its end."""
    jumping(at_most(None, carrying, DelayedProvider(faults.reply, latency_seed=latency_seed)))


def cancelled(
    carrying: Carrying, folder: Path, faults: Faults, latency_seeds: Sequence[int], after_s: Sequence[float]
) -> None:
    """After each of these times, and at last brought to its end; nothing that is safe is ever asked for again."""
    for seed, at_most_s in zip(latency_seeds, [*after_s, None], strict=False):
        safe = committed(folder)
        provider = DelayedProvider(faults.reply, latency_seed=seed)
        jumping(at_most(at_most_s, carrying, provider))
        assert not safe & provider.asked.keys()


@settings(max_examples=40)
@given(plan=steps(), faults=FAULTS, latencies=st.tuples(st.integers(), st.integers()), workers=st.integers(1, 4))
def test_same_replies_make_the_same_journal_whatever_the_latencies(
    plan: Steps, faults: Faults, latencies: tuple[int, int], workers: int
) -> None:
    """Random scenarios with lanes, repairs, records and faults, each carried out twice."""
    contents = []
    for seed in latencies:
        provider = DelayedProvider(faults.reply, latency_seed=seed)
        run = jumping(carried_out(plan, ":memory:", provider, concurrency=workers))
        contents.append(content_of(run.recorded.connection))
        assert max(provider.asked.values(), default=1) == 1

    assert contents[0] == contents[1]


@settings(max_examples=20)
@given(
    plan=steps(),
    faults=FAULTS,
    latencies=st.lists(st.integers(), min_size=5, max_size=5),
    cancelled_after_s=st.lists(st.floats(0.01, 6.0), min_size=1, max_size=3),
)
def test_a_run_cancelled_anywhere_and_started_again_ends_the_same(
    plan: Steps, faults: Faults, latencies: list[int], cancelled_after_s: list[float]
) -> None:
    """And no committed reply is asked for again."""
    with tempfile.TemporaryDirectory() as name:
        calm, folder = Path(name) / "calm", Path(name) / "run"
        undisturbed(partial(carried_out, plan, calm), faults, latencies[0])
        cancelled(partial(carried_out, plan, folder), folder, faults, latencies[1:], cancelled_after_s)

        assert content_of(folder) == content_of(calm)


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
                run = jumping(carried_out(plan, folder, provider, retry_failed=n_before > 0))
                run.recorded.close()
            contents.append(content_of(folder))

    assert contents[0] == contents[1]


CHANGES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "one agent's instructions": {"instructions": {"reviewer_0": "Be brief."}},
    "one agent's model": {"models": {"reviewer_1": "fake/other"}},
    "everybody's model": {"models": {"": "fake/other"}},
}


@settings(max_examples=25)
@given(
    plan=steps(),
    faults=FAULTS,
    latencies=st.lists(st.integers(), min_size=5, max_size=5),
    cancelled_after_s=st.lists(st.floats(0.01, 4.0), min_size=1, max_size=2),
    at=st.floats(0.0, 0.999),
    changes=st.sampled_from(sorted(CHANGES)),
)
def test_a_fork_cancelled_anywhere_and_started_again_ends_the_same(
    plan: Steps, faults: Faults, latencies: list[int], cancelled_after_s: list[float], at: float, changes: str
) -> None:
    """From any message on, with replies of the original; nothing is lost of it, and its own are not asked again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "run"
        undisturbed(partial(carried_out, plan, folder), faults, latencies[0])
        with RecordedRun.open(folder) as recorded:
            number = 1 + int(at * len(recorded.messages_with_asks("c00001")))
        original = content_of(folder)

        async def forking(provider: DelayedProvider) -> RunSummary:
            given: dict[str, Any] = {"plan": plan, "agents": cast(), "providers": {"fake": provider}, "quiet": True}
            of: dict[str, Any] = {"of": folder, "conversation": "c00001", "at": number, "times": 2}
            return await afork(follow, **of, **given, **CHANGES[changes])

        undisturbed(forking, faults, latencies[1])
        (fork,) = (Path(name) / "run.forks").iterdir()
        whole = content_of(fork)
        shutil.rmtree(fork)
        cancelled(forking, fork, faults, latencies[2:], cancelled_after_s)

        assert content_of(fork) == whole
        assert content_of(folder) == original


@settings(max_examples=20)
@given(
    plan=steps(),
    faults=FAULTS,
    latencies=st.lists(st.integers(), min_size=5, max_size=5),
    cancelled_after_s=st.lists(st.floats(0.01, 6.0), min_size=1, max_size=2),
    otherwise=st.booleans(),
)
def test_a_run_that_reuses_another_and_is_cancelled_anywhere_ends_the_same(
    plan: Steps, faults: Faults, latencies: list[int], cancelled_after_s: list[float], otherwise: bool
) -> None:
    """Whether all of the other run's replies fit, or those of some agents only."""
    first, *others = cast()
    agents = [first.with_instructions("Be brief.") if otherwise else first, *others]
    with tempfile.TemporaryDirectory() as name:
        reused, calm, folder = (Path(name) / each for each in ("reused", "calm", "run"))
        undisturbed(partial(carried_out, plan, reused), faults, latencies[0])
        undisturbed(partial(carried_out, plan, calm, reuse=reused, agents=agents), faults, latencies[1])
        carrying = partial(carried_out, plan, folder, reuse=reused, agents=agents)
        cancelled(carrying, folder, faults, latencies[2:], cancelled_after_s)

        assert content_of(folder) == content_of(calm)
