"""A model that has answered nothing in this start, although its requests are sent again and again.

A gateway may answer 503 to every request for a model that it does not know. Its users read what the server says, once,
after some seconds; and the run stops when that has lasted too long.
"""

import time

from fellowship.formatting.terminal_text import first_line
from fellowship.formatting.units import format_duration
from fellowship.protocols.errors import ProviderError, SharedFailure
from fellowship.providers.http import MASKED_KEY
from fellowship.runners.failure_kinds import FEWEST_ATTEMPTS, MAX_ATTEMPTS, PATIENCE_S, longest_s

MAX_SAID = 300  # characters of an error


class UnansweredModel:
    """The failed attempts of a model before its first answer."""

    def __init__(self, model: str) -> None:
        self.model = model
        self._n = 0
        self._since: float | None = None
        self._is_reported = False

    @property
    def is_suspect(self) -> bool:
        """Whether so many attempts have failed that further requests had better wait."""
        return self._n >= MAX_ATTEMPTS

    def add(self, now: float) -> None:
        """Count a failed attempt that may be made again, at `now` in seconds."""
        self._n += 1
        self._since = now if self._since is None else self._since

    def report(self, error: ProviderError, now: float, *, n_waiting: int) -> str | None:
        """One line about the wait, once it has lasted, or will last, for some seconds; None before and after."""
        lasts_s = max(self._lasted_s(now), error.retry_after_s or 0.0)
        if self._is_reported or self._n < FEWEST_ATTEMPTS or lasts_s < PATIENCE_S:
            return None
        self._is_reported = True
        most_s = longest_s(error)
        to_do = "lower the limits, or wait"
        if most_s is not None:
            to_do = f"check its name and the server, or wait: the run stops {format_duration(most_s)} after the first"
        return f"fellowship: {self._so_far(error, now)}; {n_waiting:,} requests wait; {to_do}"

    def final_error(self, error: ProviderError, now: float) -> SharedFailure | None:
        """The error that stops the run, once the model has been silent for too long; None before."""
        most_s = longest_s(error)
        if most_s is None or self._n < FEWEST_ATTEMPTS or self._lasted_s(now) < most_s:
            return None
        advice = "check its name and the server, and repeat the command: it tries them again"
        return SharedFailure(f"{self._so_far(error, now)}; {advice}")

    def _so_far(self, error: ProviderError, now: float) -> str:
        lasted_s = self._lasted_s(now)
        begun = time.strftime("%H:%M:%S", time.localtime(time.time() - lasted_s))
        said = first_line(MASKED_KEY.sub("[key]", f"{type(error).__name__}: {error}"))[:MAX_SAID]
        lasted = f"{begun} ({format_duration(round(lasted_s))})"
        return f"{self.model} has answered nothing since {lasted}, in {self._n:,} attempts: {said}"

    def _lasted_s(self, now: float) -> float:
        return 0.0 if self._since is None else now - self._since
