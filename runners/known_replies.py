"""The replies of a conversation that are known before it runs: its own, those of another run, and edits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal, TypeAlias

from fellowship.protocols.completions import AskKey, Attempt, Completion, Request

ChangePolicy: TypeAlias = Literal["refuse", "ask", "take"]
Attempts: TypeAlias = Mapping[AskKey, Sequence[Attempt]]

NO_ATTEMPTS: Attempts = {}
EDITED_BY_HAND = "edited by hand"  # the served model of an edit


@dataclass(frozen=True, slots=True)
class KnownReplies:
    """The known replies of one conversation.

    own        replies in the run's own journal
    change     how to treat one whose request has changed: "refuse" (a divergence), "ask" the model, or "take" it
    elsewhere  replies in another run's journal; each answers the ask of its key if the request is unchanged
    edits      texts that replace replies
    kept       asks that replies from elsewhere answer also if the request has changed
    """

    own: Attempts = field(default_factory=lambda: NO_ATTEMPTS)
    change: ChangePolicy = "refuse"
    elsewhere: Attempts = field(default_factory=lambda: NO_ATTEMPTS)
    edits: Mapping[AskKey, str] = field(default_factory=dict)
    kept: frozenset[AskKey] = frozenset()

    def of(self, key: AskKey) -> "AskHistory | None":
        """The history of one ask; None if nothing is known about the conversation."""
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
        """The next own attempt that can answer the request, else None."""
        for position in range(self._next, len(self._own)):
            self._next = position + 1
            attempt = self._own[position]
            if self._change != "ask" or attempt.fingerprint == request.fingerprint:
                return attempt
        return None

    def with_attempt(self, request: Request) -> Request:
        """The request, numbered as the next new attempt of the ask."""
        self._n_new += 1
        number = len(self._own) + self._n_new
        return request if request.attempt == number else replace(request, attempt=number)

    def reuse(self, request: Request, now: float) -> Attempt | None:
        """An edit, or another run's reply to the same request, as an attempt of this run without cost; else None."""
        if self._edit is not None:
            text, self._edit = self._edit, None
            edited = Completion(text, served_model=EDITED_BY_HAND)
            return Attempt(request.attempt, request.fingerprint, edited, now, Decimal(0), reused=True)
        for position, attempt in enumerate(self._elsewhere):
            if self._keep or attempt.fingerprint == request.fingerprint:
                del self._elsewhere[: position + 1]
                reused = replace(attempt, number=request.attempt, fingerprint=request.fingerprint)
                return replace(reused, cost=Decimal(0), reused=True)
        return None
