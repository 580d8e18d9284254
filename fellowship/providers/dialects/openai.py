"""OpenAI's chat completions, the format of nearly every server, with the deviations of each of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from yarl import URL

from fellowship.protocols.completions import UNKNOWN_USAGE, Completion, Finish, Request, Usage
from fellowship.protocols.quota import Dimension
from fellowship.providers.error_mapping import FILTER_CODES, ErrorBody
from fellowship.providers.finish_reasons import finish_of
from fellowship.providers.http_provider import EmbeddedError, HttpProvider, error_object
from fellowship.providers.reply_parts import reasoning_beside, text_and_reasoning
from fellowship.providers.reported_usage import count_sum, reported_usage
from fellowship.providers.schemas import closed
from fellowship.providers.server import Server

OPENAI_FLAGGED = "flagged_input"
OPENAI_FILTERED = FILTER_CODES | {OPENAI_FLAGGED}
OPENAI_DIMENSIONS: dict[str, Dimension] = {"tokens": "tokens", "requests": "requests", "input_tokens": "input_tokens"}
OPENAI_RENAMED = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


@dataclass(frozen=True, slots=True)
class OpenAIDialect:
    """`max_tokens_name` is the server's name for that setting; `key_header` is where Azure wants the key.

    `deployment_version`: Azure's older addresses, one for each deployment, with the version of the interface.
    """

    max_tokens_name: str = "max_tokens"
    key_header: str | None = None
    deployment_version: str | None = None
    expected: ClassVar[str] = "a chat completion with a text in choices[0].message"

    def headers(self, key: str | None) -> dict[str, str]:
        if not key:
            return {}
        return {self.key_header: key} if self.key_header else {"Authorization": f"Bearer {key}"}

    def url(self, base: URL, model: str) -> URL:
        if self.deployment_version is not None:
            path = base.joinpath("deployments", model, "chat", "completions")
            return path.with_query({**base.query, "api-version": self.deployment_version})
        return base.joinpath("chat", "completions").with_query(base.query)

    def body(self, request: Request, model: str, refused: frozenset[str]) -> dict[str, Any]:
        """The request body; refused settings are left out, or sent under their other name."""
        if not refused and request.schema is None and self.max_tokens_name == "max_tokens":
            return {**request.sampling, "model": model, "messages": request.messages}
        settings = dict(request.sampling)
        if "max_tokens" in settings:
            wanted = self.max_tokens_name
            wanted = OPENAI_RENAMED[wanted] if wanted in refused else wanted
            settings[wanted] = settings.pop("max_tokens")
        if request.schema is not None:
            settings["response_format"] = _response_format(request.reply, request.schema)
        kept = {key: value for key, value in settings.items() if key not in refused}
        return {**kept, "model": model, "messages": request.messages}

    def completion(self, data: Any, request_id: str | None, latency_s: float) -> Completion:
        """The completion in a response; EmbeddedError for an error inside."""
        choice = data["choices"][0]
        if choice.get("error"):
            raise EmbeddedError(choice["error"])
        text, finish, reasoning = _content(choice)
        served, id, usage = data.get("model"), request_id or data.get("id"), _usage(data.get("usage"))
        served, id = served if type(served) is str else None, id if type(id) is str else None
        completion = Completion(text, finish, usage, served, id, latency_s, reasoning=reasoning)
        return replace(completion, finish_as_sent=str(_finish_reason(choice))) if finish == "unknown" else completion

    def problem(self, status: int, data: Any) -> ErrorBody:
        """The contents of an error body. OpenRouter sends 200 once the model has begun, and the status in the body.

        Azure refuses a filtered prompt with 400, OpenRouter with 403.
        """
        error = error_object(data)
        code, kind = error.get("code"), error.get("type")
        if status < 300:
            status = code if isinstance(code, int) and code >= 400 else 502
        inner, metadata = error.get("innererror"), error.get("metadata") or {}
        inner_code = inner.get("code") if isinstance(inner, Mapping) else None
        message = error.get("message") or error.get("detail")
        codes = f"{code} {kind} {inner_code} {OPENAI_FLAGGED if OPENAI_FLAGGED in metadata else ''}"
        return ErrorBody(
            status,
            codes=codes,
            message=message if isinstance(message, str) else None,
            parameter=_parameter(error),
            dimension=OPENAI_DIMENSIONS.get(kind) if isinstance(kind, str) else None,
            is_filtered=status in (400, 403) and not OPENAI_FILTERED.isdisjoint(codes.split()),
        )


openai_dialect = OpenAIDialect()


class OpenAIProvider(HttpProvider):
    """Serves the models of one OpenAI-compatible server. `base_url` ends before `/chat/completions`."""

    def __init__(
        self,
        base_url: str,
        *,
        name: str = "openai",
        api_key: str | None = None,
        key_variable: str | None = None,
        **more: Any,
    ) -> None:
        """All further arguments are fields of `Server`."""
        server = Server(base_url, **more)
        dialect = OpenAIDialect(server.max_tokens_name)
        super().__init__(dialect, server, name, api_key=api_key, key_variable=key_variable)


def _response_format(reply: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    strict = closed(schema)
    label = "".join(char if char.isalnum() else "_" for char in reply)[:64] or "reply"
    kept = {"name": label, "schema": schema if strict is None else strict, "strict": strict is not None}
    return {"type": "json_schema", "json_schema": kept}


def _parameter(error: Mapping[str, Any]) -> str | None:
    parameter = error.get("param")
    if isinstance(parameter, str) and parameter:
        return parameter.partition(".")[0]
    message = str(error.get("message") or error.get("detail"))
    return next((each for each in ("response_format", "max_completion_tokens") if each in message), None)


def _content(choice: dict[str, Any]) -> tuple[str, Finish, str]:
    """Text, finish reason and reasoning. The reasoning has several names; some servers send parts of the content."""
    message = choice["message"]
    if message.get("refusal"):
        return str(message["refusal"]), "refusal", ""
    text, thoughts = message.get("content"), ""
    if type(text) is not str:  # null when all room went into reasoning
        if refusal := "".join(part["refusal"] for part in text or () if type(part) is dict and part.get("refusal")):
            return refusal, "refusal", ""
        text, thoughts = text_and_reasoning(text)
    thoughts = reasoning_beside(message) or thoughts
    reason = choice.get("finish_reason")
    return text, finish_of(_finish_reason(choice) if reason is None else reason), thoughts


def _finish_reason(choice: dict[str, Any]) -> Any:
    """The server's word, or that of the server behind it, which OpenRouter names."""
    return choice.get("finish_reason") or choice.get("native_finish_reason")


def _usage(usage: Any) -> Usage:
    """Names for tokens of the cache by DeepSeek, Moonshot and gateways to Anthropic; of reasoning by Perplexity."""
    if type(usage) is not dict:
        return UNKNOWN_USAGE
    cached = reasoning = None
    if "prompt_tokens_details" in usage and type(details := usage["prompt_tokens_details"]) is dict:
        cached = details["cached_tokens"] if "cached_tokens" in details else None  # noqa: SIM401  # no call
    if "completion_tokens_details" in usage and type(details := usage["completion_tokens_details"]) is dict:
        reasoning = details["reasoning_tokens"] if "reasoning_tokens" in details else None  # noqa: SIM401
    if reasoning is None and "reasoning_tokens" in usage:
        reasoning = usage["reasoning_tokens"]
    if "prompt_tokens" not in usage or "completion_tokens" not in usage:
        return UNKNOWN_USAGE
    if cached is None:
        cached = usage["cached_tokens"] if "cached_tokens" in usage else None  # noqa: SIM401
    written = None
    if "cache_read_input_tokens" in usage or "cache_creation_input_tokens" in usage:
        cached = cached or usage.get("cache_read_input_tokens")
        written = usage.get("cache_creation_input_tokens")
    prompt, total = usage["prompt_tokens"], usage["total_tokens"] if "total_tokens" in usage else None  # noqa: SIM401
    if "prompt_cache_hit_tokens" in usage:
        cached = usage["prompt_cache_hit_tokens"]
        if count_sum(cached, usage.get("prompt_cache_miss_tokens")) != prompt:
            return UNKNOWN_USAGE
    completion = usage["completion_tokens"]
    return reported_usage(prompt, completion, cached=cached, reasoning=reasoning, total=total, written=written)
