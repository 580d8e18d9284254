"""The failed attempts of one request: whether another may help, its rank in the queue, and the backoff before it."""

import random

from fellowship.protocols.completions import Request
from fellowship.protocols.errors import ProviderError, RateLimited
from fellowship.protocols.events import get_logger
from fellowship.providers.retry import Retry
from fellowship.ratelimit.fair_queue import LAST, RETRY

MAX_REJECTIONS = 8

log = get_logger()


class FailedAttempts:
    """Failures of one request so far; `kinds` are the class names of their errors.

    Failures of the whole server do not count as attempts of the request; rejection number MAX_REJECTIONS is final.
    """

    def __init__(self, retry: Retry) -> None:
        self.kinds: tuple[str, ...] = ()
        self._retry = retry
        self._n_own = self._n_rejected = 0

    @property
    def rank(self) -> int:
        """Of the next attempt. After two rejections other requests go first: perhaps this one alone is rejected."""
        return RETRY if self._n_rejected <= 1 else LAST

    def add(self, error: ProviderError, *, is_own: bool) -> None:
        """Count a failure; `is_own`: it is not one of the whole server."""
        self.kinds = (*self.kinds, type(error).__name__)
        self._n_own += is_own
        self._n_rejected += isinstance(error, RateLimited)

    def raise_if_final(self, request: Request, error: ProviderError) -> None:
        """Raise the error, with the number of attempts, if no further attempt is made; else log the next one."""
        if not error.retryable or self._n_own >= self._retry.attempts or self._n_rejected >= MAX_REJECTIONS:
            if self._n_own > 1:
                error.args = (f"{error} (after {self._n_own} attempts)",)
            raise error
        facts = {"model": request.model, "agent": request.key.agent, "error": type(error).__name__}
        log.info("request_made_again", **facts, n_failed=self._n_own, n_rejected=self._n_rejected)

    def backoff_s(self, rng: random.Random) -> float:
        """Seconds to wait before the next attempt: exponential backoff with full jitter."""
        return self._retry.wait_s(self._n_own, rng)
