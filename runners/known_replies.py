"""What is known of the asks of a conversation from before: replies of its own, replies of another run, and edits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal, TypeAlias

from fellowship.protocols.completions import AskKey, Attempt, Completion, Request

ChangePolicy: TypeAlias = Literal["refuse", "ask", "take"]
Attempts: TypeAlias = Mapping[AskKey, Sequence[Attempt]]

NO_ATTEMPTS: Attempts = {}
EDITED_BY_HAND = "edited by hand"  # what serves an edit


@dataclass(frozen=True, slots=True)
class KnownReplies:
    """The replies of one conversation that need not be asked for.

    own        in the run's journal
    change     what becomes of one whose request is another now: "refuse" it as a divergence, "ask" anew, or "take" it
    elsewhere  in another run's journal; each answers the ask of its own key while the request is the same
    edits      texts that a person put in the place of replies
    kept       asks that those elsewhere answer whatever the request is now
    """

    own: Attempts = field(default_factory=lambda: NO_ATTEMPTS)
    change: ChangePolicy = "refuse"
    elsewhere: Attempts = field(default_factory=lambda: NO_ATTEMPTS)
    edits: Mapping[AskKey, str] = field(default_factory=dict)
    kept: frozenset[AskKey] = frozenset()

    def of(self, key: AskKey) -> "AskHistory | None":
        """What is known of one ask; None where nothing is known of the conversation."""
        if not (self.own or self.elsewhere or self.edits):
            return None
        elsewhere = self.elsewhere.get(key, ()) if self.elsewhere else ()
        edit = self.edits.get(key) if self.edits else None
        return AskHistory(self.own.get(key, ()), self.change, elsewhere, edit, keep=key in self.kept)


class AskHistory:
    """The known attempts of one ask, handed out in order."""

    __slots__ = ("_change", "_edit", "_elsewhere", "_keep", "_n_new", "_next", "_own")

    def __init__(
        self,
        own: Sequence[Attempt],
        change: ChangePolicy,
        elsewhere: Sequence[Attempt] = (),
        edit: str | None = None,
        *,
        keep: bool = False,
    ) -> None:
        self._own, self._change, self._keep = own, change, keep
        self._elsewhere, self._edit = list(elsewhere), edit
        self._next = 0
        self._n_new = 0

    def next_recorded(self, request: Request) -> Attempt | None:
        """The next attempt of the run's own that may answer the request; None when there is none."""
        for position in range(self._next, len(self._own)):
            self._next = position + 1
            attempt = self._own[position]
            if self._change != "ask" or attempt.fingerprint == request.fingerprint:
                return attempt
        return None

    def with_attempt(self, request: Request) -> Request:
        """The request as the ask's next new attempt."""
        self._n_new += 1
        number = len(self._own) + self._n_new
        return request if request.attempt == number else replace(request, attempt=number)

    def reuse(self, request: Request, now: float) -> Attempt | None:
        """An edit, or another run's reply to the same request, as an attempt of this run that costs nothing."""
        if self._edit is not None:
            text, self._edit = self._edit, None
            edited = Completion(text, served_model=EDITED_BY_HAND)
            return Attempt(request.attempt, request.fingerprint, edited, now, Decimal(0), reused=True)
        for position, attempt in enumerate(self._elsewhere):
            if self._keep or attempt.fingerprint == request.fingerprint:
                del self._elsewhere[: position + 1]
                taken = replace(attempt, number=request.attempt, fingerprint=request.fingerprint)
                return replace(taken, cost=Decimal(0), reused=True)
        return None
