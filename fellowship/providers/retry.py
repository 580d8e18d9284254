"""The retry policy: number of attempts and waits. `ratelimit/failed_attempts.py` applies it."""

import random
from dataclasses import dataclass


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
