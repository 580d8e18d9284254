"""Anthropic's Messages API: a separate system prompt, required max_tokens, and no seed."""

from typing import Any

from yarl import URL

from fellowship.protocols.completions import UNKNOWN_USAGE, Completion, Request, Usage
from fellowship.protocols.quota import Dimension
from fellowship.providers.error_mapping import ErrorBody
from fellowship.providers.finish_reasons import finish_of
from fellowship.providers.http_provider import EmbeddedError, error_object, text_or_none
from fellowship.providers.reply_parts import text_and_reasoning
from fellowship.providers.reported_usage import count_sum, reported_usage
from fellowship.providers.schemas import closed

ANTHROPIC_VERSION = "2023-06-01"
ANTHROPIC_MAX_TOKENS = 4096
ANTHROPIC_SETTINGS = {"temperature": "temperature", "top_p": "top_p", "stop": "stop_sequences"}
ANTHROPIC_STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
ANTHROPIC_DIMENSIONS: dict[str, Dimension] = {
    "output tokens per minute": "output_tokens",
    "input tokens per minute": "input_tokens",
    "requests per minute": "requests",
}


class AnthropicDialect:
    """The wire format of Anthropic's Messages API."""

    expected = "a message with content, as Anthropic sends it"

    def headers(self, key: str | None) -> dict[str, str]:
        return {"anthropic-version": ANTHROPIC_VERSION, **({"x-api-key": key} if key else {})}

    def url(self, base: URL, model: str) -> URL:
        """One address for all models."""
        return base.joinpath("messages").with_query(base.query)

    def body(self, request: Request, model: str, refused: frozenset[str]) -> dict[str, Any]:
        """The request body. A seed is left out, because the API has no such setting."""
        sampling = request.sampling
        system = "\n\n".join(each["content"] for each in request.messages if each["role"] == "system")
        chat = [each for each in request.messages if each["role"] != "system"]
        settings = {theirs: sampling[ours] for ours, theirs in ANTHROPIC_SETTINGS.items() if ours in sampling}
        if request.schema is not None and (schema := closed(request.schema)) is not None:
            settings["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
        kept = {key: value for key, value in settings.items() if key not in refused}
        top = {"system": system} if system else {}
        max_tokens = sampling.get("max_tokens", ANTHROPIC_MAX_TOKENS)
        return {**kept, **top, "model": model, "max_tokens": max_tokens, "messages": chat}

    def completion(self, data: Any, request_id: str | None, latency_s: float) -> Completion:
        """The completion in a response; EmbeddedError for an error inside."""
        if data["type"] == "error":
            raise EmbeddedError(data["error"])
        text, thoughts = text_and_reasoning(data["content"])
        reason = data.get("stop_reason")
        finish = finish_of(reason)
        if finish == "refusal" and text:  # a classifier has stopped the text
            finish = "content_filter"
        usage, served, id = _usage(data.get("usage")), text_or_none(data.get("model")), request_id or data["id"]
        as_sent = str(reason) if finish == "unknown" else ""
        return Completion(text, finish, usage, served, id, latency_s, reasoning=thoughts, finish_as_sent=as_sent)

    def problem(self, status: int, data: Any) -> ErrorBody:
        """The contents of an error body. Waiting does not help against the 429 of an exhausted spend limit."""
        error = error_object(data)
        kind, message = text_or_none(error.get("type")), text_or_none(error.get("message"))
        said = message or ""
        details = error.get("details")
        code = details.get("error_code") if isinstance(details, dict) else None
        if status < 300:
            status = ANTHROPIC_STATUSES.get(kind or "", 502)
        acceleration = "acceleration" if status == 429 and "acceleration limit" in said else ""
        return ErrorBody(
            status,
            codes=f"{kind} {code} {acceleration}",
            message=message,
            parameter=next((each for each in ("output_config", *ANTHROPIC_SETTINGS.values()) if each in said), None),
            dimension=next((known for text, known in ANTHROPIC_DIMENSIONS.items() if text in said), None),
            quota=status == 400 and ("specified API usage limits" in said or "credit balance" in said),
        )


anthropic_dialect = AnthropicDialect()


def _usage(usage: Any) -> Usage:
    """Prompt tokens include those read from and written to the cache, as with other servers."""
    if type(usage) is not dict:
        return UNKNOWN_USAGE
    cached = usage.get("cache_read_input_tokens")
    prompt = count_sum(usage.get("input_tokens"), cached, usage.get("cache_creation_input_tokens"))
    return reported_usage(prompt, usage.get("output_tokens"), cached=cached)
