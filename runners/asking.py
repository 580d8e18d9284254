"""One ask: answered from what is known as far as it goes, then live, with a repair when the reply is unreadable.

Attempts of an ask are numbered from 1. A try is a fresh request and its repairs; a conversation whose replies stayed
unreadable may be given further tries. The reply is committed before it is returned.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeAlias

from fellowship.protocols.completions import AskKey, Attempt, Completion, Request
from fellowship.protocols.errors import ConfigurationError, ReplayDiverged, ReplyError, ReplyNotParsed
from fellowship.protocols.interfaces import ContentT, Journal, Placed, Role
from fellowship.protocols.messages import Message
from fellowship.runners.differences import difference
from fellowship.runners.record import BY_HAND, Before
from fellowship.runners.watching.metrics import Metrics

Recast: TypeAlias = Callable[[Role[Any], AskKey], Role[Any]]


@dataclass(frozen=True, slots=True)
class Asking:
    """What an ask needs besides its agent and messages.

    tries    how many, for replies that stay unreadable
    before   what need not be asked for
    price    of a completion by a model, in US dollars; None where it is not known
    recast   who plays an agent's part in an ask, where that is somebody else
    noticed  told of every recorded attempt that was taken though its request is another now
    """

    journal: Journal
    complete: Callable[[Request], Awaitable[Completion]]
    now: Callable[[], float]
    tries: int = 1
    before: Before = field(default_factory=Before)
    price: Callable[[str, Completion], Decimal | None] | None = None
    metrics: Metrics = field(default_factory=Metrics)
    recast: Recast | None = None
    noticed: Callable[[Attempt, Request], None] | None = None


async def answer(
    asking: Asking,
    agent: Role[ContentT],
    messages: Sequence[Message[Any]],
    key: AskKey,
    placed: Callable[[ContentT, Attempt], Placed],
) -> Placed:
    """The agent's reply, placed and safe in the journal. ReplyError when it stays unreadable after the last repair."""
    record = asking.before.of(key)
    if asking.recast is not None:
        agent = asking.recast(agent, key)
    failure: ReplyError | None = None
    for _ in range(asking.tries):
        request = agent.request(messages, key, 1)
        for _ in range(1 + agent.repairs):
            known = record.take(request)
            if known is None:
                request = record.numbered(request)
                attempt = record.borrow(request, asking.now()) or await _live(asking, request)
            else:
                attempt = await _checked(asking, known, request)
            try:
                reply = placed(agent.read(attempt.completion), attempt)
            except ReplyError as error:
                _refuse_edit(attempt, error)
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


def _refuse_edit(attempt: Attempt, error: ReplyError) -> None:
    """An edit is not repaired: the model's repair would stand in its place."""
    if attempt.completion.served_model == BY_HAND:
        raise ConfigurationError(f"the text does not read as a reply of its author: {error}; write it in that form")


async def _live(asking: Asking, request: Request) -> Attempt:
    fingerprint = request.fingerprint  # before anything is paid for: it fails on what cannot be written down
    completion = _in_unicode(await asking.complete(request))
    cost = None if asking.price is None else asking.price(request.model, completion)
    return Attempt(request.attempt, fingerprint, completion, asking.now(), cost)


def _in_unicode(completion: Completion) -> Completion:
    """With U+FFFD for half surrogate pairs, which some clients let through and no file can hold."""
    try:
        completion.text.encode()
    except UnicodeEncodeError:
        text = completion.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return replace(completion, text=text)
    return completion


async def _checked(asking: Asking, attempt: Attempt, request: Request) -> Attempt:
    """The recorded attempt, if the request is the one it answered, or if it is to be taken all the same."""
    if attempt.fingerprint == request.fingerprint:
        return attempt
    if asking.noticed is not None:
        asking.noticed(attempt, request)
        return attempt
    before = await asking.journal.sent(request.key, attempt.number)
    field, was, now = difference(before, request)
    raise ReplayDiverged(
        f"ask {request.key} (attempt {attempt.number}) is not what was recorded: {field} was {was}, is {now}; "
        "put the code back, accept the change with --accept-changes, or give the run another folder with --out"
    )
