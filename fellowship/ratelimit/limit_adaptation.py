"""What refusals teach about limits that were not known, or are lower than was thought.

The pause after a refusal is nearly free, and cuts are not, so the first refusals only make room: a longer guard for
requests, a smaller margin for tokens. The third episode within a minute cuts the rate by a twentieth, unless our own
window was full. What was cut comes back: a hundredth every five seconds until close to the rate that failed, then a
hundredth a minute.
"""

from collections import deque

from fellowship.protocols.errors import RateLimited
from fellowship.ratelimit.request_window import PacedRate
from fellowship.ratelimit.token_bucket import LOWEST_MARGIN, MARGIN, TokenBucket

EPISODES, EPISODES_WITHIN_S = 3, 60.0
CUT, RAMP_CUT, LOWEST = 0.95, 0.9, 0.05
STEP, SOON_S, LATER_S = 0.01, 5.0, 60.0
CLOSE_TO_FAILURE = 0.98


class LimitAdaptation:
    """The share of the limit that is used, in (0, 1], and the guards and margins that go with it."""

    def __init__(self) -> None:
        self.scale = 1.0
        self._failed_at = 1.0
        self._episodes: deque[float] = deque(maxlen=EPISODES)
        self._recovered = 0.0

    def refused(self, error: RateLimited, rate: PacedRate | None, budget: TokenBucket | None, now: float) -> None:
        """One episode. `rate` and `budget` are those whose limit was hit, None where that was not one of ours."""
        self._recovered = now
        if error.ramp:
            self._cut(RAMP_CUT)
        elif budget is not None:
            budget.margin = max(LOWEST_MARGIN, budget.margin * 0.98)
        elif rate is not None:
            full = rate.is_full(now)
            rate.adjust(guard_s=rate.guard_s + min(0.25, 0.01 * rate.window_s))
            self._episodes.append(now)
            often = len(self._episodes) == EPISODES and now - self._episodes[0] <= EPISODES_WITHIN_S
            if often and not full:
                self._cut(CUT)

    def recovered(self, now: float, budgets: list[TokenBucket]) -> bool:
        """Called with every answer: give a little back when it is time; whether something changed."""
        if self.scale >= 1.0 and all(budget.margin >= MARGIN for budget in budgets):
            return False
        wait_s = SOON_S if self.scale < CLOSE_TO_FAILURE * self._failed_at else LATER_S
        if now - self._recovered < wait_s:
            return False
        self._recovered = now
        self.scale = min(1.0, self.scale + STEP)
        for budget in budgets:
            budget.margin = min(MARGIN, budget.margin + 0.005)
        return True

    def _cut(self, to: float) -> None:
        self._failed_at = self.scale
        self.scale = max(LOWEST, self.scale * to)
