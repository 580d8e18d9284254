"""The retry policy: number of attempts and waits. In runs, `ratelimit/failed_attempts.py` applies it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import ProviderError
from fellowship.protocols.events import get_logger
from fellowship.protocols.interfaces import Provider

LONGEST_RETRY_AFTER_S = 120.0

T = TypeVar("T")
log = get_logger()


@dataclass(frozen=True, slots=True)
class Retry:
    """At most `attempts` attempts; the n-th wait is drawn from [0, min(first_wait_s * 2**(n - 1), longest_wait_s)]."""

    attempts: int = 5
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"attempts is {self.attempts!r}; expected at least 1")
        if not 0 <= self.first_wait_s <= self.longest_wait_s:
            msg = f"first_wait_s is {self.first_wait_s!r}; expected 0 to longest_wait_s = {self.longest_wait_s!r}"
            raise ValueError(msg)

    def wait_s(self, attempt: int, rng: random.Random) -> float:
        """Seconds between this failed attempt and the next one."""
        return rng.uniform(0.0, min(self.first_wait_s * 2.0 ** min(attempt - 1, 60), self.longest_wait_s))


async def with_retries(
    call: Callable[[], Awaitable[T]],
    retry: Retry,
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    rng: random.Random,
) -> T:
    """The result of `call`, repeated after every retryable ProviderError; the last error states the number of attempts.

    Waits are exponential with full jitter. A provider's own `retry_after_s` (at most 120 s are granted) is waited for
    in full, and the jitter comes on top, so that those who were turned away together do not come back together.
    """
    attempt = 1
    while True:
        try:
            return await call()
        except ProviderError as error:
            if attempt > 1 and (attempt == retry.attempts or not error.retryable):
                error.args = (f"{error} (after {attempt} attempts)",)
            if attempt == retry.attempts or not error.retryable:
                raise
            wait_s = _wait_s(error, attempt, retry, rng)
            log.info("retry_scheduled", attempt=attempt, wait_s=round(wait_s, 3), error=type(error).__name__)
        await sleep(wait_s)
        attempt += 1


def _wait_s(error: ProviderError, attempt: int, retry: Retry, rng: random.Random) -> float:
    return min(error.retry_after_s or 0.0, LONGEST_RETRY_AFTER_S) + retry.wait_s(attempt, rng)


class Retrying:
    """A provider with retries, for use without a rate limiter."""

    def __init__(self, provider: Provider, retry: Retry | None = None, *, rng: random.Random | None = None) -> None:
        self._provider, self._retry, self._rng = provider, retry or Retry(), rng or random.Random()

    async def complete(self, request: Request) -> Completion:
        """The provider's completion, after as many attempts as the policy allows."""
        return await with_retries(partial(self._provider.complete, request), self._retry, rng=self._rng)

    async def close(self) -> None:
        """Close the provider."""
        await self._provider.close()
