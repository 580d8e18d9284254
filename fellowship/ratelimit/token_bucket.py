"""Token limits: a token bucket, from which an estimate is reserved per request and settled by the tokens it used.

The bucket may go into debt: a request larger than the bucket is admitted when the bucket is full, and later requests
wait for it to refill. Settling makes the accuracy of estimates unimportant; without it 22 % of a limit is reached.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.quota import Dimension, Quota
from fellowship.protocols.tokens import CHARS_PER_TOKEN, EXPECTED_REPLY_TOKENS, count_tokens

MARGIN = 0.97
LOWEST_MARGIN = 0.85
FLOW_S = 1.0
NEWEST = 0.1


class TokenEstimate(NamedTuple):
    """Tokens of a request: estimated before it is sent, counted after it is answered."""

    input: int
    output: int


COUNTED: dict[Dimension, Callable[[TokenEstimate], int]] = {
    "tokens": sum,
    "input_tokens": itemgetter(0),
    "output_tokens": itemgetter(1),
}


class TokenBucket:
    """`limit` tokens of one dimension in `window_s` seconds, of which `margin` is used, with bursts of one second."""

    def __init__(self, dimension: Dimension, limit: int, window_s: float, now: float) -> None:
        self.counted = COUNTED[dimension]  # the tokens of an estimate that count against this limit
        self.limit, self.window_s = limit, window_s
        self.margin, self.scale = MARGIN, 1.0
        self.adjust()
        self.level = self._most  # tokens that may be taken now; below 0 in debt
        self._at = self._recent_at = now
        self._recent = 0.0

    def adjust(self, *, limit: int | None = None, margin: float | None = None, scale: float | None = None) -> None:
        """Change some of the values from now on."""
        self.limit = self.limit if limit is None else limit
        self.margin = self.margin if margin is None else margin
        self.scale = self.scale if scale is None else scale
        self.per_s = self.limit * self.margin * self.scale / self.window_s  # tokens per second at full use
        self._most = max(1.0, self.per_s * FLOW_S)

    def used_share(self, now: float) -> float:
        """The used share of the limit, in [0, 1]: an exponential moving average over a window."""
        return min(1.0, self._recent * math.exp(-(now - self._recent_at) / self.window_s) / self.limit)

    def wait_s(self, estimate: TokenEstimate, now: float) -> float:
        """Seconds until the request may be sent; 0 when it may be sent now."""
        level = self.level + (now - self._at) * self.per_s
        self._at, self.level = now, level if level < self._most else self._most
        missing = min(self.counted(estimate), self._most) - self.level
        return missing / self.per_s if missing > 1e-9 * self._most else 0.0

    def reserve(self, estimate: TokenEstimate) -> None:
        """Take the estimated tokens out of the bucket."""
        n = self.counted(estimate)
        self.level -= n
        self._recent = self._recent * math.exp(-(self._at - self._recent_at) / self.window_s) + n
        self._recent_at = self._at

    def settle(self, reserved: TokenEstimate, used: TokenEstimate) -> None:
        """Put back, or take out, the difference between the reserved and the used tokens."""
        self.level = min(self._most, self.level + self.counted(reserved) - self.counted(used))

    def at_most(self, remaining: int) -> None:
        """Lower the level to what the server reports as remaining: others may use the same key."""
        self.level = min(self.level, float(remaining))


@dataclass(slots=True)
class TokenEstimator:
    """Estimates from the tokens of earlier requests: prompts by model, replies by model and agent (moving averages)."""

    quota: Quota
    _input_ratio: dict[str, float] = field(default_factory=dict)
    _output: dict[tuple[str, str], float] = field(default_factory=dict)

    def estimate(self, request: Request) -> TokenEstimate:
        """The tokens to reserve for a request."""
        text = "".join([message["content"] for message in request.messages])
        n_text = len(text) / CHARS_PER_TOKEN if text.isascii() else count_tokens(text).expected
        n_input = n_text * self._input_ratio.get(request.model, 1.0)
        room = request.sampling.get("max_tokens")
        known = self._output.get((request.model, request.key.agent))
        n_output = known if known is not None else min(room or EXPECTED_REPLY_TOKENS, EXPECTED_REPLY_TOKENS)
        if self.quota.charges_max_tokens and room:
            n_output = max(room, n_output)
        return TokenEstimate(int(n_input) + 1, int(n_output) + 1)

    def used(self, request: Request, reserved: TokenEstimate, completion: Completion) -> TokenEstimate:
        """The tokens that an answered request counts as; the reserved ones where the server does not report any."""
        usage = completion.usage
        n_output = usage.completion_tokens
        if n_output:
            place = (request.model, request.key.agent)
            before = self._output.get(place, n_output)
            self._output[place] = before + NEWEST * (n_output - before)
        if usage.prompt_tokens:
            known = self._input_ratio.get(request.model)
            ratio = usage.prompt_tokens / max(1.0, reserved.input / (known or 1.0))
            self._input_ratio[request.model] = ratio if known is None else known + NEWEST * (ratio - known)
        uncounted = 0 if self.quota.counts_cached else usage.cached_tokens
        counted = max(0, usage.prompt_tokens - uncounted) if usage.prompt_tokens else reserved.input
        if self.quota.charges_max_tokens:
            n_output = max(reserved.output, n_output)  # the server does not return unused tokens
        return TokenEstimate(counted, n_output or reserved.output)
