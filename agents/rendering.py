"""How messages look to a model: each text in a tagged section, the drafts without a hint of who wrote them."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from fellowship.protocols.content import Argument, Critique, Draft, Prompt, Rubric, readable
from fellowship.protocols.messages import Message
from fellowship.protocols.sections import section

TAGS: dict[type, str] = {Prompt: "question", Draft: "answer", Critique: "critique"}


def tag_of(content: Any) -> str | None:
    """The tag in which a content is shown without its author; None for all other contents."""
    return TAGS.get(type(content)) or next((tag for known, tag in TAGS.items() if isinstance(content, known)), None)


def shown(message: Message[Any]) -> str:
    """One message as a section; drafts and prompts do not name their author."""
    content = message.content
    if (tag := TAGS.get(type(content)) or tag_of(content)) is not None:
        return section(tag, content.text)
    if isinstance(content, Argument):
        return section("argument", content.text, by=message.source)
    return section("message", readable(content), by=message.source)


def seated(messages: Sequence[Message[Any]]) -> list[str]:
    """Messages as sections, the first draft in seat A, the second in seat B; ValueError unless there are two drafts."""
    drafts = [message for message in messages if isinstance(message.content, Draft)]
    if len(drafts) != 2:
        raise ValueError(f"a comparison needs exactly two drafts, got {len(drafts)}")
    a, b = drafts
    if a is b:
        raise ValueError("a comparison needs two drafts, got the same one twice")
    seats = {id(a): "answer_a", id(b): "answer_b"}
    return [section(seats[id(each)], each.content.text) if id(each) in seats else shown(each) for each in messages]


def json_form(schema: Mapping[str, Any] | None) -> str:
    """The instruction to reply in JSON, with a schema if there is one."""
    form = "Reply with one JSON object and nothing else."
    if schema is None:
        return form
    return f"{form} It must fit this JSON schema:\n{orjson.dumps(schema, option=orjson.OPT_SORT_KEYS).decode()}"


def criteria(rubric: Rubric | None) -> str:
    """A rubric as instructions; empty without one."""
    if rubric is None:
        return ""
    total = sum(criterion.weight for criterion in rubric.criteria)
    lines = [
        f"- {criterion.name} ({criterion.weight / total:.0%})"
        + (f": {criterion.description}" if criterion.description else "")
        for criterion in rubric.criteria
    ]
    return "These criteria count, weighted as shown:\n" + "\n".join(lines)
