"""Contents and reasoning in the forms in which servers send them."""

from typing import Any

import pytest

from fellowship.providers.reply_parts import reasoning_beside, text_and_reasoning

TEXT = {"type": "text", "text": "Canberra."}
CONTENTS: dict[str, tuple[Any, tuple[str, str]]] = {
    "a text": ("Canberra.", ("Canberra.", "")),
    "nothing": (None, ("", "")),
    "one part": (TEXT, ("Canberra.", "")),
    "Mistral": (
        [{"type": "thinking", "thinking": [{"type": "text", "text": "A city."}]}, TEXT],
        ("Canberra.", "A city."),
    ),
    "Anthropic": ([{"type": "thinking", "thinking": "A city.", "signature": "x"}, TEXT], ("Canberra.", "A city.")),
    "Databricks": (
        [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "A city."}]}, TEXT],
        ("Canberra.", "A city."),
    ),
    "Gemini": ([{"text": "A city.", "thought": True}, {"text": "Canberra."}], ("Canberra.", "A city.")),
    "responses": ([{"type": "reasoning_text", "text": "A."}, {"type": "output_text", "text": "B."}], ("B.", "A.")),
    "hidden reasoning": ([{"type": "redacted_thinking", "data": "x"}, TEXT], ("Canberra.", "")),
    "a call and an image": ([{"type": "tool_use", "text": "no"}, {"type": "image_url"}, TEXT], ("Canberra.", "")),
    "texts around reasoning": (
        [TEXT, {"type": "thinking", "thinking": "Or?"}, {"type": "text", "text": "Yes."}],
        ("Canberra.\n\nYes.", "Or?"),
    ),
    "texts around code": ([{"text": "A."}, {"executableCode": {"code": "1"}}, {"text": "B."}], ("A.\n\nB.", "")),
    "texts beside a signature": ([{"text": "A"}, {"thoughtSignature": "x"}, {"text": "B."}], ("AB.", "")),
    "two texts": ([TEXT, {"type": "text", "text": None}, TEXT], ("Canberra.Canberra.", "")),
}


@pytest.mark.parametrize(("content", "parts"), CONTENTS.values(), ids=CONTENTS)
def test_parts_are_text_or_reasoning(content: Any, parts: tuple[str, str]) -> None:
    """By their types; what is neither is left out."""
    assert text_and_reasoning(content) == parts


@pytest.mark.parametrize("content", [7, ["Canberra."], [{"type": "text", "text": 7}], [[TEXT]]])
def test_a_content_of_another_form_is_refused(content: Any) -> None:
    """As JSON that is no completion."""
    with pytest.raises(TypeError):
        text_and_reasoning(content)


@pytest.mark.parametrize(
    ("message", "reasoning"),
    [
        ({"reasoning_content": "A city."}, "A city."),
        ({"reasoning_content": "", "reasoning": "A city."}, "A city."),
        ({"thinking": "A city."}, "A city."),
        ({"reasoning_details": [{"type": "reasoning.text", "text": "A "}, {"summary": "city."}]}, "A city."),
        ({"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}, ""),
        ({"thinking_blocks": [{"type": "thinking", "thinking": "A city."}]}, "A city."),
        ({"reasoning": {"effort": "low"}, "content": "Canberra."}, ""),
        ({}, ""),
    ],
)
def test_reasoning_beside_the_content_has_several_names(message: dict[str, Any], reasoning: str) -> None:
    """The content is none of it."""
    assert reasoning_beside(message) == reasoning


def test_nested_reasoning_ends_somewhere() -> None:
    """A server may nest as it likes."""
    nested: Any = "A city."
    for _ in range(5_000):
        nested = [nested]

    assert reasoning_beside({"reasoning": nested}) == ""


@pytest.mark.parametrize("name", ["reasoning_text", "analysis", "thoughts"])
def test_reasoning_has_many_names(name: str) -> None:
    """Of fields beside the content."""
    assert reasoning_beside({"content": None, name: [{"text": "Hm."}]}) == "Hm."
