"""The text and the reasoning of a message, in every form in which servers send them: a text, or a list of parts."""

from collections.abc import Iterator, Mapping
from typing import Any

TEXT_TYPES = frozenset({"text", "output_text", "input_text"})
REASONING_STEMS = ("think", "thought", "reason")
REASONING_FIELDS = (
    *("reasoning_content", "reasoning", "thinking", "reasoning_details", "thinking_blocks", "reasoning_text"),
    *("reasoning_summary", "thoughts", "thought", "analysis"),
)
"""The fields of a message in which servers send reasoning beside the content, the usual ones first."""
_REASONING_FIELDS = frozenset(REASONING_FIELDS)
TEXT_FIELDS = ("text", "thinking", "reasoning", "summary", "content")
SIGNATURE_FIELDS = frozenset({"type", "text", "thoughtSignature"})
"""The fields of a part without content, which Gemini sends with a signature."""
DEEPEST = 8


def text_and_reasoning(content: Any) -> tuple[str, str]:
    """The joined texts of the parts that are the answer, and of those that are reasoning.

    Adjacent texts continue one another; a blank line divides texts with another part between them. Parts of other
    types, such as tool calls, are left out. TypeError for a content that has no such form.
    """
    texts: list[str] = []
    reasoning: list[str] = []
    is_divided = False
    if isinstance(content, str):
        return content, ""
    for part in [content] if isinstance(content, Mapping) else content or ():
        if not isinstance(part, Mapping):
            raise TypeError(f"a part of the content is {part!r:.40}")
        if is_reasoning(part):
            reasoning += _texts(part)
        elif part.get("type", "text") in TEXT_TYPES and part.get("text") is not None:
            if text := _text(part["text"]):
                if is_divided and texts and not (texts[-1].endswith("\n") or text.startswith("\n")):
                    texts.append("\n\n")
                texts.append(text)
                is_divided = False
            continue
        elif part.keys() <= SIGNATURE_FIELDS:
            continue
        is_divided = True
    return "".join(texts), "".join(reasoning)


def reasoning_beside(message: Mapping[str, Any]) -> str:
    """The reasoning in a field of its own; empty without one."""
    if _REASONING_FIELDS.isdisjoint(message):
        return ""
    given = (value for name in REASONING_FIELDS if (value := message.get(name)))
    return next((text for value in given if (text := "".join(_texts(value)))), "")


def is_reasoning(part: Mapping[str, Any]) -> bool:
    """Whether a part is reasoning: by its type, or by Gemini's mark."""
    kind = part.get("type")
    return bool(part.get("thought")) or (isinstance(kind, str) and any(stem in kind for stem in REASONING_STEMS))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"the text of a part is {value!r:.40}")
    return value


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """The texts in a reasoning part, however its server nests them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping) and depth < DEEPEST:
        name = next((name for name in TEXT_FIELDS if value.get(name)), None)
        if name is not None:
            yield from _texts(value[name], depth + 1)
    elif isinstance(value, list) and depth < DEEPEST:
        for each in value:
            yield from _texts(each, depth + 1)
