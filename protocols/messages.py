"""Typed messages: AutoGen's `StructuredMessage` around a content model, with its author, inputs, id and time.

`Message[Draft]` is what scenarios pass around. Each content has a message class of its own (`DraftMessage`), because
AutoGen distinguishes message types by their class names; `message_type(Claims)` makes one for a content of yours.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from fellowship.protocols.autogen import StructuredMessage, UserMessage
from fellowship.protocols.content import (
    MESSAGE_CONTENTS,
    Argument,
    Critique,
    Draft,
    LoadedContent,
    PreferencePair,
    Prompt,
    Score,
    Verdict,
    Vote,
    readable,
)

ContentT = TypeVar("ContentT", bound=BaseModel, covariant=True)

_set = object.__setattr__
GIVEN = {"id", "source", "content", "inputs", "created_at"}


class Message(StructuredMessage[ContentT], Generic[ContentT]):
    """A content with its author (`source`), the ids of the messages its author saw (`inputs`), an id and a time.

    Frozen; accepts no unknown field but AutoGen's computed `type`. Id and time are given, never taken from a clock.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str  # pyright: ignore[reportGeneralTypeIssues]  # AutoGen's has a default; ours is always given
    created_at: datetime  # pyright: ignore[reportGeneralTypeIssues]  # likewise
    inputs: tuple[str, ...] = ()
    metadata: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _accept_the_computed_type(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or "type" not in data:
            return data
        if data["type"] != cls.__name__:
            raise ValueError(f"this is a message of type {data['type']!r}; expected {cls.__name__!r}")
        return {name: value for name, value in data.items() if name != "type"}

    def model_post_init(self, context: Any) -> None:
        """Messages share their set of given fields, which is a third of a short one's memory and never changes."""
        if self.__pydantic_fields_set__ == GIVEN:
            object.__setattr__(self, "__pydantic_fields_set__", GIVEN)

    @classmethod
    def of_parts(
        cls, id: str, source: str, content: Any, inputs: tuple[str, ...], created_at: datetime
    ) -> "Message[ContentT]":
        """The message of parts whose types are known to be right; equal to the validated one, without its cost."""
        message = cls.__new__(cls)
        parts = {
            "id": id,
            "source": source,
            "models_usage": None,
            "metadata": {},
            "created_at": created_at,
            "content": content,
            "format_string": None,
            "inputs": inputs,
        }
        _set(message, "__dict__", parts)
        _set(message, "__pydantic_fields_set__", GIVEN)
        _set(message, "__pydantic_extra__", None)
        _set(message, "__pydantic_private__", None)
        return message

    def to_text(self) -> str:
        """What a person reads: the text of the content where it has one, else its JSON."""
        return readable(self.content)

    def to_model_text(self) -> str:
        """What a foreign AutoGen agent reads; the same as `to_text`."""
        return readable(self.content)

    def to_model_message(self) -> UserMessage:
        """The message as AutoGen hands it to a model client."""
        return UserMessage(content=readable(self.content), source=self.source)


class PromptMessage(Message[Prompt]):
    """A task, as posed."""


class DraftMessage(Message[Draft]):
    """A candidate answer."""


class CritiqueMessage(Message[Critique]):
    """A reviewer's advice and score."""


class ArgumentMessage(Message[Argument]):
    """A debater's contribution."""


class ScoreMessage(Message[Score]):
    """One answer's score."""


class VerdictMessage(Message[Verdict]):
    """An evaluator's decision."""


class VoteMessage(Message[Vote]):
    """A juror's decision."""


class PreferencePairMessage(Message[PreferencePair]):
    """A better and a worse answer to one prompt."""


BUILT_IN: dict[type[BaseModel], type[Message[Any]]] = {
    Prompt: PromptMessage,
    Draft: DraftMessage,
    Critique: CritiqueMessage,
    Argument: ArgumentMessage,
    Score: ScoreMessage,
    Verdict: VerdictMessage,
    Vote: VoteMessage,
    PreferencePair: PreferencePairMessage,
}


@cache
def message_type(content: type[ContentT]) -> type[Message[ContentT]]:
    """The message class of a content model: the built-in one, else `<Content>Message`, made once.

    ValueError if the content has the name of a built-in one: recorded messages are distinguished by it.
    """
    if content in BUILT_IN:
        return BUILT_IN[content]
    name = f"{content.__name__}Message"
    if name in MESSAGE_CONTENTS:
        own = f"{content.__module__}.{content.__qualname__}"
        raise ValueError(f"a content called '{content.__name__}' is built in; give {own} another name")
    return create_model(name, __base__=Message[content], __module__=content.__module__)  # type: ignore[valid-type]


def load_message(data: Mapping[str, Any], known: Sequence[type[Message[Any]]] = ()) -> Message[Any]:
    """A message from its JSON form; a type that is neither built in nor in `known` is read without its class."""
    types = {kind.__name__: kind for kind in (*BUILT_IN.values(), *known)}
    name = str(data.get("type", ""))
    if name in types:
        return types[name].model_validate(data)
    return _unknown_type(name or "UnknownMessage").model_validate(data)


@cache
def _unknown_type(name: str) -> type[Message[LoadedContent]]:
    return create_model(name, __base__=Message[LoadedContent])
