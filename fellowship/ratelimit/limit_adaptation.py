"""Adaptation to limits that are unknown, or lower than configured: additive increase, multiplicative decrease.

AIMD (Chiu and Jain 1989) on the fraction of the limit that is used. A pause after a rejection costs little and a lower
rate costs throughput, so the first rejections add slack only: a longer guard time for requests, a smaller margin for
tokens. The third episode of rejections within a minute multiplies the rate by 0.95, unless the client's own window was
full. The increase is 0.01 every 5 s until close to the rate that failed, then 0.01 every 60 s.
"""

from collections import deque
from collections.abc import Collection

from fellowship.protocols.errors import RateLimited
from fellowship.protocols.quota import MINUTE_S
from fellowship.ratelimit.request_window import PacedRate
from fellowship.ratelimit.token_bucket import LOWEST_MARGIN, MARGIN, TokenBucket

EPISODES, EPISODES_WITHIN_S = 3, 60.0
DECREASE, RAMP_DECREASE, LOWEST_SCALE = 0.95, 0.9, 0.05
INCREASE, INCREASE_EVERY_S, INCREASE_NEAR_FAILURE_EVERY_S = 0.01, 5.0, 60.0
CLOSE_TO_FAILURE = 0.98
LEARNED_SHARE = 0.9
SMALLEST_LEARNED_LIMIT = 5


def learned_limit(recent_per_s: float) -> int | None:
    """The limit per minute learned from a 429 where none is known: 0.9 of the recent rate; None for a low rate."""
    recent = recent_per_s * MINUTE_S
    return int(LEARNED_SHARE * recent) if recent >= SMALLEST_LEARNED_LIMIT else None


class LimitAdaptation:
    """The fraction `scale` of the limit that is used, in (0, 1], with its guard times and margins.

    `is_reduced`: a rejection has reduced the fraction or a margin, and not all of it has been taken back.
    """

    def __init__(self) -> None:
        self.scale = 1.0
        self.is_reduced = False
        self._failed_at = 1.0
        self._episodes: deque[float] = deque(maxlen=EPISODES)
        self._increased_at = 0.0

    def refused(self, error: RateLimited, rate: PacedRate | None, budget: TokenBucket | None, now: float) -> None:
        """An episode of rejections. `rate` or `budget` is the limit that was hit, None where it is not known."""
        self._increased_at, self.is_reduced = now, True
        if error.ramp:
            self._decrease(RAMP_DECREASE)
        elif budget is not None:
            budget.adjust(margin=max(LOWEST_MARGIN, budget.margin * 0.98))
        elif rate is not None:
            full = rate.is_full(now)
            rate.adjust(guard_s=rate.guard_s + min(0.25, 0.01 * rate.window_s))
            self._episodes.append(now)
            often = len(self._episodes) == EPISODES and now - self._episodes[0] <= EPISODES_WITHIN_S
            if often and not full:
                self._decrease(DECREASE)

    def recovered(self, now: float, budgets: Collection[TokenBucket]) -> bool:
        """Increases scale and margins when the time since the last change allows it; whether something changed."""
        if self.scale >= 1.0 and all(budget.margin >= MARGIN for budget in budgets):
            self.is_reduced = False
            return False
        is_near_failure = self.scale >= CLOSE_TO_FAILURE * self._failed_at
        if now - self._increased_at < (INCREASE_NEAR_FAILURE_EVERY_S if is_near_failure else INCREASE_EVERY_S):
            return False
        self._increased_at = now
        self.scale = min(1.0, self.scale + INCREASE)
        for budget in budgets:
            budget.adjust(margin=min(MARGIN, budget.margin + 0.005))
        return True

    def _decrease(self, factor: float) -> None:
        self._failed_at = self.scale
        self.scale = max(LOWEST_SCALE, self.scale * factor)
