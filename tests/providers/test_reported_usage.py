"""Documented usage fields of each dialect, by the figures that the server bills."""

from typing import Any

import pytest

from fellowship.protocols.completions import UNKNOWN_USAGE, Usage
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
