"""Maps error responses to ProviderErrors by status and code, never by text alone.

Each dialect reads its own error bodies into an `ErrorBody`; the table of what that means is here, once for all.
"""

import contextlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from fellowship.protocols.errors import (
    Overloaded,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from fellowship.protocols.quota import AdvertisedLimit, Dimension
from fellowship.providers.http import ServerInfo
from fellowship.providers.rate_limit_headers import plausible_wait_s, seconds, used_up
from fellowship.providers.transport import Response

OVERLOADED_STATUSES = frozenset({498, 503, 529})  # 498: Groq's capacity_exceeded
RETRYABLE_STATUSES = frozenset({408, 409, 425})
FILTER_CODES = frozenset(
    {
        *("content_filter", "ResponsibleAIPolicyViolation", "content_policy_violation", "moderation_blocked"),
        *("data_inspection_failed", "DataInspectionFailed"),
    }
)
UNKNOWN_MODEL_PATTERN = re.compile(
    r"model_?not_?(?:found|exist|available|supported)|(?:invalid|unknown|no_such|unsupported)_model\b"
    r"|model_(?:decommissioned|deprecated|retired)|deployment_?not_?found",
    re.IGNORECASE,
)
CONTENT_PARAMETERS = frozenset({"messages", "contents", "prompt", "input", "system", "content"})
CHECK_URL = "check that the base URL is that of an LLM server"
LONGEST_RETRY_WAIT_S = 900.0
QUOTA_PATTERN = re.compile(
    r"insufficient_quota|billing|credit_balance|spend_limit|exceeded_current_quota|insufficient_balance"
)
RAMP_PATTERN = re.compile(r"slow_down|acceleration|dynamic_(?:request|token)_limited")
TRY_AGAIN_PATTERN = re.compile(r"try again in ((?:\d+h)?(?:\d+m(?!s))?(?:[\d.]+m?s)?)")
TOO_LARGE_PATTERN = re.compile(r"Limit:? ([\d,]+),? Requested:? ([\d,]+)")


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The contents of an error body. `codes` are the server's own; `quota` is set where waiting does not help.

    `is_filtered`: the prompt was filtered, which is a result and not an error.
    """

    status: int
    codes: str = ""
    message: str | None = None
    parameter: str | None = None
    dimension: Dimension | None = None
    retry_after_s: float | None = None
    quota: bool = False
    is_filtered: bool = False


def to_exception(
    server: ServerInfo, problem: ErrorBody, answer: Response, model: str, limits: tuple[AdvertisedLimit, ...]
) -> ProviderError:
    """The exception for an error response; the header x-should-retry takes precedence over the status."""
    error = _failure(server, problem, answer, model, limits)
    should_retry = answer.headers.get("x-should-retry")
    if should_retry == "true" and isinstance(error, RequestRejected):
        error = ProviderUnavailable(str(error))
    if should_retry == "false":
        error.retryable = False
    error.announced = limits
    return error


def _failure(
    server: ServerInfo, problem: ErrorBody, answer: Response, model: str, limits: tuple[AdvertisedLimit, ...]
) -> ProviderError:
    status = problem.status
    told = f"({status}): '{server.quoted(problem.message if problem.message is not None else answer.raw)}'"
    if status == 402 or problem.quota or (status in (400, 403, 429) and QUOTA_PATTERN.search(problem.codes)):
        return _quota(server, told, problem, answer)
    if status == 429:
        return _limited(server, told, problem, answer, limits)
    too_long = "context length" in (problem.message or "")  # Together sends 403 for it
    if status == 403 and answer.raw.lstrip()[:1] == b"<":  # a firewall, which may have refused a single text
        rejected = RequestRejected(f"{server} rejects the request {told}; if it rejects all, check key and base URL")
        rejected.is_about_request = True
        return rejected
    if status == 401 or (status == 403 and not too_long):
        if server.key_variable is None and server.key is None:
            table = f"key_variable under [providers.{server.name}] of fellowship.toml"
            advice = f"name the environment variable with the key as {table} (api_key=... in Python)"
            return ProviderRefused(f"{server} refuses requests without a key {told}; {advice}")
        place = f"environment variable {server.key_variable}" if server.key_variable else "api_key of this provider"
        return ProviderRefused(f"{server} refuses the key {told}; check the {place}")
    if status in OVERLOADED_STATUSES:
        return Overloaded(f"{server} is overloaded {told}", retry_after_s=retry_after_s(problem, answer, limits))
    if status in (405, 501):
        return RequestRejected(f"{server} takes no such request {told}; {CHECK_URL}")
    if status in RETRYABLE_STATUSES or status >= 500:
        return ProviderUnavailable(f"{server} failed {told}")
    if status < 400:
        target = server.quoted(answer.headers.get("Location", ""))
        return RequestRejected(f"{server} redirects ({status}) to '{target}'; change the base URL")
    if status == 404 or problem.parameter == "model" or UNKNOWN_MODEL_PATTERN.search(problem.codes):
        return RequestRejected(f"{server} does not know the model {model!r} {told}; check its name and the base URL")
    error = RequestRejected(f"{server} rejects the request for {model!r} {told}")
    error.parameter = problem.parameter
    error.is_about_request = problem.parameter is None or problem.parameter in CONTENT_PARAMETERS
    return error


def _quota(server: ServerInfo, told: str, problem: ErrorBody, answer: Response) -> ProviderRefused:
    error = ProviderRefused(f"{server} has no quota left for this account {told}; check its plan and billing")
    error.retry_after_s = retry_after_s(problem, answer, ())
    return error


def _limited(
    server: ServerInfo, told: str, problem: ErrorBody, answer: Response, limits: tuple[AdvertisedLimit, ...]
) -> ProviderError:
    sizes = TOO_LARGE_PATTERN.search(problem.message or "")
    if sizes and int(sizes[2].replace(",", "")) > int(sizes[1].replace(",", "")):
        error = RequestRejected(
            f"{server} takes no request of that size {told}; shorten the prompt or lower max_tokens"
        )
        error.is_about_request = True
        return error
    empty, wait_s = used_up(limits), retry_after_s(problem, answer, limits)
    if wait_s is not None and wait_s > LONGEST_RETRY_WAIT_S:  # a limit per day
        return _quota(server, told, problem, answer)
    return RateLimited(
        f"{server} asks to slow down {told}",
        retry_after_s=wait_s,
        dimension=problem.dimension or (empty.dimension if empty else None),
        ramp=bool(RAMP_PATTERN.search(problem.codes)),
    )


def retry_after_s(problem: ErrorBody, answer: Response, limits: tuple[AdvertisedLimit, ...]) -> float | None:
    """Seconds to wait: from the headers, the body, or the reset time of an exhausted limit."""
    said = plausible_wait_s(retry_after_in(answer.headers))
    if said is None:
        said = plausible_wait_s(problem.retry_after_s)
    if said is None and (found := TRY_AGAIN_PATTERN.search(problem.message or "")):
        said = plausible_wait_s(seconds(found[1]))
    if said is None and (empty := used_up(limits)):
        said = empty.reset_s
    return said


def retry_after_in(headers: Mapping[str, str]) -> float | None:
    """Seconds from the header retry-after-ms, or retry-after in seconds or as a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with contextlib.suppress(ValueError):
            wait_s = float(headers.get(name, "")) * unit
            if math.isfinite(wait_s):
                return max(0.0, wait_s)
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        moment = parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    return None
