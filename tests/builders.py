"""Small builders of messages and items. Every message carries the marks of its author, which no model may see."""

from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from fellowship.protocols.completions import AskKey, Completion
from fellowship.protocols.content import Argument, ChatMessage, Critique, Draft, Prompt, Verdict
from fellowship.protocols.items import Item
from fellowship.protocols.messages import Message, message_type

ContentT = TypeVar("ContentT", bound=BaseModel)
NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
QUESTION = "What is the capital of Australia?"
KEY = AskKey("c00000", "", "somebody", 0)


def a_message(content: ContentT, id: str = "somebody.0", *inputs: str, source: str = "somebody") -> Message[ContentT]:
    """A message of this content."""
    kind = message_type(type(content))
    return cast("Message[ContentT]", kind(content=content, id=id, source=source, created_at=NOON, inputs=inputs))


def a_prompt(text: str | list[ChatMessage] = QUESTION, *, reference: str | None = None) -> Message[Prompt]:
    """A task."""
    return a_message(Prompt.of(text, reference=reference), "user.0", source="user")


def a_draft(text: str = "Canberra.", *, source: str = "generator") -> Message[Draft]:
    """A candidate answer."""
    return a_message(Draft(text=text), f"{source}.0", "user.0", source=source)


def a_critique(
    text: str = "Say since when.", score: float | None = 6.0, *, source: str = "reviewer"
) -> Message[Critique]:
    """A reviewer's advice."""
    return a_message(Critique(text=text, score=score), f"{source}.0", source=source)


def an_argument(text: str, *, source: str) -> Message[Argument]:
    """A debater's contribution."""
    return a_message(Argument(text=text), f"{source}.0", source=source)


def a_verdict(decision: str = "A", **fields: Any) -> Verdict:
    """An evaluator's decision; a failed one has a reason."""
    reason = "no usable reply" if decision == "failed" else None
    return Verdict.model_validate({"decision": decision, "reason": reason, **fields})


def a_completion(text: str, **fields: Any) -> Completion:
    """A model's raw text."""
    return Completion(text, **fields)


def an_item(*candidates: str, prompt: str = QUESTION, **fields: Any) -> Item:
    """A prompt with the answers to compare."""
    return Item(prompt=Prompt.of(prompt), candidates=tuple(Draft(text=text) for text in candidates), **fields)
