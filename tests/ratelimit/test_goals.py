"""The goals for gates, each against a simulated server in virtual time: refusals, and how much of the limit is used."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from fellowship.protocols.quota import Limits
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.testing.server_limits import FixedWindow, PerSecond, ServerLimit, ServerTokenBucket, SlidingLog
from tests.ratelimit.asks import jumping
from tests.ratelimit.virtual import QUOTA, Outcome, VirtualRun, VirtualServer, converse

MODELS: dict[str, Callable[[int, float], ServerLimit]] = {
    "sliding log": SlidingLog,
    "token bucket": ServerTokenBucket,
    "fixed window": FixedWindow,
    "per second": PerSecond,
}
PER_MINUTE = 1000
N = 1000  # conversations of five calls each: five minutes of requests

pytestmark = pytest.mark.slow


def limit(model: str, per_minute: int = PER_MINUTE) -> ServerLimit:
    """So many requests a minute, as this kind of server counts them."""
    return MODELS[model](per_minute, 60.0)


def sustained(admitted: Sequence[float], per_s: float, end_s: float) -> float:
    """What was admitted of what a limit allows, between the first minute and nine tenths of the time."""
    until_s = 0.9 * end_s
    return sum(60.0 <= at <= until_s for at in admitted) / (per_s * (until_s - 60.0))


@pytest.mark.parametrize("jitter_s", [0.05, 0.2])
@pytest.mark.parametrize("model", MODELS)
def test_requests_are_used_to_the_full_and_none_is_refused(model: str, jitter_s: float) -> None:
    """Five minutes' worth of requests, on every kind of server, with no more known than the limit per minute."""
    server = VirtualServer(requests=limit(model), jitter_s=jitter_s)

    run = converse(server, Limits(rpm=PER_MINUTE), n=N)

    assert server.n_rejected == 0
    assert sustained(server.admitted, PER_MINUTE / 60, run.end_s) >= 0.985
    assert 5 * N / (PER_MINUTE / 60) / run.end_s >= 0.96
    assert len(run.ended_at) == N


@pytest.mark.parametrize(("model", "used"), [("token bucket", 0.96), ("sliding log", 0.94)])
def test_output_tokens_are_used_to_the_full_and_few_are_refused(model: str, used: float) -> None:
    """Tokens are charged as they are written; before the first replies their number can only be guessed."""
    per_minute = 100_000
    server = VirtualServer(output=limit(model, per_minute), mean_output=200)

    run = converse(server, Limits(otpm=per_minute), n=N)

    within = [n for at, n in server.written if 60.0 <= at <= 0.9 * run.end_s]
    assert server.n_rejected <= (0 if model == "token bucket" else 0.005 * 5 * N)
    assert sum(within) / (per_minute / 60 * (0.9 * run.end_s - 60.0)) >= used


@pytest.mark.parametrize("model", MODELS)
def test_a_limit_that_is_lower_than_configured_is_found_out(model: str) -> None:
    """600 where 1,000 was said: pauses and a lower rate, with at most one refusal in a hundred."""
    server = VirtualServer(requests=limit(model, 600))

    run = converse(server, Limits(rpm=PER_MINUTE), n=N)

    assert server.n_rejected <= 0.01 * 5 * N
    assert sustained(server.admitted, 10.0, run.end_s) >= 0.90
    assert len(run.ended_at) == N


def test_an_outage_wastes_few_requests_and_is_made_up_for_soon() -> None:
    """Thirty seconds of 529: probes find the end, and within thirty seconds all is as before."""
    server = VirtualServer(requests=limit("sliding log"), outage=(200.0, 230.0))

    run = converse(server, Limits(rpm=PER_MINUTE), n=N)

    after = sum(260.0 <= at < 280.0 for at in server.admitted) / 20.0
    assert server.n_wasted <= 30
    assert after >= 0.95 * PER_MINUTE / 60
    assert (len(run.ended_at), server.n_rejected) == (N, 0)


@pytest.mark.parametrize(("model", "refused"), [("sliding log", 0.02), ("token bucket", 0.02), ("per second", 0.04)])
def test_somebody_else_on_the_key_costs_few_refusals(model: str, refused: float) -> None:
    """A foreign program takes 30 % of the limit, which nobody has told us."""
    shared = limit(model)
    server = VirtualServer(requests=shared)

    async def beside_a_foreigner() -> Outcome:
        foreigner = asyncio.get_running_loop().create_task(_takes(shared, 0.3 * PER_MINUTE / 60))
        async with RateLimiter(QUOTA, Limits(rpm=PER_MINUTE)) as limiter:
            run = VirtualRun(limiter, server, 5)
            await run.carry_out(N)
            foreigner.cancel()
            end_s = asyncio.get_running_loop().time()
            return Outcome(end_s, run.ended_at, run.most_started, run.failures, limiter.statistics())

    run = jumping(beside_a_foreigner)

    assert server.n_rejected <= refused * 5 * N
    assert sustained(server.admitted, 0.7 * PER_MINUTE / 60, run.end_s) >= 0.92


async def _takes(shared: ServerLimit, per_s: float) -> None:
    while True:
        await asyncio.sleep(1.0 / per_s)
        shared.admit(asyncio.get_running_loop().time())


def test_what_is_begun_is_finished_first() -> None:
    """Of 10,000 conversations few are open at once, and results come early: a tenth by 15 % of the time."""
    server = VirtualServer(requests=limit("sliding log", 3000))

    run = converse(server, Limits(rpm=3000), n=10_000, turns=3)

    assert run.most_started <= 500
    assert sorted(run.ended_at)[999] <= 0.15 * run.end_s
    assert (server.n_rejected, run.statistics.n_wakes / run.statistics.counts.permitted <= 1.1) == (0, True)


def test_a_small_run_beside_a_large_one_gets_its_fair_share() -> None:
    """100 conversations beside 1,900: done when half of the limit would have done them, give or take a third."""
    server = VirtualServer(requests=limit("sliding log"))

    async def side_by_side() -> tuple[float, float]:
        async with RateLimiter(QUOTA, Limits(rpm=PER_MINUTE)) as limiter, asyncio.TaskGroup() as group:
            large, small = VirtualRun(limiter, server, 5), VirtualRun(limiter, server, 5)
            group.create_task(large.carry_out(1900))
            await asyncio.sleep(30.0)
            began = asyncio.get_running_loop().time()
            await small.carry_out(100)
            return began, max(small.ended_at)

    began, ended = jumping(side_by_side)

    fair_s = 100 * 5 / (0.5 * PER_MINUTE / 60)
    assert ended - began <= 1.3 * fair_s
    assert server.n_rejected == 0


def test_a_provider_in_a_pause_does_not_hold_up_another() -> None:
    """One of two is stuck for a minute; the other one's requests do not notice."""

    def admitted(first: VirtualServer | None) -> list[float]:
        second = VirtualServer(requests=limit("sliding log"))

        async def both() -> None:
            limits = Limits(rpm=PER_MINUTE)
            async with (
                RateLimiter(QUOTA, limits) as stuck,
                RateLimiter(QUOTA, limits) as free,
                asyncio.TaskGroup() as group,
            ):
                if first is not None:
                    group.create_task(VirtualRun(stuck, first, 5).carry_out(20))
                group.create_task(VirtualRun(free, second, 5).carry_out(400))

        jumping(both)
        return second.admitted

    refusing = VirtualServer(requests=SlidingLog(1, 60.0))

    alone, beside = admitted(None), admitted(refusing)

    assert refusing.n_rejected >= 1
    assert beside == pytest.approx(alone)
