"""How servers limit: each model by itself, with moments that the tests choose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.testing.server_limits import (
    LIMIT_KINDS,
    Arrivals,
    FixedWindow,
    PerSecond,
    ServerLimit,
    ServerTokenBucket,
    SlidingLog,
)

HAIR_S = 1e-6


def taken(limit: ServerLimit, now: float) -> int:
    """How many requests are admitted at one moment."""
    n_admitted = 0
    while limit.admit(now) is None:
        n_admitted += 1
    return n_admitted


def wait(limit: ServerLimit, now: float, amount: int = 1) -> float:
    """How long a request that has to be refused is told to wait."""
    wait_s = limit.admit(now, amount)
    assert wait_s is not None
    return wait_s


@pytest.mark.parametrize(
    ("kind", "at_once"), [("sliding-log", 6), ("token-bucket", 6), ("fixed-window", 6), ("per-second", 2)]
)
def test_a_limit_of_6_in_3_seconds_takes_so_many_at_once(kind: str, at_once: int) -> None:
    """All but one take the whole window's."""
    limit = LIMIT_KINDS[kind](6, 3.0)

    assert taken(limit, 1.0) == at_once
    assert limit.left(1.0) == 0


@pytest.mark.parametrize(
    ("kind", "retry_after_s"),
    [("sliding-log", 2.0), ("token-bucket", 0.5), ("fixed-window", 1.0), ("per-second", 0.5)],
)
@pytest.mark.parametrize("hair_s", [0.0, HAIR_S])
def test_waiting_as_told_is_enough_and_a_hair_less_is_not(kind: str, retry_after_s: float, hair_s: float) -> None:
    """6 in 3 seconds, used up at second 1 and asked for again at second 2."""
    limit = LIMIT_KINDS[kind](6, 3.0)
    taken(limit, 1.0)
    limit.charge(2.0, limit.left(2.0))

    told_s = wait(limit, 2.0)

    assert told_s == pytest.approx(retry_after_s)
    assert (limit.admit(2.0 + told_s - hair_s) is None) == (hair_s == 0.0)


@pytest.mark.parametrize("kind", LIMIT_KINDS)
def test_asking_for_nothing_takes_nothing_and_is_refused_when_nothing_is_left(kind: str) -> None:
    """As output tokens are: nobody knows their number before."""
    limit = LIMIT_KINDS[kind](2, 1.0)

    assert [limit.admit(5.0, 0) for _ in range(5)] == [None] * 5
    assert limit.left(5.0) == 2
    limit.charge(5.0, 2)
    assert limit.admit(5.0, 0) is not None


@pytest.mark.parametrize("kind", LIMIT_KINDS)
def test_a_charge_is_taken_even_if_it_is_too_much(kind: str) -> None:
    """What has been written has been written; then there is nothing left, and never less than nothing."""
    limit = LIMIT_KINDS[kind](10, 1.0)

    limit.charge(0.0, 15)

    assert limit.left(0.0) == 0
    assert limit.admit(0.0) is not None
    assert limit.left(10.0) == 10


@pytest.mark.parametrize("kind", LIMIT_KINDS)
def test_more_than_the_whole_limit_is_taken_when_all_of_it_is_there(kind: str) -> None:
    """Otherwise such a request would wait for ever."""
    limit = LIMIT_KINDS[kind](10, 1.0)

    assert limit.admit(0.0, 25) is None
    assert limit.admit(0.0, 25) is not None


def test_a_sliding_log_waits_for_as_many_of_the_oldest_as_the_amount_needs() -> None:
    """Not only for the first."""
    log = SlidingLog(10, 60.0)
    for at, amount in ((0.0, 3), (10.0, 3), (20.0, 4)):
        assert log.admit(at, amount) is None

    assert [wait(log, 30.0, amount) for amount in (1, 3, 4, 6, 7, 10)] == [30.0, 30.0, 40.0, 40.0, 50.0, 50.0]
    assert (log.left(59.9), log.left(60.0), log.left(70.0)) == (0, 3, 6)


def test_a_token_bucket_fills_evenly_and_holds_a_window_at_most() -> None:
    """60 a minute is one a second."""
    bucket = ServerTokenBucket(60, 60.0)
    taken(bucket, 0.0)

    assert [bucket.left(now) for now in (0.5, 1.0, 7.5, 60.0, 600.0)] == [0, 1, 7, 60, 60]


def test_a_limit_per_second_takes_one_even_if_it_is_less_than_one_a_second() -> None:
    """30 a minute is one in two seconds."""
    limit = PerSecond(30, 60.0)

    assert limit.admit(0.0) is None
    assert wait(limit, 0.0) == pytest.approx(2.0)


def test_a_fixed_window_takes_twice_as_many_around_its_end() -> None:
    """What a sliding log would never do."""
    window = FixedWindow(5, 60.0)

    assert (taken(window, 59.9), taken(window, 60.0)) == (5, 5)


GAPS = st.floats(0.0, 4.0, allow_nan=False)


@given(st.integers(1, 12), st.lists(st.tuples(GAPS, st.integers(1, 12)), max_size=60))
def test_a_sliding_log_never_admits_more_than_its_limit_within_any_window(
    limit: int, steps: list[tuple[float, int]]
) -> None:
    """Whatever comes, and whenever; counted from every admission on."""
    log, now, admitted = SlidingLog(limit, 3.0), 0.0, list[tuple[float, int]]()
    for gap, amount in steps:
        now += gap
        if log.admit(now, min(amount, limit)) is None:
            admitted.append((now, min(amount, limit)))

    for first, _ in admitted:
        assert sum(amount for at, amount in admitted if 0.0 <= at - first < 3.0) <= limit


@given(st.sampled_from(list(LIMIT_KINDS)), st.lists(st.tuples(GAPS, st.integers(1, 5)), max_size=30))
def test_waiting_as_told_is_enough_after_whatever_came(kind: str, steps: list[tuple[float, int]]) -> None:
    """But for what floats cannot tell."""
    limit, now = LIMIT_KINDS[kind](5, 3.0), 0.0
    for gap, amount in steps:
        now += gap
        wait_s = limit.admit(now, amount)
        if wait_s is not None:
            now += wait_s + 1e-9
            assert limit.admit(now, amount) is None


def test_arrivals_are_the_most_within_any_window() -> None:
    """Windows are open at their end: just a window later is not within it."""
    arrivals = Arrivals(10.0)

    for now in (0.0, 1.0, 2.0, 10.0, 11.5, 30.0):
        arrivals.arrived(now)

    assert arrivals.most == 3
