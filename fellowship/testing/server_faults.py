"""What goes wrong with the simulated server, how often, and when: drawn from a generator with a seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

FAULT_KINDS: Mapping[str, str] = {
    "429": "429 with Retry-After",
    "429-bare": "429 that does not say for how long",
    "500": "500",
    "503": "503, overloaded (529 in Anthropic's form)",
    "hang": "no answer until the client goes",
    "drop": "the connection closed half way through the body",
    "malformed": "status 200 and broken JSON",
    "truncated": "half of the text, and finish reason length",
    "slow": "the body sent over two seconds",
}


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of requests by kind of fault, in [0, 1] and together at most 1; and seconds in which all is down."""

    rates: Mapping[str, float] = field(default_factory=dict)
    outage: tuple[float, float] | None = None
    outage_status: int = 503

    def draw(self, rng: random.Random) -> str | None:
        """The fault of the next request; None for most."""
        if not self.rates:
            return None
        drawn = rng.random()
        for kind, rate in self.rates.items():
            drawn -= rate
            if drawn < 0:
                return kind
        return None

    def is_down(self, since_start_s: float) -> bool:
        """Whether the server is in its outage."""
        return self.outage is not None and self.outage[0] <= since_start_s < self.outage[1]
