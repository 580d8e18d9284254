"""The faults that the simulated server injects, drawn with given rates from a seeded generator."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

FAULT_KINDS: Mapping[str, str] = {
    "429": "429 with Retry-After",
    "429-bare": "429 without Retry-After",
    "500": "500",
    "503": "503, overloaded (529 in Anthropic's form)",
    "hang": "no answer until the client disconnects",
    "drop": "the connection closed in the middle of the body",
    "malformed": "status 200 and broken JSON",
    "truncated": "half of the text, and finish reason length",
    "slow": "the body sent over two seconds",
}


@dataclass(frozen=True, slots=True)
class Faults:
    """Rates by kind of fault, in [0, 1] with a sum of at most 1, and an outage from and to seconds after the start."""

    rates: Mapping[str, float] = field(default_factory=dict)
    outage: tuple[float, float] | None = None
    outage_status: int = 503

    def draw(self, rng: random.Random) -> str | None:
        """Draw the fault of the next request, or None."""
        if not self.rates:
            return None
        drawn = rng.random()
        for kind, rate in self.rates.items():
            drawn -= rate
            if drawn < 0:
                return kind
        return None

    def is_down(self, since_start_s: float) -> bool:
        """Whether the outage is in force."""
        return self.outage is not None and self.outage[0] <= since_start_s < self.outage[1]
