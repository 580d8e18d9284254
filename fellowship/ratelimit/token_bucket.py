"""Token budgets: reserved when a request is granted, settled when it is known what it used.

A budget is a bucket that may go into debt, so that a request larger than the bucket is admitted when it is full and
those after it wait. Estimates hardly matter once they are settled; budgets that are not settled reach 22 % of a limit.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.quota import Dimension, Quota
from fellowship.protocols.token_estimates import CHARS_PER_TOKEN, EXPECTED_REPLY_TOKENS

MARGIN = 0.97
LOWEST_MARGIN = 0.85
FLOW_S = 1.0
NEWEST = 0.1


class TokenEstimate(NamedTuple):
    """Tokens of a request: estimated when it is granted, counted when it is answered."""

    input: int
    output: int

    def of(self, dimension: Dimension) -> int:
        """What counts in a dimension."""
        if dimension == "input_tokens":
            return self.input
        return self.output if dimension == "output_tokens" else self.input + self.output


class TokenBucket:
    """`limit` tokens of one dimension in `window_s` seconds, of which `margin` is used, with bursts of one second."""

    def __init__(self, dimension: Dimension, limit: int, window_s: float, now: float) -> None:
        self.dimension, self.limit, self.window_s = dimension, limit, window_s
        self.margin = MARGIN
        self.scale = 1.0
        self._level = self._most
        self._at = self._lately_at = now
        self._lately = 0.0

    @property
    def per_s(self) -> float:
        """Tokens per second when it is used to the full."""
        return self.limit * self.margin * self.scale / self.window_s

    def used_share(self, now: float) -> float:
        """About what was used of the limit within a window, in [0, 1]: a moving mean."""
        return min(1.0, self._lately * math.exp(-(now - self._lately_at) / self.window_s) / self.limit)

    def wait_s(self, need: TokenEstimate, now: float) -> float:
        """Seconds until the request may go out; 0 when it may now."""
        self._refill(now)
        missing = min(need.of(self.dimension), self._most) - self._level
        return missing / self.per_s if missing > 1e-9 * self._most else 0.0

    def reserve(self, need: TokenEstimate) -> None:
        """Take what the request is thought to need."""
        self._level -= need.of(self.dimension)
        self._lately = self._lately * math.exp(-(self._at - self._lately_at) / self.window_s) + need.of(self.dimension)
        self._lately_at = self._at

    def settle(self, reserved: TokenEstimate, used: TokenEstimate) -> None:
        """Give back, or take as well, what was estimated wrongly."""
        self._level = min(self._most, self._level + reserved.of(self.dimension) - used.of(self.dimension))

    def at_most(self, remaining: int) -> None:
        """What the server says is left; others may use the same key."""
        self._level = min(self._level, float(remaining))

    def _refill(self, now: float) -> None:
        self._level = min(self._most, self._level + (now - self._at) * self.per_s)
        self._at = now

    @property
    def _most(self) -> float:
        return max(1.0, self.per_s * FLOW_S)


@dataclass(slots=True)
class TokenEstimator:
    """What requests are thought to need, learned from what they used: prompts by model, replies by model and agent."""

    quota: Quota
    _input_ratio: dict[str, float] = field(default_factory=dict)
    _output: dict[tuple[str, str], float] = field(default_factory=dict)

    def need(self, request: Request) -> TokenEstimate:
        """The tokens that are reserved for a request."""
        chars = sum(len(message["content"]) for message in request.messages)
        n_input = chars / CHARS_PER_TOKEN * self._input_ratio.get(request.model, 1.0)
        room = request.sampling.get("max_tokens")
        known = self._output.get((request.model, request.key.agent))
        n_output = known if known is not None else min(room or EXPECTED_REPLY_TOKENS, EXPECTED_REPLY_TOKENS)
        if self.quota.charges_max_tokens and room:
            n_output = max(room, n_output)
        return TokenEstimate(int(n_input) + 1, int(n_output) + 1)

    def used(self, request: Request, reserved: TokenEstimate, completion: Completion) -> TokenEstimate:
        """The tokens that an answered request counts as; what the server did not say is as estimated."""
        usage = completion.usage
        n_output = usage.completion_tokens
        if n_output:
            place = (request.model, request.key.agent)
            self._output[place] = _moved(self._output.get(place), n_output)
        if usage.prompt_tokens:
            guessed = reserved.input / self._input_ratio.get(request.model, 1.0)
            ratio = usage.prompt_tokens / max(1.0, guessed)
            self._input_ratio[request.model] = _moved(self._input_ratio.get(request.model), ratio)
        uncounted = 0 if self.quota.counts_cached else usage.cached_tokens
        counted = max(0, usage.prompt_tokens - uncounted) if usage.prompt_tokens else reserved.input
        if self.quota.charges_max_tokens:
            n_output = max(reserved.output, n_output)  # the server gives nothing back
        return TokenEstimate(counted, n_output or reserved.output)


def _moved(before: float | None, seen: float) -> float:
    return seen if before is None else before + NEWEST * (seen - before)
