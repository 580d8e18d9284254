"""Documented usage fields of each dialect, by the figures that the server bills."""

from typing import Any

import pytest

from fellowship.protocols.completions import UNKNOWN_USAGE, AskKey, Request, Usage
from fellowship.providers.completion_check import checked
from fellowship.providers.dialects import anthropic, gemini, openai


def gemini_usage(prompt: int | None, reply: int | None, **more: int) -> dict[str, Any]:
    return {"promptTokenCount": prompt, "candidatesTokenCount": reply, **more}


@pytest.mark.parametrize(
    ("body", "usage"),
    [
        (gemini_usage(50, 5, toolUsePromptTokenCount=4000, totalTokenCount=4055), Usage(4050, 5)),
        (
            gemini_usage(50, 5, toolUsePromptTokenCount=7, thoughtsTokenCount=30, totalTokenCount=92),
            Usage(57, 35, 0, 30),
        ),
        (gemini_usage(50, None, cachedContentTokenCount=20, totalTokenCount=50), Usage(50, 0, 20)),
        (gemini_usage(None, 5, toolUsePromptTokenCount=4000), UNKNOWN_USAGE),
        (gemini_usage(50, 5, toolUsePromptTokenCount=-7, totalTokenCount=48), UNKNOWN_USAGE),
    ],
)
def test_tokens_of_gemini(body: dict[str, Any], usage: Usage) -> None:
    assert gemini._usage(body) == usage


def openai_usage(prompt: int, reply: int, total: int | None = None, **more: Any) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": reply, "total_tokens": total or prompt + reply, **more}


@pytest.mark.parametrize(
    ("body", "usage"),
    [
        pytest.param(openai_usage(90, 9, cached_tokens=60), Usage(90, 9, 60), id="Moonshot"),
        pytest.param(
            openai_usage(10, 9, 159, cache_read_input_tokens=40, cache_creation_input_tokens=100),
            Usage(150, 9, 40),
            id="a gateway that leaves the cache out of the prompt",
        ),
        pytest.param(
            openai_usage(150, 9, cache_read_input_tokens=40, cache_creation_input_tokens=100),
            Usage(150, 9, 40),
            id="LiteLLM",
        ),
        pytest.param(openai_usage(10, 9, 119, cache_creation_input_tokens=100), Usage(110, 9), id="written only"),
        pytest.param(openai_usage(33, 700, reasoning_tokens=7000), Usage(33, 7700, 0, 7000), id="Perplexity"),
        pytest.param(
            openai_usage(30, 9, 189, completion_tokens_details={"reasoning_tokens": 150}),
            Usage(30, 159, 0, 150),
            id="xAI",
        ),
        pytest.param(openai_usage(30, 9, 139), Usage(30, 109), id="thoughts that only the total has"),
        pytest.param(
            openai_usage(30, 9, prompt_cache_hit_tokens=20, prompt_cache_miss_tokens=10),
            Usage(30, 9, 20),
            id="DeepSeek",
        ),
        pytest.param(openai_usage(30, 9, prompt_tokens_details=None, num_sources_used=3), Usage(30, 9), id="null"),
        pytest.param({"input_tokens": 30, "output_tokens": 9}, UNKNOWN_USAGE, id="other names"),
    ],
)
def test_tokens_of_servers_in_the_form_of_openai(body: dict[str, Any], usage: Usage) -> None:
    assert openai._usage(body) == usage


def test_tokens_of_anthropic_with_tools_of_the_server() -> None:
    """Searches are billed apart; their results are input tokens."""
    body = {"input_tokens": 6039, "output_tokens": 931, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 7}

    usage = anthropic._usage(body | {"server_tool_use": {"web_search_requests": 1}})

    assert usage == Usage(6046, 931, 7)


THOUGHT = "The Rhine is long, so it is wide. " * 144  # 4,896 characters
ANSWER = "It is long and it is wide. " * 11
REQUEST = Request(AskKey("c1", "", "a", 0), 1, "lab/m", ({"role": "user", "content": "How is it? " * 20},), {}, "")


def openai_body(usage: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
    return {"choices": [{"message": {"content": ANSWER, **message}, "finish_reason": "stop"}], "usage": usage}


@pytest.mark.parametrize(
    "message",
    [
        {"reasoning_content": THOUGHT},
        {"reasoning": THOUGHT, "reasoning_content": None},
        {"thinking": THOUGHT},
        {"reasoning_details": [{"type": "reasoning.text", "text": THOUGHT}]},
        {"content": [{"type": "thinking", "thinking": THOUGHT}, {"type": "text", "text": ANSWER}]},
    ],
)
@pytest.mark.parametrize(
    ("usage", "known"),
    [
        (openai_usage(60, 75), UNKNOWN_USAGE),
        (openai_usage(60, 75, completion_tokens_details={"reasoning_tokens": 0}), UNKNOWN_USAGE),
        (openai_usage(60, 75, 235, completion_tokens_details={"reasoning_tokens": 100}), UNKNOWN_USAGE),
        (openai_usage(60, 75, 1235), Usage(60, 1175)),
        (openai_usage(60, 75, completion_tokens_details={"reasoning_tokens": 1100}), Usage(60, 1175, 0, 1100)),
        (openai_usage(60, 1175), Usage(60, 1175)),
    ],
)
def test_reasoning_beside_the_text_is_counted_or_the_usage_is_unknown(
    message: dict[str, Any], usage: dict[str, Any], known: Usage
) -> None:
    """Some servers count it apart: then the total, or the number of reasoning tokens, says so."""
    completion = openai.openai_dialect.completion(openai_body(usage, message), None, 0.0)

    assert completion.reasoning == THOUGHT
    assert checked(completion, REQUEST).usage == known


def test_a_summary_of_reasoning_is_shorter_than_its_tokens() -> None:
    completion = openai.openai_dialect.completion(
        openai_body(openai_usage(60, 9000), {"reasoning": THOUGHT}), None, 0.0
    )

    assert checked(completion, REQUEST).usage == Usage(60, 9000)


@pytest.mark.parametrize(("n_counted", "known"), [(75, UNKNOWN_USAGE), (1175, Usage(60, 1175))])
def test_thinking_blocks_are_compared_with_the_output_tokens(n_counted: int, known: Usage) -> None:
    """Of Anthropic."""
    content = [{"type": "thinking", "thinking": THOUGHT}, {"type": "text", "text": ANSWER}]
    usage = {"input_tokens": 60, "output_tokens": n_counted}
    body = {"type": "message", "id": "1", "content": content, "stop_reason": "end_turn", "usage": usage}

    assert checked(anthropic.anthropic_dialect.completion(body, None, 0.0), REQUEST).usage == known


@pytest.mark.parametrize(
    ("usage", "known"),
    [
        (gemini_usage(60, 75, totalTokenCount=135), UNKNOWN_USAGE),
        (gemini_usage(60, 75, thoughtsTokenCount=1100, totalTokenCount=1235), Usage(60, 1175, 0, 1100)),
        (gemini_usage(60, 75, totalTokenCount=1235), Usage(60, 1175)),
    ],
)
def test_thought_parts_are_compared_with_the_counts(usage: dict[str, Any], known: Usage) -> None:
    """Of Gemini."""
    parts = [{"text": THOUGHT, "thought": True}, {"text": ANSWER}]
    candidate = {"content": {"parts": parts}, "finishReason": "STOP"}
    body = {"candidates": [candidate], "usageMetadata": usage}

    assert checked(gemini.gemini_dialect.completion(body, None, 0.0), REQUEST).usage == known
