"""One ask: answered from known replies as far as these go, then live, with a repair when the reply is unreadable.

Attempts of an ask are numbered from 1. A try is a fresh request and its repairs; a conversation whose replies stayed
unreadable may be given further tries. The reply is committed before it is returned.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeAlias

from fellowship.agents.ask_and_repair import ask_and_repair
from fellowship.protocols.completions import AskKey, Attempt, Completion, Request
from fellowship.protocols.errors import ConfigurationError, ReplayDiverged, ReplyError, ReplyNotParsed
from fellowship.protocols.interfaces import ContentT, Journal, MessageRecord, Role
from fellowship.protocols.messages import Message
from fellowship.runners.known_replies import EDITED_BY_HAND, AskHistory, KnownReplies, difference
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
    on_read             is called with the name of the agent whose reply was read
    unread              the places for asks of the agents of which no reply was read, by name
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
    on_read: Callable[[str], None] | None = None
    unread: Mapping[str, AbstractAsyncContextManager[None]] | None = None


async def execute_ask(
    context: AskContext,
    agent: Role[ContentT],
    messages: Sequence[Message[Any]],
    key: AskKey,
    record_of: Callable[[ContentT, float], MessageRecord],
) -> MessageRecord:
    """The agent's reply, safe in the journal. ReplyError when it stays unreadable after the last repair.

    `record_of` makes a record of a reply and the moment of its answer.
    """
    if context.agent_for is not None:
        agent = context.agent_for(agent, key)
    steps = _Steps(context, context.known.of(key))
    failure: ReplyError | None = None
    for _ in range(context.tries):
        try:
            if context.unread is not None and key.agent in context.unread:
                async with context.unread[key.agent]:
                    content = await ask_and_repair(agent, agent.request(messages, key, 1), steps)
            else:
                content = await ask_and_repair(agent, agent.request(messages, key, 1), steps)
        except ReplyError as error:
            failure = error
            continue
        if context.on_read is not None:
            context.on_read(agent.name)
        record = record_of(content, steps.attempt.at)
        if steps.is_recorded:
            context.journal.note(key.conversation, record)
            return record
        if steps.n_unreadable:
            context.metrics.n_repaired += 1
        await context.journal.commit(steps.request, steps.attempt, record)
        return record
    assert failure is not None
    raise failure


class _Steps:
    """The attempts of one ask: recorded ones first, then reused ones, then live ones. See `AskSteps`."""

    __slots__ = ("_context", "_history", "_n_asked", "attempt", "is_recorded", "n_unreadable", "request")

    attempt: Attempt
    request: Request

    def __init__(self, context: AskContext, history: AskHistory | None) -> None:
        self._context, self._history = context, history
        self._n_asked = self.n_unreadable = 0
        self.is_recorded = False

    async def complete(self, request: Request) -> Completion:
        """See `AskSteps.complete`."""
        context = self._context
        if self._history is None:
            self._n_asked += 1
            self.request = request if request.attempt == self._n_asked else replace(request, attempt=self._n_asked)
        else:
            source, self.request, attempt = self._history.next_attempt(request, context.now())
            self.is_recorded = source in ("recorded", "changed")
            if attempt is not None:
                if source == "changed":
                    await _use_changed(context, attempt, request)
                self.attempt = attempt
                return attempt.completion
        request = self.request
        fingerprint = request.fingerprint  # before anything is paid for: it fails on what cannot be written as JSON
        completion = await context.complete(request)
        if context.usage is not None:
            context.usage.add(completion.usage)
        cost = None if context.price is None else context.price(request.model, completion)
        self.attempt = Attempt(request.attempt, fingerprint, completion, context.now(), cost)
        return completion

    async def keep_unreadable(self, agent: Role[Any], error: ReplyError) -> None:
        """Commit the reply with its error. An edit is not repaired: the model's repair would replace it."""
        if self.attempt.completion.served_model == EDITED_BY_HAND:
            raise ConfigurationError(f"the text does not read as a reply of its author: {error}; write it in that form")
        self.n_unreadable += 1
        if not self.is_recorded:
            self._context.metrics.unreadable(agent.name, error)
            await self._context.journal.commit(self.request, self.attempt, error)

    async def keep_bug(self, agent: Role[Any], error: Exception) -> None:
        """Commit the reply, so that a corrected role reads it when the run is continued."""
        if not self.is_recorded:
            bug = ReplyNotParsed(f"{agent.name}: {type(error).__name__}: {error}", raw=self.attempt.completion.text)
            await self._context.journal.commit(self.request, self.attempt, bug)


async def _use_changed(context: AskContext, attempt: Attempt, request: Request) -> None:
    """Report that a recorded attempt answers another request now; ReplayDiverged where no one takes the report."""
    if context.on_changed_request is not None:
        context.on_changed_request(attempt, request)
        return
    before = await context.journal.sent(request.key, attempt.number)
    field, was, now = difference(before, request)
    raise ReplayDiverged(
        f"ask {request.key} (attempt {attempt.number}) is not what was recorded: {field} was {was}, is {now}; "
        "put the code back, accept the change with --accept-changes, or give the run another folder with --out"
    )
