"""Failures that conversations share: recognised by the first few, so that the others do not meet them.

A misspelt model, a wrong base URL, a scenario with an impossible argument, a parser with a bug: each further
conversation would fail in the same way. `failure_kinds.py` has the number of failures that shows it, by kind.

`SharedFailures` counts while nothing has succeeded in this start. `FailureRow` counts failures that begin later, such
as those of a model that is retired during the run: nothing that was sent between them got through.

A request that may succeed later is sent again, and each of these attempts counts. A server may be down for a moment, so
the attempts decide only after some seconds; until then `is_suspect` says that further requests had better wait.
"""

from bisect import insort

from fellowship.protocols.errors import ProviderError, SharedFailure
from fellowship.protocols.failed_votes import failed_for_votes
from fellowship.runners.failure_kinds import (
    FEWEST_CONVERSATIONS,
    MAX_ATTEMPTS,
    MOST_UNDECIDED,
    PATIENCE_S,
    Failure,
    attempts_count,
)


class SharedFailures:
    """Failures by kind, until the first success.

    Decided by the first that began, not by the first that failed: conversations that fail at once say nothing about
    those that still wait for their replies. `most_open` of those that began before the last failure may be open, as a
    share of the failures: where a failure takes as long as a success does.
    """

    def __init__(self, *, most_open: float = 0.0) -> None:
        self._most_open = most_open
        self._ranks: dict[str, int] = {}
        self._open: dict[str, int] = {}
        self._failed: dict[str, list[int]] = {}
        self._attempts: dict[int, int] = {}
        self._failing_since: float | None = None
        self.has_succeeded = self.is_suspect = False

    def begin(self, conversation: str) -> None:
        """Begin a conversation, or its first request to a model."""
        if not self.has_succeeded and conversation not in self._ranks:
            self._ranks[conversation] = self._open[conversation] = len(self._ranks)

    def succeed(self) -> None:
        """Something got through: from now on failures are not shared by all, and nothing is kept for them."""
        if not self.has_succeeded:
            self.has_succeeded, self.is_suspect = True, False
            self._ranks, self._open, self._failed, self._attempts = {}, {}, {}, {}

    def add(self, failure: Failure, conversation: str) -> int | None:
        """Count a failure; the number of conversations with its kind once all others can be expected to fail too."""
        self._open.pop(conversation, None)
        if self.has_succeeded:
            return None
        rank = self._ranks.get(conversation, 0)
        return max((n for name, n in failure.counts() if self._is_shared(name, rank, n)), default=None)

    def add_attempt(self, error: ProviderError, conversation: str, now: float) -> int | None:
        """Count a failed attempt, at `now` in seconds; the number as of `add`."""
        if self.has_succeeded or not attempts_count(error):
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

    def _is_shared(self, kind: str, rank: int, n: int) -> bool:
        """Whether `n` failures are of this kind, and what began before the last of them has ended."""
        first = self._failed.setdefault(kind, [])
        if rank not in first:
            insort(first, rank)
            del first[n:]
        return len(first) == n and sum(at < first[-1] for at in self._open.values()) <= self._most_open * n


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

    def add(self, failure: Failure, conversation: str, number: int) -> int | None:
        """Count a failure of `number`; how many conversations in a row have met it, once others can be expected to."""
        self.undecided.pop(number, None)
        counts = failure.counts_in_a_row()
        return max((n for name, n in counts if self._is_shared(name, conversation, number, n)), default=None)

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


def failure_in_a_row(n: int, reason: str, to_correct: str = "that") -> SharedFailure:
    """The error that stops a run after `n` conversations in a row, although others got through before them."""
    return SharedFailure(
        f"{n} conversations in a row failed in the same way, after others had got through: {reason}; what is finished "
        f"stays; correct {to_correct}, and repeat the command: it tries the failed ones again"
    )


def shared_failure(n: int, reason: str, to_correct: str = "that") -> SharedFailure:
    """The error that stops a run after `n` conversations."""
    advice = f"correct {to_correct}, and repeat the command: it tries them again"
    return SharedFailure(f"none of {n} conversations got through: {reason}; {advice}")


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
