"""Counts the requests and tokens of one model; its cost is computed when it is read."""

from collections import deque
from dataclasses import dataclass
from decimal import Decimal

from fellowship.protocols.completions import Completion, Usage
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.settings.prices import FREE, Pricing


@dataclass(slots=True)
class ModelUsage:
    """Counts of one model. `latencies_s` are those of its provider's last 500 answers."""

    provider: str
    pricing: Pricing
    latencies_s: deque[float]
    limiter: RateLimiter | None = None
    n_asked: int = 0
    n_answered: int = 0
    n_failed: int = 0
    n_uncounted: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    is_simulated: bool = False

    def answered(self, completion: Completion) -> None:
        """Count a completion; one without prompt tokens makes the cost unknown."""
        usage = completion.usage
        self.n_answered += 1
        self.latencies_s.append(completion.latency_s)
        if completion.simulated:
            self.is_simulated = True
        self.n_uncounted += not usage.prompt_tokens
        self.prompt_tokens += usage.prompt_tokens
        self.completion_tokens += usage.completion_tokens
        self.cached_tokens += min(usage.cached_tokens, usage.prompt_tokens)

    def cost(self) -> Decimal | None:
        """US dollars; None where it was asked and the price, or the tokens of an answer, are not known."""
        is_free = self.pricing.price is None and (self.pricing.is_known or self.is_simulated)
        if is_free or not self.n_asked:
            return FREE
        if self.n_uncounted:
            return None
        return self.pricing.cost(Usage(self.prompt_tokens, self.completion_tokens, self.cached_tokens))
