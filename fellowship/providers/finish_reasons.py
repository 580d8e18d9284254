"""Why a reply ended, in the words of servers: tables of the reasons that are normal, cut off, filtered, and failed.

One set of tables for all formats, because gateways pass the reasons of the servers behind them on. Upper case, hyphens
and Google's prefix make no difference. Sources: the API references of OpenAI, Azure, Anthropic, Gemini and Vertex,
Mistral, Cohere, Bedrock, DeepSeek, Zhipu, watsonx and Together; vLLM, SGLang, TGI, llama.cpp, LM Studio and Ollama.
"""

from collections.abc import Mapping
from typing import Any

from fellowship.protocols.completions import Finish
from fellowship.providers.http_provider import EmbeddedError

NORMAL = (
    *("stop", "end_turn", "stop_sequence", "eos", "eos_token", "eos_found", "eosfound", "complete", "completed"),
    *("stop_token", "stopstringfound", "end_of_text", "endoftext", "end_of_turn", "normal"),
    *("stopped_eos", "stopped_word"),
)
CUT_OFF = (
    *("length", "max_tokens", "model_length", "max_length", "token_limit", "max_output_tokens", "max_new_tokens"),
    *("max_completion_tokens", "max_output", "context_length", "context_length_exceeded", "context_window_exceeded"),
    *("model_context_window_exceeded", "maxpredictedtokensreached", "contextlengthreached", "max_tokens_reached"),
    *("time_limit", "error_limit", "incomplete", "not_finished", "stopped_limit", "truncated", "cut_off", "partial"),
    *("tokens_limit", "token_limit_reached", "exceeded_max_tokens", "limit", "context_overflow", "interrupted"),
)
FILTERED = (
    *("content_filter", "content_filtered", "contentfilter", "filter", "filtered", "safety", "recitation", "language"),
    *("blocklist", "prohibited_content", "spii", "image_safety", "model_armor", "guardrail_intervened", "guardrails"),
    *("sensitive", "error_toxic", "blocked", "moderation"),
)
FAILED = (
    *("error", "abort", "aborted", "cancel", "cancelled", "canceled", "user_cancel", "userstopped", "failed"),
    *("failure", "timeout", "insufficient_system_resource", "network_error", "server_error", "internal_error"),
    *("malformed_function_call", "malformed_response", "malformed_model_output", "modelunloaded", "load", "unload"),
)
UNSTATED = ("", "unstated", "null", "none", "unspecified")

FINISHES: Mapping[Any, Finish] = {
    None: "unstated",
    **dict.fromkeys(UNSTATED, "unstated"),
    **dict.fromkeys(NORMAL, "stop"),
    **dict.fromkeys(("STOP", "COMPLETE"), "stop"),
    **dict.fromkeys(CUT_OFF, "length"),
    **dict.fromkeys(FILTERED, "content_filter"),
    "refusal": "refusal",
    "prompt_truncated": "prompt_truncated",
}


def finish_of(reason: Any) -> Finish:
    """The finish that a server's reason means; `unknown` for one that is in no table.

    EmbeddedError for a reply that the server could not finish: the same request may succeed later.
    """
    try:
        return FINISHES[reason]
    except (KeyError, TypeError):
        return _unusual_finish(reason)


def _unusual_finish(reason: Any) -> Finish:
    word = str(reason).strip().lower().replace("-", "_").replace(" ", "_").removeprefix("finish_reason_")
    if word in FAILED:
        raise EmbeddedError({"code": 502, "message": f"the reply ended before its end, with finish reason '{word}'"})
    return FINISHES.get(word, "unknown")
