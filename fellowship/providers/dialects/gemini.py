"""Google's Gemini API, generateContent. The key is sent in a header, never in the URL; only bodies contain limits."""

from collections.abc import Mapping
from typing import Any

from yarl import URL

from fellowship.protocols.completions import UNKNOWN_USAGE, Completion, Request, Usage
from fellowship.protocols.quota import Dimension
from fellowship.providers.error_mapping import ErrorBody
from fellowship.providers.finish_reasons import finish_of
from fellowship.providers.http_provider import error_object, text_or_none
from fellowship.providers.rate_limit_headers import seconds
from fellowship.providers.reply_parts import text_and_reasoning
from fellowship.providers.reported_usage import count_sum, reported_usage

GEMINI_SETTINGS = {
    "temperature": "temperature",
    "top_p": "topP",
    "max_tokens": "maxOutputTokens",
    "seed": "seed",
    "stop": "stopSequences",
}
GEMINI_DIMENSIONS: dict[str, Dimension] = {
    "InputTokens": "input_tokens",
    "input_token": "input_tokens",
    "Requests": "requests",
}


class GeminiDialect:
    """The wire format of the Gemini API."""

    expected = "candidates with content, as Gemini sends them"

    def headers(self, key: str | None) -> dict[str, str]:
        return {"x-goog-api-key": key} if key else {}

    def url(self, base: URL, model: str) -> URL:
        """Each model has its own address."""
        return base.joinpath("models", f"{model}:generateContent").with_query(base.query)

    def body(self, request: Request, model: str, refused: frozenset[str]) -> dict[str, Any]:
        config = {
            theirs: request.sampling[ours] for ours, theirs in GEMINI_SETTINGS.items() if ours in request.sampling
        }
        if request.schema is not None and "responseJsonSchema" not in refused:
            config |= {"responseMimeType": "application/json", "responseJsonSchema": request.schema}
        system = [{"text": each["content"]} for each in request.messages if each["role"] == "system"]
        chat = [
            {"role": "model" if each["role"] == "assistant" else "user", "parts": [{"text": each["content"]}]}
            for each in request.messages
            if each["role"] != "system"
        ]
        kept = {key: value for key, value in config.items() if key not in refused}
        top = {"systemInstruction": {"parts": system}} if system else {}
        return {**top, "contents": chat, **({"generationConfig": kept} if kept else {})}

    def completion(self, data: Any, request_id: str | None, latency_s: float) -> Completion:
        """The completion in a response; empty for a blocked prompt."""
        usage, served = _usage(data.get("usageMetadata")), text_or_none(data.get("modelVersion"))
        id = request_id or text_or_none(data.get("responseId"))
        feedback = data.get("promptFeedback")
        if not data.get("candidates") and isinstance(feedback, dict) and feedback.get("blockReason"):
            return Completion("", "content_filter", usage, served, id, latency_s)
        candidate = data["candidates"][0]
        text, thoughts = text_and_reasoning((candidate.get("content") or {}).get("parts"))
        reason = candidate.get("finishReason")
        finish = finish_of(reason)
        as_sent = str(reason) if finish == "unknown" else ""
        return Completion(text, finish, usage, served, id, latency_s, reasoning=thoughts, finish_as_sent=as_sent)

    def problem(self, status: int, data: Any) -> ErrorBody:
        """The contents of an error body; its details name the exhausted quota and the time to wait."""
        error = error_object(data)
        details = _records(error, "details")
        hit = [each for detail in details for each in _records(detail, "violations")]
        quotas = " ".join(str(each.get("quotaId", "")) for each in hit)
        delays = [seconds(str(each["retryDelay"])) for each in details if "retryDelay" in each]
        reasons = [str(each["reason"]) for each in details if "reason" in each]
        message = text_or_none(error.get("message"))
        return ErrorBody(
            # Gemini sends 400 for an invalid key, and 200 for a reply that it could not finish
            401 if "API_KEY_INVALID" in reasons else 502 if status < 300 else status,
            codes=" ".join((str(error.get("status")), *reasons)),
            message=message,
            parameter="responseJsonSchema" if "response_json_schema" in (message or "") else _field(details),
            dimension=next((known for text, known in GEMINI_DIMENSIONS.items() if text in quotas), None),
            retry_after_s=next(iter(delays), None),
            quota=status == 429 and ("PerDay" in quotas or any(each.get("quotaValue") == "0" for each in hit)),
        )


gemini_dialect = GeminiDialect()


def _field(details: list[dict[str, Any]]) -> str | None:
    violations = [each for detail in details for each in _records(detail, "fieldViolations")]
    field = str(violations[0].get("field", "")) if violations else ""
    return field.rpartition(".")[2] if field else None


def _records(record: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return [each for each in record.get(key) or () if isinstance(each, dict)]


def _usage(usage: Any) -> Usage:
    """Thoughts are completion and reasoning tokens; results of tools are prompt. A count of 0 may be left out."""
    if type(usage) is not dict:
        return UNKNOWN_USAGE
    thoughts, total = usage.get("thoughtsTokenCount"), usage.get("totalTokenCount")
    completion = count_sum(usage.get("candidatesTokenCount"), thoughts)
    cached = usage.get("cachedContentTokenCount")
    prompt = usage.get("promptTokenCount")
    if prompt is not None:
        prompt = count_sum(prompt, usage.get("toolUsePromptTokenCount"))
    return reported_usage(prompt, completion, cached=cached, reasoning=thoughts, total=total)
