"""All limits of one quota, checked together and reserved together: requests per window and per day, and tokens."""

from collections.abc import Iterable
from math import inf

from fellowship.protocols.errors import RateLimited, RequestRejected
from fellowship.protocols.events import get_logger
from fellowship.protocols.quota import DAY_S, MINUTE_S, AdvertisedLimit, Dimension, Limits, Quota
from fellowship.ratelimit.dispatcher import Blocker
from fellowship.ratelimit.limit_adaptation import LimitAdaptation, learned_limit
from fellowship.ratelimit.request_window import PacedRate, SendTime, paced_rate
from fellowship.ratelimit.token_bucket import COUNTED, TokenBucket, TokenEstimate

LIMIT_NAMES: dict[Dimension, str] = {
    "tokens": "tokens per minute",
    "input_tokens": "input tokens per minute",
    "output_tokens": "output tokens per minute",
    "requests": "requests per minute",
}
TOKEN_LIMITS: dict[Dimension, str] = {"tokens": "tpm", "input_tokens": "itpm", "output_tokens": "otpm"}
"""The fields of `Limits` that limit tokens."""
PER_DAY = "requests per day"
SMALLEST_SHARE = 0.005

log = get_logger()


class QuotaLimits:
    """The limits in force: those that the user set, else those that responses name, else estimates from rejections."""

    def __init__(self, quota: Quota, limits: Limits, now: float) -> None:
        self._quota, self._given = quota, limits
        self.adaptation = LimitAdaptation()
        self.share = 1.0
        self.requests = paced_rate(limits.rpm, limits.window, bursts=limits.bursts) if limits.rpm else None
        self.day = _per_day(limits.rpd) if limits.rpd else None
        self.budgets: dict[Dimension, TokenBucket] = {
            dimension: TokenBucket(dimension, limit, MINUTE_S, now)
            for dimension, field in TOKEN_LIMITS.items()
            if (limit := getattr(limits, field)) is not None
        }
        self.apply()

    def blocker(self, estimate: TokenEstimate, now: float) -> Blocker | None:
        """The limit that delays a request longest; None when it may be sent."""
        if self.share < SMALLEST_SHARE:
            return Blocker(
                None, "another process of yours, on the same key, to give up its part of the quota", "release"
            )
        longest: Blocker | None = None
        longest_s = 0.0
        for rate in self._rates:
            if (wait_s := rate.wait_s(now)) > longest_s:
                longest_s, longest = wait_s, Blocker(wait_s, PER_DAY if rate is self.day else LIMIT_NAMES["requests"])
        for dimension, budget in self.budgets.items():
            if (wait_s := budget.wait_s(estimate, now)) > longest_s:
                longest_s, longest = wait_s, Blocker(wait_s, LIMIT_NAMES[dimension], "release")
        return longest

    async def reserve(self, estimate: TokenEstimate, now: float) -> list[SendTime]:
        """Reserve a request in all limits. The caller corrects the send times when the request is sent."""
        send_times = []
        for rate in self._rates:
            send_times.append(await rate.reserve(now))
        for budget in self.budgets.values():
            budget.reserve(estimate)
        return send_times

    def settle(self, reserved: TokenEstimate, used: TokenEstimate) -> None:
        """Replace the reserved tokens by the used ones."""
        for budget in self.budgets.values():
            budget.settle(reserved, used)

    def usage(self, now: float) -> dict[str, tuple[int, int]]:
        """(used, limit) by limit: requests are counted, tokens are a moving average over a window."""
        rates = {LIMIT_NAMES["requests"]: self.requests, PER_DAY: self.day}
        usage = {name: (rate.n_used(now), rate.limit) for name, rate in rates.items() if rate is not None}
        for dimension, budget in self.budgets.items():
            usage[LIMIT_NAMES[dimension]] = round(budget.used_share(now) * budget.limit), budget.limit
        return usage

    def used_share(self, now: float) -> float:
        """The used share of the most used limit within its window, in [0, 1]."""
        used = [self.requests.n_used(now) / self.requests.limit] if self.requests is not None else []
        return min(1.0, max([*used, *(budget.used_share(now) for budget in self.budgets.values())], default=0.0))

    @property
    def longest_window_s(self) -> float:
        """The longest window of the limits in seconds, without the limit per day; 60 where no limit is known."""
        windows = [budget.window_s for budget in self.budgets.values()]
        if self.requests is not None:
            windows.append(self.requests.window_s)
        return max(windows, default=MINUTE_S)

    def share_of(self, n_requests: int) -> float:
        """The share of a limit that so many requests would take, in [0, 1]."""
        if not n_requests:
            return 0.0
        return min(1.0, n_requests / self.requests.limit) if self.requests is not None and not self.budgets else 1.0

    def cost(self, estimate: TokenEstimate) -> float:
        """The largest share of a limit that a request takes; 1 where nothing is limited."""
        cost = 0.0 if self.requests is None else 1.0 / self.requests.limit
        for budget in self.budgets.values():
            cost = max(cost, budget.counted(estimate) / budget.limit)
        return cost or 1.0

    def refuse_too_large(self, estimate: TokenEstimate, name: object) -> None:
        """RequestRejected for a request larger than a whole minute's limit of the user, and so can never be sent.

        A limit that was only announced is forgotten: the server itself says whether it takes the request.
        """
        at_least = estimate.input + (estimate.output if self._quota.charges_max_tokens else 0)
        for dimension, budget in list(self.budgets.items()):
            if not self._is_given(dimension):
                if budget.counted(estimate) > budget.limit:
                    self._forget(dimension)
                continue
            needed = {"tokens": at_least, "input_tokens": estimate.input}.get(dimension, 0)
            if needed > budget.limit:
                raise RequestRejected(
                    f"{name} needs about {needed:,} tokens, more than the {budget.limit:,} {LIMIT_NAMES[dimension]} of "
                    f"{self._quota}; shorten the prompt or lower max_tokens, or correct "
                    f"{TOKEN_LIMITS[dimension]} in fellowship.toml if the limit is higher"
                )

    def refused(self, error: RateLimited, now: float, *, recent_per_s: float) -> None:
        """A new episode of rejections; where no limit is known, one is learned."""
        budget = self.budgets.get(error.dimension) if error.dimension else None
        learned = None if self.is_known else learned_limit(recent_per_s)
        if learned is not None:
            self.requests = paced_rate(learned, MINUTE_S)
            log.info("limit_guessed", quota=str(self._quota), requests_per_minute=self.requests.limit)
        self.adaptation.refused(error, None if budget else self.requests, budget, now)
        self.apply()

    def answered(self, announced: Iterable[AdvertisedLimit], now: float, sent: TokenEstimate) -> bool:
        """Adopt the limits that the response to a request with the tokens `sent` names; whether any has changed."""
        changed = self.adaptation.is_reduced and self.adaptation.recovered(now, self.budgets.values())
        for each in announced:
            if not self._is_given(each.dimension, each.window_s):
                changed = self._adopt(each, now, sent) or changed
        if changed:
            self.apply()
        return changed

    def apply(self) -> None:
        """Apply adaptation and the process's share to rates and budgets. The limit per day is not divided."""
        scale = self.adaptation.scale * max(self.share, SMALLEST_SHARE)
        if self.requests is not None:
            self.requests.adjust(scale=scale)
        for budget in self.budgets.values():
            budget.adjust(scale=scale)
        self._rates = tuple(rate for rate in (self.requests, self.day) if rate is not None)
        self.is_known = bool(self._rates or self.budgets)  # whether any limit is in force
        self.smallest_budget = min((budget.limit for budget in self.budgets.values()), default=inf)

    def _is_given(self, dimension: Dimension, window_s: float = MINUTE_S) -> bool:
        """Whether the user has set the limit, so that no response changes it."""
        field = TOKEN_LIMITS.get(dimension) or ("rpd" if window_s >= DAY_S else "rpm")
        return getattr(self._given, field) is not None

    def forget_day(self) -> bool:
        """Drop a limit per day that was only announced, when it is used up: the server says so itself."""
        if self._given.rpd is not None:
            return False
        self.day = None
        self.apply()
        return True

    def _forget(self, dimension: Dimension) -> None:
        """Drop an announced limit of tokens that is below one request."""
        if (budget := self.budgets.pop(dimension, None)) is not None:
            log.info("limit_forgotten", quota=str(self._quota), per_minute=budget.limit, dimension=dimension)
            self.apply()

    def _adopt(self, advertised: AdvertisedLimit, now: float, sent: TokenEstimate) -> bool:
        adopted, dimension, limit = False, advertised.dimension, advertised.limit
        if dimension == "requests":
            return self._adopt_requests(advertised, limit) if limit else False
        per_minute = int((limit or 0) * MINUTE_S / advertised.window_s)
        if limit is not None and per_minute < max(1, COUNTED[dimension](sent)):
            self._forget(dimension)
            return False
        if limit is not None:
            adopted = self._adopt_tokens(dimension, per_minute, now)
        budget = self.budgets.get(dimension)
        if budget is not None and advertised.remaining is not None:
            budget.at_most(advertised.remaining)
        return adopted

    def _adopt_requests(self, advertised: AdvertisedLimit, limit: int) -> bool:
        if advertised.window_s >= DAY_S:
            if self.day is not None and self.day.limit == limit:
                return False
            self.day = self._adjusted(self.day, _per_day(limit), limit)
            return True
        per_minute = max(1, int(limit * MINUTE_S / advertised.window_s))
        rate = paced_rate(per_minute, min(advertised.window_s, MINUTE_S), bursts=self._given.bursts)
        if self.requests is not None and self.requests.limit == rate.limit:
            return False
        self.requests = self._adjusted(self.requests, rate, rate.limit)
        return True

    def _adjusted(self, known: PacedRate | None, new: PacedRate, limit: int) -> PacedRate:
        """The known rate with the new limit, which keeps its log of send times; the new rate for another window."""
        log.info("limit_adopted", quota=str(self._quota), requests=limit, window_s=new.window_s)
        if known is None or known.window_s != new.window_s:
            return new
        known.adjust(limit=limit)
        return known

    def _adopt_tokens(self, dimension: Dimension, per_minute: int, now: float) -> bool:
        budget = self.budgets.get(dimension)
        if budget is not None and budget.limit == per_minute:
            return False
        log.info("limit_adopted", quota=str(self._quota), per_minute=per_minute, dimension=dimension)
        if budget is None:
            self.budgets[dimension] = TokenBucket(dimension, per_minute, MINUTE_S, now)
        else:
            budget.adjust(limit=per_minute)
        return True


def _per_day(limit: int) -> PacedRate:
    return PacedRate(limit, DAY_S, at_any_pace=True)
