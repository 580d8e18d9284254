"""Every error that fellowship raises on purpose, by whose fault it is.

FellowshipError
├── ConfigurationError      yours: arguments, settings, keys (exit code 2)
│   ├── InputError          yours: a file, with its line and column
│   ├── InvalidArgument     yours: an argument of an agent, rubric, persona, strategy or sampling; also a ValueError
│   └── SharedFailure       every conversation so far failed in the same way; the run stops, resumable
├── ProviderError           theirs: the server, the network; the conversation may be tried again
│   ├── RateLimited         429: too much was asked of it; the whole quota pauses
│   ├── ProviderTimeout
│   ├── ProviderUnavailable
│   │   └── Overloaded      503, 529, 498: it has too much to do; less is asked of it for a while
│   ├── MalformedResponse
│   ├── RequestRejected     this one request is refused; the same again would be too
│   ├── ProviderBug         the provider's own code failed; the same request would fail again
│   ├── NotRecorded         a recorded provider has no reply for this ask
│   └── ProviderRefused     terminal: key, billing, quota; stops the run
├── ReplyError              the model's: its reply has no usable meaning; the raw text is kept
│   ├── ReplyNotParsed
│   ├── ReplyOutOfRange
│   └── ReplyContradictory
├── StoreError              the run's folder
│   ├── RunNotFound
│   └── ConversationNotFound
├── ReplayDiverged          the code asks something else than what was recorded
├── Draining                the run is being stopped: what was not sent yet is not sent any more
├── BudgetSpent             yours: the run may use no more; it stops, and a larger budget continues it
└── RunStopped              stopped before the end, resumable (exit code 5)
    └── Interrupted         by Ctrl-C or SIGTERM (exit code 130)
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pydantic, which quota imports, would be most of the time of `fellowship COMMAND --help`
    from fellowship.protocols.quota import AdvertisedLimit, Dimension


class FellowshipError(Exception):
    """Base of all errors that fellowship raises on purpose; its text is one line a person can act on."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Copied and sent to other processes with all its attributes; Exception would call `__init__` without them."""
        return type(self).__new__, (type(self), *self.args), vars(self)


class ConfigurationError(FellowshipError):
    """An argument, a setting or a key is wrong; nothing was asked and nothing was written."""


class InputError(ConfigurationError):
    """A file cannot be used; names the file, the line (1-based, None for the whole file) and the column."""

    def __init__(self, path: Path | str, problem: str, *, line: int | None = None, column: str | None = None) -> None:
        self.path, self.line, self.column, self.problem = Path(path), line, column, problem
        place = f"{path}:{line}" if line is not None else f"{path}"
        field = f"column '{column}': " if column is not None else ""
        super().__init__(f"{place}: {field}{problem}")


class InvalidArgument(ConfigurationError, ValueError, TypeError):
    """An argument of an agent cannot be used; names it and what was expected.

    `fellowship run` prints it in one line; other code may catch it as Python's ValueError or TypeError.
    """


class SharedFailure(ConfigurationError):
    """The first conversations, or the first requests to a model, all failed in the same way; no others are tried."""


class ProviderError(FellowshipError):
    """The provider failed to answer; `retryable` says whether the same request may succeed later.

    `retry_after_s` is the server's own wish in seconds, None when it gave none. `announced` are the limits that its
    response named.
    """

    retryable = True
    retry_after_s: float | None = None
    announced: "tuple[AdvertisedLimit, ...]" = ()


class RateLimited(ProviderError):
    """Too many requests, or (`ramp`) their number grew too fast; `dimension` is the limit, None where not named."""

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        dimension: "Dimension | None" = None,
        ramp: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after_s, self.ramp = retry_after_s, ramp
        self.dimension: Dimension | None = dimension


class ProviderTimeout(ProviderError):
    """No complete answer came in time."""


class ProviderUnavailable(ProviderError):
    """The server cannot be reached, or failed on its side (5xx)."""


class Overloaded(ProviderUnavailable):
    """The server is there, but has more to do than it can: 503, 529, or Groq's 498."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class MalformedResponse(ProviderError):
    """The server answered with something that is not a completion."""


class RequestRejected(ProviderError):
    """The server refuses this request (400, 404, 413, 422), and would again; `parameter` is the setting it names.

    `is_about_request`: another request to the same model may be accepted.
    """

    retryable = False
    parameter: str | None = None
    is_about_request = False


class ProviderBug(ProviderError):
    """The code of a provider failed with an error that no provider raises on purpose; names its file and line."""

    retryable = False


class NotRecorded(ProviderError):
    """A recorded provider was asked for a reply that was never recorded."""

    retryable = False


class ProviderRefused(ProviderError):
    """Key, billing or a used-up quota, full again in `retry_after_s` if known: no request succeeds; the run stops."""

    retryable = False


class ReplyError(FellowshipError):
    """The model answered, but not with what its role requires; `raw` is the whole text it wrote.

    scores  those of the answers in seat A and B, where one could be read and only the other is missing
    """

    def __init__(self, message: str, *, raw: str, scores: tuple[float | None, float | None] = (None, None)) -> None:
        super().__init__(message)
        self.raw, self.scores = raw, scores


class ReplyNotParsed(ReplyError):
    """The reply does not contain what was asked for."""


class ReplyOutOfRange(ReplyError):
    """The reply contains a value outside the allowed range."""


class ReplyContradictory(ReplyError):
    """The reply says two different things where one was asked for."""


class StoreError(FellowshipError):
    """The run's folder cannot be read or written."""


class RunNotFound(StoreError):
    """There is no run at the given place."""


class ConversationNotFound(StoreError):
    """The run has no conversation of the given id."""


class ReplayDiverged(FellowshipError):
    """An ask differs from the recorded one; names the ask, the field, what was recorded and what is new."""


class Draining(FellowshipError):
    """The run is being stopped, so the request was not sent; nothing is wrong with it."""


class BudgetSpent(FellowshipError):
    """A further request does not fit into the run's budget; nothing was sent for it."""


class RunStopped(FellowshipError):
    """The run stopped before its end and can be continued; `n_committed` replies are safe in its journal."""

    def __init__(self, message: str, *, n_committed: int) -> None:
        super().__init__(message)
        self.n_committed = n_committed


class Interrupted(RunStopped):
    """Ctrl-C or SIGTERM: requests in progress have ended or were abandoned, and the run can be continued.

    `signal` is the number of the signal of the process, 0 where none stopped the run.
    """

    signal = 0


STOPPING = (ProviderRefused, ReplayDiverged, StoreError, ConfigurationError, BudgetSpent, Draining)
"""What ends a whole run: no other conversation would fare better. The one it was raised in stays open."""
