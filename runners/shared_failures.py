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
    CHANCE_FACTOR,
    FEWEST_CONVERSATIONS,
    MAX_ATTEMPTS,
    MOST_UNDECIDED,
    PATIENCE_S,
    SUPPOSED_UNREADABLE,
    Failure,
    attempts_count,
)

ACCEPTING = "--accept-changes"
"""The option with which a run continues with other code or settings; a fork has --fresh."""


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

    def add(self, failure: Failure, conversation: str, number: int, *, fewest: int = 0) -> int | None:
        """Count a failure of `number`; how many conversations in a row have met it, once others can be expected to.

        `fewest`: so many at least, where some fail in this way between others that do not.
        """
        self.undecided.pop(number, None)
        counts = [(name, max(n, fewest)) for name, n in failure.counts_in_a_row()]
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


def failure_in_a_row(n: int, reason: str, to_correct: str = "that", *, option: str = "") -> SharedFailure:
    """The error that stops a run after `n` conversations in a row, although others got through before them.

    `option` is the one with which a run accepts the correction.
    """
    return SharedFailure(
        f"{n} conversations in a row failed in the same way, after others had got through: {reason}; what is finished "
        f"stays; correct {to_correct}, and repeat the command{_with(option)}: it tries the failed ones again"
    )


def shared_failure(n: int, reason: str, to_correct: str = "that", *, option: str = "") -> SharedFailure:
    """The error that stops a run after `n` conversations. `option` as in `failure_in_a_row`."""
    advice = f"correct {to_correct}, and repeat the command{_with(option)}: it tries them again"
    return SharedFailure(f"none of {n} conversations got through: {reason}; {advice}")


class UnreadableRow:
    """Conversations in a row whose replies could not be read, after others could. Numbers are those of `row`.

    n_read, n_ended   conversations of earlier starts with readable replies, and with these or unreadable ones

    An evaluator may be unreadable on some items all the time: the fewer of its conversations have been read so far, the
    more unreadable ones follow one another by chance, and so many more are needed.
    """

    __slots__ = ("_n_ended", "_n_ended_at_read", "_n_read", "_row")

    def __init__(self, row: FailureRow, *, n_read: int = 0, n_ended: int = 0) -> None:
        self._row = FailureRow()
        self._row.undecided = row.undecided
        self._n_read, self._n_ended, self._n_ended_at_read = n_read, n_ended, n_ended

    def read(self, number: int) -> None:
        """The conversation of this number was read."""
        self._n_ended += 1
        self._n_read += 1
        self._n_ended_at_read = self._n_ended
        self._row.last_through = max(number, self._row.last_through)

    def add(self, failure: Failure, conversation: str, number: int) -> int | None:
        """Count one that could not be read; the number in a row as of `FailureRow.add`."""
        self._n_ended += 1
        fewest = CHANCE_FACTOR * (self._n_ended_at_read + SUPPOSED_UNREADABLE) // max(1, self._n_read)
        return self._row.add(failure, conversation, number, fewest=fewest)


def shared_unreadable(n: int, reason: str, *, option: str = "", in_a_row: bool = False) -> SharedFailure:
    """The error that stops a run of which the replies of `n` conversations could not be read, or too few votes.

    `option` as in `failure_in_a_row`. `in_a_row`: those of others could, before them.
    """
    of, where = f"{n} conversations", ""
    if in_a_row:
        of, where = f"{of} in a row", ", after others had one" if failed_for_votes(reason) else ", after others could"
    what = f"none of {of} has a result" if failed_for_votes(reason) else f"no reply of {of} could be read"
    advice = f"correct the parser, the strategy or the model, and repeat the command{_with(option)}"
    if option == ACCEPTING:
        advice += (
            ", which reads recorded replies again and asks only where a request differs; where nothing of the script "
            "or its settings is to be changed, repeat it with --retry-failed, which asks once more"
        )
    if in_a_row:
        advice += "; without it, the same command goes on with the items after them"
    return SharedFailure(f"{what}{where}: {reason}; {advice}")


def _with(option: str) -> str:
    return f" with {option}" if option else ""
