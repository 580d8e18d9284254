"""Which errors are tried again, how often, and after how long."""

import asyncio
import random
from typing import Any

import pytest
from structlog.testing import capture_logs

from fellowship.protocols.errors import (
    NotRecorded,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from fellowship.providers.retry import Retry, with_retries


class Calls:
    """Raises or returns what it is given, one after another; `waits` are the sleeps between."""

    def __init__(self, *results: Any) -> None:
        self.results = list(results)
        self.n_calls = 0
        self.waits: list[float] = []

    async def __call__(self) -> Any:
        self.n_calls += 1
        result = self.results.pop(0)
        if isinstance(result, BaseException):
            raise result
        return result

    async def sleep(self, wait_s: float) -> None:
        self.waits.append(wait_s)


def run(calls: Calls, retry: Retry | None = None) -> Any:
    return asyncio.run(with_retries(calls, retry or Retry(), sleep=calls.sleep, rng=random.Random(1)))


def test_a_call_that_succeeds_is_made_once() -> None:
    """No wait either."""
    calls = Calls("yes")

    assert run(calls) == "yes"
    assert (calls.n_calls, calls.waits) == (1, [])


def test_a_retryable_error_is_tried_again() -> None:
    """Until it succeeds."""
    calls = Calls(ProviderUnavailable("down"), ProviderUnavailable("down"), "yes")

    assert run(calls) == "yes"
    assert calls.n_calls == 3


def test_waits_grow_and_are_drawn_in_full() -> None:
    """The n-th is between 0 and first_wait_s * 2**(n - 1), never above longest_wait_s."""
    calls = Calls(*[ProviderUnavailable("down")] * 199, "yes")

    run(calls, Retry(attempts=200, first_wait_s=1.0, longest_wait_s=8.0))

    for wait_s, longest in zip(calls.waits, [1.0, 2.0, 4.0, *[8.0] * 196], strict=True):
        assert 0.0 <= wait_s <= longest
    assert min(calls.waits[3:]) < 0.5
    assert max(calls.waits) > 7.5


@pytest.mark.parametrize(("asked", "granted"), [(7.0, 7.0), (0.0, 0.0), (3600.0, 120.0), (None, 0.0)])
def test_the_providers_own_wish_is_honoured(asked: float | None, granted: float) -> None:
    """In full up to two minutes, with the jitter on top."""
    calls = Calls(RateLimited("slow down", retry_after_s=asked), "yes")

    run(calls, Retry(first_wait_s=0.5))

    assert granted <= calls.waits[0] <= granted + 0.5


@pytest.mark.parametrize("error", [RequestRejected("no"), ProviderRefused("no"), NotRecorded("no")])
def test_an_error_that_would_come_again_is_raised_at_once(error: ProviderError) -> None:
    """As it was, word for word."""
    calls = Calls(error)

    with pytest.raises(ProviderError) as caught:
        run(calls)

    assert caught.value is error
    assert (str(error), calls.n_calls) == ("no", 1)


def test_an_error_may_say_for_itself_that_it_is_final() -> None:
    """`retryable` of the object counts, not that of its class."""
    error = ProviderUnavailable("down for good")
    error.retryable = False

    with pytest.raises(ProviderUnavailable, match=r"^down for good$"):
        run(Calls(error))


@pytest.mark.parametrize("last", [ProviderUnavailable("last"), RequestRejected("last")])
def test_the_last_error_says_how_many_attempts_were_made(last: ProviderError) -> None:
    """Whether the attempts are used up or the error has become final."""
    with pytest.raises(type(last), match=r"^last \(after 3 attempts\)$"):
        run(Calls(ProviderUnavailable("first"), ProviderUnavailable("second"), last), Retry(attempts=3))


def test_the_last_error_keeps_what_it_carries() -> None:
    """A rate limit still says how long."""
    with pytest.raises(RateLimited) as caught:
        run(Calls(*[RateLimited("slow down", retry_after_s=2.0) for _ in range(2)]), Retry(attempts=2))

    assert caught.value.retry_after_s == 2.0


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyError("a bug")])
def test_what_is_no_provider_error_is_not_tried_again(error: Exception) -> None:
    """A bug stays a bug."""
    calls = Calls(error)

    with pytest.raises(type(error), match="a bug"):
        run(calls)

    assert calls.n_calls == 1


def test_cancellation_is_not_tried_again() -> None:
    """It passes."""
    calls = Calls(asyncio.CancelledError())

    with pytest.raises(asyncio.CancelledError):
        run(calls)

    assert calls.n_calls == 1


def test_every_retry_is_logged_without_texts() -> None:
    """Which attempt, how long, which error."""
    calls = Calls(ProviderUnavailable("a text of a prompt"), "yes")

    with capture_logs() as logs:
        run(calls)

    wait_s = round(calls.waits[0], 3)
    assert logs == [
        {
            "event": "retry_scheduled",
            "log_level": "info",
            "attempt": 1,
            "wait_s": wait_s,
            "error": "ProviderUnavailable",
        }
    ]


@pytest.mark.parametrize(
    "wrong", [{"attempts": 0}, {"first_wait_s": -1.0}, {"first_wait_s": 2.0, "longest_wait_s": 1.0}]
)
def test_a_retry_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    """At the first line that can know."""
    with pytest.raises(ValueError, match="expected"):
        Retry(**wrong)
