"""The replies of a conversation that are known before it runs, and what they are to each of its asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeAlias

from fellowship.formatting.shorten import around_the_change
from fellowship.protocols.completions import AskKey, Attempt, Completion, Request

AskPlace: TypeAlias = tuple[str, str, int]  # lane, agent, occurrence: an ask's key within its conversation
Attempts: TypeAlias = Mapping[AskKey, Sequence[Attempt]]
AttemptsByPlace: TypeAlias = Mapping[AskPlace, Sequence[Attempt]]

EDITED_BY_HAND = "edited by hand"  # the served model of an edit


@dataclass(frozen=True, slots=True)
class KnownReplies:
    """The known replies of one conversation; `resume.plan_conversation` says where they are from.

    own          replies in the run's own journal
    elsewhere    replies in another run's journal; each answers the ask at its place if the request is unchanged
    kept         asks that replies from elsewhere answer also if the request has changed
    edits        texts that replace replies
    ask_changed  whether own replies whose request has changed are passed over
    """

    own: Attempts = field(default_factory=dict)
    elsewhere: AttemptsByPlace = field(default_factory=dict)
    kept: frozenset[AskPlace] = frozenset()
    edits: Mapping[AskPlace, str] = field(default_factory=dict)
    ask_changed: bool = False

    def of(self, key: AskKey) -> "AskHistory | None":
        """The history of one ask; None if nothing is known about the conversation."""
        return AskHistory(self, key) if self.own or self.elsewhere or self.edits else None


class NextAttempt(NamedTuple):
    """One attempt of an ask: its source, the request with the attempt's number, and the attempt if it is known.

    recorded  by this run, for an equal request
    changed   by this run, for another request
    reused    from another run, or an edit; without cost
    model     not known: the request is to be sent
    """

    source: Literal["recorded", "changed", "reused", "model"]
    request: Request
    attempt: Attempt | None = None


class AskHistory:
    """The known attempts of one ask, handed out in order."""

    def __init__(self, known: KnownReplies, key: AskKey) -> None:
        self._known, self._place = known, key[1:]
        self._own = known.own.get(key, ())
        self._elsewhere = list(known.elsewhere.get(self._place, ()))
        self._edit = known.edits.get(self._place)
        self._n_read = self._n_new = 0

    def next_attempt(self, request: Request, now: float) -> NextAttempt:
        """The attempt that answers the request: the next own one, else an edit or another run's, else a new one."""
        for attempt in self._own[self._n_read :]:
            self._n_read += 1
            if attempt.fingerprint == request.fingerprint:
                return NextAttempt("recorded", request, attempt)
            if not self._known.ask_changed:
                return NextAttempt("changed", request, attempt)
        self._n_new += 1
        request = replace(request, attempt=len(self._own) + self._n_new)
        if (reused := self._reused(request, now)) is not None:
            return NextAttempt("reused", request, replace(reused, number=request.attempt, cost=Decimal(0), reused=True))
        return NextAttempt("model", request)

    def _reused(self, request: Request, now: float) -> Attempt | None:
        fingerprint = request.fingerprint
        if self._edit is not None:
            text, self._edit = self._edit, None
            return Attempt(request.attempt, fingerprint, Completion(text, served_model=EDITED_BY_HAND), now)
        for position, attempt in enumerate(self._elsewhere):
            if attempt.fingerprint == fingerprint or self._place in self._known.kept:
                del self._elsewhere[: position + 1]
                return replace(attempt, fingerprint=fingerprint)
        return None


def difference(before: Mapping[str, Any], request: Request) -> tuple[str, str, str]:
    """The first field in which a recorded request and a new one differ, with both values shortened."""
    if before["model"] != request.model:
        return "model", repr(before["model"]), repr(request.model)
    for position, (was, now) in enumerate(zip(before["messages"], request.messages, strict=False)):
        if was != now:
            return f"message {position + 1} ({now['role']})", *around_the_change(was["content"], now["content"])
    if len(before["messages"]) != len(request.messages):
        return "number of messages", str(len(before["messages"])), str(len(request.messages))
    if before["sampling"] != request.sampling:
        return "sampling", repr(before["sampling"]), repr(request.sampling)
    return "reply form", repr(before["reply"]), repr(request.reply)
