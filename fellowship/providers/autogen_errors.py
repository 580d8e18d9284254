"""Translates the exceptions of AutoGen clients by their attributes; no vendor library is imported.

The SDKs behind the clients (openai, anthropic, ollama, azure, httpx) all name their errors by what happened, and put
the response with its status on them. The status counts first, then the error's code, then the names of its classes.
"""

import re
from collections.abc import Callable, Iterator, Mapping
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
from fellowship.providers.error_mapping import retry_after_in
from fellowship.providers.http import quoted

OVERLOADED_CODES = frozenset({498, 503, 529})
TEMPORARY_CODES = frozenset({408, 409, 425})
NO_QUOTA_PATTERN = re.compile(r"insufficient_quota|billing|credit_balance|spend_limit")
FILTER_ERRORS = frozenset({"content_filter", "ResponsibleAIPolicyViolation"})

BY_NAME: dict[str, type[ProviderError]] = {
    "RateLimitError": RateLimited,
    "OverloadedError": Overloaded,
    "ServiceUnavailableError": Overloaded,
    "APITimeoutError": ProviderTimeout,
    "TimeoutError": ProviderTimeout,
    "TimeoutException": ProviderTimeout,
    "ServiceRequestTimeoutError": ProviderTimeout,
    "ServiceResponseTimeoutError": ProviderTimeout,
    "AuthenticationError": ProviderRefused,
    "ClientAuthenticationError": ProviderRefused,
    "PermissionDeniedError": ProviderRefused,
    "CredentialsError": ProviderRefused,
    "BadRequestError": RequestRejected,
    "NotFoundError": RequestRejected,
    "UnprocessableEntityError": RequestRejected,
    "APIResponseValidationError": MalformedResponse,
    "JSONDecodeError": MalformedResponse,
}
BY_CODE: dict[str, type[ProviderError]] = {
    "overloaded_error": Overloaded,
    "rate_limit_error": RateLimited,
    "rate_limit_exceeded": RateLimited,
    "authentication_error": ProviderRefused,
    "permission_error": ProviderRefused,
    "invalid_api_key": ProviderRefused,
}


def client_error(client: str, error: Exception, *, secret: str | None = None) -> ProviderError:
    """The matching ProviderError, with the secret masked; ProviderUnavailable for an unknown exception."""
    kind = _error_class(error)
    told = f"failed with {type(error).__name__}{_advice(kind)}: '{quoted(str(error), secret)}'"
    failure = kind(f"the client {client} {told}")
    failure.retry_after_s = retry_after_in(_headers(error))
    return failure


def is_filtered(error: Exception) -> bool:
    """Whether a content filter refused the prompt or the reply, which is a result and not a failure."""
    return "ContentFilterFinishReasonError" in _class_names(error) or (
        _http_status(error) == 400 and bool(FILTER_ERRORS & _codes(error))
    )


def cut_off(error: Exception) -> Any:
    """The SDK's completion of a structured reply that was truncated; None for other exceptions."""
    return getattr(error, "completion", None) if "LengthFinishReasonError" in _class_names(error) else None


def _error_class(error: Exception) -> type[ProviderError]:
    status, codes, names = _http_status(error), _codes(error), _class_names(error)
    if status is not None:
        by_status = _by_status(status, codes)
        if by_status is not None:
            return by_status
    return _first(BY_CODE, codes) or _first(BY_NAME, names) or ProviderUnavailable


def _by_status(status: int, codes: frozenset[str]) -> type[ProviderError] | None:
    if status == 429:
        return ProviderRefused if any(NO_QUOTA_PATTERN.search(code) for code in codes) else RateLimited
    if status in (401, 402, 403):
        return ProviderRefused
    if status in OVERLOADED_CODES:
        return Overloaded
    if status in TEMPORARY_CODES or status >= 500:
        return ProviderUnavailable
    return RequestRejected if 400 <= status < 500 else None


def _first(kinds: Mapping[str, type[ProviderError]], signs: frozenset[str]) -> type[ProviderError] | None:
    return next((kind for sign, kind in kinds.items() if sign in signs), None)


def _class_names(error: Exception) -> frozenset[str]:
    return frozenset(kind.__name__ for kind in type(error).__mro__)


def _http_status(error: Exception) -> int | None:
    status = getattr(error, "status_code", None)
    if status is None:
        status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _headers(error: Exception) -> Mapping[str, str]:
    headers = getattr(getattr(error, "response", None), "headers", None)
    return headers if isinstance(headers, Mapping) else {}


def _codes(error: Exception) -> frozenset[str]:
    """Code and type, from the exception or from its body, which only some SDKs unwrap."""
    body = getattr(error, "body", None)
    inner = body.get("error") if isinstance(body, Mapping) else None
    carriers: tuple[Callable[[str], Any], ...] = (
        lambda name: getattr(error, name, None),
        *(part.get for part in (body, inner) if isinstance(part, Mapping)),
    )
    return frozenset(_error_codes(carriers))


def _error_codes(carriers: tuple[Callable[[str], Any], ...]) -> Iterator[str]:
    for look_up in carriers:
        for name in ("code", "type"):
            value = look_up(name)
            if isinstance(value, str):
                yield value


def _advice(kind: type[ProviderError]) -> str:
    return "; check its key, plan and billing" if kind is ProviderRefused else ""
