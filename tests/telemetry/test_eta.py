"""How fast things end, and when the last one will."""

import math
import random

import pytest

from fellowship.telemetry.eta import N_BINS, EtaEstimator, RemainingTime


def a_pace(*gaps_s: float) -> tuple[EtaEstimator, float]:
    """Something ends after each gap; the pace, and the moment of the last end."""
    pace, now = EtaEstimator(50.0), 50.0
    for gap in gaps_s:
        now += gap
        pace.ended(now)
    return pace, now


@pytest.mark.parametrize(
    ("gaps", "n_left"), [([1.0] * 9, 100), ([], 100), ([1.0] * 100, 0), ([0.0] * 100, 5)],
    ids=["too few", "none", "nothing left", "no time has passed"],
)  # fmt: skip
def test_nothing_is_said_before_there_is_enough_to_go_by(gaps: list[float], n_left: int) -> None:
    pace, now = a_pace(*gaps)

    assert pace.remaining(n_left, now) is None


def test_a_steady_pace_leaves_only_the_spread_of_a_count() -> None:
    """Two standard errors are a tenth for the 400 in the later half, and a fifth for those and the 133 to come."""
    pace, now = a_pace(*[0.5] * 800)

    many, few = pace.remaining(1_000_000, now), pace.remaining(133, now)

    assert pace.per_s(now) == pytest.approx(2.0, rel=0.01)
    assert many == pytest.approx(RemainingTime(500_000, 500_000 / math.exp(0.1), 500_000 * math.exp(0.1)), rel=0.01)
    assert few == pytest.approx(RemainingTime(66.5, 66.5 / math.exp(0.2), 66.5 * math.exp(0.2)), rel=0.01)


def test_an_uneven_pace_has_a_wider_spread() -> None:
    """The same number in the same time, but in one heap."""
    _, now = a_pace(*[0.5] * 800)
    uneven, same = a_pace(*[0.5] * 600, *[0.1] * 150, *[(100.0 - 15.0) / 50] * 50)

    expected, low, high = uneven.remaining(1_000, same) or RemainingTime(0, 0, 0)

    assert same == pytest.approx(now)
    assert expected == pytest.approx(500.0, rel=1e-2)
    assert (low, high) > (0, 0)
    assert high - low > 2 * 100.0


def test_nothing_is_said_when_anything_may_be() -> None:
    """All of it ended in one moment, long ago."""
    pace, now = a_pace(1.0, *[0.0] * 100)

    assert pace.remaining(100, now + 500.0) is None


def test_a_slow_beginning_is_forgotten() -> None:
    """The later half of the time counts."""
    pace, now = a_pace(100.0, *[0.1] * 1_000)

    assert pace.per_s(now) == pytest.approx(10.0, rel=0.02)


def test_the_expectation_grows_while_nothing_ends() -> None:
    """A run that waits for its provider does not say that it is nearly done."""
    pace, now = a_pace(*[0.5] * 800)
    before, after = pace.remaining(100, now), pace.remaining(100, now + 40.0)

    assert before is not None
    assert after is not None
    assert after.expected_s > 1.1 * before.expected_s


def test_memory_is_bounded_and_the_pace_stays_right() -> None:
    """A month, with an end every ten seconds or so."""
    chance = random.Random(3)

    pace, now = a_pace(*[chance.expovariate(0.1) for _ in range(100_000)])

    assert len(pace._completions) == N_BINS
    assert sum(pace._completions) == pace.n == 100_000
    assert pace.per_s(now) == pytest.approx(0.1, rel=0.02)


def test_the_bounds_hold_what_comes_about() -> None:
    """In 300 runs of 200 conversations, seen after 100 of them, about 19 of 20 times."""
    n_within = 0
    for seed in range(300):
        chance = random.Random(seed)
        gaps = [chance.expovariate(1.0) for _ in range(200)]
        pace, now = a_pace(*gaps[:100])
        eta = pace.remaining(100, now)
        n_within += eta is not None and eta.low_s <= sum(gaps[100:]) <= eta.high_s

    assert n_within / 300 == pytest.approx(0.95, abs=0.03)
