"""One ask: answered from known replies as far as these go, then live, with a repair when the reply is unreadable.

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
from fellowship.runners.known_replies import EDITED_BY_HAND, AskHistory, KnownReplies
from fellowship.runners.request_difference import difference
from fellowship.telemetry.conversation_usage import ConversationUsage
from fellowship.telemetry.metrics import Metrics

AgentFor: TypeAlias = Callable[[Role[Any], AskKey], Role[Any]]


@dataclass(slots=True)
class AskContext:
    """What the asks of one conversation share.

    complete            sends a request to its model; the completion it returns is checked
    tries               how many, for replies that stay unreadable
    known               replies that need not be asked for
    price               of a completion by a model, in US dollars; None where it is not known
    usage               the tokens of this conversation
    agent_for           the agent that answers an ask, where that is another one
    on_changed_request  is called with every recorded attempt that is used although its request has changed
    """

    journal: Journal
    complete: Callable[[Request], Awaitable[Completion]]
    now: Callable[[], float]
    tries: int = 1
    known: KnownReplies = field(default_factory=KnownReplies)
    price: Callable[[str, Completion], Decimal | None] | None = None
    metrics: Metrics = field(default_factory=Metrics)
    usage: ConversationUsage | None = None
    agent_for: AgentFor | None = None
    on_changed_request: Callable[[Attempt, Request], None] | None = None


async def execute_ask(
    context: AskContext,
    agent: Role[ContentT],
    messages: Sequence[Message[Any]],
    key: AskKey,
    record_of: Callable[[ContentT, Attempt], MessageRecord],
) -> MessageRecord:
    """The agent's reply, safe in the journal. ReplyError when it stays unreadable after the last repair."""
    history = context.known.of(key)
    if context.agent_for is not None:
        agent = context.agent_for(agent, key)
    failure: ReplyError | None = None
    n_asked = 0
    for _ in range(context.tries):
        request = agent.request(messages, key, 1)
        for _ in range(1 + agent.repairs):
            recorded = None if history is None else await _recorded(context, history, request)
            if recorded is not None:
                attempt = recorded
            elif history is not None:
                request, attempt = await _reused_or_live(context, history, request)
            else:
                n_asked += 1
                if request.attempt != n_asked:
                    request = replace(request, attempt=n_asked)
                attempt = await _live(context, request)
            completion = with_parts(attempt.completion)
            try:
                reply = record_of(agent.read(completion), attempt)
            except ReplyError as error:
                failure = error
                await _keep_unreadable(context, agent, request, attempt, error, is_new=recorded is None)
                request = agent.repair(request, completion, error)
                continue
            except Exception as error:  # a bug of the role: the reply is kept, and a corrected role will read it
                if recorded is None:
                    bug = ReplyNotParsed(f"{agent.name}: {type(error).__name__}: {error}", raw=attempt.completion.text)
                    await context.journal.commit(request, attempt, bug)
                raise
            if recorded is not None:
                context.journal.note(key.conversation, reply)
                return reply
            if failure is not None:
                context.metrics.n_repaired += 1
            await context.journal.commit(request, attempt, reply)
            return reply
    assert failure is not None
    raise failure


async def _live(context: AskContext, request: Request) -> Attempt:
    fingerprint = request.fingerprint  # before anything is paid for: it fails on what cannot be written as JSON
    completion = await context.complete(request)
    if context.usage is not None:
        context.usage.add(completion.usage)
    cost = None if context.price is None else context.price(request.model, completion)
    return Attempt(request.attempt, fingerprint, completion, context.now(), cost)


async def _reused_or_live(context: AskContext, history: AskHistory, request: Request) -> tuple[Request, Attempt]:
    request = history.with_attempt(request)
    return request, history.reuse(request, context.now()) or await _live(context, request)


async def _recorded(context: AskContext, history: AskHistory, request: Request) -> Attempt | None:
    """The next recorded attempt, if its request is the same or a changed one is accepted; None after the last one."""
    attempt = history.next_recorded(request)
    if attempt is None or attempt.fingerprint == request.fingerprint:
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


async def _keep_unreadable(
    context: AskContext, agent: Role[Any], request: Request, attempt: Attempt, error: ReplyError, *, is_new: bool
) -> None:
    """Commit the reply with its error. An edit is not repaired: the model's repair would replace it."""
    if attempt.completion.served_model == EDITED_BY_HAND:
        raise ConfigurationError(f"the text does not read as a reply of its author: {error}; write it in that form")
    if is_new:
        context.metrics.unreadable(agent.name, error)
        await context.journal.commit(request, attempt, error)
