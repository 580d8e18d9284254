"""One ask: answered from what is known as far as it goes, then live, with a repair when the reply is unreadable.

Attempts of an ask are numbered from 1. A try is a fresh request and its repairs; a conversation whose replies stayed
unreadable may be given further tries. The reply is committed before it is returned.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeAlias

from fellowship.agents.reading import with_parts
from fellowship.protocols.completions import AskKey, Attempt, Completion, Request
from fellowship.protocols.errors import ConfigurationError, ReplayDiverged, ReplyError, ReplyNotParsed
from fellowship.protocols.interfaces import ContentT, Journal, MessageRecord, Role
from fellowship.protocols.messages import Message
from fellowship.runners.known_replies import EDITED_BY_HAND, KnownReplies
from fellowship.runners.request_difference import difference
from fellowship.telemetry.metrics import Metrics

AgentFor: TypeAlias = Callable[[Role[Any], AskKey], Role[Any]]


@dataclass(frozen=True, slots=True)
class AskContext:
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
    before: KnownReplies = field(default_factory=KnownReplies)
    price: Callable[[str, Completion], Decimal | None] | None = None
    metrics: Metrics = field(default_factory=Metrics)
    agent_for: AgentFor | None = None
    on_changed_request: Callable[[Attempt, Request], None] | None = None


async def execute_ask(
    context: AskContext,
    agent: Role[ContentT],
    messages: Sequence[Message[Any]],
    key: AskKey,
    record_reply: Callable[[ContentT, Attempt], MessageRecord],
) -> MessageRecord:
    """The agent's reply, placed and safe in the journal. ReplyError when it stays unreadable after the last repair."""
    record = context.before.of(key)
    if context.agent_for is not None:
        agent = context.agent_for(agent, key)
    failure: ReplyError | None = None
    for _ in range(context.tries):
        request = agent.request(messages, key, 1)
        for _ in range(1 + agent.repairs):
            known = record.next_recorded(request)
            if known is None:
                request = record.with_attempt(request)
                attempt = record.reuse(request, context.now()) or await _live(context, request)
            else:
                attempt = await _checked(context, known, request)
            completion = with_parts(attempt.completion)
            try:
                reply = record_reply(agent.read(completion), attempt)
            except ReplyError as error:
                _refuse_edit(attempt, error)
                failure = error
                if known is None:
                    context.metrics.unreadable(agent.name, error)
                    await context.journal.commit(request, attempt, error)
                request = agent.repair(request, completion, error)
                continue
            except Exception as error:  # a bug of the role's: the reply is kept, and a mended role will read it
                if known is None:
                    bug = ReplyNotParsed(f"{agent.name}: {type(error).__name__}: {error}", raw=attempt.completion.text)
                    await context.journal.commit(request, attempt, bug)
                raise
            if known is None:
                context.metrics.n_repaired += failure is not None
                await context.journal.commit(request, attempt, reply)
            else:
                context.journal.note(key.conversation, reply)
            return reply
    assert failure is not None
    raise failure


def _refuse_edit(attempt: Attempt, error: ReplyError) -> None:
    """An edit is not repaired: the model's repair would stand in its place."""
    if attempt.completion.served_model == EDITED_BY_HAND:
        raise ConfigurationError(f"the text does not read as a reply of its author: {error}; write it in that form")


async def _live(context: AskContext, request: Request) -> Attempt:
    fingerprint = request.fingerprint  # before anything is paid for: it fails on what cannot be written down
    completion = _in_unicode(await context.complete(request))
    cost = None if context.price is None else context.price(request.model, completion)
    return Attempt(request.attempt, fingerprint, completion, context.now(), cost)


def _in_unicode(completion: Completion) -> Completion:
    """With U+FFFD for half surrogate pairs, which some clients let through and no file can hold."""
    try:
        completion.text.encode()
    except UnicodeEncodeError:
        text = completion.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return replace(completion, text=text)
    return completion


async def _checked(context: AskContext, attempt: Attempt, request: Request) -> Attempt:
    """The recorded attempt, if the request is the one it answered, or if it is to be taken all the same."""
    if attempt.fingerprint == request.fingerprint:
        return attempt
    if context.on_changed_request is not None:
        context.on_changed_request(attempt, request)
        return attempt
    before = await context.journal.sent(request.key, attempt.number)
    field, was, now = difference(before, request)
    raise ReplayDiverged(
        f"ask {request.key} (attempt {attempt.number}) is not what was recorded: {field} was {was}, is {now}; "
        "put the code back, accept the change with --accept-changes, or give the run another folder with --out"
    )
