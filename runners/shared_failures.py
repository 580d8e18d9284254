"""Failures that all conversations of a run share: recognised by the first few, so that the others do not meet them.

A misspelt model, a wrong base URL, a scenario with an impossible argument, a parser with a bug: each further
conversation would fail in the same way. A failure is shared while nothing has succeeded in this start, and the failures
so far are of one kind. Failures that conversations have of their own differ in their text, so more of them are allowed.

A request that may succeed later is sent again, and each of these attempts counts. A server may be down for a moment, so
the attempts decide only after some seconds; until then `is_suspect` says that further requests had better wait.
"""

import re
import traceback
from bisect import insort

from fellowship.protocols.errors import (
    NotRecorded,
    Overloaded,
    ProviderError,
    RateLimited,
    RequestRejected,
    SharedFailure,
)

MAX_EQUAL = 10  # failures with the same text
MAX_EQUAL_UNSURE = 20  # the same, where a server may have refused the content of a request, or may answer later
MAX_ALIKE = 50  # failures of the same type at the same place, each with a text of its own; equal ones of filters
MAX_REFUSED = 100  # requests that were refused, each with a text of its own
MAX_ATTEMPTS, FEWEST_CONVERSATIONS, PATIENCE_S = 10, 3, 5.0  # attempts of requests that may succeed later
QUOTED_OR_NUMBER = re.compile(r"'[^']*'|\d+")
VARYING = re.compile(  # moments, names of conversations, ids of requests
    r"\b(?:\d{1,4}[-/:]\d\d[-/:]\d\d[\d:.,TZ]*|c\d{5,}\S*|(?=[\w-]*\d)[\w-]{8,})"
)
SAYS_FILTERED = re.compile(
    r"filter|polic|inspect|safety|moderat|sensitive|flagged|harmful|inappropriate|prohibited", re.IGNORECASE
)


class SharedFailures:
    """Failures by kind, until the first success.

    Decided by the first that began, not by the first that failed: conversations that fail at once say nothing about
    those that still wait for their replies.
    """

    def __init__(self) -> None:
        self._ranks: dict[str, int] = {}
        self._open: dict[str, int] = {}
        self._failed: dict[str, list[int]] = {}
        self._attempts: dict[int, int] = {}
        self._failing_since: float | None = None
        self.has_succeeded = self.is_suspect = False

    def begin(self, conversation: str) -> None:
        """Begin a conversation, or its first request to a model."""
        if conversation not in self._ranks:
            self._ranks[conversation] = self._open[conversation] = len(self._ranks)

    def succeed(self) -> None:
        """Something got through: from now on failures are not shared by all."""
        self.has_succeeded, self.is_suspect = True, False

    def add(self, error: BaseException, conversation: str) -> int | None:
        """Count a failure; the number of conversations with its kind once all others can be expected to fail too."""
        self._open.pop(conversation, None)
        if self.has_succeeded or isinstance(error, NotRecorded):
            return None
        rank, kind, text = self._ranks.get(conversation, 0), kind_of(error), VARYING.sub("…", str(error))
        may_differ = isinstance(error, ProviderError) and error.retryable
        limits = {f"{kind}: {text}": MAX_EQUAL_UNSURE if may_differ else MAX_EQUAL, kind: MAX_ALIKE}
        if isinstance(error, RequestRejected) and error.is_about_request:
            most = MAX_ALIKE if SAYS_FILTERED.search(text) else MAX_EQUAL_UNSURE
            limits = {f"{kind}: {text}": most, f"refused: {QUOTED_OR_NUMBER.sub('…', text)}": MAX_REFUSED}
        return max((n for name, n in limits.items() if self._is_shared(name, rank, n)), default=None)

    def add_attempt(self, error: ProviderError, conversation: str, now: float) -> int | None:
        """Count a failed attempt of a request that may succeed later, at `now` in seconds; the number as of `add`.

        A server that asks for a pause is not counted: it has its own patience.
        """
        if self.has_succeeded or not error.retryable or isinstance(error, RateLimited | Overloaded):
            return None
        rank = self._ranks.get(conversation, 0)
        self._open.pop(conversation, None)
        self._attempts[rank] = self._attempts.get(rank, 0) + 1
        self._failing_since = now if self._failing_since is None else self._failing_since
        oldest = next(iter(self._open.values()), len(self._ranks))
        counted = [n for at, n in self._attempts.items() if at < oldest]
        self.is_suspect = sum(counted) >= MAX_ATTEMPTS
        has_lasted = now - self._failing_since >= PATIENCE_S
        return len(counted) if self.is_suspect and has_lasted and len(counted) >= FEWEST_CONVERSATIONS else None

    def add_unreadable(self, reason: str, conversation: str) -> int | None:
        """Count a conversation that ended because a reply could not be read; the number as of `add`.

        What was expected makes the kind; what was found differs from reply to reply, unless all are equal.
        """
        self._open.pop(conversation, None)
        if self.has_succeeded:
            return None
        rank, text = self._ranks.get(conversation, 0), VARYING.sub("…", reason)
        limits = {f"equal: {text}": MAX_EQUAL, text.partition(", found ")[0]: MAX_ALIKE}
        return max((n for name, n in limits.items() if self._is_shared(name, rank, n)), default=None)

    def _is_shared(self, kind: str, rank: int, n: int) -> bool:
        """Whether `n` failures are of this kind, and everything that began before the last of them has ended."""
        first = self._failed.setdefault(kind, [])
        if rank not in first:
            insort(first, rank)
            del first[n:]
        oldest = next(iter(self._open.values()), None)
        return len(first) == n and (oldest is None or first[-1] < oldest)


def shared_failure(n: int, told: str) -> SharedFailure:
    """The error that stops a run after `n` conversations."""
    return SharedFailure(
        f"none of {n} conversations got through: {told}; correct that, and repeat the command: it tries them again"
    )


def shared_unreadable(n: int, reason: str) -> SharedFailure:
    """The error that stops a run of which the replies of `n` conversations could not be read."""
    return SharedFailure(
        f"no reply of {n} conversations could be read: {reason}; correct the model, the strategy or the parser, and "
        "repeat the command with --retry-failed"
    )


def kind_of(error: BaseException) -> str:
    """The type of an error, and the place in the code that raised it, for errors that are not a provider's."""
    name = type(error).__name__
    if isinstance(error, ProviderError):
        return name
    frames = traceback.extract_tb(error.__traceback__)
    return f"{name} at {frames[-1].filename}:{frames[-1].lineno}" if frames else name
