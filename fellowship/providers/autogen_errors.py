"""Translates the exceptions of AutoGen clients by their attributes; no vendor library is imported.

The SDKs behind the clients (openai, anthropic, ollama, azure, httpx) all name their errors by what happened, and put
the response with its status on them. The status counts first, then the error's code, then the names of its classes.
"""

import re
from collections.abc import Mapping
from typing import Any

from fellowship.protocols.errors import (
    MalformedResponse,
    Overloaded,
    ProviderError,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from fellowship.providers.error_mapping import FILTER_CODES, OVERLOADED_STATUSES, RETRYABLE_STATUSES, retry_after_in
from fellowship.providers.http import quoted

NO_QUOTA_PATTERN = re.compile(r"insufficient_quota|billing|credit_balance|spend_limit")

BY_NAME: dict[type[ProviderError], set[str]] = {
    RateLimited: {"RateLimitError"},
    Overloaded: {"OverloadedError", "ServiceUnavailableError"},
    ProviderTimeout: {
        "APITimeoutError",
        "TimeoutError",
        "TimeoutException",
        "ServiceRequestTimeoutError",
        "ServiceResponseTimeoutError",
    },
    ProviderRefused: {"AuthenticationError", "ClientAuthenticationError", "PermissionDeniedError", "CredentialsError"},
    RequestRejected: {"BadRequestError", "NotFoundError", "UnprocessableEntityError"},
    MalformedResponse: {"APIResponseValidationError", "JSONDecodeError"},
}
BY_CODE: dict[type[ProviderError], set[str]] = {
    Overloaded: {"overloaded_error"},
    RateLimited: {"rate_limit_error", "rate_limit_exceeded"},
    ProviderRefused: {"authentication_error", "permission_error", "invalid_api_key"},
}


def client_error(client: str, error: Exception, *, secret: str | None = None) -> ProviderError:
    """The matching ProviderError, with the secret masked; ProviderUnavailable for an unknown exception."""
    codes = _codes(error)
    kind = (
        _by_status(_http_status(error) or 0, codes)
        or _by_sign(BY_CODE, codes)
        or _by_sign(BY_NAME, _class_names(error))
        or ProviderUnavailable
    )
    advice = "; check its key, plan and billing" if kind is ProviderRefused else ""
    told = f"failed with {type(error).__name__}{advice}: '{quoted(str(error), secret)}'"
    failure = kind(f"the client {client} {told}")
    headers = getattr(getattr(error, "response", None), "headers", None)
    failure.retry_after_s = retry_after_in(headers) if isinstance(headers, Mapping) else None
    return failure


def is_filtered(error: Exception) -> bool:
    """Whether a content filter refused the prompt or the reply, which is a result and not a failure."""
    return "ContentFilterFinishReasonError" in _class_names(error) or (
        _http_status(error) == 400 and not FILTER_CODES.isdisjoint(_codes(error))
    )


def cut_off(error: Exception) -> Any:
    """The SDK's completion of a structured reply that was truncated; None for other exceptions."""
    return getattr(error, "completion", None) if "LengthFinishReasonError" in _class_names(error) else None


def _by_status(status: int, codes: frozenset[str]) -> type[ProviderError] | None:
    if status == 429:
        return ProviderRefused if any(NO_QUOTA_PATTERN.search(code) for code in codes) else RateLimited
    if status in (401, 402, 403):
        return ProviderRefused
    if status in OVERLOADED_STATUSES:
        return Overloaded
    if status in RETRYABLE_STATUSES or status >= 500:
        return ProviderUnavailable
    return RequestRejected if 400 <= status < 500 else None


def _by_sign(kinds: Mapping[type[ProviderError], set[str]], signs: frozenset[str]) -> type[ProviderError] | None:
    return next((kind for kind, known in kinds.items() if not known.isdisjoint(signs)), None)


def _class_names(error: Exception) -> frozenset[str]:
    return frozenset(kind.__name__ for kind in type(error).__mro__)


def _http_status(error: Exception) -> int | None:
    status = getattr(error, "status_code", None)
    if status is None:
        status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _codes(error: Exception) -> frozenset[str]:
    """Code and type, from the exception or from its body, which only some SDKs unwrap."""
    body = getattr(error, "body", None)
    inner = body.get("error") if isinstance(body, Mapping) else None
    found = [getattr(error, "code", None), getattr(error, "type", None)]
    for part in (body, inner):
        found += [part.get("code"), part.get("type")] if isinstance(part, Mapping) else []
    return frozenset(code for code in found if isinstance(code, str))
