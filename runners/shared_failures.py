"""Failures that conversations share: recognised by the first few, so that the others do not meet them.

A misspelt model, a wrong base URL, a scenario with an impossible argument, a parser with a bug: each further
conversation would fail in the same way. A failure is shared while nothing has succeeded in this start, and the failures
so far are of one kind. Failures that conversations have of their own differ in their text, so more of them are allowed.

A failure that begins later, such as a model that is retired during the run, is shared when many conversations in a row
meet it: nothing that was sent between them got through. What a server refuses for its content never counts there.

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
from fellowship.protocols.failed_votes import failed_for_votes

MAX_EQUAL = 10  # failures with the same text, or of a kind that no content has
MAX_EQUAL_UNSURE = 20  # the same, where the server may answer later, or has answered before
MAX_ALIKE = 50  # failures of the same type at the same place, each with a text of its own; equal ones about content
MAX_REFUSED = 100  # requests that were refused, each with a text of its own
MOST_UNDECIDED = 0.25  # requests without an outcome between failures in a row, as a share of these
MAX_ATTEMPTS, FEWEST_CONVERSATIONS, PATIENCE_S = 10, 3, 5.0  # attempts of requests that may succeed later
QUOTED_OR_NUMBER = re.compile(r"'[^']*'|\d+")
VARYING = re.compile(  # moments, names of conversations, ids of requests
    r"\b(?:\d{1,4}[-/:]\d\d[-/:]\d\d[\d:.,TZ]*|\d+\.\d{3,}|c\d{5,}\S*|(?=[\w-]*\d)[\w-]{8,})"
)
SAYS_CONTENT = re.compile(
    r"filter|polic|inspect|safety|moderat|sensitive|flagged|harmful|inappropriate|prohibited|blocked|unsafe|violat|risk"
    r"|\b(?:too|max\w*|exceed\w*|longer|larger)\b.*\b(?:long|large|big|many|length|size|tokens?|characters|context)\b"
    r"|context.?(?:length|window|size)|\d tokens?\b|truncat|shorten",
    re.IGNORECASE | re.DOTALL,
)
"""Words of rejections for what a prompt contains, or for its length."""


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
        if isinstance(error, RequestRejected):
            limits = {kind: MAX_EQUAL}
            if error.is_about_request:
                most = MAX_ALIKE if SAYS_CONTENT.search(text) else MAX_EQUAL
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


class FailureRow:
    """Failures in a row: those sent since the last request that got through, by kind and conversation.

    Its user numbers what it sends, in `n_sent`, keeps the numbers without an outcome in `undecided`, and the highest
    number that got through in `last_through`. It does so in its own code, because a call for each would be one more in
    every ask.
    """

    __slots__ = ("_failed", "last_through", "n_sent", "undecided")

    def __init__(self) -> None:
        self.n_sent, self.last_through = 0, -1
        self.undecided: dict[int, None] = {}
        self._failed: dict[str, dict[str, int]] = {}

    def add(self, error: BaseException, conversation: str, number: int) -> int | None:
        """Count a failure of `number`; how many conversations in a row have met it, once others can be expected to."""
        self.undecided.pop(number, None)
        return max(
            (n for kind, n in _row_limits(error).items() if self._is_shared(kind, conversation, number, n)),
            default=None,
        )

    def _is_shared(self, kind: str, conversation: str, number: int, n: int) -> bool:
        row = {each: at for each, at in self._failed.get(kind, {}).items() if at > self.last_through}
        if number > self.last_through:
            row.setdefault(conversation, number)
        self._failed[kind] = row
        if len(row) < n:
            return False
        numbers = sorted(row.values())
        n_undecided = sum(numbers[0] < at < numbers[n - 1] for at in self.undecided)
        return n_undecided <= MOST_UNDECIDED * n


def _row_limits(error: BaseException) -> dict[str, int]:
    """How many failures in a row are shared, by kind; none for what may succeed later, or is about content."""
    kind, text = kind_of(error), VARYING.sub("…", str(error))
    if isinstance(error, NotRecorded) or (isinstance(error, ProviderError) and error.retryable):
        return {}
    if not isinstance(error, RequestRejected):
        return (
            {f"{kind}: {text}": MAX_EQUAL_UNSURE, kind: MAX_ALIKE}
            if isinstance(error, ProviderError)
            else {kind: MAX_ALIKE}
        )
    if not error.is_about_request:
        return {kind: MAX_EQUAL_UNSURE}
    if SAYS_CONTENT.search(text):
        return {}
    return {f"{kind}: {text}": MAX_EQUAL_UNSURE, f"refused: {QUOTED_OR_NUMBER.sub('…', text)}": MAX_ALIKE}


def failure_in_a_row(n: int, told: str) -> SharedFailure:
    """The error that stops a run after `n` conversations in a row, although others got through before them."""
    return SharedFailure(
        f"{n} conversations in a row failed in the same way, after others had got through: {told}; what is finished "
        "stays; correct that, and repeat the command: it tries the failed ones again"
    )


def shared_failure(n: int, told: str) -> SharedFailure:
    """The error that stops a run after `n` conversations."""
    return SharedFailure(
        f"none of {n} conversations got through: {told}; correct that, and repeat the command: it tries them again"
    )


def shared_unreadable(n: int, reason: str) -> SharedFailure:
    """The error that stops a run of which the replies of `n` conversations could not be read, or too few votes."""
    what = (
        f"none of {n} conversations has a result"
        if failed_for_votes(reason)
        else f"no reply of {n} conversations could be read"
    )
    return SharedFailure(
        f"{what}: {reason}; correct the model, the strategy or the parser, and repeat the command with --retry-failed"
    )


def kind_of(error: BaseException) -> str:
    """The type of an error, and the place in the code that raised it, for errors that are not a provider's."""
    name = type(error).__name__
    if isinstance(error, ProviderError):
        return name
    frames = traceback.extract_tb(error.__traceback__)
    return f"{name} at {frames[-1].filename}:{frames[-1].lineno}" if frames else name
