"""The seams of fellowship: what a role, a provider, a conversation and a journal must be able to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypeVar, runtime_checkable

from pydantic import BaseModel

from fellowship.protocols.completions import AskKey, Attempt, Completion, Request
from fellowship.protocols.errors import ReplyError
from fellowship.protocols.records import record

if TYPE_CHECKING:
    from fellowship.protocols.messages import Message  # imports AutoGen, which readers of a journal do not need

ReplyT = TypeVar("ReplyT", bound=BaseModel)
ReplyT_co = TypeVar("ReplyT_co", bound=BaseModel, covariant=True)
ContentT = TypeVar("ContentT", bound=BaseModel)
ContentT_co = TypeVar("ContentT_co", bound=BaseModel, covariant=True)
Status: TypeAlias = Literal["started", "finished", "failed"]
Fault: TypeAlias = Literal["provider", "content", "scenario"]


@runtime_checkable
class Provider(Protocol):
    """Serves models: one request in, one completion out. Raises only ProviderError and ConfigurationError."""

    async def complete(self, request: Request) -> Completion:
        """The model's completion of the request."""
        ...

    async def close(self) -> None:
        """Give connections back; the provider is not used afterwards."""


class AuthoredMessage(Protocol[ContentT_co]):
    """What a message in memory and a recorded one have in common.

    id       unique within its conversation
    source   the name of its author
    inputs   the ids of the messages that its author saw
    """

    @property
    def id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def content(self) -> ContentT_co: ...
    @property
    def inputs(self) -> tuple[str, ...]: ...


class Role(Protocol[ReplyT_co]):
    """A side of a conversation: turns messages into a request, and a completion into a typed reply. Holds no state.

    name           unique within a conversation; an identifier
    repairs        how many times an unreadable reply is sent back for correction
    message_type   the class of the messages it writes
    """

    @property
    def name(self) -> str: ...
    @property
    def repairs(self) -> int: ...
    @property
    def message_type(self) -> type[Message[ReplyT_co]]: ...

    def request(self, messages: Sequence[Message[Any]], key: AskKey, attempt: int) -> Request:
        """What is sent to the model so that it answers these messages."""
        ...

    def repair(self, request: Request, completion: Completion, error: ReplyError) -> Request:
        """What is sent after an unreadable reply."""
        ...

    def read(self, completion: Completion) -> ReplyT_co:
        """The typed reply; ReplyError if the text has no usable meaning."""
        ...


class Conversation(Protocol):
    """What a scenario speaks through. Deterministic: given the same replies, the same messages.

    id     the conversation's id within its run
    seed   the scenario's only source of chance
    """

    @property
    def id(self) -> str: ...
    @property
    def seed(self) -> int: ...

    async def ask(self, agent: Role[ReplyT], *messages: Message[Any]) -> Message[ReplyT]:
        """The agent's reply to these messages, and to nothing else it may have seen before.

        ReplyError when the reply stays unreadable, ProviderError when the model gives no reply.
        """
        ...

    def lane(self, name: str) -> Conversation:
        """A branch that may run beside others; the same name gives the same branch."""
        ...

    def record(self, content: ContentT, *inputs: Message[Any], author: str) -> Message[ContentT]:
        """Record a message that was computed and not asked for, such as a jury's verdict."""
        ...


@dataclass(frozen=True, slots=True)
class Ending:
    """How a conversation ended: with an outcome, or with an error and whose fault it was."""

    status: Status
    outcome: str | None = None
    fault: Fault | None = None
    error: str | None = None


@record
class MessageRecord:
    """A message with its place in the conversation; `depth` is 0 for given messages, else 1 + its deepest input's."""

    message: Message[Any]
    lane: str
    occurrence: int
    depth: int


class Journal(Protocol):
    """The record of a conversation. What `commit` has returned for survives a kill."""

    async def sent(self, key: AskKey, number: int) -> Mapping[str, Any]:
        """Model, messages, sampling and reply form of a recorded attempt."""
        ...

    async def commit(self, request: Request, attempt: Attempt, reply: MessageRecord | ReplyError) -> None:
        """Record one attempt and what was read from it; returns when both are safe."""

    def note(self, conversation: str, record: MessageRecord) -> None:
        """Record a message that needs no new attempt; safe with the next commit, or the conversation's ending."""
