"""Nothing goes out: until when, who tries first, and what does not count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.ratelimit.circuit_breaker import LONGEST_S, CircuitBreaker, RetryBudget


def trip(breaker: CircuitBreaker, now: float, *, sent_at: float | None = None, wait_s: float | None = None) -> bool:
    return breaker.trip(now, "a reason", sent_at=now if sent_at is None else sent_at, wait_s=wait_s, jitter_s=0.0)


def opened(at: float = 10.0, *, wait_s: float | None = None) -> CircuitBreaker:
    breaker = CircuitBreaker()
    trip(breaker, at, wait_s=wait_s)
    return breaker


def test_it_begins_closed() -> None:
    """Nothing is a probe then."""
    breaker = CircuitBreaker()

    assert (breaker.is_closed, breaker.wait_s(0.0), breaker.probe()) == (True, 0.0, False)


@pytest.mark.parametrize(
    ("wish_s", "until"), [(None, 11.0), (30.0, 40.0), (0.0, 11.0), (0.2, 11.0)], ids=["none", "long", "zero", "short"]
)
def test_the_servers_wish_is_honoured_but_for_less_than_a_second(wish_s: float | None, until: float) -> None:
    """A second at least."""
    breaker = opened(wait_s=wish_s)

    assert (breaker.is_closed, breaker.until) == (False, until)
    assert breaker.wait_s(10.5) == pytest.approx(until - 10.5)


def test_one_probe_goes_ahead() -> None:
    """Nobody else, until it is known what became of it."""
    breaker = opened()

    assert breaker.wait_s(11.0) == 0
    assert breaker.probe()
    assert breaker.wait_s(12.0) is None
    assert not breaker.probe()


def test_a_probe_that_gets_through_closes_it() -> None:
    """For everybody, and the next breaker is a short one again."""
    breaker = opened()
    breaker.probe()

    breaker.probe_ended(got_through=True)

    assert (breaker.is_closed, breaker.wait_s(12.0)) == (True, 0.0)
    trip(breaker, 20.0)
    assert breaker.until == 21.0


def test_a_probe_that_is_gone_makes_room_for_another() -> None:
    """Cancelled, for instance: it must not stay open for ever."""
    breaker = opened()
    breaker.probe()

    breaker.probe_ended(got_through=False)

    assert not breaker.is_closed
    assert breaker.wait_s(12.0) == 0
    assert breaker.probe()


def test_every_failed_probe_doubles_the_pause_up_to_a_minute() -> None:
    """1, 2, 4, ... 60, 60 seconds."""
    breaker, lengths = opened(0.0), [1.0]
    for _ in range(8):
        now = breaker.until
        breaker.probe()
        breaker.probe_ended(got_through=False)
        assert trip(breaker, now)
        lengths.append(breaker.until - now)

    assert lengths == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, LONGEST_S, LONGEST_S, LONGEST_S]


def test_refusals_of_one_episode_are_one_episode() -> None:
    """Those that come in while it is open make it no longer, unless they ask for it."""
    breaker = opened(10.0)

    assert not trip(breaker, 10.1, sent_at=9.0)
    assert breaker.until == pytest.approx(11.0, abs=0.2)
    assert not trip(breaker, 10.2, sent_at=9.0, wait_s=5.0)
    assert breaker.until == pytest.approx(15.2)


def test_late_refusals_of_an_episode_do_not_open_it_again() -> None:
    """They were sent before it began."""
    breaker = opened(10.0)
    breaker.probe()
    breaker.probe_ended(got_through=True)

    assert not trip(breaker, 12.0, sent_at=9.0)

    assert breaker.is_closed


def test_late_refusals_do_not_lengthen_the_pause_while_the_probe_is_out() -> None:
    """Only the probe's own refusal is news."""
    breaker = opened(10.0)
    breaker.probe()

    assert not trip(breaker, 12.0, sent_at=9.0)
    breaker.probe_ended(got_through=False)
    trip(breaker, 13.0, sent_at=11.0)

    assert breaker.until == 15.0


def test_what_was_sent_after_it_opened_is_news() -> None:
    """A new episode."""
    breaker = opened(10.0)
    breaker.probe()
    breaker.probe_ended(got_through=True)

    assert trip(breaker, 13.0, sent_at=12.0)


def test_eight_failures_in_a_row_empty_the_retry_budget() -> None:
    """The eighth says so, and all that follow."""
    budget = RetryBudget()

    assert [budget.failed(n_open=8) for _ in range(9)] == [False] * 7 + [True, True]


def test_a_probe_that_got_through_fills_the_retry_budget() -> None:
    """As if nothing had been."""
    budget = RetryBudget()
    for _ in range(25):
        budget.failed(n_open=8)

    budget.refill()

    assert [budget.failed(n_open=8) for _ in range(8)] == [False] * 7 + [True]


def test_more_failures_are_borne_where_more_is_open() -> None:
    """They come back sooner than answers: of 400 that went out at once a hundred may fail first."""
    budget = RetryBudget()

    assert not any(budget.failed(n_open=400) for _ in range(199))
    assert budget.failed(n_open=400)


@given(st.lists(st.integers(0, 2), max_size=400))
def test_the_retry_budget_lasts_while_most_get_through(order: list[int]) -> None:
    """Two successes to each failure, in any order within three."""
    budget = RetryBudget()

    for position in order:
        for place in range(3):
            if place == position:
                assert not budget.failed(n_open=8)
            else:
                budget.succeeded()
