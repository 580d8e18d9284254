"""How many may be open: a fixed number, or one that is found out from the work that is done."""

from collections.abc import Callable

import pytest

from fellowship.ratelimit.adaptive_concurrency import (
    FIRST_LIMIT,
    MIN_TIME_BETWEEN_CUTS_S,
    AdaptiveConcurrency,
    Concurrency,
)


class Server:
    """Does `work_per_s(n)` when n are open; every round of answers takes a second of its own time."""

    def __init__(self, work_per_s: Callable[[int], float]) -> None:
        self.work_per_s, self.now = work_per_s, 0.0

    def rounds(self, concurrency: AdaptiveConcurrency, n: int, *, used: float = 1.0) -> list[int]:
        """The limit after each of so many rounds, in which that part of it was used."""
        limits: list[int] = []
        for _ in range(n):
            limit = concurrency.limit
            n_open = max(1, int(used * limit))
            sent_at, self.now = self.now, self.now + 1.0
            for _ in range(limit):
                concurrency.answered(self.now, self.work_per_s(n_open) / limit, sent_at=sent_at, n_open=n_open)
            limits.append(concurrency.limit)
        return limits


def up_to(most: int) -> Server:
    """A server that does no more work for more than so many."""
    return Server(lambda n: float(min(n, most)))


def test_a_fixed_number_stays() -> None:
    """Whatever happens."""
    fixed = Concurrency(7)

    fixed.answered(1.0, 1.0, sent_at=0.0, n_open=7)
    fixed.overloaded(2.0, sent_at=0.0)

    assert fixed.limit == 7


def test_it_doubles_while_more_gets_done() -> None:
    """From eight on, to the most that is ever opened."""
    adaptive = AdaptiveConcurrency()

    assert adaptive.limit == FIRST_LIMIT
    assert up_to(100_000).rounds(adaptive, 8) == [16, 32, 64, 128, 256, 512, 1024, 1024]


def test_it_goes_back_to_where_it_was_best() -> None:
    """And stays about there."""
    limits = up_to(64).rounds(AdaptiveConcurrency(), 60)

    assert max(limits) == 128
    assert 60 <= limits[-1] <= 80


def test_what_is_not_used_is_not_raised() -> None:
    """With half of it open, nothing is learned about more."""
    assert up_to(1_000).rounds(AdaptiveConcurrency(), 5, used=0.5) == [8] * 5


def test_overload_cuts_a_fifth() -> None:
    """And ends the doubling."""
    adaptive, server = AdaptiveConcurrency(), up_to(100_000)
    server.rounds(adaptive, 4)

    adaptive.overloaded(server.now, sent_at=server.now)

    assert adaptive.limit == 102
    assert server.rounds(adaptive, 3) == [107, 112, 117]


def test_a_cut_is_followed_by_none_for_five_seconds() -> None:
    """The server has to get rid of what it has."""
    adaptive, server = AdaptiveConcurrency(), up_to(100_000)
    server.rounds(adaptive, 4)

    adaptive.overloaded(server.now, sent_at=server.now)
    adaptive.overloaded(server.now + MIN_TIME_BETWEEN_CUTS_S - 0.1, sent_at=server.now)
    assert adaptive.limit == 102
    adaptive.overloaded(server.now + MIN_TIME_BETWEEN_CUTS_S, sent_at=server.now)
    assert adaptive.limit == 81


def test_what_was_sent_before_the_cut_is_no_news() -> None:
    """However late it is turned away."""
    adaptive, server = AdaptiveConcurrency(), up_to(100_000)
    server.rounds(adaptive, 4)
    adaptive.overloaded(server.now, sent_at=server.now)

    adaptive.overloaded(server.now + 60.0, sent_at=server.now - 1.0)

    assert adaptive.limit == 102


def test_it_does_not_come_back_to_where_it_was_overloaded_for_a_while() -> None:
    """Half a minute the first time."""
    adaptive, server = AdaptiveConcurrency(), up_to(100_000)
    server.rounds(adaptive, 4)
    adaptive.overloaded(server.now, sent_at=server.now)

    limits = server.rounds(adaptive, 60)

    assert max(limits[:29]) == 127
    assert max(limits) > 128


def test_it_never_ends_at_none() -> None:
    """One is always open."""
    adaptive = AdaptiveConcurrency()
    for now in range(0, 1_000, 10):
        adaptive.overloaded(float(now), sent_at=float(now))

    assert adaptive.limit == 1


@pytest.mark.parametrize("most", [1, 3, 50], ids=str)
def test_a_lower_most_is_kept_for_good(most: int) -> None:
    """After an overload as well."""
    adaptive, server = AdaptiveConcurrency(most=most), up_to(100_000)

    limits = server.rounds(adaptive, 6)
    adaptive.overloaded(server.now, sent_at=server.now)
    limits += server.rounds(adaptive, 120)

    assert max(limits) == most


def test_late_answers_of_an_earlier_round_count_in_none() -> None:
    """They tell nothing about what is open now."""
    adaptive, server = AdaptiveConcurrency(), up_to(100_000)
    server.rounds(adaptive, 1)

    for _ in range(40):
        adaptive.answered(server.now + 1.0, 100.0, sent_at=server.now - 0.5, n_open=16)

    assert adaptive.limit == 16
