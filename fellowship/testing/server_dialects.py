"""The server side of three wire formats: OpenAI's chat completions, Anthropic's messages, Gemini's generateContent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from fellowship.protocols.completions import Completion
from fellowship.protocols.content import ChatMessage
from fellowship.protocols.quota import Dimension

SERVED_BY_OPENAI = {name: name for name in ("temperature", "top_p", "max_tokens", "seed", "stop")}
SERVED_BY_OPENAI["max_completion_tokens"] = "max_tokens"
SERVED_BY_ANTHROPIC = {name: name for name in ("temperature", "top_p", "max_tokens")}
SERVED_BY_GEMINI = {"temperature": "temperature", "topP": "top_p", "maxOutputTokens": "max_tokens", "seed": "seed"}


class ServedRequest(NamedTuple):
    """A parsed request, in any of the formats; `digest` identifies model, messages and seed."""

    model: str
    messages: tuple[ChatMessage, ...]
    settings: dict[str, Any]
    digest: str = ""


class ServedState(NamedTuple):
    """A limit as reported: its size, the rest of the window, and seconds until it is complete again."""

    limit: int
    left: int
    reset_s: float


@dataclass(frozen=True, slots=True)
class ServedDialect:
    """One wire format. The key is in `key_header`, behind `key_prefix`.

    read        path and body to a request
    completion  completion, model and digest to a body
    refusal     status and message to a body
    announced   limits to headers
    """

    name: str
    key_header: str
    key_prefix: str
    read: Callable[[str, dict[str, Any]], ServedRequest]
    completion: Callable[[Completion, str, str], dict[str, Any]]
    refusal: Callable[[int, str], dict[str, Any]]
    announced: Callable[[Mapping[Dimension, ServedState]], dict[str, str]]


def served_dialect(path: str) -> ServedDialect | None:
    """The wire format of a request path; None for other paths."""
    if path.endswith("/chat/completions"):
        return OPENAI
    if path.endswith("/messages"):
        return ANTHROPIC
    return GEMINI if path.endswith(":generateContent") else None


# ---- OpenAI


def _read_openai(path: str, body: dict[str, Any]) -> ServedRequest:
    return ServedRequest(str(body["model"]), _chat(body), _settings(body, SERVED_BY_OPENAI))


def _openai_completion(completion: Completion, model: str, digest: str) -> dict[str, Any]:
    refused, usage = completion.finish == "refusal", completion.usage
    content, refusal = (None, completion.text) if refused else (completion.text, None)
    message = {"role": "assistant", "content": content, "refusal": refusal}
    finish = "stop" if refused else completion.finish
    return {
        "id": f"chatcmpl-{digest}",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.prompt_tokens + usage.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
            "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        },
    }


def _openai_refusal(status: int, message: str) -> dict[str, Any]:
    codes = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded", 503: "server_is_overloaded"}
    kind = "invalid_request_error" if status < 429 else "server_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": codes.get(status)}}


def _openai_announced(states: Mapping[Dimension, ServedState]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for dimension, state in states.items():
        name = "requests" if dimension == "requests" else "tokens"
        headers |= {
            f"x-ratelimit-limit-{name}": str(state.limit),
            f"x-ratelimit-remaining-{name}": str(state.left),
            f"x-ratelimit-reset-{name}": f"{state.reset_s:.3f}s",
        }
    return headers


# ---- Anthropic


def _read_anthropic(path: str, body: dict[str, Any]) -> ServedRequest:
    system = body.get("system") or ()
    text = system if isinstance(system, str) else "\n".join(part["text"] for part in system)
    return ServedRequest(str(body["model"]), (*_system(text), *_chat(body)), _settings(body, SERVED_BY_ANTHROPIC))


def _anthropic_completion(completion: Completion, model: str, digest: str) -> dict[str, Any]:
    stops = {"stop": "end_turn", "length": "max_tokens", "refusal": "refusal"}
    usage = completion.usage
    return {
        "id": f"msg_{digest}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": completion.text}],
        "stop_reason": stops.get(completion.finish, "end_turn"),
        "stop_sequence": None,
        "usage": {
            "input_tokens": usage.prompt_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": usage.cached_tokens,
            "output_tokens": usage.completion_tokens,
        },
    }


def _anthropic_refusal(status: int, message: str) -> dict[str, Any]:
    kinds = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error", 529: "overloaded_error"}
    kind = kinds.get(status, "invalid_request_error" if status < 500 else "api_error")
    return {"type": "error", "error": {"type": kind, "message": message}}


def _anthropic_announced(states: Mapping[Dimension, ServedState]) -> dict[str, str]:
    now, headers = datetime.now(UTC), dict[str, str]()
    for dimension, state in states.items():
        name = f"anthropic-ratelimit-{dimension.replace('_', '-')}"
        reset = (now + timedelta(seconds=state.reset_s)).isoformat(timespec="seconds").replace("+00:00", "Z")
        headers |= {f"{name}-limit": str(state.limit), f"{name}-remaining": str(state.left), f"{name}-reset": reset}
    return headers


# ---- Gemini


def _read_gemini(path: str, body: dict[str, Any]) -> ServedRequest:
    system = _content_text((body.get("systemInstruction") or {}).get("parts", ""))
    roles: dict[str, Any] = {"model": "assistant", "user": "user"}
    chat: list[ChatMessage] = [
        {"role": roles[each.get("role", "user")], "content": _content_text(each["parts"])} for each in body["contents"]
    ]
    model = path.rpartition("/")[2].partition(":")[0]
    settings = _settings(body.get("generationConfig") or {}, SERVED_BY_GEMINI)
    return ServedRequest(model, (*_system(system), *chat), settings)


def _gemini_completion(completion: Completion, model: str, digest: str) -> dict[str, Any]:
    finishes = {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY", "refusal": "SAFETY"}
    usage = completion.usage
    candidate = {
        "content": {"parts": [{"text": completion.text}], "role": "model"},
        "finishReason": finishes.get(completion.finish, "OTHER"),
        "index": 0,
    }
    counts = {
        "promptTokenCount": usage.prompt_tokens,
        "candidatesTokenCount": usage.completion_tokens,
        "totalTokenCount": usage.prompt_tokens + usage.completion_tokens,
    }
    return {"candidates": [candidate], "usageMetadata": counts, "modelVersion": model, "responseId": digest}


def _gemini_refusal(status: int, message: str) -> dict[str, Any]:
    names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
    name = names.get(status, "UNAVAILABLE" if status == 503 else "INTERNAL")
    return {"error": {"code": status, "message": message, "status": name}}


def _settings(sent: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {name: sent[sent_name] for sent_name, name in names.items() if sent.get(sent_name) is not None}


def _system(text: str) -> tuple[ChatMessage, ...]:
    return ({"role": "system", "content": text},) if text else ()


def _chat(body: dict[str, Any]) -> tuple[ChatMessage, ...]:
    return tuple({"role": each["role"], "content": _content_text(each["content"])} for each in body["messages"])


def _content_text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


OPENAI = ServedDialect(
    "openai", "Authorization", "Bearer ", _read_openai, _openai_completion, _openai_refusal, _openai_announced
)
ANTHROPIC = ServedDialect(
    "anthropic", "x-api-key", "", _read_anthropic, _anthropic_completion, _anthropic_refusal, _anthropic_announced
)
GEMINI = ServedDialect(
    "gemini", "x-goog-api-key", "", _read_gemini, _gemini_completion, _gemini_refusal, announced=lambda _: {}
)  # it names no limits
