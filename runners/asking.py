"""One ask: answered from the journal as far as it goes, then live, with a repair when the reply is unreadable.

Attempts of an ask are numbered from 1. A try is a fresh request and its repairs; a conversation whose replies stayed
unreadable may be given further tries. The reply is committed before it is returned.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fellowship.protocols.completions import AskKey, Attempt, Completion, Request
from fellowship.protocols.errors import ReplayDiverged, ReplyError, ReplyNotParsed
from fellowship.protocols.interfaces import ContentT, Journal, Placed, Role
from fellowship.protocols.messages import Message
from fellowship.runners.differences import difference
from fellowship.runners.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Asking:
    """What an ask needs besides its agent and messages."""

    journal: Journal
    complete: Callable[[Request], Awaitable[Completion]]
    now: Callable[[], float]
    tries: int
    metrics: Metrics = field(default_factory=Metrics)


class Record:
    """The recorded attempts of one ask, handed out in order.

    In a conversation that is tried again, a reply that was unreadable may be readable now, and what was recorded
    after it may build on something else: such attempts are passed over and kept. Otherwise they are divergences.
    """

    def __init__(self, attempts: Sequence[Attempt], *, may_have_changed: bool) -> None:
        self._attempts = attempts
        self._may_have_changed = may_have_changed
        self._next = 0
        self._n_live = 0

    def take(self, request: Request) -> Attempt | None:
        """The next attempt that may answer the request; None when it has to be asked live."""
        for position in range(self._next, len(self._attempts)):
            self._next = position + 1
            attempt = self._attempts[position]
            if not self._may_have_changed or attempt.fingerprint == request.fingerprint:
                return attempt
        return None

    def numbered(self, request: Request) -> Request:
        """The request as the ask's next new attempt."""
        self._n_live += 1
        number = len(self._attempts) + self._n_live
        return request if request.attempt == number else replace(request, attempt=number)


async def answer(
    asking: Asking,
    agent: Role[ContentT],
    messages: Sequence[Message[Any]],
    key: AskKey,
    recorded: Sequence[Attempt],
    placed: Callable[[ContentT, Attempt], Placed],
) -> Placed:
    """The agent's reply, placed and safe in the journal. ReplyError when it stays unreadable after the last repair."""
    record = Record(recorded, may_have_changed=asking.tries > 1)
    failure: ReplyError | None = None
    for _ in range(asking.tries):
        request = agent.request(messages, key, 1)
        for _ in range(1 + agent.repairs):
            known = record.take(request)
            if known is None:
                request = record.numbered(request)
                attempt = await _live(asking, request)
            else:
                attempt = await _checked(asking, known, request)
            try:
                reply = placed(agent.read(attempt.completion), attempt)
            except ReplyError as error:
                failure = error
                if known is None:
                    asking.metrics.unreadable(agent.name, error)
                    await asking.journal.commit(request, attempt, error)
                request = agent.repair(request, attempt.completion, error)
                continue
            except Exception as error:  # a bug of the role's: the reply is kept, and a mended role will read it
                if known is None:
                    bug = ReplyNotParsed(f"{agent.name}: {type(error).__name__}: {error}", raw=attempt.completion.text)
                    await asking.journal.commit(request, attempt, bug)
                raise
            if known is None:
                asking.metrics.n_repaired += failure is not None
                await asking.journal.commit(request, attempt, reply)
            else:
                asking.journal.note(key.conversation, reply)
            return reply
    assert failure is not None
    raise failure


async def _live(asking: Asking, request: Request) -> Attempt:
    fingerprint = request.fingerprint  # before anything is paid for: it fails on what cannot be written down
    completion = _in_unicode(await asking.complete(request))
    return Attempt(request.attempt, fingerprint, completion, asking.now())


def _in_unicode(completion: Completion) -> Completion:
    """With U+FFFD for half surrogate pairs, which some clients let through and no file can hold."""
    try:
        completion.text.encode()
    except UnicodeEncodeError:
        text = completion.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return replace(completion, text=text)
    return completion


async def _checked(asking: Asking, attempt: Attempt, request: Request) -> Attempt:
    if attempt.fingerprint == request.fingerprint:
        return attempt
    before = await asking.journal.sent(request.key, attempt.number)
    field, was, now = difference(before, request)
    raise ReplayDiverged(
        f"ask {request.key} (attempt {attempt.number}) is not what was recorded: {field} was {was}, is {now}; "
        "put the code back, or give the run another folder with --out"
    )
